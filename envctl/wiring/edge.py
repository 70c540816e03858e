"""Hands out the edge of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.engine_http import EngineHttp
    from envctl.ports.edge import Edge


def edge(http: EngineHttp, have_image: Callable[[str], None] | None = None) -> Edge:
    """Return the edge of an engine; `have_image` makes sure that an image is on it."""
    from envctl.adapters.edge.haproxy import HaproxyEdge

    return HaproxyEdge(http, have_image)
