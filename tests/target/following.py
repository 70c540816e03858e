"""What a stage over a fake target follows: its planner is the real one, with a shelf of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from envctl.domain.stage import Stage
from envctl.errors import UsageError
from envctl.wiring import stages
from envctl.workflows.promote import Promoter, PromotionPlanner
from tests.target.desk import Desk
from tests.target.releases import FakeRelease
from tests.target.world import World


@dataclass(frozen=True)
class Described:
    """A release as far as a promotion looks into it: no image has a name for people."""

    digest: str
    version: str
    tag: str
    commit: str
    images: tuple[()] = ()

    @property
    def release(self) -> Described:
        return self

    def index(self) -> Described:
        return self


@dataclass(frozen=True)
class FakeShelf:
    """The releases of a world; each is of the commit that its number says."""

    world: World
    registry: Any = None

    def all(self) -> list[Described]:
        return [
            Described(r.digest, r.version, r.digest, f"{r.number}")
            for r in self.world.releases.values()
        ]

    def find(self, said: str) -> Described:
        for one in self.all():
            if said in (one.version, one.digest):
                return one
        raise UsageError(f"{said!r} is no release")


@dataclass
class Following:
    """A world with two stages that follow; `head` is the number of the commit checked out."""

    world: World
    head: int = 0

    def planner(self, stage: Stage) -> PromotionPlanner:
        shelf: Any = FakeShelf(self.world)
        ledger = Desk(self.world).open(stage).ledger
        return PromotionPlanner(stage, ledger, shelf, lambda: f"{self.head}")

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let commands plan and carry out promotions in this world."""
        monkeypatch.setattr(stages, "promotion_planner", lambda here: self.planner(here.stage))
        monkeypatch.setattr(
            stages, "promoter", lambda _, stage, ledger: Promoter(stage, ledger, lambda *_: None)
        )

    def release(self, number: int) -> FakeRelease:
        """Make a release of the commit of this number, and check that out."""
        made = replace(FakeRelease(number), routes=(80,))
        self.world.put(made)
        self.head = number
        return made
