"""What there is on a target and in the registry: plain values that can be copied whole."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from envctl.domain.deployment import SERVING
from envctl.domain.edge_state import EdgeState
from envctl.domain.observed import Container
from envctl.domain.target import Holder
from tests.target.releases import FakeRelease, Nature

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
HEALTHY_AFTER, ILL_AFTER, DIES_AFTER, JOB_TAKES = 1.0, 2.0, 4.0, 0.5
"""Seconds after the start of a container."""
_MORTAL = {Nature.DIES: "web", Nature.BAD_WORKER: "worker"}


@dataclass
class Box:
    """A container; `nature` is that of the image in it, `definition` what it was made from."""

    id: str
    name: str
    project: str
    service: str
    labels: dict[str, str]
    image: str
    definition: str
    nature: Nature
    is_job: bool = False
    ports: tuple[int, ...] = ()
    networks: set[str] = field(default_factory=set)
    state: str = "created"
    code: int = 0
    started: float = 0.0
    starts: int = 0
    policy: str = SERVING

    def live(self, now: float) -> None:
        """Let it come to where it is at the time `now`."""
        age = now - self.started
        if self.state != "running":
            return
        if self.is_job and age >= JOB_TAKES:
            self.state, self.code = "exited", int(self.nature is Nature.BAD_MIGRATION)
        elif _MORTAL.get(self.nature) == self.service and age >= DIES_AFTER:
            self.state, self.code = "exited", 1

    def health(self, now: float) -> str:
        """Return the engine's word for its health; only the worker and jobs have no check."""
        age = now - self.started
        if self.state != "running" or self.is_job or self.service == "worker":
            return ""
        if self.service == "web" and self.nature is Nature.ILL:
            return "unhealthy" if age >= ILL_AFTER else "starting"
        return "healthy" if age >= HEALTHY_AFTER else "starting"

    def container(self, now: float, networks: set[str]) -> Container:
        """Return it as the engine describes it."""
        self.live(now)
        return Container(
            id=self.id,
            name=self.name,
            service=self.service,
            state=self.state,
            health=self.health(now),
            exit_code=self.code,
            image=self.image,
            image_id=self.image,
            started_at=f"{self.starts}" if self.starts else "",
            networks=tuple(sorted(self.networks & networks)),
            labels=tuple(sorted(self.labels.items())),
        )


@dataclass
class World:
    """A target, the registry, and the time; `others` are ports that no stage of ours has."""

    now: float = 0.0
    skew: int = 0
    """How many seconds the clocks of who gives commands are wrong by; the registry's is right."""
    count: int = 0
    boxes: dict[str, Box] = field(default_factory=dict)
    networks: set[str] = field(default_factory=set)
    volumes: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    edge: EdgeState = field(default_factory=EdgeState)
    edge_runs: bool = False
    busy: dict[str, int] = field(default_factory=dict)
    stores: dict[str, dict[str, bytes]] = field(default_factory=dict)
    locks: dict[str, Holder] = field(default_factory=dict)
    registry_up: bool = True
    blobs: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    releases: dict[str, FakeRelease] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def number(self) -> int:
        """Return another number."""
        self.count += 1
        return self.count

    def time(self) -> str:
        """Return the time as records have it."""
        return (_BEGAN + timedelta(seconds=int(self.now))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def time_elsewhere(self) -> str:
        """Return the time by the clock of who gives a command."""
        moment = _BEGAN + timedelta(seconds=int(self.now) + self.skew)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def copy(self) -> World:
        """Return another world that is as this one is now."""
        again: World = pickle.loads(pickle.dumps(self))  # noqa: S301 (it was written here)
        return again

    def live(self) -> None:
        """Let all containers come to where they are now."""
        for box in self.boxes.values():
            box.live(self.now)

    def put(self, *releases: FakeRelease) -> None:
        """Put releases into the registry."""
        self.releases |= {release.digest: release for release in releases}
