"""`check`: evidence for what ran when it began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from envctl.domain.stage_record import Deployed, Event
from envctl.errors import Refused
from envctl.workflows.check import Checker
from tests.fake_registry import FakeRegistry
from tests.fake_stage_lock import FakeHeldLock
from tests.ledgers import Desk, deploy, redeploy, release

URLS = {"web": "http://127.0.0.1:8080", "api": "http://127.0.0.1:8081"}


@dataclass
class World(Desk):
    code: int = 0
    meanwhile: Sequence[Event] = ()
    calls: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)

    def record(self, *events: Event) -> None:
        for one in events:
            self.ledger().append("live", one)

    def call(self, command: Sequence[str], more: Mapping[str, str]) -> int:
        self.calls.append((command, more))
        self.record(*self.meanwhile)
        return self.code

    def check(self, *command: str) -> bool:
        checker = Checker("live", self.ledger(), lambda: URLS, self.call)
        running: Deployed = checker.begin()
        passed = checker.run(running, command)
        checker.record(running, command, FakeHeldLock(), passed=passed)
        return passed


@pytest.fixture
def world() -> Iterator[World]:
    with FakeRegistry() as server:
        yield World(server.address)


def test_the_command_is_told_where_the_stage_answers(world: World) -> None:
    world.record(*deploy(1))
    assert world.check("make", "smoke")
    assert world.calls == [
        (
            ("make", "smoke"),
            {
                "ENVCTL_STAGE": "live",
                "ENVCTL_RELEASE": "1.1",
                "ENVCTL_URL": "http://127.0.0.1:8080",
                "ENVCTL_URLS": "web=http://127.0.0.1:8080 api=http://127.0.0.1:8081",
            },
        )
    ]


@pytest.mark.parametrize(("code", "passed"), [(0, True), (1, False), (127, False)])
def test_the_result_is_evidence_for_the_release(world: World, code: int, *, passed: bool) -> None:
    world.record(*deploy(1))
    world.code = code
    assert world.check("make", "smoke") is passed
    (found,) = world.ledger().state("live").checks
    assert (found.release, found.command, found.passed) == (release(1), "make smoke", passed)


def test_what_looks_like_a_secret_is_not_recorded(world: World) -> None:
    world.record(*deploy(1))
    world.check("curl", "--header", "Authorization: Bearer abc.def", "--token", "xyzzy")
    (found,) = world.ledger().state("live").checks
    assert "abc.def" not in found.command
    assert "xyzzy" not in found.command


def test_nothing_that_runs_can_be_checked(world: World) -> None:
    with pytest.raises(Refused, match="live runs nothing yet"):
        world.check("true")


def test_a_stage_that_is_being_changed_cannot_be_checked(world: World) -> None:
    world.record(*deploy(1)[:2])
    with pytest.raises(Refused, match=r"live is being changed: deploy started 1\.1"):
        world.check("true")
    assert world.calls == []


@pytest.mark.parametrize("meanwhile", [deploy(2), redeploy(1, 2)])
def test_a_check_of_what_changed_meanwhile_proves_nothing(
    world: World, meanwhile: Sequence[Event]
) -> None:
    world.record(*deploy(1))
    world.meanwhile = meanwhile
    with pytest.raises(Refused, match=r"live ran 1\.1 when the check began, and runs 1\.[12] now"):
        world.check("true")
    assert world.ledger().state("live").checks == ()
