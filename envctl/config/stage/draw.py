"""Make a deployment of a release and the settings of a stage."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.compose_model import parse_model
from envctl.config.definition import canonical
from envctl.config.release.writing import compose_bytes
from envctl.config.stage.links import links_of
from envctl.config.stage.parts import Ingredients, split
from envctl.config.stage.ports import backed_ports, own_ports, routes_of
from envctl.config.stage.roles import roles_of
from envctl.domain.deployment import DEFINITION, Deployment, StageImage
from envctl.domain.edge import Backing, Servers
from envctl.domain.https import HttpsFiles
from envctl.domain.registry_place import as_repository
from envctl.domain.service import Role
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.deployment import StageNames
    from envctl.domain.project import Project
    from envctl.domain.release import Release, ReleaseImage
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import Deployed

_NAME_DIGITS, _FILE_DIGITS, _SETTINGS_DIGITS = 12, 20, 16
FILES = "files"
"""The folder of the store with what secrets and configs hold, each below a digest of it."""
_HOOKS = ("post_start", "pre_stop")

ChooseServers = Callable[[str, list[tuple[str, int, int]]], tuple[Servers, ...]]
"""Gives loopback ports to a deployment, for services, container ports and numbers of containers."""


@dataclass(frozen=True)
class Settings:
    """What a stage is given when it is deployed.

    `model` is the effective model of the release's definition, `files` the content of its secrets
    and of configs that are files, by kind and key, `https` its certificates. `salt` is the
    stage's own, so that a digest of settings tells nobody what they are.
    """

    model: dict[str, Any] = field(repr=False)
    files: Mapping[tuple[str, str], bytes] = field(repr=False)
    salt: bytes = field(repr=False)
    https: HttpsFiles = field(default_factory=HttpsFiles)

    def digest(self, stage: Stage) -> str:
        """Return the digest of all of it, and of what `envctl.toml` says of the ways in."""
        files = {"/".join(key): self.digest_of(data) for key, data in self.files.items()}
        pems = [self.digest_of(data) for _, data in self.https.certificates]
        said = canonical([self.model, files, stage.hosts, pems, self.https.directory])
        return self.digest_of(said.encode())[:_SETTINGS_DIGITS]

    def digest_of(self, data: bytes) -> str:
        """Return what tells `data` from other content, to those who have the salt."""
        return hmac.new(self.salt, data, hashlib.sha256).hexdigest()

    def paths(self) -> dict[tuple[str, str], str]:
        """Return where in the store each file is: by content, so that the same one stays."""
        return {
            (kind, key): f"{FILES}/{self.digest_of(data)[:_FILE_DIGITS]}/{key}"
            for (kind, key), data in self.files.items()
        }

    def stored(self) -> dict[str, bytes]:
        """Return the files by their paths in the store."""
        paths = self.paths()
        return {paths[key]: data for key, data in self.files.items()}


@dataclass(frozen=True)
class Draft:
    """A release that is to run on a stage; `reference` tells where the registry has an image."""

    names: StageNames
    stage: Stage
    release: Release
    deployed: Deployed
    settings: Settings
    store: str
    reference: Callable[[str], str]

    def deployment(self, choose: ChooseServers) -> Deployment:
        """Return the deployment; ConfigurationError for what no stage can run."""
        model = self.settings.model
        images = {name: self._image(name) for name in model.get("services") or {}}
        built = frozenset(name for name, image in images.items() if image.input)
        names = {name: self._name(image) for name, image in images.items()}
        said = Ingredients(self.names, names, built, self.store, self.settings.paths())
        roles = roles_of(model, built)
        apps = {n: b for n, b in (model.get("services") or {}).items() if roles[n] is Role.APP}
        https = bool(self.stage.https.certificates or self.stage.https.directory)
        routes, guessed = routes_of(apps, self.stage.hosts, https=https)
        counts = {s.name: s.replicas for s in parse_model(model, lambda _: None).services}
        needs = [(service, port, counts[service]) for service, port in backed_ports(routes)]
        servers = choose(self.deployed.name, needs) if needs else ()
        parts = split(model, said, self.deployed, servers)
        return Deployment(
            deployed=self.deployed,
            apps=parse_part(parts.apps),
            data=parse_part(parts.data),
            apps_file=compose_bytes(parts.apps),
            data_file=compose_bytes(parts.data),
            definitions=definitions_of(parts.data),
            images=tuple(self._stage_image(image) for image in _once(images.values())),
            links=links_of(model, parts.roles, self.deployed.name),
            volumes=tuple(v for v in parse_part(model).volumes if not v.external),
            published=own_ports(parts.data),
            routes=routes,
            guessed=guessed,
            backing=Backing(self.deployed.name, servers) if routes else None,
            handover=parts.handover,
            hooked=frozenset(n for n, b in apps.items() if any(b.get(k) for k in _HOOKS)),
        )

    def _image(self, service: str) -> ReleaseImage:
        image = self.release.image_of(service)
        if image is None:
            raise ConfigurationError(f"the release has no image for the service {service}")
        return image

    def _name(self, image: ReleaseImage) -> str:
        """Return what an image is called on the target: by content, so that the same one stays.

        It is a name of the stage's own, so that no other stage takes it away.
        """
        first = min(image.services)
        digits = image.digest.partition(":")[2][:_NAME_DIGITS]
        return f"{as_repository(self.names.key)}/{as_repository(first)}:{digits}"

    def _stage_image(self, image: ReleaseImage) -> StageImage:
        ids = [image.digest, *(i for p in image.platforms for i in (p.manifest, p.config))]
        return StageImage(
            self._name(image),
            self.reference(image.digest),
            tuple(sorted(image.services)),
            tuple(dict.fromkeys(ids)),
        )


def parse_part(model: dict[str, Any]) -> Project:
    """Return a part of a stage's model as decisions need it."""
    return parse_model(model, lambda _: None)


def definitions_of(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the digests that the data services of a part are labelled with."""
    services = data.get("services") or {}
    return tuple((name, body["labels"][DEFINITION]) for name, body in sorted(services.items()))


def _once(images: Any) -> list[ReleaseImage]:
    return sorted({image.digest: image for image in images}.values(), key=lambda i: i.services)
