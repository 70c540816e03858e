"""`bisect`: which releases are run, what their runs say, and what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from envctl.domain.bisection import Verdict
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import (
    CommandFailed,
    ConfigurationError,
    EnvctlError,
    Failed,
    Refused,
    Unhealthy,
    Unreachable,
    UsageError,
)
from envctl.workflows.bisect import Bisector, Found, Tried
from envctl.workflows.bisect_row import candidates
from envctl.workflows.releases import NamedRelease
from tests.domain.release_example import SHOP, built

URLS = {"web": "http://localhost:1", "api": "http://localhost:2"}
COMMAND = ("make", "smoke")


def named(number: int, image: str = "", *, definition: str = "same") -> NamedRelease:
    """Return a release; the same image and definition make it run the same."""
    manifest = ComposeDefinition(definition.encode()).manifest().descriptor()
    images = (built("web", version=image or str(number)),)
    release = replace(SHOP, commit=f"{number:040x}", definitions=(("", manifest),), images=images)
    return NamedRelease(f"1.{number}", release.index().digest, "", release)


@dataclass
class Shop:
    """Releases of which some are bad, and some cannot start; keeps count of what runs."""

    releases: Sequence[NamedRelease]
    first_bad: int
    troubles: Mapping[int, EnvctlError] = field(default_factory=dict)
    codes: Mapping[int, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    told: list[Mapping[str, str]] = field(default_factory=list)
    up: list[NamedRelease] = field(default_factory=list)

    @contextmanager
    def stand(self, one: NamedRelease) -> Iterator[Mapping[str, str]]:
        assert self.up == [], "one after the other"
        if trouble := self.troubles.get(self._number(one)):
            raise trouble
        self.up.append(one)
        try:
            yield URLS
        finally:
            self.up.remove(one)

    def call(self, command: Sequence[str], more: Mapping[str, str]) -> int:
        assert command == COMMAND
        (one,) = self.up
        self.told.append(more)
        number = self._number(one)
        return self.codes.get(number, int(number >= self.first_bad))

    def _number(self, one: NamedRelease) -> int:
        return [r.digest for r in self.releases].index(one.digest)

    def begins(self, number: int, about: int, one: NamedRelease) -> None:
        self.said.append(f"{number} of {about}: {one.version}")

    def tried(self, one: Tried) -> None:
        self.said.append(f"{one.named.version} {one.verdict}: {one.reason}")

    def bisect(self) -> Found:
        row = candidates(self.releases, self.releases[0], self.releases[-1])
        found = Bisector(self.stand, self.call, "shop-bisect", self).run(row, COMMAND)
        assert self.up == []
        return found


def shop(count: int, first_bad: int, **more: object) -> Shop:
    return Shop([named(n) for n in range(count)], first_bad, **more)  # type: ignore[arg-type]


def versions(releases: Sequence[NamedRelease]) -> list[str]:
    return [one.version for one in releases]


def test_each_run_is_announced_and_told_and_the_first_bad_one_is_found() -> None:
    made = shop(9, 6)
    found = made.bisect()
    assert (versions(found.suspects), found.good.version) == (["1.6"], "1.5")
    assert (found.runs, found.is_certain, found.on_trust()) == (3, True, ())
    assert made.said == [
        "1 of 3: 1.4",
        "1.4 good: exit code 0",
        "2 of 3: 1.6",
        "1.6 bad: exit code 1",
        "3 of 3: 1.5",
        "1.5 good: exit code 0",
    ]


def test_the_command_is_told_where_which_release_answers() -> None:
    made = shop(3, 1)
    made.bisect()
    assert made.told == [
        {
            "ENVCTL_PLAYGROUND": "shop-bisect",
            "ENVCTL_RELEASE": "1.1",
            "ENVCTL_URL": "http://localhost:1",
            "ENVCTL_URLS": "web=http://localhost:1 api=http://localhost:2",
        }
    ]


def test_neighbours_need_no_run_and_are_taken_on_trust() -> None:
    found = shop(2, 1).bisect()
    assert (versions(found.suspects), found.tried) == (["1.1"], ())
    assert found.on_trust() == (Verdict.GOOD, Verdict.BAD)


@pytest.mark.parametrize(("first_bad", "trusted"), [(1, Verdict.GOOD), (5, Verdict.BAD)])
def test_what_no_run_has_shown_is_said(first_bad: int, trusted: Verdict) -> None:
    assert shop(6, first_bad).bisect().on_trust() == (trusted,)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Unhealthy("web exited with 3"), "web exited with 3"),
        (CommandFailed("cannot pull: not found"), "cannot pull: not found"),
        (Failed("it is gone from the registry"), "it is gone from the registry"),
        (Refused("it is privileged", hint="--allow-host"), "it is privileged (--allow-host)"),
    ],
)
def test_what_cannot_start_is_skipped_with_the_reason(trouble: EnvctlError, reason: str) -> None:
    made = shop(9, 6, troubles={4: trouble})
    found = made.bisect()
    assert versions(found.suspects) == ["1.6"]
    assert "1.4 skipped: it cannot start: " + reason in made.said


def test_the_command_skips_with_125() -> None:
    found = shop(9, 6, codes={4: 125}).bisect()
    assert versions(found.suspects) == ["1.6"]
    assert found.tried[0].verdict is Verdict.SKIPPED


def test_skipped_ones_before_the_first_bad_one_leave_it_uncertain() -> None:
    found = shop(9, 6, codes={5: 125, 4: 125}).bisect()
    assert (versions(found.suspects), found.is_certain) == (["1.4", "1.5", "1.6"], False)
    assert found.good.version == "1.3"


@pytest.mark.parametrize("trouble", [Unreachable("no registry"), ConfigurationError("no TOKEN")])
def test_what_no_other_release_would_mend_ends_it(trouble: EnvctlError) -> None:
    made = shop(9, 6, troubles={4: trouble})
    with pytest.raises(type(trouble)):
        made.bisect()
    assert made.said == ["1 of 3: 1.4"]


@pytest.mark.parametrize(("code", "how"), [(130, "exit code 130"), (-9, "signal 9")])
def test_a_command_that_was_killed_says_nothing_and_ends_it(code: int, how: str) -> None:
    made = shop(9, 6, codes={4: code})
    with pytest.raises(Failed, match=rf"the command ended with {how} for 1\.4"):
        made.bisect()
    assert made.up == []


def test_releases_in_a_row_that_run_the_same_are_run_once_and_the_first_is_named() -> None:
    made = Shop([named(n, f"i{n // 3}") for n in range(12)], first_bad=6)
    found = made.bisect()
    assert (versions(found.suspects), found.good.version) == (["1.6"], "1.5")
    assert (found.runs, versions([one.named for one in found.tried])) == (2, ["1.3", "1.6"])


def test_the_bad_one_is_named_by_the_first_that_runs_the_same() -> None:
    found = Shop([named(0, "a"), named(1, "b"), named(2, "b")], 1).bisect()
    assert (versions(found.suspects), found.runs) == (["1.1"], 0)


def test_what_ran_the_same_before_needs_no_run_wherever_it_comes_again() -> None:
    images = ["a", "b", "c", "a", "d", "e", "f"]  # the fourth is the first again: a step back
    made = Shop([named(n, image) for n, image in enumerate(images)], 5)
    found = made.bisect()
    assert made.said[0] == "1.3 good: the same images and definition as 1.0"
    assert (versions(found.suspects), found.runs) == (["1.5"], 2)


def test_another_definition_of_the_same_images_is_another_thing_to_run() -> None:
    made = Shop([named(n, "same", definition=str(n)) for n in range(5)], 2)
    assert versions(made.bisect().suspects) == ["1.2"]


def test_the_definition_that_counts_is_that_of_the_stage() -> None:
    one, two = (named(n, "same") for n in range(2))
    overlay = ComposeDefinition(b"other").manifest().descriptor()
    definitions = (*two.release.definitions, ("live", overlay))
    two = replace(two, release=replace(two.release, definitions=definitions))
    assert len(candidates([one, two], one, two, "live")) == 2
    with pytest.raises(UsageError, match="run the same images by the same definition"):
        candidates([one, two], one, two)


def test_good_comes_before_bad() -> None:
    one, two = named(1), named(2)
    with pytest.raises(UsageError, match=r"1\.2, the good one, is newer than 1\.1, the bad one"):
        candidates([one, two], two, one)
    with pytest.raises(UsageError, match=r"1\.1 cannot be both good and bad"):
        candidates([one, two], one, one)
