"""Hands out deployments: drawn of releases and settings, or as a target keeps them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from envctl.adapters.certificates import read_certificates
from envctl.config.stage.document import FOLDER, document_of, document_path, read_document
from envctl.config.stage.draw import FILES, Draft, Settings
from envctl.domain.loopback import choose_servers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from envctl.adapters.stage_settings import StageSettings
    from envctl.domain.deployment import Deployment, StageNames
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import Deployed
    from envctl.ports.stage import Prints
    from envctl.ports.target import StageStore
    from envctl.workflows.releases import Shelf

SALT = "salt"
_PRINTS = "prints"
_SALT_BYTES = 32
_FOR_CONTAINERS = 0o444


@dataclass(frozen=True)
class StageDrawings:
    """The deployments of one stage; `shelf` opens the registry when it is needed.

    `folder` is the project's, from which certificates are read.
    """

    names_there: StageNames
    stage: Stage
    settings: StageSettings
    store: StageStore
    shelf: Callable[[], Shelf]
    folder: Path

    def draw(self, release: str) -> ReleaseDrawing:
        """Read the release with this digest, and the settings of the stage."""
        shelf = self.shelf()
        named = shelf.find(release)
        known = dict(named.release.definitions)
        definition = shelf.definition(
            named.release, self.stage.name if self.stage.name in known else ""
        )
        model, files = self.settings.read(definition, self.names_there.key)
        https = read_certificates(self.stage, self.folder)
        settings = Settings(model, files, self._salt, https)
        deployed = self.names_there.deployed(
            named.digest, named.version, settings.digest(self.stage)
        )
        draft = Draft(
            self.names_there,
            self.stage,
            named.release,
            deployed,
            settings,
            self.store.volume,
            shelf.place.reference,
        )
        return ReleaseDrawing(draft, self.store)

    def stored(self, name: str) -> Deployment | None:
        """Return a deployment that the target keeps."""
        path = document_path(name)
        data = self.store.read(path)
        return read_document(data, f"{self.store.volume}: {path}") if data else None

    def names(self) -> frozenset[str]:
        """Return the names of those that it keeps."""
        return frozenset(name.removesuffix(".json") for name in self.store.names(FOLDER))

    def file(self, path: str) -> bytes | None:
        """Return a file that containers mount from the store."""
        return self.store.read(path)

    def forget(self, name: str) -> None:
        """Remove what the target keeps of a deployment, and no other deployment needs."""
        self.store.remove(f"{_PRINTS}/{name}.json")
        self.store.remove(document_path(name))
        every = (self.store.read(document_path(other)) for other in self.names())
        needed = b"\n".join(data for data in every if data)
        for folder in self.store.folders(FILES):
            if f"{FILES}/{folder}/".encode() not in needed:
                self.store.remove(f"{FILES}/{folder}")

    def prints(self, name: str) -> Prints:
        """Return how the containers were when a deployment came into service."""
        data = self.store.read(f"{_PRINTS}/{name}.json")
        try:
            return dict(json.loads(data)) if data else {}
        except ValueError:  # it was being written when the connection broke
            return {}

    def keep_prints(self, name: str, prints: Prints) -> None:
        """Keep how the containers are now that a deployment has come into service."""
        self.store.write({f"{_PRINTS}/{name}.json": json.dumps(prints).encode()})

    @property
    def _salt(self) -> bytes:
        """The stage's own; looked for each time, since another command may be the first one."""
        return self.store.read(SALT) or self._first_salt

    @cached_property
    def _first_salt(self) -> bytes:
        return os.urandom(_SALT_BYTES)


@dataclass(frozen=True)
class ReleaseDrawing:
    """A release with the present settings of a stage."""

    draft: Draft
    store: StageStore

    @property
    def deployed(self) -> Deployed:
        """What it is, and what it is called on the target."""
        return self.draft.deployed

    def deployment(self, taken: Collection[int]) -> Deployment:
        """Return the deployment; its ports of the loopback address are none of `taken`."""
        return self.draft.deployment(lambda name, wanted: choose_servers(name, wanted, taken))

    def keep(self, deployment: Deployment) -> None:
        """Put into the store all that it takes to run it again; its document last."""
        settings = self.draft.settings
        if files := settings.stored():
            self.store.write(files, mode=_FOR_CONTAINERS)
        self.store.write({SALT: settings.salt})
        self.store.write({document_path(deployment.name): document_of(deployment)})
