"""Where the engine is that the docker command would use, found without the SDK (150 to 280 ms)."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from envctl.adapters.memory import home_folder
from envctl.errors import ConfigurationError, Unreachable

DEFAULT = "unix:///var/run/docker.sock"
START = "start the engine, or set DOCKER_HOST to one that runs; envctl doctor tells more"
GROUP = "add yourself to the group docker (sudo usermod -aG docker $USER), then log in again"


@dataclass(frozen=True)
class Endpoint:
    """An engine: `host` as DOCKER_HOST says it; `tls` the folder with ca, cert and key, if any.

    `name` is what a person calls it, where that is something else.
    """

    host: str
    tls: str = ""
    verify: bool = True
    name: str = ""


def engine_address() -> str:
    """Return the engine's address: DOCKER_HOST, else the docker command's current context."""
    return current_endpoint().host


def current_endpoint() -> Endpoint:
    """Return the engine that the docker command would use; Unreachable for an unknown context."""
    if host := os.environ.get("DOCKER_HOST"):
        verify = bool(os.environ.get("DOCKER_TLS_VERIFY"))
        folder = os.environ.get("DOCKER_CERT_PATH") or (str(_docker_folder()) if verify else "")
        return Endpoint(host, folder if host.startswith("tcp://") else "", verify)
    name = os.environ.get("DOCKER_CONTEXT") or _configured_context()
    return context_endpoint(name)


def context_endpoint(name: str) -> Endpoint:
    """Return the engine of a docker context; Unreachable for an unknown one."""
    return Endpoint(DEFAULT) if name in ("", "default") else _of_context(name)


def reached_host(address: str) -> str:
    """Return the name under which the engine's published ports are reached from here."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "localhost"
    remote = parts.scheme in ("tcp", "ssh", "https", "http")
    return parts.hostname or "localhost" if remote else "localhost"


def unreachable(address: str, error: BaseException) -> Unreachable:
    """Return what to say when a call to the engine at `address` broke with `error`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError) or "Permission denied" in str(cause):
            return Unreachable(f"no permission to talk to the engine at {address}", hint=GROUP)
        cause = cause.__cause__ or cause.__context__
    return Unreachable(f"no engine answers at {address}", hint=START)


def _docker_folder() -> Path:
    return Path(os.environ.get("DOCKER_CONFIG") or home_folder() / ".docker")


def _configured_context() -> str:
    path = _docker_folder() / "config.json"
    return str(_read(path).get("currentContext") or "") if path.is_file() else ""


def _of_context(name: str) -> Endpoint:
    """Contexts lie in folders named after the sha256 of their names."""
    contexts = _docker_folder() / "contexts"
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = contexts / "meta" / key / "meta.json"
    if not meta.is_file():
        known = ["default", *sorted(_name(path) for path in contexts.glob("meta/*/meta.json"))]
        raise Unreachable(
            f"there is no docker context {name!r}", hint=f"there are: {', '.join(known)}"
        )
    docker = (_read(meta).get("Endpoints") or {}).get("docker") or {}
    tls = contexts / "tls" / key / "docker"
    return Endpoint(
        str(docker.get("Host") or DEFAULT),
        str(tls) if tls.is_dir() else "",
        not docker.get("SkipTLSVerify", False),
    )


def _name(path: Path) -> str:
    return str(_read(path).get("Name", ""))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", hint="the docker command needs this file too"
        ) from error
    return data if isinstance(data, dict) else {}
