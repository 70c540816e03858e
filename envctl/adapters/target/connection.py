"""Open the way to a target: the engine of this machine, of a docker context, or over SSH."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from envctl.adapters.engine_address import (
    Endpoint,
    context_endpoint,
    current_endpoint,
    reached_host,
)
from envctl.domain.target import Reach
from envctl.domain.target_address import parse_target
from envctl.errors import Unreachable
from envctl.ports.target import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.target import Target


class EngineConnection(Connection, Protocol):
    """A connection as adapters need it."""

    @property
    def endpoint(self) -> Endpoint:
        """The engine as seen from this machine, and what a person calls it."""


class DirectConnection:
    """The way to an engine that this machine reaches by itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @property
    def docker_host(self) -> str:
        """The engine's address."""
        return self.endpoint.host

    def bring_registry(self, host: str) -> str:
        """Return `host`: the engine is on this machine; Unreachable where it is not."""
        from envctl.adapters.image_registry.trust import is_loopback

        if is_loopback(reached_host(self.endpoint.host)):
            return host
        raise Unreachable(
            f"the engine at {self.endpoint.host} cannot reach the registry {host} of this machine",
            hint="give the stage a target over SSH, or set registry in envctl.toml",
        )

    def check(self) -> None:
        """Do nothing: each call finds its own way."""


@contextmanager
def open_connection(target: Target) -> Iterator[EngineConnection]:
    """Open the way to `target` for as long as the block lasts, which stays in one thread."""
    endpoint = Endpoint("")
    if target.reach is not Reach.SSH:
        endpoint = (
            context_endpoint(target.context)
            if target.reach is Reach.CONTEXT
            else current_endpoint()
        )
        if not endpoint.host.startswith("ssh://"):
            yield DirectConnection(endpoint)
            return
        target = parse_target(endpoint.host, f"the engine's address of {target}")
    from envctl.adapters.target.ssh import open_ssh

    with open_ssh(target) as connection:
        yield connection
