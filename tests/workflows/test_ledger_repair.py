"""A ledger that is not sound: shown, decided by a person, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from envctl.domain.record_artifact import pointer_tag, tag_of_record
from envctl.domain.record_format import record_digest
from envctl.domain.stage_record import Kind, Record
from envctl.errors import Refused, Unreachable, UnsoundLedger, UsageError
from envctl.workflows.ledger_repair import LedgerMender, require_whole, tag_text
from tests.fake_registry import FakeRegistry
from tests.fake_stage_store import FakeStageStore
from tests.ledgers import BOB, Desk, deploy, deployed, event, rollback

REPOSITORY = "team/shop"


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


def _mender(desk: Desk) -> LedgerMender:
    return LedgerMender(desk.ledger())


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
    with pytest.raises(UsageError, match="has no fork") as caught:
        _mender(desk).plan("live", "a" * 12)
    assert caught.value.hint.startswith("envctl ledger repair live says")


# --- records that are missing


def _tag(server: FakeRegistry, number: int, stage: str = "live") -> str:
    tags = server.repository(REPOSITORY).tags
    return next(tag for tag in tags if tag.startswith(f"p.{stage}.{number:08}"))


def _lose(
    server: FakeRegistry, *numbers: int, stage: str = "live", collected: bool = False
) -> None:
    """Take the tags of records away; what no tag names is collected, or not yet."""
    repository = server.repository(REPOSITORY)
    for number in numbers:
        manifest = repository.tags.pop(_tag(server, number, stage))
        if collected:
            _, data = repository.manifests[manifest]
            repository.blobs.discard(json.loads(data)["layers"][0]["digest"])


def _used(server: FakeRegistry) -> tuple[Desk, tuple[Record, ...]]:
    """Return a stage on which two releases were deployed, its target open, with its history."""
    desk = Desk(server.address, store=FakeStageStore())
    for one in (*deploy(1), *deploy(2)):
        desk.ledger().append("live", one)
    return desk, desk.ledger().history("live")


def _mend(desk: Desk, stage: str = "live", reason: str = "") -> None:
    _mender(desk).mend(_mender(desk).plan(stage), reason)
    assert not _mender(desk).plan(stage)


@pytest.mark.parametrize("numbers", [(2,), (1,), (3, 4), (1, 2, 4)])
def test_records_whose_content_is_there_get_their_tags_back(
    server: FakeRegistry, numbers: tuple[int, ...]
) -> None:
    desk, history = _used(server)
    _lose(server, *numbers)
    repair = _mender(desk).plan("live")
    assert str(repair).splitlines() == [
        f"put record {n} back: the registry has its content still" for n in numbers
    ]
    require_whole(repair)
    _mend(desk)
    assert desk.ledger().history("live") == history


def test_the_last_record_that_the_pointer_names_still_is_put_back(server: FakeRegistry) -> None:
    _, history = _used(server)
    desk = Desk(server.address)  # nothing is known of it on the target
    _lose(server, 6)
    assert str(_mender(desk).plan("live")) == "put record 6 back: s.live names it still"
    _mend(desk)
    assert desk.ledger().history("live") == history


def test_all_records_down_to_the_ones_that_are_left_are_put_back(server: FakeRegistry) -> None:
    _, history = _used(server)
    desk = Desk(server.address)
    _lose(server, 4, 5, 6)
    _mend(desk)
    assert desk.ledger().history("live") == history


def test_what_the_target_keeps_is_put_back(server: FakeRegistry) -> None:
    desk, history = _used(server)
    _lose(server, 6, collected=True)
    del server.repository(REPOSITORY).tags[pointer_tag("live")]
    repair = _mender(desk).plan("live")
    assert str(repair).splitlines() == [
        "put record 6 back: the target keeps it",
        "point s.live to record 6, the last one",
    ]
    require_whole(repair)
    _mend(desk)
    assert desk.ledger().history("live") == history


@pytest.mark.parametrize("numbers", [(2,), (1,), (3, 4), (4, 5, 6), (1, 2, 3, 4, 5, 6)])
def test_what_is_nowhere_is_given_up_by_a_person_and_that_shows_for_ever(
    server: FakeRegistry, numbers: tuple[int, ...]
) -> None:
    desk, history = _used(server)
    _lose(server, *numbers, collected=True)
    if 6 in numbers:
        del server.repository(REPOSITORY).tags[pointer_tag("live")]
    repair = _mender(desk).plan("live")
    with pytest.raises(Refused, match=r"cannot be made whole from here: records? \d ") as caught:
        require_whole(repair)
    assert "envctl ledger repair live --give-up --reason TEXT" in caught.value.hint
    _mend(desk, reason="cleaned up")
    newest, *rest = desk.ledger().history("live")
    assert (newest.event.kind, newest.event.reason) == (Kind.GIVEN_UP, "cleaned up")
    assert newest.event.outcome == "; ".join(repair.given_up)
    assert newest.state == history[0].state
    assert set(rest) == {r for r in history if r.sequence not in set(numbers) - {6}}
    desk.ledger().append("live", event(Kind.PROMOTED, 3))
    assert desk.ledger().state("live").version == "1.3"


def test_a_rollback_that_was_made_over_a_gap_joins_after_it_was_given_up(
    server: FakeRegistry,
) -> None:
    desk, _ = _used(server)
    _lose(server, 3, collected=True)
    ledger = replace(desk.ledger(), doubted=lambda _: None)
    for one in rollback(1):
        ledger.append("live", one)
    _mend(desk, reason="cleaned up")
    assert desk.ledger().state("live").running == deployed(1)
    desk.ledger().append("live", event(Kind.UNLOCKED))
    kinds = [str(r.event.kind) for r in reversed(desk.ledger().history("live"))]
    assert kinds[5:] == ["records given up", "rollback started", "rolled back", "unlocked"]


def test_a_gap_that_grows_after_it_was_given_up_is_told(server: FakeRegistry) -> None:
    desk, _ = _used(server)
    _lose(server, 3, collected=True)
    _mend(desk, reason="cleaned up")
    _lose(server, 2, collected=True)
    with pytest.raises(UnsoundLedger, match="its records 2 to 3 are missing"):
        desk.ledger().state("live")
    _mend(desk, reason="once more")
    assert len(desk.ledger().history("live")) == 6


@pytest.mark.parametrize("known", ["target", "pointer"])
def test_a_last_record_that_follows_nothing_is_given_up_and_kept_as_lost(
    server: FakeRegistry, known: str
) -> None:
    desk, history = _used(server)
    _lose(server, 5, 6, collected=True)
    tags = server.repository(REPOSITORY).tags
    pointed = tags.pop(pointer_tag("live"))
    other = Desk(server.address, BOB)
    other.ledger().append("live", event(Kind.UNLOCKED))
    if known == "pointer":
        tags[pointer_tag("live")] = pointed
        desk = other
        server.repository(REPOSITORY).blobs |= {record_digest(history[0])}
    repair = _mender(desk).plan("live")
    lost = tag_of_record(history[0]).lost
    said = f"record 6 (deployed 1.2), which does not follow the others, is kept as {lost}"
    assert repair.given_up == (said,)
    _mend(desk, reason="restored")
    assert lost in tags
    assert desk.ledger().history("live")[0].event.outcome == said


def test_giving_up_killed_anywhere_is_completed_and_recorded_once(server: FakeRegistry) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        server.repositories.clear()
        desk, _ = _used(server)
        _lose(server, 2, 6, collected=True)
        del server.repository(REPOSITORY).tags[pointer_tag("live")]
        _kill_at_write(server, number)
        try:
            _mender(desk).mend(_mender(desk).plan("live"), "gone")
        except Unreachable:
            killed = True
        else:
            killed = False
        server.before = None
        _mend(desk, reason="gone")
        kinds = [r.event.kind for r in desk.ledger().history("live")]
        assert kinds.count(Kind.GIVEN_UP) == 1
        assert len(kinds) == 6
    assert number > 4


def test_rejections_are_put_back(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    for n in (1, 2, 3):
        desk.ledger().reject(event(Kind.REJECTED, n))
    before = desk.ledger().rejected()
    _lose(server, 1, 3, stage="_")
    _mend(desk, "_")
    assert desk.ledger().rejected() == before


def test_rejections_that_are_nowhere_are_given_up_and_the_last_has_them_all(
    server: FakeRegistry,
) -> None:
    desk = Desk(server.address)
    for n in (1, 2, 3):
        desk.ledger().reject(event(Kind.REJECTED, n))
    before = desk.ledger().rejected()
    _lose(server, 2, stage="_", collected=True)
    with pytest.raises(Refused, match="record 2 is missing"):
        require_whole(_mender(desk).plan("_"))
    _mend(desk, "_", "cleaned up")
    assert desk.ledger().rejected() == before
