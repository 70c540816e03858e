"""What a container has printed so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docker.errors

from envctl.adapters.engine_connection import answering, connect
from envctl.adapters.log_lines import log_lines
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from envctl.domain.observed import Container
    from envctl.ports import LogLine


def read_logs(
    address: str, container: Container, *, tail: int | None, since: int | None
) -> list[LogLine]:
    """Return its output on the engine at `address`, oldest first; empty when it is gone."""
    wanted: Any = "all" if tail is None else tail
    try:
        with answering(address):
            chunks = connect(address).logs(
                container.id, stream=True, follow=False, timestamps=True, tail=wanted, since=since
            )
            return list(log_lines(container, chunks))
    except CommandFailed as error:
        if isinstance(error.__cause__, docker.errors.NotFound):
            return []
        raise
