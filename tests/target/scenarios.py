"""Changes of a stage to be tried: what there is before each, and the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from envctl.domain.stage import Stage
from envctl.errors import EnvctlError
from tests.target.desk import Desk
from tests.target.releases import FakeRelease, Nature, like
from tests.target.world import World

LIVE = Stage("production", min_healthy=5.0, drain=10.0)
TEST = Stage("test", min_healthy=2.0, drain=1.0)
WORKER = frozenset({"worker"})
BIG = 100
"""What is added to a release's number for its like on the other stage."""


@dataclass(frozen=True)
class Scenario:
    """`begin` makes the world, `command` is what is tried; it fails where `fails`."""

    name: str
    begin: Callable[[], World]
    command: Callable[[Desk], object]
    fails: bool = False

    def world(self) -> World:
        """Return the world before the command, a copy of one's own."""
        return _begun(self).copy()

    def run(self, desk: Desk) -> EnvctlError | None:
        """Give the command; returns what it said was wrong."""
        try:
            self.command(desk)
        except EnvctlError as error:
            return error
        return None


@cache
def _begun(scenario: Scenario) -> World:
    return scenario.begin()


def deploy(desk: Desk) -> object:
    return desk.deploy(LIVE)


def rollback(desk: Desk) -> object:
    return desk.rollback(LIVE)


def rollback_to_one(desk: Desk) -> object:
    return desk.rollback(LIVE, "1.1")


def deployed(world: World, *releases: FakeRelease, stage: Stage = LIVE) -> World:
    """Bring releases into service, one after the other."""
    desk = Desk(world)
    for release in releases:
        world.put(release)
        desk.promote(stage, release)
        desk.deploy(stage)
        world.now += 100
    return world


def promoted(world: World, release: FakeRelease, stage: Stage = LIVE) -> World:
    """Promote a release that is not deployed."""
    world.put(release)
    Desk(world).promote(stage, release)
    return world


def with_neighbour() -> World:
    """Return a world with another stage on the same target."""
    return deployed(World(), FakeRelease(BIG), stage=TEST)


def after(*former: FakeRelease, then: FakeRelease) -> Callable[[], World]:
    """Return what makes a world in which `former` ran, and `then` is promoted."""
    return lambda: promoted(deployed(with_neighbour(), *former), then)


def which_ran(*former: FakeRelease) -> Callable[[], World]:
    """Return what makes a world in which `former` were deployed."""
    return lambda: deployed(with_neighbour(), *former)


def broken() -> World:
    """A stage whose containers somebody stopped and removed."""
    world = deployed(with_neighbour(), FakeRelease(1))
    for box in list(world.boxes.values()):
        if "production" in box.project and box.service == "web":
            del world.boxes[box.id]
        elif "production" in box.project:
            box.state = "exited"
    return world


ONE, TWO = FakeRelease(1), FakeRelease(2)
ONCE_1, ONCE_2 = FakeRelease(1, handover=WORKER), FakeRelease(2, handover=WORKER)
INNER_1, INNER_2 = FakeRelease(1, routes=()), FakeRelease(2, routes=())
OTHER_DATA, MORE_DATA = FakeRelease(2, definition="two"), FakeRelease(2, has_cache=True)
ILL = FakeRelease(2, Nature.ILL)
DEAF = FakeRelease(2, Nature.DEAF)

CHANGES = {
    "first deploy": after(then=ONE),
    "second deploy": after(ONE, then=TWO),
    "another database": after(ONE, then=OTHER_DATA),
    "a further data service": after(ONE, then=MORE_DATA),
    "a data service less": after(like(ONE, has_cache=True), then=TWO),
    "handover": after(ONCE_1, then=ONCE_2),
    "handover begins": after(ONE, then=ONCE_2),
    "handover ends": after(ONCE_1, then=TWO),
    "without ways in": after(INNER_1, then=INNER_2),
    "handover without ways in": after(like(ONCE_1, routes=()), then=like(ONCE_2, routes=())),
    "ways in come": after(INNER_1, then=TWO),
    "ways in go": after(ONE, then=INNER_2),
    "other ways in": after(ONE, then=like(TWO, routes=(81, 82))),
    "back by a deploy": after(ONE, TWO, then=ONE),
    "the seventh": after(*map(FakeRelease, range(1, 7)), then=FakeRelease(7)),
    "repair": broken,
}
BAD = {
    "never healthy": after(ONE, then=ILL),
    "ends soon": after(ONE, then=FakeRelease(2, Nature.DIES)),
    "bad job": after(ONE, then=FakeRelease(2, Nature.BAD_MIGRATION)),
    "handed over, ends soon": after(
        ONCE_1, then=FakeRelease(2, Nature.BAD_WORKER, handover=WORKER)
    ),
    "never answers": after(ONE, then=FakeRelease(2, Nature.MUTE)),
    "not reached": after(ONE, then=DEAF),
    "not reached, handover": after(ONCE_1, then=like(DEAF, handover=WORKER)),
    "bad with another database": after(ONE, then=like(ILL, definition="two")),
    "bad with a further data service": after(ONE, then=like(ILL, has_cache=True)),
    "bad from the first": after(then=FakeRelease(1, Nature.ILL)),
}
BACK = {
    "rollback": which_ran(ONE, TWO),
    "rollback to another database": which_ran(ONE, OTHER_DATA),
    "rollback with handover": which_ran(ONCE_1, ONCE_2),
}
SCENARIOS = (
    *(Scenario(name, begin, deploy) for name, begin in CHANGES.items()),
    *(Scenario(name, begin, deploy, fails=True) for name, begin in BAD.items()),
    *(Scenario(name, begin, rollback) for name, begin in BACK.items()),
    Scenario("rollback to a version", which_ran(ONE, TWO, FakeRelease(3)), rollback_to_one),
)
