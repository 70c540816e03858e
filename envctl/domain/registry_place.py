"""Where a project's images and releases are in a registry."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class RegistryPlace:
    """A registry and the one repository of a project in it."""

    host: str
    repository: str

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's own, which needs no TLS."""
        name = self.host.rpartition(":")[0] or self.host
        return name in ("localhost", "[::1]") or name.startswith("127.")

    def reference(self, digest: str) -> str:
        """Return the reference of an image with this digest."""
        return f"{self.host}/{self.repository}@{digest}"

    def tagged(self, tag: str) -> str:
        """Return the reference of a tag."""
        return f"{self.host}/{self.repository}:{tag}"

    def for_people(self, service: str) -> str:
        """Return the repository in which people look for the images of `service`."""
        return f"{self.repository}/{as_repository(service)}"


def place_of(registry: str, project: str) -> RegistryPlace:
    """Return the place that the setting `registry` means: HOST[/PATH], without a scheme.

    The project's name is added, unless the path ends with it.
    """
    host, _, path = registry.strip("/").partition("/")
    name = as_repository(project)
    parts = [part for part in path.split("/") if part]
    return RegistryPlace(host, "/".join(parts if parts[-1:] == [name] else [*parts, name]))


def as_repository(name: str) -> str:
    """Return `name` as a registry takes it: what separates is single dots, dashes, _ or __."""
    lower = re.sub(r"[^a-z0-9._-]", "-", name.lower()).strip("._-") or "x"
    return re.sub(r"[._-]+", lambda found: _separator(found[0]), lower)


def _separator(found: str) -> str:
    plain = found in (".", "_", "__") or not found.strip("-")
    return found if plain else "-"
