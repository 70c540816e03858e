"""A ledger that is not sound: shown, decided by a person, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from envctl.domain.record_artifact import pointer_tag, tag_of_record
from envctl.domain.stage_record import Kind, Record
from envctl.errors import Refused, Unreachable, UsageError
from envctl.workflows.ledger_repair import LedgerMender, tag_text
from tests.fake_registry import FakeRegistry
from tests.ledgers import BOB, Desk, client, deploy, event

REPOSITORY = "team/shop"


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


def _mender(desk: Desk) -> LedgerMender:
    return LedgerMender(desk.ledger(), client(desk.host))


def _forked(desk: Desk) -> tuple[Record, Record]:
    """Return two records of one number; each wrote the pointer, the second at last."""
    for one in deploy(1):
        desk.ledger().append("live", one)
    ledger, other = desk.ledger(), replace(desk, who=BOB).ledger()
    last = ledger.head("live")
    first = ledger._following("live", last, event(Kind.PROMOTED, 2), ledger.now())
    second = other._following("live", last, event(Kind.PROMOTED, 3), other.now())
    ledger._put(first)
    with pytest.raises(Refused, match="somebody else wrote to the ledger of live at the same time"):
        other._put(second)
    return first, second


def test_a_sound_ledger_needs_nothing(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    desk.ledger().append("live", event(Kind.PROMOTED, 1))
    assert not _mender(desk).plan("live")
    assert not _mender(desk).plan("never-used")


def test_a_pointer_that_is_gone_is_rebuilt(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    for one in deploy(1):
        desk.ledger().append("live", one)
    del server.repository(REPOSITORY).tags[pointer_tag("live")]
    repair = _mender(desk).plan("live")
    assert str(repair) == "point s.live to record 3, the last one"
    _mender(desk).mend(repair)
    assert desk.ledger().pointed("live") == desk.ledger().head("live")
    assert not _mender(desk).plan("live")


def test_a_fork_is_shown_and_nothing_is_done_by_itself(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    both = _forked(desk)
    repair = _mender(desk).plan("live")
    assert set(repair.branches) == set(both)
    assert not repair


@pytest.mark.parametrize("kept", [0, 1])
def test_the_record_that_a_person_names_holds_and_the_other_is_kept_as_lost(
    server: FakeRegistry, kept: int
) -> None:
    desk = Desk(server.address)
    both = _forked(desk)
    loser = tag_of_record(both[1 - kept])
    repair = _mender(desk).plan("live", tag_text(both[kept]))
    assert f"mark {loser} as lost: it stays in the registry as {loser.lost}" in str(repair)
    _mender(desk).mend(repair)
    assert desk.ledger().head("live") == both[kept]
    assert desk.ledger().pointed("live") == both[kept]
    tags = server.repository(REPOSITORY).tags
    assert tags[loser.lost] == tags[str(loser)]
    desk.ledger().append("live", event(Kind.PROMOTED, 4))
    assert len(desk.ledger().history("live")) == 5


def test_what_follows_the_loser_is_lost_with_it_killed_anywhere(server: FakeRegistry) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        server.repositories.clear()
        desk = Desk(server.address)
        first, second = _forked(desk)
        ledger = desk.ledger()
        third = ledger._following("live", second, event(Kind.UNLOCKED), ledger.now())
        ledger._put(third)
        _kill_at_write(server, number)
        try:
            _mender(desk).mend(_mender(desk).plan("live", tag_text(first)))
        except Unreachable:
            killed = True
        else:
            killed = False
        server.before = None
        keep = tag_text(first) if _mender(desk).plan("live").branches else ""
        _mender(desk).mend(_mender(desk).plan("live", keep))
        assert desk.ledger().head("live") == first
        assert not _mender(desk).plan("live")
        assert {tag_of_record(second), tag_of_record(third)} == set(
            desk.ledger().chain("live").lost
        )
    assert number == 4


def _kill_at_write(server: FakeRegistry, number: int) -> None:
    seen = iter(range(1, 10_000))

    def before(_: int, words: str) -> None:
        if words.startswith("PUT") and next(seen) >= number:
            raise ConnectionError

    server.before = before


@pytest.mark.parametrize("keep", ["f" * 12, "abc"])
def test_a_record_that_is_none_of_them_cannot_be_kept(server: FakeRegistry, keep: str) -> None:
    desk = Desk(server.address)
    _forked(desk)
    with pytest.raises(UsageError, match=f"--keep: '{keep}' is none of them"):
        _mender(desk).plan("live", keep)


def test_to_keep_one_means_nothing_without_a_fork(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    desk.ledger().append("live", event(Kind.PROMOTED, 1))
    with pytest.raises(UsageError, match="has no fork"):
        _mender(desk).plan("live", "a" * 12)


def test_what_is_missing_cannot_be_made_up(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    for one in deploy(1):
        desk.ledger().append("live", one)
    tags = server.repository(REPOSITORY).tags
    del tags[next(tag for tag in tags if tag.startswith("p.live.00000002"))]
    with pytest.raises(Refused, match="record 2 of live is missing in the registry"):
        _mender(desk).plan("live")
