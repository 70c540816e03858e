"""The row of releases that a bisect is about, from a registry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envctl.domain.release_version import release_tag
from envctl.domain.stage_record import Deployed, Event, Kind
from envctl.errors import UsageError
from envctl.workflows.bisect_row import ReleaseRow
from envctl.workflows.releases import Shelf
from tests.fake_registry import FakeRegistry
from tests.ledgers import Desk, client
from tests.releases import put_release


class World(Desk):
    """A registry with the releases 1.1 to 1.12, in the order of their versions."""

    def fill(self) -> None:
        made = (put_release(self.host, "team/shop", f"1.{n}", services=1) for n in range(1, 13))
        self.digests = [release.index().digest for release in made]

    def serve(self, *numbers: int, kind: Kind = Kind.DEPLOYED, stage: str = "live") -> None:
        starts = Kind.DEPLOY_STARTED if kind is Kind.DEPLOYED else Kind.ROLLBACK_STARTED
        for n in numbers:
            release, version = self.digests[n - 1], f"1.{n}"
            deployed = Deployed(release, version, "s", f"shop-live-{n}")
            self.ledger().append(stage, Event(Kind.PROMOTED, release, version))
            for one in (starts, kind):
                self.ledger().append(stage, Event(one, release, version, deployed))

    def between(self, good: str, bad: str, stage: str = "") -> list[str]:
        shelf = Shelf(client(self.host), self.place, lambda text: text)
        row = ReleaseRow(shelf, self.ledger(), stage).between(good, bad)
        return [one.version for candidate in row for one in candidate.releases]


@pytest.fixture
def world() -> Iterator[World]:
    with FakeRegistry() as server:
        made = World(server.address)
        made.fill()
        yield made


def test_the_row_goes_from_the_good_one_to_the_bad_one_by_commit_and_version(world: World) -> None:
    assert world.between("1.8", "1.11") == ["1.8", "1.9", "1.10", "1.11"]


def test_releases_are_named_as_elsewhere(world: World) -> None:
    world.serve(9)
    assert world.between(world.digests[7][:19], "latest") == [f"1.{n}" for n in range(8, 13)]
    assert world.between("live", "1.10") == ["1.9", "1.10"], "what a stage runs"


def test_a_release_with_several_versions_is_one(world: World) -> None:
    index = client(world.host).manifest("team/shop", world.digests[8])
    assert index
    client(world.host).put_manifest("team/shop", release_tag("9.0", index.digest), index)
    assert world.between("1.8", "1.10") == ["1.8", "1.9", "1.10"]
    assert world.between("1.8", "9.0") == ["1.8", "1.9"]


def test_of_a_stage_there_are_those_that_ran_there_in_the_order_they_came(world: World) -> None:
    world.serve(1, 5, 3, 9)
    world.serve(3, kind=Kind.ROLLED_BACK)
    world.serve(7, 12)
    assert world.between("1.1", "1.12", "live") == ["1.1", "1.5", "1.3", "1.9", "1.7", "1.12"]
    assert world.between("1.5", "1.9", "live") == ["1.5", "1.3", "1.9"]


def test_what_never_ran_on_the_stage_is_refused(world: World) -> None:
    world.serve(1, 5)
    with pytest.raises(UsageError, match=r"1\.4 never ran on live") as caught:
        world.between("1.4", "1.5", "live")
    assert caught.value.hint == "envctl history live shows what did"


def test_a_stage_that_there_is_not_and_a_release_that_there_is_not(world: World) -> None:
    world.serve(1)
    with pytest.raises(UsageError, match="there is no stage 'nope'") as caught:
        world.between("1.1", "1.2", "nope")
    assert caught.value.hint == "there are: live"
    with pytest.raises(UsageError, match=r"'9\.9' is no release"):
        world.between("1.1", "9.9")
