"""What a fresh playground begins with, and that only a fresh one does."""

from __future__ import annotations

import pytest

from envctl.domain.seed import Seed
from envctl.domain.service import Service
from envctl.errors import ConfigurationError, Failed
from envctl.workflows.up import UpRequest, prepare_up
from tests.workflows.shop import Playground
from tests.workflows.test_snapshot_restore import OLD, carry_out, shop


def fresh(seed: Seed) -> Playground:
    """A playground of which nothing is there, with a snapshot called seed."""
    world = shop(running=False)
    world.volumes.contents.clear()
    world.seed = seed
    return world


def plan(world: Playground) -> list[str]:
    request = UpRequest(seed=world.seed)
    prepared = prepare_up(world.senses(), world.project, request, world.reporter)
    return str(prepared.plan).splitlines()


def test_a_snapshot_fills_the_volumes_first() -> None:
    world = fresh(Seed(snapshot="seed"))
    size = f"{len(OLD) / 1024:.0f} KiB"
    cause = f"the seed of a fresh playground, from snapshot seed, {size}"
    assert plan(world)[:2] == [f"restore data: {cause}", f"restore up: {cause}"]
    world.up()
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": OLD}


def test_a_job_is_run_once_when_all_is_ready() -> None:
    world = fresh(Seed(job="fill"))
    assert plan(world)[-1] == "seed fill: the seed of a fresh playground"
    world.up()
    world.up()
    assert world.jobs.ran == ["fill"]


def test_where_data_is_nothing_is_seeded() -> None:
    world = fresh(Seed(job="fill"))
    world.volumes.contents["shop_data"] = b"mine"
    world.up()
    assert world.jobs.ran == []


def test_a_seed_that_failed_is_owed_to_the_next_up() -> None:
    world = fresh(Seed(job="fill"))
    world.jobs.broken = frozenset({"fill"})
    with pytest.raises(Failed):
        world.up()
    world.volumes.contents["shop_data"] = b"made by the first up"
    world.jobs.broken = frozenset()
    assert plan(world) == ["seed fill: the seed of a fresh playground"]
    world.up()
    assert world.jobs.ran == ["fill"]
    assert plan(world) == []


def test_the_debt_is_written_down_before_anything_is_done() -> None:
    world = fresh(Seed(job="fill"))
    world.engine.refuse_launch = "no"
    with pytest.raises(Failed):
        world.up()
    assert world.mark.owed() == "fill"


def test_a_snapshot_that_is_not_here_is_said_and_the_volumes_begin_empty() -> None:
    world = fresh(Seed(snapshot="elsewhere"))
    world.up()
    said = "the seed, snapshot elsewhere, is not on this machine: its volumes begin empty"
    assert f"note {said}" in world.reporter.lines
    assert world.due.due() == ()


@pytest.mark.parametrize("seed", [Seed(job="fill"), Seed(snapshot="seed")])
def test_a_reset_begins_with_the_seed(seed: Seed) -> None:
    world = shop()
    world.seed = seed
    world.reset()
    assert world.jobs.ran == (["fill"] if seed.job else [])
    assert world.volumes.contents["shop_data"] == (b"new" if seed.job else OLD)


def test_a_reset_to_a_snapshot_is_no_seed() -> None:
    world = shop()
    world.seed = Seed(job="fill")
    world.reset("seed")
    assert world.jobs.ran == []


def test_what_the_first_services_do_not_use_is_owed_until_they_do() -> None:
    world = fresh(Seed(snapshot="seed"))
    world.up("db")
    assert [one.key for one in world.due.due()] == ["up"]
    world.up()
    assert world.volumes.contents == {"shop_data": OLD, "shop_up": OLD}
    assert world.due.due() == ()


def test_a_job_waits_for_an_up_of_everything() -> None:
    world = fresh(Seed(job="fill"))
    world.up("db")
    assert (world.jobs.ran, world.mark.owed()) == ([], "fill")
    world.up()
    assert world.jobs.ran == ["fill"]


def test_what_a_killed_job_left_goes_before_it_runs_again() -> None:
    world = fresh(Seed(job="fill"))
    world.mark.owe("fill")
    left = world.engine.put(Service("fill", "fill:1"), state="running", oneoff=True)
    world.up()
    assert left.id not in {c.id for c in world.engine.containers("shop")}
    assert world.jobs.ran == ["fill"]


def test_a_job_that_every_up_starts_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="db is started by every up"):
        plan(fresh(Seed(job="db")))


def test_a_restore_leaves_a_job_that_is_owed_to_the_next_up() -> None:
    world = shop()
    world.mark.owe("fill")
    carry_out(world)
    assert (world.jobs.ran, world.mark.owed()) == ([], "fill")
