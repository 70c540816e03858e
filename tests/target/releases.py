"""Releases that a fake registry has, and the deployments that stages make of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from envctl.domain.deployment import Deployment, Link, StageImage, StageNames
from envctl.domain.edge import Backing, Route
from envctl.domain.loopback import choose_servers
from envctl.domain.project import Project
from envctl.domain.service import Condition, Dependency, Role, Service
from envctl.domain.stage_record import Deployed
from envctl.domain.volume import Volume


class Nature(Enum):
    """What becomes of a release where it runs."""

    GOOD = "good"
    ILL = "never healthy"
    DIES = "healthy at first, ends soon"
    BAD_WORKER = "its worker ends soon"
    BAD_MIGRATION = "its job fails"
    UNCHECKED = "good, without a healthcheck"
    MUTE = "it runs, and nothing answers at its port"
    DEAF = "healthy, and not reached through the edge"


@dataclass(frozen=True)
class FakeRelease:
    """A release: `definition` is that of its database, `worker` what may not run twice."""

    number: int
    nature: Nature = Nature.GOOD
    definition: str = "one"
    handover: frozenset[str] = frozenset()
    routes: tuple[int, ...] = (80,)
    has_cache: bool = False

    @property
    def digest(self) -> str:
        return f"sha256:{self.number:08x}{'0' * 56}"

    @property
    def version(self) -> str:
        return f"1.{self.number}"

    def deployed(self, names: StageNames, settings: str) -> Deployed:
        """Return what it is called on a stage with these settings."""
        return names.deployed(self.digest, self.version, digits(settings))

    def deployment(self, names: StageNames, settings: str, taken: Collection[int]) -> Deployment:
        """Return what a stage with these settings makes of it."""
        deployed = self.deployed(names, settings)
        kinds = {"web": f"{self.number}", "db": self.definition}
        images = [self._image(f"{names.key}/{kind}", tag) for kind, tag in kinds.items()]
        data = [name for name in ("cache", "db") if name == "db" or self.has_cache]
        services = tuple(
            Service(name, "shop/db", role=Role.DATA, has_healthcheck=True) for name in data
        )
        servers = choose_servers(deployed.name, [("web", 8000, 1)], taken)
        return Deployment(
            deployed=deployed,
            apps=Project(deployed.name, self._apps(f"{deployed.name}_default")),
            data=Project(names.key, services),
            apps_file=b"{}",
            data_file=b"{}",
            definitions=tuple((name, self.definition) for name in data),
            images=tuple(images),
            links=tuple(Link(f"{deployed.name}_default", name, (name,)) for name in data),
            volumes=(Volume("data", f"{names.key}_data"),),
            routes=tuple(Route(_port(names, port), "web", 8000) for port in self.routes),
            guessed=frozenset(_port(names, port) for port in self.routes),
            backing=Backing(deployed.name, servers) if self.routes else None,
            handover=self.handover,
        )

    def _apps(self, network: str) -> tuple[Service, ...]:
        image = f"shop/web:{self.number}"
        after = (Dependency("migrate", Condition.COMPLETED),)
        return (
            Service("migrate", image, role=Role.JOB, networks=(network,)),
            Service(
                "web",
                image,
                depends_on=after,
                has_healthcheck=self.nature not in (Nature.MUTE, Nature.UNCHECKED),
                restarts=True,
                networks=(network,),
            ),
            Service("worker", image, restarts=True, networks=(network,)),
        )

    def _image(self, name: str, tag: str) -> StageImage:
        service = name.rpartition("/")[2]
        image = f"sha256:{digits(service + tag)}"
        return StageImage(f"{name}:{tag}", f"r/shop@{image}", (service,), (image,))


def digits(text: str) -> str:
    """Return a digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _port(names: StageNames, port: int) -> int:
    return port if names.stage == "production" else port + 8000


def like(release: FakeRelease, **changes: object) -> FakeRelease:
    """Return another release that differs in this only."""
    return replace(release, **changes)  # type: ignore[arg-type]
