"""A restore, and an `up` that completes one, with everything in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.image_version import Image
from envctl.domain.observed import Mount
from envctl.domain.project import Project
from envctl.domain.restore import Due
from envctl.domain.service import Role, Service
from envctl.domain.snapshot import Mounted, SavedVolume, Snapshot
from envctl.domain.volume import Volume, VolumeUser
from envctl.errors import Failed, Refused, UsageError
from envctl.workflows.snapshot_restore import RestoreRequest, Restoring, prepare_restore, restore
from envctl.workflows.up import UpRequest, prepare_up
from tests.fake_snapshots import archive
from tests.workflows.shop import Playground

DB = Service("db", "postgres:15", "def", role=Role.DATA, has_healthcheck=True, volumes=("data",))
API = Service("api", "api:1", "def", volumes=("up",))
VOLUMES = (Volume("data", "shop_data"), Volume("up", "shop_up"))
SHOP = Project("shop", (API, DB), volumes=VOLUMES)
OLD = archive({"old": b"content"})


def shop(*, running: bool = True) -> Playground:
    """A shop with a snapshot of both volumes."""
    world = Playground(SHOP)
    saved = []
    with world.kept.draft() as draft:
        for key, service in (("data", DB), ("up", API)):
            mounted = (Mounted(service.name, service.image, f"sha256:{service.name}", "15"),)
            saved.append(SavedVolume(key, *draft.write(key, [OLD]), mounted))
        draft.keep(Snapshot("seed", 0, "shop", tuple(saved)))
    for service, volume in ((API, VOLUMES[1]), (DB, VOLUMES[0])):
        world.engine.images[service.image] = f"sha256:{service.name}"
        world.volumes.images[service.image] = Image(service.image, f"sha256:{service.name}")
        world.volumes.contents[volume.name] = b"new"
        if running:
            mount = Mount("volume", volume.name)
            world.engine.put(service, state="running", health="healthy", mounts=(mount,))
            world.memory.known = {**world.memory.known, f"id-{len(world.memory.known) + 1}": "def"}
    return world


def prepare(world: Playground, *services: str, force: bool = False) -> Restoring:
    request = RestoreRequest("seed", services, force)
    return prepare_restore(world.senses(), SHOP, request, world.reporter)


def carry_out(world: Playground, *services: str) -> None:
    restore(prepare(world, *services), world.executor(), SHOP)


def test_looking_changes_nothing() -> None:
    world = shop()
    assert str(prepare(world).plan).splitlines() == [
        f"restore data: from snapshot seed, {len(OLD) / 1024:.0f} KiB",
        f"restore up: from snapshot seed, {len(OLD) / 1024:.0f} KiB",
        "replace api: its data is restored",
        "replace db: its data is restored",
    ]
    assert [*world.volumes.calls, *world.engine.calls, *world.due.states] == []


def test_only_what_uses_the_volumes_is_touched() -> None:
    world = shop()
    carry_out(world, "db")
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": b"new"}
    launches = [call for call in world.engine.calls if call.startswith("launch")]
    assert launches == ["launch db forced"]
    assert {c.service: c.id for c in world.engine.containers("shop")}["api"] == "id-1"


def test_what_is_due_is_written_before_the_first_effect_and_taken_off_when_it_is_done() -> None:
    world = shop()
    carry_out(world)
    assert [[d.key for d in state] for state in world.due.states] == [["data", "up"], ["up"], []]
    assert world.reporter.bytes_copied == {"data": len(OLD), "up": len(OLD)}


def test_services_without_containers_are_not_started() -> None:
    world = shop(running=False)
    carry_out(world)
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": OLD}
    assert [c for c in world.engine.calls if c.startswith("launch")] == []


def test_an_up_completes_what_was_cut_short() -> None:
    world = shop()
    world.volumes.broken = frozenset({"shop_up"})
    with pytest.raises(Failed, match="the engine is gone"):
        carry_out(world)
    assert [d.key for d in world.due.due()] == ["up"]
    world.volumes.broken = frozenset()
    plan = str(prepare_up(world.senses(), SHOP, UpRequest(), world.reporter).plan)
    assert plan.splitlines()[0] == "restore up: a restore of seed was cut short"
    world.up()
    assert world.due.due() == ()
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": OLD}
    assert {c.service for c in world.engine.containers("shop")} == {"api", "db"}
    before = list(world.volumes.calls)
    world.up()
    assert world.volumes.calls == before


def test_what_is_damaged_is_refused_before_anything_is_touched() -> None:
    world = shop()
    (key,) = (k for k in world.kept.archives if k[1] == "up")
    world.kept.archives[key] = OLD[:-1]
    with pytest.raises(Failed, match="damaged"):
        carry_out(world)
    assert world.due.states == []
    assert len(world.engine.containers("shop")) == 2
    assert world.volumes.contents["shop_data"] == b"new"


def test_another_major_version_is_refused_unless_forced() -> None:
    world = shop()
    world.volumes.images[DB.image] = Image("postgres:16", "sha256:16")
    with pytest.raises(Refused, match="version 16"):
        prepare(world)
    assert prepare(world, force=True).plan
    assert prepare(world, "api").plan


def test_a_volume_in_somebody_elses_use_is_refused() -> None:
    world = shop()
    spy = VolumeUser("spy", "spy", "", "", "exited")
    world.volumes.mounts["shop_data"] = [spy]
    with pytest.raises(Refused, match="the container spy"):
        prepare(world)


def test_a_service_whose_volume_is_not_held_is_a_mistake() -> None:
    world = shop()
    seed = world.kept.kept["seed"]
    world.kept.kept["seed"] = replace(seed, volumes=seed.volumes[:1])
    with pytest.raises(UsageError, match="snapshot seed has no volume up"):
        prepare(world, "api")


def test_an_up_whose_snapshot_is_gone_says_so() -> None:
    world = shop()
    world.due.write((Due("data", "lost", "a restore of lost was cut short"),))
    with pytest.raises(UsageError, match="there is no snapshot 'lost'"):
        world.up()


def test_a_reset_owes_nothing() -> None:
    world = shop()
    world.due.write((Due("data", "lost", "a restore of lost was cut short"),))
    world.reset()
    assert world.due.due() == ()


def test_a_reset_to_a_snapshot_begins_with_its_data() -> None:
    world = shop()
    world.engine.data = ("shop_data", "shop_up")
    plan = str(world.prepare_reset("seed").plan).splitlines()
    assert plan[-6:] == [
        "remove volume shop_data: reset",
        "remove volume shop_up: reset",
        f"restore data: from snapshot seed, {len(OLD) / 1024:.0f} KiB",
        f"restore up: from snapshot seed, {len(OLD) / 1024:.0f} KiB",
        "create api: its data is restored",
        "create db: its data is restored",
    ]
    world.reset("seed")
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": OLD}
    assert world.due.due() == ()


def test_a_reset_promises_the_restore_before_it_removes_anything() -> None:
    world = shop()
    world.reset("seed")
    assert [due.key for due in world.due.states[0]] == ["data", "up"]


def test_a_reset_without_a_snapshot_forgets_a_restore_that_was_cut_short() -> None:
    world = shop()
    world.due.write((Due("data", "seed", "a restore of seed was cut short"),))
    world.reset()
    assert world.due.due() == ()
    assert world.volumes.contents["shop_data"] == b"new"


def test_a_reset_to_a_damaged_snapshot_leaves_what_was_there() -> None:
    world = shop()
    world.kept.archives["data-1", "data"] = b"damaged"
    with pytest.raises(Failed):
        world.reset("seed")
    assert world.engine.calls == []
    assert world.due.due() == ()
