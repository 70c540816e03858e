"""Turn what `doctor` saw into findings, each with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.diagnosis.belongings import belongings_findings, room_findings
from envctl.domain.diagnosis.engine import engine_findings, tool_findings
from envctl.domain.diagnosis.machine import machine_findings
from envctl.domain.diagnosis.project import project_findings
from envctl.domain.diagnosis.registry import registry_findings
from envctl.domain.findings import Finding, Level, ok

if TYPE_CHECKING:
    from envctl.domain.diagnosis.facts import Facts, Unseen

PROJECT = "project"
_WITHOUT_ENGINE = "containers, images, networks, ports, disk and clock: no engine answers"


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return a finding for each thing looked at, in the order a person would mend them."""
    late = {unseen.subject for unseen in facts.unseen}
    tools = tool_findings(facts.docker, facts.compose, facts.buildx, blind=_is_blind(facts))
    return (
        *engine_findings(facts.engine),
        *(finding for finding in tools if finding.subject not in late),
        *machine_findings(facts.machine, facts.room),
        *_project(facts),
        *belongings_findings(facts.belongings, facts.project),
        *room_findings(facts.room, facts.project.playground if facts.project else ""),
        *map(_unseen, facts.unseen),
        *([] if facts.engine.version else [ok("not looked at", _WITHOUT_ENGINE)]),
    )


def _project(facts: Facts) -> list[Finding]:
    if facts.project:
        found = project_findings(facts.project, facts.belongings)
        return [*found, *registry_findings(facts.project)]
    if any(unseen.subject == PROJECT for unseen in facts.unseen):
        return []
    return [ok(PROJECT, "no Compose file here, so only the machine was looked at")]


def _is_blind(facts: Facts) -> bool:
    return facts.machine.docker_config is not None and bool(facts.machine.docker_config.error)


def _unseen(unseen: Unseen) -> Finding:
    level = Level.OK if unseen.expected else Level.WARNING
    cure = "" if unseen.expected else "run envctl doctor again; --verbose shows what was called"
    return Finding(unseen.subject, level, f"not looked at: {unseen.why}", cure)
