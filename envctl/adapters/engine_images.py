"""Names of images on the engine."""

from __future__ import annotations

from envctl.adapters.engine_http import EngineHttp


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
