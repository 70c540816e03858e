"""`unlock`: whoever holds the lock loses it, and the history says so, or envctl does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envctl.domain.stage_record import Kind
from envctl.domain.target import Holder
from envctl.errors import Failed, Unreachable
from envctl.workflows.unlock import unlock
from tests.fake_registry import FakeRegistry
from tests.fake_stage_lock import FakeStageLock
from tests.ledgers import Desk

ANN = Holder("ann", "desk", "2026-01-31T00:00:00Z", "deploy 1.0")
BOB = Holder("bob", "lap", "2026-01-31T00:00:00Z", "promote 2.0")


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


def test_who_waited_for_the_lock_comes_first_and_the_record_is_made_after_them(
    server: FakeRegistry,
) -> None:
    desk, told = Desk(server.address), list[Holder]()
    lock = FakeStageLock(by=ANN, following=BOB, ends=True)
    assert unlock("live", lock, desk.ledger(), "gone home", told.append) == ANN
    assert told == [BOB]
    (record,) = desk.ledger().history("live")
    assert (record.event.kind, record.event.outcome) == (Kind.UNLOCKED, f"taken from {ANN}")


def test_who_does_not_end_in_time_leaves_no_record_and_that_is_said(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    lock = FakeStageLock(by=ANN, following=BOB)
    with pytest.raises(Failed, match="the lock was taken from ann at desk") as caught:
        unlock("live", lock, desk.ledger(), "gone home", lambda _: None)
    assert "and there is no record of it: somebody else changes the stage: bob" in str(caught.value)
    assert desk.ledger().history("live") == ()


def test_a_ledger_that_takes_no_record_is_said(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    server.faults.status = 503
    with pytest.raises(Failed, match=r"the lock was taken from ann .* there is no record of it"):
        unlock("live", FakeStageLock(by=ANN), desk.ledger(), "gone home", lambda _: None)
    with pytest.raises(Unreachable):
        unlock("live", FakeStageLock(), desk.ledger(), "gone home", lambda _: None)
