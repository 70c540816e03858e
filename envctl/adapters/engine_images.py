"""Names of images on the engine."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable


def tag_image(source: str, target: str) -> None:
    """Give the image called `source` the further name `target`."""
    repository, _, tag = target.rpartition(":")
    EngineHttp().post(f"/images/{source}/tag", repo=repository, tag=tag)


class EngineImageNames:
    """Looks at what images are called."""

    def names_of(self, name: str) -> tuple[str, ...]:
        """Return all tags of the image that `name` means; none when it is not there."""
        image = EngineHttp().get_json(f"/images/{name}/json", missing_ok=True) or {}
        return tuple(image.get("RepoTags") or ())


def untag_images(playground: str, services: Iterable[str]) -> None:
    """Take the names that `services` were built under for a playground, and no others.

    An image without another name goes too, unless something uses it.
    """
    http = EngineHttp()
    own = {f"{playground}-{service}" for service in services}
    for row in http.get_json("/images/json"):
        for name in row.get("RepoTags") or ():
            repository, _, tag = name.rpartition(":")
            if repository in own or tag.endswith(f"-{playground}"):
                with suppress(CommandFailed):
                    http.delete(f"/images/{name}")
