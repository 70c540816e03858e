"""`rehearse` over a target in memory: the real deploy and rollback, and somebody who asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from envctl.domain.deployment import Deployment
from envctl.domain.image_version import Image
from envctl.domain.rehearsal import Asked, Part, Rehearsed, Way
from envctl.domain.snapshot import Mounted, SavedVolume, Snapshot
from envctl.errors import Interrupted, Refused, Unhealthy, UsageError
from envctl.workflows.check import Checker
from envctl.workflows.rehearsal_data import VolumeFiller
from envctl.workflows.rehearse import ENOUGH, Candidate, Hands, Rehearsal
from tests.fake_snapshots import FakeSnapshots, FakeVolumes, archive
from tests.fakes import FakeReporter
from tests.target.desk import Desk, FakeOpenStage
from tests.target.effects import Effects, Fault
from tests.target.engine import FakeReader
from tests.target.releases import FakeRelease, Nature
from tests.target.scenarios import LIVE
from tests.target.truth import served
from tests.target.world import World

ONE, TWO = FakeRelease(1), FakeRelease(2)
WAY = Way("web", "http://127.0.0.1:19080/")


@dataclass
class FakeProbe:
    """Asks so often as it is waited for; what is wrong depends on what serves, and what did."""

    world: World
    wrong: Mapping[tuple[str, ...], str]
    all: list[Asked] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    ended: bool = False

    @contextmanager
    def probing(self, ways: Sequence[Way]) -> Iterator[FakeProbe]:
        assert ways == [WAY], "the first release serves by now"
        yield self
        self.ended = True

    def rest(self, requests: int) -> None:
        here = served(self.world, LIVE)
        assert here
        self.served.append(here.active.rpartition("-")[0].rpartition("-")[2])
        for _ in range(requests):
            began = self.world.now
            self.world.now += 0.02
            trouble = self.wrong.get(tuple(self.served), "")
            self.all.append(Asked("web", began, self.world.now, trouble))

    def asked(self) -> Sequence[Asked]:
        assert self.ended
        return self.all


@dataclass
class Stand:
    """A rehearsal of `two` over `one`.

    `wrong` is what visitors are answered, and `fails` where the command fails, each by all the
    releases that were seen until then. With `breaks_former` the first is ill from the second on.
    """

    one: FakeRelease = ONE
    two: FakeRelease = TWO
    wrong: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    fails: Sequence[tuple[str, ...]] = ()
    world: World = field(default_factory=World)
    effects: Effects = field(default_factory=Effects)
    reporter: FakeReporter = field(default_factory=FakeReporter)
    volumes: FakeVolumes = field(default_factory=FakeVolumes)
    kept: FakeSnapshots = field(default_factory=FakeSnapshots)
    calls: list[str] = field(default_factory=list)
    snapshot: str = ""
    breaks_former: bool = False

    def run(self) -> Rehearsed:
        self.world.put(self.one, self.two)
        here = Desk(self.world, self.effects, reporter=self.reporter).open(LIVE)
        with here.held("rehearse", None, self.reporter) as (_, work):
            hands = Hands(
                work,
                here.ledger,
                deploy=here.preparing.deploy,
                rollback=lambda state: here.prepare_rollback(state, ""),
                ready=lambda prepared: None,
                fill=self._fill if self.snapshot else None,
            )
            first, second = (Candidate(r.digest, r.version) for r in (self.one, self.two))
            return self._rehearsal(here, hands).run(first, second, ["smoke"])

    def _rehearsal(self, here: FakeOpenStage, hands: Hands) -> Rehearsal:
        return Rehearsal(
            LIVE.name,
            hands,
            Checker(LIVE.name, here.ledger, lambda: {"web": WAY.url}, self._call),
            FakeProbe(self.world, self.wrong),
            lambda: [WAY],
            FakeReader(self.world, self.effects),
            self.reporter,
        )

    def _fill(self, deployment: Deployment) -> None:
        VolumeFiller(self.snapshot, self.kept, self.volumes, self.reporter).fill(deployment)
        self.world.volumes |= dict.fromkeys(self.volumes.contents, "filled")

    def _call(self, command: Sequence[str], more: Mapping[str, str]) -> int:
        assert more["ENVCTL_URL"] == WAY.url.rstrip("/")
        self.calls.append(more["ENVCTL_RELEASE"])
        if self.breaks_former and self.calls[-1] == self.two.version:
            for box in self.world.boxes.values():
                box.nature = Nature.ILL if "-00000001-" in box.project else box.nature
        return int(tuple(self.calls) in self.fails)


def passed(found: Rehearsed) -> list[bool]:
    return [found.passed[part] for part in found.passed]


def parts(found: Rehearsed) -> list[Part]:
    return [one.part for one in found.seen]


def test_the_candidate_comes_over_the_former_release_which_comes_back() -> None:
    stand = Stand()
    found = stand.run()
    assert found.is_good
    assert parts(found) == [*Part]
    assert stand.calls == ["1.1", "1.2", "1.1"]
    here = served(stand.world, LIVE)
    assert here
    assert "-00000001-" in here.active
    assert [found.of(part).requests for part in (Part.BEFORE, Part.AFTER, Part.AGAIN)] == [  # type: ignore[union-attr]
        ENOUGH,
        ENOUGH,
        ENOUGH,
    ]


def test_a_former_release_that_fails_on_migrated_data_is_found() -> None:
    one, two = "00000001", "00000002"
    stand = Stand(wrong={(one, two, one): "status 500"}, fails=[("1.1", "1.2", "1.1")])
    found = stand.run()
    assert passed(found) == [True, True, False]
    again = found.of(Part.AGAIN)
    assert again
    assert again.troubles == (("web: status 500", ENOUGH),)
    assert not found.is_good


def test_a_former_release_that_does_not_come_up_on_migrated_data_is_found() -> None:
    found = Stand(breaks_former=True).run()
    assert found.rollback
    assert parts(found) == [Part.BEFORE, Part.DEPLOY, Part.AFTER, Part.BACK]
    assert passed(found) == [True, True]
    assert not found.is_good


def test_a_release_that_drops_requests_is_found() -> None:
    found = Stand(wrong={("00000001", "00000002"): "status 503"}).run()
    after = found.of(Part.AFTER)
    assert after
    assert after.failed == ENOUGH
    assert not found.is_good
    assert all(found.passed.values())


@pytest.mark.parametrize("nature", [Nature.ILL, Nature.DIES, Nature.BAD_MIGRATION, Nature.MUTE])
def test_a_deploy_that_fails_is_found_and_the_former_release_looked_at(nature: Nature) -> None:
    stand = Stand(two=FakeRelease(2, nature))
    found = stand.run()
    assert found.deploy
    assert parts(found) == [Part.BEFORE, Part.DEPLOY, Part.AGAIN]
    assert stand.calls == ["1.1", "1.1"]
    here = served(stand.world, LIVE)
    assert here
    assert "-00000001-" in here.active


def test_where_the_former_release_does_not_come_up_nothing_can_be_told() -> None:
    stand = Stand(one=FakeRelease(1, Nature.ILL))
    with pytest.raises(Unhealthy):
        stand.run()
    assert stand.calls == []


def test_an_interruption_is_no_finding() -> None:
    trial = Stand()
    trial.run()
    switches = [i for i, name in enumerate(trial.effects.names) if name == "edge switch"]
    with pytest.raises(Interrupted):
        Stand(effects=Effects(Fault.INTERRUPTED, switches[1])).run()


def with_snapshot(version: str = "15") -> Stand:
    """Return a rehearsal with data of a snapshot, which was made with a database of a version."""
    stand = Stand(snapshot="seed")
    with stand.kept.draft() as draft:
        mounted = (Mounted("db", "postgres", "sha256:db", version),)
        own, other = (
            SavedVolume(key, *draft.write(key, [archive({"a": b"b"})]), mounted)
            for key in ("data", "uploads")
        )
        draft.keep(Snapshot("seed", 0, "shop", (own, other)))
    return stand


def test_a_snapshot_is_in_the_volumes_before_anything_starts() -> None:
    stand = with_snapshot()
    assert stand.run().is_good
    assert stand.world.volumes["shop-production_data"] == "filled"
    assert stand.volumes.contents["shop-production_data"] == archive({"a": b"b"})
    lines = stand.reporter.lines
    assert lines.index("end restore data") < lines.index("end create db")
    assert "note uploads is left out: the release has no such volume" in lines


def test_a_snapshot_of_another_major_version_is_refused() -> None:
    stand = with_snapshot()
    deployment = ONE.deployment(Desk(stand.world).open(LIVE).names, "", ())
    image = next(one.name for one in deployment.images if "db" in one.services)
    stand.volumes.images[image] = Image(image, "sha256:new", {}, {"PG_MAJOR": "16"})
    with pytest.raises(Refused, match="was saved with postgres"):
        stand.run()
    assert "shop-production_data" not in stand.world.volumes


def test_a_snapshot_without_volumes_of_the_release_is_no_use() -> None:
    stand = Stand(snapshot="none")
    stand.kept.kept["none"] = Snapshot("none", 0, "shop", ())
    with pytest.raises(UsageError, match="holds no volume"):
        stand.run()
