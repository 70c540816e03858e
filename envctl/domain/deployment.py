"""A release with the settings of a stage: what runs there, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.oci import short_hex
from envctl.domain.stage_record import Deployed

if TYPE_CHECKING:
    from envctl.domain.edge import Backing, Route, Servers
    from envctl.domain.project import Project
    from envctl.domain.volume import Volume

_OURS = "dev.envctl."
PROJECT, STAGE, RELEASE, VERSION, DEPLOYMENT, ROLE, DEFINITION, PORTS = (
    _OURS + name
    for name in (
        "project", "stage", "release", "version", "deployment", "role", "definition", "ports"
    )
)  # fmt: skip
"""The labels of what runs on a stage."""
SERVING, RESTING = "always", "unless-stopped"
"""The restart policies of what serves, and of what is kept stopped for rollbacks.

An engine that was killed stops, when it is back, what has lived on, as a person would: only with
the first of the two is that started again.
"""
_RELEASE_DIGITS, _SETTINGS_DIGITS = 8, 6


@dataclass(frozen=True)
class StageNames:
    """What things are called on the target of a stage."""

    project: str
    stage: str

    @property
    def key(self) -> str:
        """The Compose project of the data services, and the beginning of all other names."""
        return f"{self.project}-{self.stage}"

    def deployed(self, release: str, version: str, settings: str) -> Deployed:
        """Return a release with settings, both by their digests, as it is called there."""
        digits = (short_hex(release)[:_RELEASE_DIGITS], settings[:_SETTINGS_DIGITS])
        return Deployed(release, version, settings, "-".join((self.key, *digits)))


@dataclass(frozen=True)
class Link:
    """A network of a deployment on which a data service is found, under these names."""

    network: str
    service: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class StageImage:
    """An image that a deployment runs.

    `name` is what it is called on the target, `reference` where the registry has it, `ids` all
    that an engine may know it by: it is this image if, and only if, its ID is one of them.
    """

    name: str
    reference: str
    services: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Deployment:
    """All that it takes to run a release on a stage, and to run it again without the registry.

    `data` is the part that there is once on the stage and that is changed in place, `apps` the
    part that there is once for each deployment; both also as the Compose files that run them.
    `definitions` says by what digest a container of a data service is known to be up to date.
    `published` are data services with the ports of the host that they take themselves.
    Of `apps`, those in `handover` cannot stand beside their predecessors. `guessed` are the ports
    of routes whose mode nobody has said. `hooked` are services that only Compose can start again.
    """

    deployed: Deployed
    apps: Project
    data: Project
    apps_file: bytes = field(repr=False)
    data_file: bytes = field(repr=False)
    definitions: tuple[tuple[str, str], ...] = ()
    images: tuple[StageImage, ...] = ()
    links: tuple[Link, ...] = ()
    volumes: tuple[Volume, ...] = ()
    published: tuple[tuple[str, int], ...] = ()
    routes: tuple[Route, ...] = ()
    guessed: frozenset[int] = frozenset()
    backing: Backing | None = None
    handover: frozenset[str] = frozenset()
    hooked: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What it is called on the target: the Compose project of its app services."""
        return self.deployed.name

    @property
    def servers(self) -> tuple[Servers, ...]:
        """Where its containers answer on the target's host."""
        return self.backing.servers if self.backing else ()
