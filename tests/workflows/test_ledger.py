"""The ledger, in a registry that is spoken to over HTTP and fails at every request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from envctl.domain.record_artifact import pointer_tag, record_artifact, tag_of_record
from envctl.domain.record_format import record_bytes
from envctl.domain.stage_record import Kind, StageState
from envctl.errors import EnvctlError, Refused, Unreachable, UnsoundLedger
from tests.fake_registry import FakeRegistry
from tests.fake_stage_store import FakeStageStore
from tests.ledgers import (
    ADA,
    BOB,
    Desk,
    client,
    deploy,
    deployed,
    event,
    redeploy,
    release,
    rollback,
)

REPOSITORY = "team/shop"


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


def _record(desk: Desk, *events: object) -> None:
    for one in events:
        desk.ledger().append("live", one)  # type: ignore[arg-type]


def _kinds(desk: Desk) -> list[str]:
    return [f"{r.event.kind} {r.event.version}".strip() for r in desk.ledger().history("live")][
        ::-1
    ]


def test_a_ledger_that_was_never_written_is_empty(server: FakeRegistry) -> None:
    ledger = Desk(server.address).ledger()
    assert ledger.head("live") is None
    assert ledger.state("live") == StageState()
    assert ledger.history("live") == ()
    assert ledger.rejected() == {}


def test_records_follow_each_other_and_say_who_did_what(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1), *deploy(2))
    newest, *_, first = desk.ledger().history("live")
    assert (newest.sequence, newest.who, newest.event.kind) == (6, ADA, Kind.DEPLOYED)
    assert (newest.replaced, newest.state.running) == (deployed(1), deployed(2))
    assert (first.sequence, first.previous) == (1, "")
    assert _kinds(desk)[:3] == ["promoted 1.1", "deploy started 1.1", "deployed 1.1"]


def test_other_stages_are_not_seen(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    desk.ledger().append("live-2", event(Kind.PROMOTED, 2))
    states = desk.ledger().states(["live", "live-2", "none"])
    assert {name: state.promoted for name, state in states.items()} == {
        "live": release(1),
        "live-2": release(2),
        "none": "",
    }
    assert server.count("GET /v2/team/shop/tags") > 0


def test_states_of_all_stages_cost_one_listing(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    server.requests.clear()
    desk.ledger().states(["live", "live-2"])
    assert server.count("GET /v2/team/shop/tags") == 1


def test_a_long_history_is_read_as_far_as_it_is_wanted(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1), *deploy(2))
    assert [r.sequence for r in desk.ledger().history("live", limit=2)] == [6, 5]


def test_times_are_those_of_the_registry(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, event(Kind.PROMOTED, 1))
    assert desk.clock.minute == 0


def test_what_cannot_follow_is_refused_and_leaves_nothing(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1)[:2])
    with pytest.raises(Refused, match=r"live: deploy started 1\.1 has no end yet"):
        _record(desk, event(Kind.DEPLOY_STARTED, 1))
    assert len(_kinds(desk)) == 2


def test_a_fork_is_seen_and_refused_for_ever(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    _put_branch(desk)
    with pytest.raises(Refused, match=r"the ledger of live is not sound: its record 3 exists 2"):
        desk.ledger().state("live")
    with pytest.raises(Refused, match="its record 3 exists 2 times"):
        _record(desk, event(Kind.PROMOTED, 2))


def _put_branch(desk: Desk) -> None:
    """Put a record beside the last one."""
    ledger = desk.ledger()
    last = ledger.head("live")
    assert last
    other = replace(last, who=BOB)
    manifest, blobs = record_artifact(record_bytes(other))
    for blob in blobs:
        ledger.registry.put_blob(REPOSITORY, blob.data)
    ledger.registry.put_manifest(REPOSITORY, str(tag_of_record(other)), manifest)


def test_a_record_that_is_gone_is_missed(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    tags = server.repository(REPOSITORY).tags
    del tags[next(tag for tag in tags if tag.startswith("p.live.00000002"))]
    with pytest.raises(Refused, match="its record 2 is missing"):
        desk.ledger().state("live")


def test_the_last_record_cannot_be_taken_away_unseen(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    tags = server.repository(REPOSITORY).tags
    del tags[next(tag for tag in tags if tag.startswith("p.live.00000003"))]
    with pytest.raises(Refused, match="its record 3 is not listed"):
        desk.ledger().state("live")


def test_a_moved_tag_is_not_believed(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    tags = server.repository(REPOSITORY).tags
    first, last = (next(t for t in tags if t.startswith(f"p.live.0000000{n}")) for n in (1, 3))
    tags[last] = tags[first]
    # the pointer has what the tag's name says, so the state is proved
    assert desk.ledger().state("live").running == deployed(1)
    del tags[pointer_tag("live")]
    with pytest.raises(Refused, match="is not what its name says"):
        desk.ledger().state("live")


@pytest.mark.parametrize("torn", ["missing", "behind", "an image", "no blob"])
def test_a_pointer_that_is_wrong_does_no_harm_and_is_mended(
    server: FakeRegistry, torn: str
) -> None:
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    tags = server.repository(REPOSITORY).tags
    if torn == "missing":
        del tags[pointer_tag("live")]
    elif torn == "behind":
        tags[pointer_tag("live")] = tags[next(t for t in tags if t.startswith("p.live.00000001"))]
    else:
        _tear(desk, server, torn)
    _record(desk, event(Kind.PROMOTED, 2))
    last = desk.ledger().head("live")
    assert last is not None
    assert desk.ledger().pointed("live") == last


def _tear(desk: Desk, server: FakeRegistry, torn: str) -> None:
    from envctl.domain.oci import MANIFEST, Content

    registry = client(desk.host)
    if torn == "an image":
        registry.put_manifest(REPOSITORY, pointer_tag("live"), Content(MANIFEST, b'{"layers":[]}'))
        return
    manifest, blobs = record_artifact(b"never a record")
    for blob in blobs:
        registry.put_blob(REPOSITORY, blob.data)
    registry.put_manifest(REPOSITORY, pointer_tag("live"), manifest)
    server.repository(REPOSITORY).blobs.discard(blobs[1].digest)


class KilledError(BaseException):
    """Somebody ended the command."""


def _kill_at(server: FakeRegistry, number: int) -> None:
    """Let the connection end before the `number`-th request from now on."""
    seen = iter(range(1, 10_000))

    def before(_: int, __: str) -> None:
        if next(seen) >= number:
            raise ConnectionError

    server.before = before


def test_an_append_that_is_killed_at_any_request_is_there_or_not(server: FakeRegistry) -> None:
    """And the next one recovers by itself."""
    desk = Desk(server.address)
    _record(desk, *deploy(1))
    number, outcomes = 0, set()
    while True:
        number += 1
        before = len(_kinds(desk))
        _kill_at(server, number)
        try:
            _record(desk, event(Kind.UNLOCKED))
        except Unreachable:
            killed = True
        else:
            killed = False
        server.before = None
        if not killed:
            break
        grown = len(_kinds(desk)) - before
        outcomes.add(grown)
        _record(desk, event(Kind.UNLOCKED))
        assert len(_kinds(desk)) == before + grown + 1
        assert desk.ledger().pointed("live") == desk.ledger().head("live")
    assert outcomes == {0, 1}
    assert number > 8


@pytest.mark.parametrize("_round", range(10))
def test_of_two_that_write_at_once_no_record_is_lost(server: FakeRegistry, _round: int) -> None:
    one, two = Desk(server.address, ADA), Desk(server.address, BOB)
    _record(one, *deploy(1))
    both, refused = threading.Barrier(2), []

    def promote(desk: Desk, n: int) -> None:
        ledger = desk.ledger()
        both.wait()
        try:
            ledger.append("live", event(Kind.PROMOTED, n))
        except Refused as error:
            refused.append(error)

    threads = [threading.Thread(target=promote, args=it) for it in ((one, 2), (two, 3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = [tag for tag in server.repository(REPOSITORY).tags if tag.startswith("p.live.")]
    if refused:
        assert "at the same time: its record 4 exists 2 times" in refused[0].message
        with pytest.raises(Refused, match="is not sound"):
            one.ledger().state("live")
    else:
        assert len(_kinds(one)) == len(written)
    assert len(written) == 5


def test_rejections_hold_for_all_stages_and_two_at_once_both_count(server: FakeRegistry) -> None:
    desk = Desk(server.address)
    desk.ledger().reject(event(Kind.REJECTED, 1, reason="leaks"))
    ledger = desk.ledger()
    chain, last = ledger.chain("_"), None
    assert chain.head
    last = ledger.record(chain.head)
    for n in (2, 3):
        ledger._put(ledger._following("_", last, event(Kind.REJECTED, n), ledger.now()))
    desk.ledger().reject(event(Kind.REJECTED, 4, reason="slow"))
    assert desk.ledger().rejected() == {
        release(1): "leaks",
        release(2): "",
        release(3): "",
        release(4): "slow",
    }


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_rejections_cannot_be_taken_away_unseen(server: FakeRegistry, kept: int) -> None:
    desk = Desk(server.address)
    for n in (1, 2, 3):
        desk.ledger().reject(event(Kind.REJECTED, n))
    tags = server.repository(REPOSITORY).tags
    for number in {1, 2, 3} - {kept + 1}:
        del tags[next(tag for tag in tags if tag.startswith(f"p._.0000000{number}"))]
    for ask in (desk.ledger().rejected, lambda: desk.ledger().reject(event(Kind.REJECTED, 4))):
        with pytest.raises(UnsoundLedger, match="the project's list of rejections is not sound"):
            ask()


# --- a registry that is not what it was


def _wipe(server: FakeRegistry, number: int = 0) -> None:
    """Let the registry be as it was when it had so many records."""
    tags = server.repository(REPOSITORY).tags
    for tag in [t for t in tags if t.startswith("p.live.") and int(t.split(".")[2]) > number]:
        del tags[tag]
    tags.pop(pointer_tag("live"))


@pytest.mark.parametrize("number", [0, 2, 5])
def test_a_registry_that_knows_less_than_the_target_is_not_believed(
    server: FakeRegistry, number: int
) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1), *deploy(2))
    _wipe(server, number)
    for ask in (
        lambda: desk.ledger().state("live"),
        lambda: desk.ledger().head("live"),
        lambda: _record(desk, event(Kind.PROMOTED, 3)),
    ):
        with pytest.raises(UnsoundLedger, match="its record 6, which the target knows, is not in"):
            ask()
    assert desk.store
    assert [*desk.store.files] == ["ledger/head"]


def test_another_history_than_the_targets_is_not_believed(server: FakeRegistry) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1))
    _wipe(server)
    _record(Desk(server.address, BOB), *deploy(2), *deploy(3))
    with pytest.raises(UnsoundLedger, match="its record 3, which the target knows"):
        desk.ledger().state("live")


def test_a_record_that_lost_is_not_missed(server: FakeRegistry) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1))
    ledger = desk.ledger()
    last = ledger.head("live")
    assert last
    _put_branch(desk)
    registry, tag = client(desk.host), tag_of_record(last)
    manifest = registry.manifest(REPOSITORY, str(tag))
    assert manifest
    registry.put_manifest(REPOSITORY, tag.lost, manifest)
    assert desk.ledger().head("live") == replace(last, who=BOB)


def test_what_the_target_keeps_counts_for_a_way_back(server: FakeRegistry) -> None:
    """A rollback works with a gap as it does with the registry gone, and its records join."""
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1), *deploy(2))
    tags = server.repository(REPOSITORY).tags
    missing = next(tag for tag in tags if tag.startswith("p.live.00000002"))
    content = tags.pop(missing)
    doubts: list[EnvctlError] = []
    ledger = replace(desk.ledger(), doubted=doubts.append)
    for one in rollback(1):
        ledger.append("live", one)
    assert ledger.state("live").running == deployed(1)
    assert "its record 2 is missing" in doubts[0].message
    with pytest.raises(UnsoundLedger):
        desk.ledger().state("live")
    tags[missing] = content
    assert desk.ledger().state("live").running == deployed(1)
    _record(desk, event(Kind.UNLOCKED))
    assert _kinds(desk)[6:] == ["rollback started 1.1", "rolled back 1.1", "unlocked"]


# --- without the registry


def _offline(server: FakeRegistry) -> None:
    _kill_at(server, 1)


def _online(server: FakeRegistry) -> None:
    server.before = None


def test_without_the_registry_nothing_is_known_where_nothing_was_kept(
    server: FakeRegistry,
) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _offline(server)
    for ask in (desk.ledger().state, desk.ledger().head):
        with pytest.raises(Unreachable):
            ask("live")
    with pytest.raises(Unreachable):
        _record(desk, event(Kind.PROMOTED, 1))


def test_a_rollback_is_recorded_without_the_registry_and_joins_later(server: FakeRegistry) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1), *deploy(2))
    _offline(server)
    _record(desk, *rollback(1))
    state = desk.ledger().state("live")
    assert (state.running, state.promoted) == (deployed(1), release(1))
    head = desk.ledger().head("live")
    assert head is not None
    assert head.event.kind is Kind.ROLLED_BACK
    _online(server)
    assert desk.ledger().state("live").running == deployed(1)
    assert len(_kinds(desk)) == 6
    _record(desk, *redeploy(1, 2))
    assert _kinds(desk)[6:] == [
        "rollback started 1.1",
        "rolled back 1.1",
        "deploy started 1.1",
        "deployed 1.1",
    ]
    assert [bool(r.late) for r in desk.ledger().history("live")] == [False] * 2 + [True] * 2 + [
        False
    ] * 6
    assert desk.store
    assert [*desk.store.files] == ["ledger/head"]


def test_a_late_record_has_its_own_time(server: FakeRegistry) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1))
    _offline(server)
    _record(desk, event(Kind.UNLOCKED))
    _online(server)
    last = desk.ledger().join("live")
    assert last is not None
    assert last.late is not None
    assert last.at == "2026-01-31T00:01:00Z"
    assert last.late.joined > last.at


def test_others_may_write_before_a_record_joins(server: FakeRegistry) -> None:
    desk = Desk(server.address, store=FakeStageStore())
    _record(desk, *deploy(1), *deploy(2))
    _offline(server)
    _record(desk, *rollback(1))
    _online(server)
    _record(Desk(server.address, BOB), event(Kind.PROMOTED, 3), event(Kind.UNLOCKED))
    _record(desk, event(Kind.UNLOCKED))
    assert _kinds(desk)[6:] == [
        "promoted 1.3",
        "unlocked",
        "rollback started 1.1",
        "rolled back 1.1",
        "unlocked",
    ]


@pytest.mark.parametrize("where", ["registry", "store"])
def test_joining_that_is_killed_anywhere_loses_and_doubles_nothing(
    server: FakeRegistry, where: str
) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        store = FakeStageStore()
        desk = Desk(server.address, store=store)
        server.repositories.clear()
        _record(desk, *deploy(1), *deploy(2))
        _offline(server)
        _record(desk, *rollback(1))
        _online(server)
        if where == "registry":
            _kill_at(server, number)
        else:
            store.before = _killer(number)
        try:
            desk.ledger().join("live")
        except (Unreachable, KilledError):
            killed = True
        else:
            killed = False
        _online(server)
        store.before = lambda _: None
        assert desk.ledger().state("live").running == deployed(1)
        desk.ledger().join("live")
        assert _kinds(desk)[6:] == ["rollback started 1.1", "rolled back 1.1"]
        assert [*store.files] == ["ledger/head"]
    assert number > 6


def _killer(number: int):  # type: ignore[no-untyped-def]
    seen = iter(range(1, 10_000))

    def before(_: str) -> None:
        if next(seen) >= number:
            raise KilledError

    return before


def test_an_append_from_which_the_registry_goes_away_is_recorded_once(
    server: FakeRegistry,
) -> None:
    number, kept = 0, 1
    while kept:
        number += 1
        store = FakeStageStore()
        desk = Desk(server.address, store=store)
        server.repositories.clear()
        _record(desk, *deploy(1), *deploy(2))
        _kill_at(server, number)
        _record(desk, event(Kind.ROLLBACK_STARTED, 1))
        assert desk.ledger().state("live").opened is not None
        kept = len(store.names("ledger/pending"))
        _online(server)
        _record(desk, event(Kind.ROLLED_BACK, 1))
        assert _kinds(desk)[6:] == ["rollback started 1.1", "rolled back 1.1"]
        assert [*store.files] == ["ledger/head"]
    assert number > 8
