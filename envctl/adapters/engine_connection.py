"""Connect to the engine with the SDK: for logs, where 0.2 s of imports do not matter."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import requests.exceptions
from docker.utils import kwargs_from_env

from envctl.adapters.engine_address import engine_address, unreachable
from envctl.domain.versions import OLDEST, is_supported
from envctl.errors import CommandFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

CALL_TIMEOUT = 60


def connect(address: str = "") -> docker.APIClient:
    """Return a connection to a supported engine; Unreachable when none answers or it is too old.

    Without an `address` it is the engine that the docker command would use.
    """
    address = address or engine_address()
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
        raise unreachable(address, error) from error
    except docker.errors.APIError as error:
        raise CommandFailed(
            f"the engine at {address} refused: {error.explanation or error}"
        ) from error
    except (docker.errors.DockerException, ValueError) as error:
        raise unreachable(address, error) from error
