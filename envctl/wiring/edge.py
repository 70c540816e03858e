"""Hands out the edge of a target."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.adapters.engine_http import EngineHttp
    from envctl.ports.edge import Edge


def edge(http: EngineHttp) -> Edge:
    """Return the edge of an engine."""
    from envctl.adapters.edge.haproxy import HaproxyEdge
    from envctl.adapters.target.support import ensure_image

    return HaproxyEdge(http, partial(ensure_image, http))
