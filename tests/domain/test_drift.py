"""What is told of a stage that somebody has changed by hand."""

from __future__ import annotations

from dataclasses import replace

from envctl.domain.drift import drift_of
from envctl.domain.stage_observed import StageObserved
from tests.stages import containers, database, deployment

DRAWN = deployment("1")
NETWORK = f"{DRAWN.name}_default"
APPS = tuple(replace(s, networks=(NETWORK,)) for s in DRAWN.apps.services)
RUNNING = replace(DRAWN, apps=replace(DRAWN.apps, services=APPS))
CONTAINERS = tuple(
    replace(c, networks=(NETWORK,), image_id=RUNNING.images[0].ids[0])
    for c in (*containers(RUNNING), database(RUNNING))
)


def drift(*changed: str, networks: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what is told when the containers of these services are on other networks."""
    seen = tuple(replace(c, networks=networks) if c.service in changed else c for c in CONTAINERS)
    return drift_of(RUNNING, StageObserved(containers=seen, served=RUNNING.name), {}, {})


def test_nothing_is_told_of_what_is_as_it_was() -> None:
    assert drift() == ()


def test_services_that_are_off_a_network_are_told() -> None:
    assert drift("web") == (f"web: is not on the network {NETWORK}",)
    assert drift("db") == (f"db: is not on the network {NETWORK}",)
    assert drift("web", "db", networks=("another", NETWORK)) == ()
