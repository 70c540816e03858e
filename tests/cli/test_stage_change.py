"""`deploy` and `rollback` up to the lock: what is planned, promoted, asked and said."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from envctl.domain.stage import Stage
from envctl.domain.stage_record import Kind
from envctl.domain.target import Holder
from envctl.errors import Refused
from tests.target.desk import Desk
from tests.target.effects import Effects, Fault, Killed
from tests.target.following import Following
from tests.target.scenarios import LIVE, deployed, promoted
from tests.target.world import World
from tests.workflows.test_deploy import ONE, TWO, cut

FIRST = Stage("integration", min_healthy=1.0, follow=True)
LAST = Stage("production", min_healthy=1.0, after="integration", follow=True)
ADA = Holder("ada", "lap", "2026-01-31T00:00:00Z", "deploy 1.2")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Following:
    made = Following(World())
    made.install(monkeypatch)
    return made


def deploy(shop: Following, stage: Stage, *, said: str = "", dry_run: bool = False) -> list[str]:
    """Deploy; returns what was noted."""
    desk = Desk(shop.world)
    desk.deploy(stage, said, dry_run=dry_run)
    return [line for line in desk.reporter.lines if line.startswith("note ")]


def running(shop: Following, stage: Stage) -> str:
    state = Desk(shop.world).state(stage)
    return state.running.version if state.running else ""


def both_run(shop: Following, *numbers: int) -> None:
    for number in numbers:
        shop.release(number)
        deploy(shop, FIRST)
        deploy(shop, LAST)


def test_a_stage_that_follows_takes_what_comes_next(shop: Following) -> None:
    both_run(shop, 1, 2)
    assert (running(shop, FIRST), running(shop, LAST)) == ("1.2", "1.2")


def test_what_follows_does_not_go_back_with_the_stage_before(shop: Following) -> None:
    both_run(shop, 1, 2)
    Desk(shop.world).rollback(FIRST)
    assert running(shop, FIRST) == "1.1"
    (said,) = deploy(shop, LAST)
    assert said.startswith("note nothing new follows on production: integration is on hold (")
    assert running(shop, LAST) == "1.2"
    shop.head = 1
    Desk(shop.world).promote(FIRST, shop.release(1))  # ends the hold
    (said,) = deploy(shop, LAST)
    assert "production ran 1.1 before 1.2" in said
    assert running(shop, LAST) == "1.2"


def test_what_is_promoted_is_repaired_where_nothing_follows(shop: Following) -> None:
    both_run(shop, 1)
    shop.head = 9
    for box in shop.world.boxes.values():
        if "integration" in box.project and box.service == "web":
            box.state = "exited"
    assert deploy(shop, FIRST) == [
        "note nothing new follows on integration: there is no release of this commit, 9"
    ]
    states = {b.state for b in shop.world.boxes.values() if b.service == "web"}
    assert states == {"running"}


def test_what_may_not_come_yet_is_said_and_the_rest_goes_on(shop: Following) -> None:
    both_run(shop, 1)
    shop.release(2)
    deploy(shop, FIRST)
    strict = Stage("production", min_healthy=1.0, after="integration", follow=True, soak=3600)
    (said,) = deploy(shop, strict)
    assert said.startswith("note 1.2 does not follow yet: 1.2 has to run on integration for 1 h")
    assert running(shop, LAST) == "1.1"


def test_a_dry_run_shows_the_promotion_and_changes_nothing(shop: Following) -> None:
    shop.release(1)
    before = shop.world.copy()
    for said in ("", "1.1"):
        planned = Desk(shop.world).deploy(FIRST, said, dry_run=True)
        lines = str(planned.plan).splitlines()
        assert lines[0] == "record promoted: 1.1, the first release here"
        assert any(line.startswith("record deploy started: 1.1") for line in lines[1:])
    assert shop.world.tags == before.tags
    assert shop.world.boxes == before.boxes


def test_whose_work_is_under_way_is_said_and_not_called_cut_short() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    noted: list[str] = []

    def other() -> None:
        desk = Desk(world, who="bob")
        with pytest.raises(Refused):
            desk.deploy(LIVE)
        noted.extend(desk.reporter.lines)

    at = cut(world, "edge switch").at
    Desk(world, Effects(at=at, meanwhile=other)).deploy(LIVE)
    assert [line for line in noted if line.startswith("note ")] == [noted[0]]
    assert noted[0].startswith("note deploy of 1.2 under way, by ada at ")


def test_what_nobody_works_at_is_called_cut_short() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    with pytest.raises(Killed):
        Desk(world, cut(world, "edge switch", Fault.KILLED_BEFORE)).deploy(LIVE)
    desk = Desk(world)
    desk.deploy(LIVE)
    assert "note the last command on production was cut short: deploy started" in (
        desk.reporter.lines
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> Terminal:
    """Let a person sit at the terminal; returns what they see."""
    seen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    monkeypatch.setattr(sys, "stderr", seen)
    return seen


def test_a_person_who_says_no_is_told_as_everywhere(
    shop: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.release(1)
    deploy(shop, FIRST)
    seen = answering(monkeypatch, "n")
    with pytest.raises(Refused, match="nobody said yes") as raised:
        Desk(shop.world).deploy(LAST, yes=False)
    assert raised.value.exit_code == 5
    shown = seen.getvalue().splitlines()
    assert shown[0] == "record promoted: 1.1, the first release here"
    assert shown[-1] == "Change production? [y/N] "
    assert Desk(shop.world).state(LAST).promoted == ""


def test_nothing_is_asked_where_nothing_changes(
    shop: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_run(shop, 1)
    seen = answering(monkeypatch, "n")
    desk = Desk(shop.world)
    assert not desk.deploy(LAST, "1.1", yes=False).steps
    assert seen.getvalue() == ""
    kinds = [r.event.kind for r in desk.open(LAST).ledger.history("production")]
    assert kinds.count(Kind.PROMOTED) == 1


def test_nothing_is_asked_where_records_join_the_ledger(
    shop: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_run(shop, 1, 2)
    shop.world.registry_up = False
    Desk(shop.world).rollback(LAST)
    shop.world.registry_up = True
    seen = answering(monkeypatch, "n")
    desk = Desk(shop.world)
    desk.deploy(replace(LAST, follow=False), yes=False)
    assert seen.getvalue() == ""
    assert desk.open(LAST).ledger.waiting("production") == 0
