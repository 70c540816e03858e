"""Names of images on the engine."""

from __future__ import annotations

from envctl.adapters.engine_http import EngineHttp


def tag_image(source: str, target: str) -> None:
    """Give the image called `source` the further name `target`."""
    repository, _, tag = target.rpartition(":")
    EngineHttp().post(f"/images/{source}/tag", repo=repository, tag=tag)
