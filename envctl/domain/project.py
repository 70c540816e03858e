"""A project: its services and the order they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.service import Condition
from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from envctl.domain.service import Service
    from envctl.domain.volume import Volume

NAME_HINT = "use lower-case letters, digits, - and _, beginning with a letter or digit"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def is_name(text: str) -> bool:
    """Whether a project or playground can be called `text`; Compose's own rule."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Project:
    """The effective Compose model, as far as decisions need it. Services are sorted by name."""

    name: str
    services: tuple[Service, ...]
    networks: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()

    def service(self, name: str) -> Service:
        """Return the service called `name`; UsageError names the ones that exist."""
        for service in self.services:
            if service.name == name:
                return service
        known = ", ".join(s.name for s in self.services)
        hint = f"there are: {known}; one that has a profile needs --profile"
        raise UsageError(f"no service {name!r} in project {self.name!r}", hint=hint)

    def closure(self, names: Iterable[str]) -> tuple[Service, ...]:
        """Return the services called `names` and all that they need; all services for none."""
        wanted, todo = set(), list(names)
        if not todo:
            return self.services
        while todo:
            service = self.service(todo.pop())
            if service.name in wanted:
                continue
            wanted.add(service.name)
            todo += self._needed_by(service)
        return tuple(s for s in self.services if s.name in wanted)

    def builders(self, services: Iterable[Service]) -> tuple[Service, ...]:
        """Return the services that build the images of `services`, others' images included."""
        images = {s.image for s in services}
        return tuple(s for s in self.services if s.build and s.image in images)

    def awaited(self) -> frozenset[str]:
        """Return the services that others wait for: to be healthy, or to complete."""
        needs = (need for service in self.services for need in service.depends_on)
        return frozenset(n.service for n in needs if n.condition is not Condition.STARTED)

    def levels(self, names: Collection[str]) -> list[list[str]]:
        """Group `names` so that each group needs only groups before it, through any service."""
        depth: dict[str, int] = {}
        for name in names:
            self._measure(name, names, depth)
        ordered = sorted((depth[name], name) for name in names)
        groups: dict[int, list[str]] = {}
        for level, name in ordered:
            groups.setdefault(level, []).append(name)
        return [groups[level] for level in sorted(groups)]

    def needs(self, name: str) -> set[str]:
        """Return every service that `name` needs, directly or not."""
        return {s.name for s in self.closure([name])} - {name}

    def _measure(self, name: str, counted: Collection[str], depth: dict[str, int]) -> int:
        if name not in depth:
            depth[name] = 0  # Compose has refused cycles before anything gets here
            below = [
                self._measure(need, counted, depth) + (need in counted)
                for need in self._needed_by(self.service(name))
            ]
            depth[name] = max(below, default=0)
        return depth[name]

    def _needed_by(self, service: Service) -> list[str]:
        here = {s.name for s in self.services}
        direct = [d.service for d in service.depends_on] + list(service.shares)
        return [name for name in direct if name in here]
