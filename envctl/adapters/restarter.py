"""Start containers again as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.at_once import all_at_once
from envctl.adapters.engine_http import EngineHttp

if TYPE_CHECKING:
    from collections.abc import Sequence


def restart_containers(ids: Sequence[str]) -> None:
    """Stop and start containers, all at once; each has its grace period."""
    http = EngineHttp()
    all_at_once(lambda container: http.post(f"/containers/{container}/restart"), ids)
