"""Connect to the engine that the docker command would use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import docker
import docker.errors
import requests.exceptions
from docker.context import ContextAPI
from docker.utils import kwargs_from_env

from envctl.domain.versions import OLDEST, is_supported
from envctl.errors import CommandFailed, Unreachable

CALL_TIMEOUT = 60
_START = "start the engine, or set DOCKER_HOST to one that runs; envctl doctor tells more"
_GROUP = "add yourself to the group docker (sudo usermod -aG docker $USER), then log in again"


def engine_address() -> str:
    """Return the engine's address: DOCKER_HOST, else the docker command's current context."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    name = os.environ.get("DOCKER_CONTEXT") or None
    context = ContextAPI.get_context(name)
    if context is None:
        known = ", ".join(c.name for c in ContextAPI.contexts())
        said = f"there is no docker context {name or 'of the name that docker has as current'!r}"
        raise Unreachable(said, hint=f"there are: {known}")
    endpoint = context.endpoints.get("docker", {})
    return str(endpoint.get("Host") or "unix:///var/run/docker.sock")


def reached_host(address: str) -> str:
    """Return the name under which the engine's published ports are reached from here."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "localhost"
    return (
        parts.hostname or "localhost"
        if parts.scheme in ("tcp", "ssh", "https", "http")
        else "localhost"
    )


def connect() -> docker.APIClient:
    """Return a connection to a supported engine; Unreachable when none answers or it is too old."""
    address = engine_address()
    with answering(address):
        client = open_client(address)
        version = str(client.version(api_version=False)["Version"])
    if not is_supported("engine", version):
        hint = f"upgrade: {OLDEST['engine']} is the oldest that envctl supports"
        raise Unreachable(f"the engine at {address} is {version}", hint=hint)
    return client


def open_client(address: str) -> docker.APIClient:
    """Return a client that speaks the API version of the engine at `address`."""
    settings: dict[str, Any] = {**kwargs_from_env(), "base_url": address}
    if address.startswith("ssh://"):
        settings["use_ssh_client"] = True  # the user's own ssh configuration and keys
    return docker.APIClient(version="auto", timeout=CALL_TIMEOUT, **settings)


@contextmanager
def answering(address: str) -> Iterator[None]:
    """Turn what the SDK raises about a call into envctl's errors."""
    try:
        yield
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        raise _unreachable(address, error) from error
    except docker.errors.APIError as error:
        raise CommandFailed(
            f"the engine at {address} refused: {error.explanation or error}"
        ) from error
    except (docker.errors.DockerException, ValueError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> Unreachable:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError) or "Permission denied" in str(cause):
            return Unreachable(f"no permission to talk to the engine at {address}", hint=_GROUP)
        cause = cause.__cause__ or cause.__context__
    return Unreachable(f"no engine answers at {address}", hint=_START)
