"""A save, with everything in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from envctl.domain.image_version import Image
from envctl.domain.project import Project
from envctl.domain.service import Role, Service
from envctl.domain.snapshot import Mounted, Snapshot
from envctl.domain.volume import Volume, VolumeUser
from envctl.errors import Failed, Refused
from envctl.workflows.settle import Settler
from envctl.workflows.snapshot import SaveRequest, Saving, prepare_save, save
from tests.fake_snapshots import FakeSnapshots, FakeVolumes, archive
from tests.fakes import FakeClock, FakeEngine, FakeReporter

DB = Service("db", "postgres:15", role=Role.DATA, has_healthcheck=True, volumes=("data",))
WEB = Service("web", "web:1", volumes=("up",))
VOLUMES = (Volume("data", "shop_data"), Volume("up", "shop_up"))
SHOP = Project("shop", (DB, WEB), volumes=VOLUMES)


@dataclass
class World:
    """A running shop."""

    volumes: FakeVolumes = field(default_factory=FakeVolumes)
    kept: FakeSnapshots = field(default_factory=FakeSnapshots)
    reporter: FakeReporter = field(default_factory=FakeReporter)
    engine: FakeEngine = field(default_factory=lambda: FakeEngine(SHOP, FakeClock()))

    def __post_init__(self) -> None:
        for service, volume in ((DB, "shop_data"), (WEB, "shop_up")):
            container = self.engine.put(service, state="running", health="healthy")
            self.volumes.contents[volume] = archive({service.name: b"content"})
            user = VolumeUser(container.id, container.name, "shop", service.name, "running")
            self.volumes.mounts[volume] = [replace(user, image_id=f"sha256:{service.name}")]
        self.volumes.images["sha256:db"] = Image("sha256:db", "sha256:db", {}, {"PG_MAJOR": "15"})
        self.volumes.images["sha256:web"] = Image("sha256:web", "sha256:web")

    def prepare(self, *services: str, replaced: bool = False) -> Saving:
        request = SaveRequest("seed", services, replaced)
        return prepare_save(self.volumes, self.kept, SHOP, request)

    def save(self, *services: str, replaced: bool = False) -> Snapshot:
        settler = Settler(self.engine, self.engine.clock, self.reporter, 10)
        saving = self.prepare(*services, replaced=replaced)
        return save(saving, self.volumes, self.kept, settler, 1_700_000_000)


def test_looking_changes_nothing() -> None:
    world = World()
    assert "pause db: it writes to data" in str(world.prepare().plan)
    assert world.volumes.calls == []
    assert world.kept.count == 0


def test_all_are_still_from_before_the_first_copy_until_after_the_last() -> None:
    world = World()
    snapshot = world.save()
    assert world.volumes.calls == [
        "sweep",
        "open shop_data with sha256:db",
        "open shop_up with sha256:web",
        "pause id-1",
        "pause id-2",
        "read shop_data",
        "read shop_up",
        "resume id-2",
        "resume id-1",
        "close shop_up",
        "close shop_data",
    ]
    assert world.kept.find("seed").volumes == snapshot.volumes
    assert snapshot.volumes[0].mounted == (Mounted("db", "postgres:15", "sha256:db", "15"),)
    assert world.reporter.bytes_copied["data"] == snapshot.volumes[0].size


def test_only_the_volumes_of_the_named_services_are_copied() -> None:
    world = World()
    assert [v.key for v in world.save("web").volumes] == ["up"]
    assert "pause id-1" not in world.volumes.calls


def test_a_copy_that_fails_leaves_nothing_and_nobody_paused() -> None:
    world = World()
    world.volumes.broken = frozenset({"shop_up"})
    with pytest.raises(Failed, match="the engine is gone"):
        world.save()
    assert world.kept.all() == ()
    assert {u.state for users in world.volumes.mounts.values() for u in users} == {"running"}


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced() -> None:
    world = World()
    first = world.save("web")
    with pytest.raises(Refused, match="there is a snapshot seed already"):
        world.save()
    assert world.kept.find("seed").volumes == first.volumes
    assert len(world.save(replaced=True).volumes) == 2


def test_a_volume_that_was_never_made_is_left_out() -> None:
    world = World()
    del world.volumes.contents["shop_up"]
    assert [v.key for v in world.save().volumes] == ["data"]


def test_a_stranger_who_may_write_is_told_of() -> None:
    world = World()
    spy = VolumeUser("spy", "spy", "other", "spy", "running")
    world.volumes.mounts["shop_data"].append(spy)
    world.save()
    said = "note spy is none of this playground and may write to data meanwhile"
    assert said in world.reporter.lines
    assert "pause spy" not in world.volumes.calls


def test_without_an_image_there_is_no_copy() -> None:
    world = World()
    world.volumes.images.clear()
    with pytest.raises(Refused, match="no image of a service that uses data"):
        world.save()
