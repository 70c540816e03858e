"""What an engine calls its images, while other tests remove theirs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.adapters.engine_http import EngineHttp

_PATIENCE = 30.0


def _rows(http: EngineHttp) -> list[dict[str, Any]]:
    """Return an engine's list of its images.

    With containerd's store the list fails when one of the images goes during the look
    (moby/moby#52688): then another look is taken, until one succeeds.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            rows: list[dict[str, Any]] = http.get_json("/images/json")
            return rows
        except CommandFailed as error:
            if "content digest" not in str(error) or time.monotonic() > until:
                raise


def image_names(http: EngineHttp) -> Iterator[tuple[str, str]]:
    """Yield what the engine calls its images, by tag and by digest, each with the image's ID."""
    for row in _rows(http):
        for name in (*(row["RepoTags"] or ()), *(row["RepoDigests"] or ())):
            yield name, row["Id"]


def image_tags(http: EngineHttp) -> list[str]:
    """Return the tags of all images of an engine."""
    return [name for name, _ in image_names(http) if "@" not in name]
