"""`promote`, in a registry that is spoken to over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from envctl.domain.release import Release
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Deployed, Event, Kind
from envctl.errors import Refused, Unreachable, UsageError
from envctl.workflows.promote import Promoter, Promotion, PromotionPlanner, require_allowed
from envctl.workflows.publish import Publisher
from envctl.workflows.releases import Shelf
from tests.fake_registry import FakeRegistry
from tests.fake_stage_lock import FakeHeldLock
from tests.ledgers import Desk, client
from tests.releases import put_release

REPOSITORY = "team/shop"
FIRST = Stage("integration")
LIVE = Stage("live", after="integration")


@dataclass
class World(Desk):
    commit: str = "a" * 40

    def planner(self, stage: Stage) -> PromotionPlanner:
        shelf = Shelf(client(self.host), self.place, bytes)
        return PromotionPlanner(stage, self.ledger(), shelf, lambda: self.commit)

    def plan(self, stage: Stage, said: str = "") -> list[str]:
        return str(self.planner(stage).plan(said).plan).splitlines()

    def promote(
        self, stage: Stage, said: str = "", *, lost: bool = False, hotfix: bool = False
    ) -> Promotion:
        registry = client(self.host)
        publisher = Publisher(registry, self.place, None, None, client)  # type: ignore[arg-type]
        promotion = self.planner(stage).plan(said, hotfix=hotfix)
        promoter = Promoter(stage, self.ledger(), publisher.name)
        promoter.carry_out(promotion, FakeHeldLock(lost), reason="now", hotfix=hotfix)
        return promotion

    def deploy(self, stage: Stage, release: Release, version: str) -> None:
        digest = release.index().digest
        deployed = Deployed(digest, version, "s", f"shop-{stage.name}-{version}")
        for kind in (Kind.DEPLOY_STARTED, Kind.DEPLOYED):
            self.ledger().append(stage.name, Event(kind, digest, version, deployed))

    def named(self, server: FakeRegistry, stage: str) -> dict[str, str]:
        return {
            name.rpartition("/")[2]: repository.tags[stage]
            for name, repository in server.repositories.items()
            if stage in repository.tags
        }


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


@pytest.fixture
def world(server: FakeRegistry) -> World:
    return World(server.address)


def _digests(release: Release) -> dict[str, str]:
    return {image.services[0]: image.digest for image in release.images}


def test_the_release_of_this_commit_comes_to_the_first_stage(
    server: FakeRegistry, world: World
) -> None:
    release = put_release(server.address, REPOSITORY, "1.0")
    put_release(server.address, REPOSITORY, "0.9", commit="b" * 40)
    assert world.plan(FIRST) == [
        "record promoted: 1.0, the first release here",
        "tag s0: s0:integration is nothing yet",
        "tag s1: s1:integration is nothing yet",
    ]
    world.promote(FIRST)
    assert world.named(server, "integration") == _digests(release)
    (record,) = world.ledger().history("integration")
    assert record.event == Event(Kind.PROMOTED, release.index().digest, "1.0", reason="now")


def test_a_second_promotion_has_nothing_to_do(server: FakeRegistry, world: World) -> None:
    put_release(server.address, REPOSITORY, "1.0")
    world.promote(FIRST)
    assert world.plan(FIRST) == []
    world.promote(FIRST)
    assert len(world.ledger().history("integration")) == 1


def test_no_layer_moves(server: FakeRegistry, world: World) -> None:
    put_release(server.address, REPOSITORY, "1.0")
    server.requests.clear()
    world.promote(FIRST)
    sent = [words for words in server.requests if words.startswith(("PATCH", "PUT"))]
    blobs = [words for words in sent if "/blobs/uploads/upload" in words]
    assert all(f"/v2/{REPOSITORY}/blobs" in words for words in blobs)
    assert len(blobs) <= 2 * 2  # the record's and its empty config, in pieces


def test_a_name_that_somebody_moved_comes_back(server: FakeRegistry, world: World) -> None:
    release = put_release(server.address, REPOSITORY, "1.0")
    world.promote(FIRST)
    moved, other = server.repositories[f"{REPOSITORY}/s0"], "sha256:" + "f" * 64
    moved.manifests[other] = next(iter(moved.manifests.values()))
    moved.tags["integration"] = other
    assert world.plan(FIRST) == ["tag s0: s0:integration is " + "f" * 12]
    world.promote(FIRST)
    assert world.named(server, "integration") == _digests(release)
    assert len(world.ledger().history("integration")) == 1


def test_what_the_stage_before_runs_comes_next(server: FakeRegistry, world: World) -> None:
    first = put_release(server.address, REPOSITORY, "1.0")
    world.promote(FIRST)
    world.deploy(FIRST, first, "1.0")
    put_release(server.address, REPOSITORY, "2.0", commit="b" * 40)
    world.promote(FIRST, "2.0")
    assert world.plan(LIVE)[0] == "record promoted: 1.0, the first release here"
    assert world.promote(LIVE).named.version == "1.0"


def test_nothing_comes_from_a_stage_that_runs_nothing(server: FakeRegistry, world: World) -> None:
    put_release(server.address, REPOSITORY, "1.0")
    with pytest.raises(Refused, match="integration runs nothing that could come to live"):
        world.plan(LIVE)


def test_what_the_rule_forbids_is_refused_whoever_names_it(
    server: FakeRegistry, world: World
) -> None:
    release = put_release(server.address, REPOSITORY, "1.0")
    with pytest.raises(Refused) as raised:
        world.promote(LIVE, "1.0")
    assert raised.value.message == "1.0 may not come to live: integration has never run 1.0"
    assert raised.value.hint == (
        "envctl promote integration --release 1.0, then envctl deploy integration"
    )
    assert world.ledger().history("live") == ()
    assert world.named(server, "live") == {}
    world.promote(LIVE, "1.0", hotfix=True)
    (record,) = world.ledger().history("live")
    assert record.event.hotfix
    assert world.named(server, "live") == _digests(release)


def test_soak_counts_by_the_clock_of_the_registry(server: FakeRegistry, world: World) -> None:
    release = put_release(server.address, REPOSITORY, "1.0")
    world.promote(FIRST)
    world.deploy(FIRST, release, "1.0")
    world.clock.minute = 100_000  # this machine's clock is of no use
    promotion = world.planner(replace(LIVE, soak=3600)).plan()
    assert [one.what for one in promotion.obstacles] == ["1.0 has to run on integration for 1 h"]
    with pytest.raises(Refused, match="has to run on integration for 1 h"):
        require_allowed(LIVE, promotion)


def test_a_rejected_release_comes_nowhere(server: FakeRegistry, world: World) -> None:
    release = put_release(server.address, REPOSITORY, "1.0")
    rejected = Event(Kind.REJECTED, release.index().digest, "1.0", reason="leaks")
    world.ledger().reject(rejected)
    for hotfix in (False, True):
        with pytest.raises(Refused, match=r"1\.0 may not come to integration: .*leaks"):
            world.promote(FIRST, "1.0", hotfix=hotfix)


def test_a_promotion_ends_a_hold(server: FakeRegistry, world: World) -> None:
    one = put_release(server.address, REPOSITORY, "1.0")
    two = put_release(server.address, REPOSITORY, "2.0", commit="b" * 40)
    for release, version in ((one, "1.0"), (two, "2.0")):
        world.promote(FIRST, version)
        world.deploy(FIRST, release, version)
    deployed = Deployed(one.index().digest, "1.0", "s", "shop-integration-1.0")
    for kind in (Kind.ROLLBACK_STARTED, Kind.ROLLED_BACK):
        world.ledger().append("integration", Event(kind, deployed.release, "1.0", deployed))
    assert world.plan(FIRST, "1.0")[0] == "record promoted: 1.0, which ends the hold"
    world.promote(FIRST, "1.0")
    assert world.ledger().state("integration").hold == ""


def test_without_a_release_of_this_commit_one_is_told_how_to_make_it(
    server: FakeRegistry, world: World
) -> None:
    with pytest.raises(UsageError) as raised:
        world.plan(FIRST)
    assert raised.value.message == "there is no release of this commit, aaaaaaaaaaaa"
    world.commit = ""
    with pytest.raises(UsageError, match="there is no commit here"):
        world.plan(FIRST)


def test_several_releases_of_one_commit_have_to_be_named(
    server: FakeRegistry, world: World
) -> None:
    for version in ("1.0", "1.1"):
        put_release(server.address, REPOSITORY, version)
    with pytest.raises(UsageError, match=r"several releases of this commit: 1\.1, 1\.0"):
        world.plan(FIRST)


def test_who_lost_the_lock_writes_nothing(server: FakeRegistry, world: World) -> None:
    put_release(server.address, REPOSITORY, "1.0")
    with pytest.raises(Refused, match="the lock is lost"):
        world.promote(FIRST, lost=True)
    assert world.ledger().history("integration") == ()
    assert world.named(server, "integration") == {}


def test_a_promotion_that_is_killed_at_any_request_is_completed_by_the_next(
    server: FakeRegistry, world: World
) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        server.repositories.clear()
        release = put_release(server.address, REPOSITORY, "1.0")
        _kill_at(server, number)
        try:
            world.promote(FIRST)
        except Unreachable:
            killed = True
        else:
            killed = False
        server.before = None
        world.promote(FIRST)
        assert world.plan(FIRST) == []
        assert len(world.ledger().history("integration")) == 1
        assert world.named(server, "integration") == _digests(release)
    assert number > 20


def _kill_at(server: FakeRegistry, number: int) -> None:
    seen = iter(range(1, 10_000))

    def before(_: int, __: str) -> None:
        if next(seen) >= number:
            raise ConnectionError

    server.before = before
