"""`up` beside other playgrounds: when they are looked at, and what follows of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from envctl.domain.moves import Ground, Taken
from envctl.domain.playground import Claim
from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.workflows.share import agree, propose
from envctl.workflows.up import Prepared, UpRequest, prepare_beside_others, up
from tests.fakes import FakeGround
from tests.workflows.shop import Playground

WEB = Service("web", "nginx", "as-written", publishes=True)
MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {"web": {"image": "nginx", "ports": [{"target": 80, "published": "8080"}]}},
}
TAKEN = Ground((Taken("port", "0.0.0.0:8080/tcp", "playground other"),))
FREE = Claim("port", "web 80", "8080/tcp", "8080/tcp")
MOVED = replace(FREE, given="23817/tcp")


@dataclass
class FakeFiles:
    """A project whose definition says whether its port moved."""

    had: tuple[Claim, ...] = ()

    def project(self) -> Project:
        moved = any(claim.moved for claim in self.had)
        return Project("shop", (replace(WEB, definition="moved" if moved else "as-written"),))

    def model(self) -> dict[str, Any]:
        return MODEL

    def name(self) -> str:
        return "shop"

    def claims(self) -> tuple[Claim, ...]:
        return self.had

    def adopt(self, claims: tuple[Claim, ...]) -> bool:
        before, self.had = self.project(), claims
        return self.project() != before


@dataclass
class Beside:
    """A playground and what is around it."""

    ground: FakeGround = field(default_factory=FakeGround)
    shop: Playground = field(default_factory=lambda: Playground(Project("shop", (WEB,))))

    def prepare(self, *, dry_run: bool = False) -> Prepared:
        files = FakeFiles(self.ground.given)
        decide = partial(propose if dry_run else agree, self.ground)
        return prepare_beside_others(
            self.shop.senses(), files, decide, UpRequest(), self.shop.reporter
        )

    def up(self) -> None:
        executor = self.shop.executor()
        up(self.prepare(), executor.settler, lambda: executor)
        self.shop.reporter.lines.clear()
        self.ground.calls.clear()


def test_at_first_it_decides_before_anybody_else_and_remembers_it() -> None:
    beside = Beside()
    assert beside.prepare().project.services == (WEB,)
    assert beside.ground.calls == ["decide", "look port", "remember", "decided"]
    assert beside.ground.given == (FREE,)


def test_a_dry_run_says_the_same_and_remembers_nothing() -> None:
    beside = Beside(FakeGround(TAKEN))
    prepared = beside.prepare(dry_run=True)
    assert prepared.project.services[0].definition == "moved"
    assert beside.ground.calls == ["look port"]
    (note,) = beside.shop.reporter.lines
    assert note.startswith("note port 8080 of web is taken by playground other: it answers on ")


def test_with_nothing_to_do_nobody_is_looked_at() -> None:
    beside = Beside()
    beside.up()
    beside.ground.now = TAKEN
    assert not beside.prepare().plan
    assert beside.ground.calls == []


def test_what_has_to_be_started_moves_when_its_port_was_taken_meanwhile() -> None:
    beside = Beside(FakeGround(given=(FREE,)))
    beside.shop.engine.put(WEB, state="exited", exit_code=137)
    beside.ground.now = TAKEN
    prepared = beside.prepare()
    assert prepared.project.services[0].definition == "moved"
    assert "look port" in beside.ground.calls


def test_a_port_that_moved_before_is_named_each_time() -> None:
    beside = Beside(FakeGround(given=(MOVED,)))
    beside.prepare()
    assert beside.shop.reporter.lines == ["note port 8080 of web is 23817 here"]
    assert beside.ground.given == (MOVED,)
