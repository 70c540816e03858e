"""The chain of a stage's records, as tags show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.chain import Chain, broken_link, chains, first_broken, trouble
from envctl.domain.record_artifact import RecordTag, given_up_tag, tag_of_record
from envctl.domain.record_format import record_digest
from envctl.domain.stage_record import Event, Kind, Late, Record, StageState
from envctl.domain.stage_state import joined_state, next_state
from tests.domain.test_stage_state import at
from tests.ledgers import ADA, BOB, deploy, event

A, B, C = "a" * 32, "b" * 32, "c" * 32


def tag(sequence: int, digits: str = A, stage: str = "live") -> RecordTag:
    return RecordTag(stage, sequence, digits)


def chain(*tags: RecordTag | str) -> Chain:
    return chains(map(str, tags))["live"]


def records(*events: Event) -> list[Record]:
    """Return a chain of records, the oldest first."""
    made: list[Record] = []
    for minute, one in enumerate(events, 1):
        last = made[-1] if made else None
        state = next_state(last.state if last else StageState(), one, at(minute))
        previous = record_digest(last) if last else ""
        made.append(Record("shop", "live", minute, previous, at(minute), ADA, one, None, state))
    return made


def test_stages_are_told_apart() -> None:
    found = chains([str(tag(1)), str(tag(1, B, "live-2")), "s.live", "r.1.0." + A, "i." + A])
    assert sorted(found) == ["live", "live-2"]
    assert found["live"].head == tag(1)


def test_a_row_of_records_is_sound() -> None:
    whole = chain(tag(2, B), tag(1, C), tag(3))
    assert (whole.head, whole.forks, whole.gaps, trouble(whole)) == (tag(3), (), (), "")


def test_two_of_one_number_are_a_fork() -> None:
    forked = chain(tag(1), tag(2, B), tag(2, C), tag(3))
    assert forked.forks == ((tag(2, B), tag(2, C)),)
    assert trouble(forked) == f"its record 2 exists 2 times: {B[:12]} and {C[:12]}"


def test_a_number_that_is_missing_is_a_gap() -> None:
    assert chain(tag(2), tag(3), tag(6)).gaps == ((1, 1), (4, 5))
    assert trouble(chain(tag(2))) == "its record 1 is missing"


def test_a_gap_that_was_given_up_is_none_unless_it_grows() -> None:
    given_up = given_up_tag("live", (2, 3))
    whole = chain(tag(1), tag(4), given_up)
    assert (whole.gaps, trouble(whole), whole.given_up) == ((), "", ((2, 3),))
    assert chain(tag(1), tag(2), tag(4), given_up).gaps == ()
    grown = chain(tag(4), given_up)
    assert trouble(grown) == "its records 1 to 3 are missing"


def test_over_a_gap_nothing_links() -> None:
    whole = records(*deploy(1), *deploy(2))
    assert first_broken([*whole[:2], *whole[4:]]) == ""
    assert first_broken(whole[2:]) == ""
    assert first_broken([*whole[:2], whole[4], whole[3]]) != ""


def test_what_lost_is_not_of_the_chain() -> None:
    resolved = chain(tag(1), tag(2, B), tag(2, C), tag(2, C).lost)
    assert (resolved.head, resolved.forks, resolved.lost) == (tag(2, B), (), (tag(2, C),))


def test_links_that_hold_are_not_told() -> None:
    assert first_broken(records(*deploy(1), *deploy(2))) == ""


@pytest.mark.parametrize("place", range(6))
def test_a_record_that_is_exchanged_breaks_the_chain(place: int) -> None:
    whole = records(*deploy(1), *deploy(2))
    whole[place] = replace(whole[place], who=BOB)
    said = first_broken(whole)
    if place == 5:
        assert said == ""  # its own tag says so
        assert tag_of_record(whole[5]) != tag_of_record(replace(whole[5], who=ADA))
    else:
        assert said == f"record {place + 2} does not follow the record before it"


def test_a_state_that_does_not_follow_is_told() -> None:
    (first,) = records(event(Kind.PROMOTED, 1))
    forged = replace(first, state=replace(first.state, hotfix=True))
    assert broken_link(forged, None) == "record 1 says another state than it leads to"


def test_an_event_that_could_not_follow_is_told() -> None:
    (first,) = records(event(Kind.PROMOTED, 1))
    failed = Event(Kind.FAILED)
    second = replace(first, sequence=2, previous=record_digest(first), event=failed)
    assert broken_link(second, first) == ("record 2: failed cannot follow: nothing is open")


def test_a_late_record_is_taken_for_what_it_is() -> None:
    first = records(event(Kind.PROMOTED, 1))[0]
    done = event(Kind.DEPLOYED, 1)
    second = replace(
        first,
        sequence=2,
        previous=record_digest(first),
        event=done,
        state=joined_state(first.state, done, at=at(50), known=first.at),
        late=Late("sha256:x", at(50)),
    )
    assert first_broken([first, second]) == ""
    assert first_broken([first, replace(second, late=Late("sha256:x", at(51)))]) != ""
