"""The first bad one is found, in the fewest runs, around those that tell nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Collection

import pytest

from envctl.domain.bisection import Bisection, Verdict, verdict_of

LONGEST = 130


def searched(
    count: int, first_bad: int, broken: Collection[int] = ()
) -> tuple[Bisection, list[int]]:
    """Search a row of so many; returns how it ended, and what was run in turn."""
    found, runs = Bisection(0, count - 1), []
    while (place := found.next()) is not None:
        assert place not in runs, "nothing is run twice"
        assert found.good < place < found.bad
        runs.append(place)
        verdict = Verdict.BAD if place >= first_bad else Verdict.GOOD
        found = found.told(place, Verdict.SKIPPED if place in broken else verdict)
    return found, runs


@pytest.mark.parametrize("count", range(2, LONGEST + 1))
def test_the_first_bad_one_is_found_in_as_few_runs_as_there_can_be(count: int) -> None:
    fewest = math.ceil(math.log2(count - 1)) if count > 2 else 0
    for first_bad in range(1, count):
        found, runs = searched(count, first_bad)
        assert found.suspects() == (first_bad,)
        assert len(runs) <= fewest


def test_sixty_four_take_six() -> None:
    assert {len(searched(64, first_bad)[1]) for first_bad in range(1, 64)} == {5, 6}


@pytest.mark.parametrize("count", range(2, LONGEST + 1))
def test_how_many_are_left_is_never_too_few_and_goes_down_with_each(count: int) -> None:
    for first_bad in range(1, count):
        found = Bisection(0, count - 1)
        while (place := found.next()) is not None:
            before = found.runs_left()
            found = found.told(place, Verdict.BAD if place >= first_bad else Verdict.GOOD)
            assert found.runs_left() < before
        assert found.runs_left() == 0


def test_whatever_is_skipped_what_is_in_question_holds_the_first_bad_one() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    for _ in range(2000):
        count = chance.randint(2, 70)
        first_bad = chance.randint(1, count - 1)
        broken = set(chance.sample(range(1, count - 1), chance.randint(0, count - 2)))
        found, _ = searched(count, first_bad, broken)
        suspects = found.suspects()
        assert first_bad in suspects
        assert set(suspects[:-1]) <= broken, "one that tells something is in question no more"
        assert suspects[-1] not in broken or suspects[-1] == count - 1


def test_the_same_row_is_searched_in_the_same_order() -> None:
    assert searched(40, 17, {19})[1] == [19, 18, 9, 13, 15, 16, 17]
    assert searched(40, 30, {19, 18})[1] == [19, 18, 17, 28, 33, 30, 29]


@pytest.mark.parametrize("first_bad", [5, 60])
def test_a_stretch_of_broken_ones_is_left_in_few_steps(first_bad: int) -> None:
    broken = set(range(20, 44))  # 24 of 64, the middle among them
    found, runs = searched(64, first_bad, broken)
    assert found.suspects() == (first_bad,)
    assert len([place for place in runs if place in broken]) <= 9
    assert len(runs) <= 9 + 6


def test_with_all_in_between_broken_each_of_them_may_be_the_first() -> None:
    found, runs = searched(6, 3, {1, 2, 3, 4})
    assert found.suspects() == (1, 2, 3, 4, 5)
    assert sorted(runs) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (0, Verdict.GOOD),
        (1, Verdict.BAD),
        (124, Verdict.BAD),
        (125, Verdict.SKIPPED),
        (126, Verdict.BAD),
        (127, Verdict.BAD),
        (128, None),
        (130, None),
        (255, None),
        (-9, None),
    ],
)
def test_exit_codes_are_those_of_git_bisect_run(code: int, verdict: Verdict | None) -> None:
    assert verdict_of(code) is verdict
