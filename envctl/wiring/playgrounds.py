"""Hands out what a playground is brought up and taken away by, as one act each."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.domain.plan import Plan
    from envctl.ports import Reporter
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.up import Running


@dataclass(frozen=True)
class BringUp:
    """What is asked for: no services are all, `timeout` is in seconds, None the project's own."""

    services: tuple[str, ...] = ()
    rebuild: bool = False
    dry_run: bool = False
    timeout: float | None = None


@dataclass(frozen=True)
class Done:
    """What was planned, and what runs then; a dry run starts nothing."""

    plan: Plan
    running: tuple[Running, ...] = ()


def bring_up(files: ProjectFiles, asked: BringUp, reporter: Reporter) -> Done:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.workflows.up import UpRequest, prepare_beside_others, up

    engine = wiring.engine_reader()
    request = UpRequest(asked.services, asked.rebuild, files.settings.seed)
    with ExitStack() as held:
        if not asked.dry_run:
            wiring.register(files, files.note)
            held.enter_context(wiring.turn(files, files.note))
        senses = wiring.senses(files, engine)
        decide = wiring.deciding(files, asked.dry_run)
        prepared = prepare_beside_others(senses, files, decide, request, reporter)
        if asked.dry_run:
            return Done(prepared.plan)
        if not prepared.plan:
            reporter.note("nothing to do")
        settler = wiring.settler(files, engine, reporter, asked.timeout)
        running = up(prepared, settler, lambda: wiring.executor(files, settler))
    return Done(prepared.plan, running)


def remove(name: str, reporter: Reporter, *, volumes: bool) -> Plan:
    """Remove a playground, with its data and all that is known of it if `volumes`.

    Whoever calls it holds the playground's turn. Returns what was planned; nothing when nothing
    was there.
    """
    from envctl import wiring
    from envctl.workflows.down import down, prepare_down

    removal = prepare_down(wiring.engine_reader(), name, volumes=volumes)
    if removal.plan:
        if not volumes:
            wiring.require_tools()
        down(removal, wiring.stack(name), wiring.remover(), wiring.memory(name), reporter)
    if volumes:
        wiring.registry().forget(name)
    return removal.plan
