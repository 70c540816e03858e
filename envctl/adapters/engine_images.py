"""Names of images on the engine."""

from __future__ import annotations

from envctl.adapters.engine_connection import answering, connect, engine_address


def tag_image(source: str, target: str) -> None:
    """Give the image called `source` the further name `target`."""
    repository, _, tag = target.rpartition(":")
    with answering(engine_address()):
        connect().tag(source, repository, tag, force=True)
