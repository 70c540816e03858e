"""Find out about the engine: whether one answers, what it is, and what it says of itself."""

from __future__ import annotations

import json
import os
import platform
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from envctl.adapters.engine_address import DEFAULT, Endpoint, current_endpoint
from envctl.adapters.engine_dial import dial
from envctl.domain.diagnosis.machine_facts import EngineFacts, Trouble
from envctl.errors import ConfigurationError, EnvctlError, Unreachable

if TYPE_CHECKING:
    from envctl.adapters.engine_http import EngineHttp

PATIENCE = 2.5
SSH_PATIENCE = 10.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


@dataclass(frozen=True)
class Info:
    """What the engine says of itself; `when` is its clock in epoch seconds, at the answer."""

    data: dict[str, Any]
    when: float
    off: float


def find_endpoint() -> Endpoint:
    """Return the engine that is meant; the usual one where docker's settings cannot be read."""
    try:
        return current_endpoint()
    except ConfigurationError:
        return Endpoint(DEFAULT)


def patience(endpoint: Endpoint | None) -> float:
    """Return how many seconds an engine at `endpoint` may take to answer."""
    return SSH_PATIENCE if endpoint and endpoint.host.startswith("ssh://") else PATIENCE


def no_endpoint(error: Unreachable) -> EngineFacts:
    """Return what is known when docker's settings lead to no engine."""
    known = tuple(error.hint.removeprefix("there are: ").split(", "))
    return EngineFacts(
        error=error.message, trouble=Trouble.CONTEXT, contexts=known, chosen_by=_chosen_by()
    )


def engine_facts(endpoint: Endpoint) -> EngineFacts:
    """Return what the engine answers when it is asked who it is, or why it does not."""
    try:
        version = ask_version(endpoint)
    except (OSError, EnvctlError, ValueError) as error:
        return _silent(endpoint, error)
    spoken = f"{version.get('ApiVersion', '?')}, spoken down to {version.get('MinAPIVersion', '?')}"
    return EngineFacts(
        host=endpoint.host, version=str(version.get("Version", "")), api=spoken, error="no version"
    )


def ask_version(endpoint: Endpoint) -> dict[str, Any]:
    """Return the engine's version; asked in a way that the oldest one understands."""
    connection = dial(endpoint, patience(endpoint))
    with connection:
        connection.sendall(b"GET /version HTTP/1.0\r\nHost: docker\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    if not isinstance(body, dict):
        raise ValueError("what answers is no engine")
    return body


def ask_info(http: EngineHttp) -> Info:
    """Return what the engine says of itself, and how far its clock is off."""
    before = time.time()
    data: dict[str, Any] = http.get_json("/info")
    after = time.time()
    when = datetime.fromisoformat(data["SystemTime"]).timestamp()
    return Info(data, when, min(0.0, when - before) or max(0.0, when - after))


def described(engine: EngineFacts, info: Info) -> EngineFacts:
    """Return `engine` with what it says of itself."""
    data = info.data
    store = "containerd" if _uses_containerd(data) else "the engine's own"
    return EngineFacts(
        **{
            **vars(engine),
            "image_store": f"{store} ({data.get('Driver', '?')})",
            "architecture": _ARCHITECTURES.get(data.get("Architecture", ""), ""),
            "memory": data.get("MemTotal") or None,
            "warnings": tuple(data.get("Warnings") or ()),
            "clock_off": info.off,
            "proxy": data.get("HttpsProxy") or data.get("HttpProxy") or "",
            "rootless": any("rootless" in o for o in data.get("SecurityOptions") or ()),
            "local": is_local(data),
        }
    )


def is_local(info: dict[str, Any]) -> bool:
    """Whether the engine's ports and folders are this machine's own: no VM, no other host."""
    here = (socket.gethostname(), platform.release())
    return (info.get("Name"), info.get("KernelVersion")) == here


def _uses_containerd(info: dict[str, Any]) -> bool:
    return any("io.containerd" in str(value) for _, value in info.get("DriverStatus") or [])


def _silent(endpoint: Endpoint, error: Exception) -> EngineFacts:
    trouble, said = _trouble(error), str(error)
    if isinstance(error, OSError):
        said = f"no engine answers at {endpoint.host}: {error.strerror or trouble}"
    if isinstance(error, ValueError):
        said = f"what answers at {endpoint.host} is no engine"
    if trouble is Trouble.PERMISSION:
        said = f"no permission to talk to the engine at {endpoint.host}"
    return EngineFacts(
        host=endpoint.host,
        error=said,
        trouble=trouble,
        chosen_by=_chosen_by(),
        other=_other(endpoint),
        joined_group=_joined_group(endpoint),
        local=endpoint.host.startswith("unix://"),
    )


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, PermissionError):
        return Trouble.PERMISSION
    if isinstance(error, TimeoutError):
        return Trouble.SILENT
    return Trouble.ADDRESS if isinstance(error, Unreachable) else Trouble.ABSENT


def _chosen_by() -> str:
    return next((name for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if os.environ.get(name)), "")


def _other(endpoint: Endpoint) -> str:
    """The usual address, where another one was asked for and an engine answers at the usual."""
    if endpoint.host == DEFAULT:
        return ""
    with suppress(OSError, EnvctlError, ValueError):
        ask_version(Endpoint(DEFAULT))
        return DEFAULT
    return ""


def _joined_group(endpoint: Endpoint) -> bool:
    """Whether the account is in the socket's group, and this login is older than that."""
    import grp
    import pwd

    with suppress(OSError, KeyError):
        group = os.stat(endpoint.host.removeprefix("unix://")).st_gid
        name = pwd.getpwuid(os.getuid()).pw_name
        return name in grp.getgrgid(group).gr_mem and group not in os.getgroups()
    return False
