"""What `doctor` saw, before anybody judged it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.diagnosis.belongings_facts import Belongings
from envctl.domain.diagnosis.machine_facts import EngineFacts, MachineFacts, Tool

if TYPE_CHECKING:
    from envctl.domain.diagnosis.belongings_facts import Room
    from envctl.domain.diagnosis.project_facts import ProjectFacts


@dataclass(frozen=True)
class Unseen:
    """Something that could not be looked at, and why; `expected` where that is no fault."""

    subject: str
    why: str
    expected: bool = False


@dataclass(frozen=True)
class Facts:
    """What was found out; None was not looked at, and `unseen` says why where that matters."""

    engine: EngineFacts = field(default_factory=EngineFacts)
    docker: Tool = field(default_factory=Tool)
    compose: Tool = field(default_factory=Tool)
    buildx: Tool = field(default_factory=Tool)
    machine: MachineFacts = field(default_factory=MachineFacts)
    project: ProjectFacts | None = None
    belongings: Belongings = field(default_factory=Belongings)
    room: Room | None = None
    unseen: tuple[Unseen, ...] = ()
