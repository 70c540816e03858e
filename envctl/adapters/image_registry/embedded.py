"""The registry of projects that name none: one container on this machine, its data in a volume.

Nothing is remembered outside the engine: the container has its port, and the volume, which stays
when the container is removed, is labelled with the first one.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from envctl.adapters.engine_address import reached_host
from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed, Refused, Unreachable

NAME = "envctl-registry"
IMAGE = "registry:2"
FIRST_PORT = 5005
MARK = "dev.envctl.registry"
PORT_MARK = "dev.envctl.registry.port"
PULL_SECONDS = 600.0
ANSWER_SECONDS = 30.0
_PORTS = 50
_TRIES = 100
_INSIDE = "5000/tcp"
_RESTARTED = {"RestartPolicy": {"Name": "unless-stopped"}}
_GOING = ("No such container", "marked for removal")
_SET = "or set registry in envctl.toml to one that all who need the images can reach"


@dataclass(frozen=True)
class _Found:
    """The container, as the engine describes it."""

    id: str
    state: str
    port: int


class ContainerRegistry:
    """The registry container `name` of an engine; its volume has the same name."""

    def __init__(
        self,
        http: EngineHttp | None = None,
        *,
        name: str = NAME,
        first_port: int = FIRST_PORT,
        image: str = IMAGE,
    ) -> None:
        self._http = http or EngineHttp()
        self._name, self._first, self._image = name, first_port, image

    def find(self) -> str:
        """Return the host of the registry that runs on this engine; empty when none does."""
        if not self._is_here():
            return ""
        try:
            found = self._look()
        except Refused:
            return ""
        return _host(found.port) if found and found.state == "running" else ""

    def reach(self, *, start: bool) -> str:
        """Return the host of the registry; empty where there never was one.

        One that was stopped, or whose container was removed, is started where `start` says so.
        Unreachable otherwise: what is in it must not be taken for nothing.
        """
        if host := self.find():
            return host
        if not self._is_here() or not self._was_made():
            return ""
        if not start:
            raise Unreachable(
                f"the registry {self._name} does not run",
                hint="envctl releases starts it, as all commands do but for dry runs",
            )
        return self.ensure()

    def ensure(self) -> str:
        """Start the registry if need be, wait until it answers, and return its host.

        Whoever does the same at the same time gets the same container.
        """
        if not self._is_here():
            raise Unreachable(
                f"the engine at {self._http.address} is on another machine, which cannot be "
                "reached for its own registry",
                hint="set registry in envctl.toml to one that this machine and that engine reach",
            )
        host = self._started()
        end = time.monotonic() + ANSWER_SECONDS
        while not _answers(host):
            found = self._look()
            if not found or found.state != "running" or time.monotonic() > end:
                raise Unreachable(
                    f"the registry {self._name} was started and does not answer at {host}",
                    hint=f"docker logs {self._name} shows why; {_SET}",
                )
            time.sleep(0.02)  # nothing tells when a port is served
        return host

    def _is_here(self) -> bool:
        from envctl.adapters.image_registry.trust import is_loopback

        return is_loopback(reached_host(self._http.address))

    def _was_made(self) -> bool:
        """Whether there is a container of ours, or the volume that one has left."""
        try:
            if self._look():
                return True
        except Refused:
            return False
        volume = self._http.get_json(f"/volumes/{self._name}", missing_ok=True)
        return MARK in ((volume or {}).get("Labels") or {})

    def _started(self) -> str:
        """Look, do the one thing that is missing, and look again: others do so, too."""
        taken: set[int] = set()
        for _ in range(_TRIES):
            found = self._look()
            if found is None:
                self._create(self._next_port(taken))
            elif found.state == "running":
                return _host(found.port)
            elif found.state == "paused":
                self._attempt(f"/containers/{found.id}/unpause")
            elif found.state == "removing":
                self._attempt(f"/containers/{found.id}/wait", condition="removed")
            elif self._start(found, taken):
                return _host(found.port)
        raise Unreachable(
            f"the registry {self._name} does not start",
            hint=f"docker rm -f {self._name} (its data is in the volume {self._name}), {_SET}",
        )

    def _look(self) -> _Found | None:
        row = self._http.get_json(f"/containers/{self._name}/json", missing_ok=True)
        if row is None:
            return None
        if MARK not in (row["Config"].get("Labels") or {}):
            raise Refused(
                f"there is a container {self._name} that envctl did not make",
                hint=f"docker rename {self._name} ANOTHER-NAME, {_SET}",
            )
        bound = (row["HostConfig"].get("PortBindings") or {}).get(_INSIDE) or [{}]
        return _Found(row["Id"], row["State"]["Status"], int(bound[0].get("HostPort") or 0))

    def _next_port(self, taken: set[int]) -> int:
        wanted: tuple[int, ...] = (
            self._remembered(),
            *range(self._first, min(self._first + _PORTS, 65536)),
        )
        for port in wanted:
            if port not in taken and _is_free(port):
                return port
        raise Unreachable(
            f"no port from {self._first} to {wanted[-1]} is free on 127.0.0.1 for the registry "
            f"{self._name}",
            hint=f"free one of them, {_SET}",
        )

    def _remembered(self) -> int:
        """Return the port that the registry had first."""
        volume = self._http.get_json(f"/volumes/{self._name}", missing_ok=True)
        label = ((volume or {}).get("Labels") or {}).get(PORT_MARK, "")
        return int(label) if label.isdecimal() else self._first

    def _create(self, port: int) -> None:
        """Create the container; somebody else may have been faster, which is as good."""
        try:
            self._http.post("/containers/create", self._body(port), name=self._name)
        except CommandFailed as error:
            if "No such image" in error.message or "not found" in error.message:
                self._pull()
            elif "already in use" not in error.message:
                raise

    def _start(self, found: _Found, taken: set[int]) -> bool:
        """Start it. Where something has its port it is removed, to be made with another one.

        Containers of before did not come back after a reboot.
        """
        self._attempt(f"/containers/{found.id}/update", _RESTARTED)
        try:
            self._http.post(f"/containers/{found.id}/start")
        except CommandFailed as error:
            if any(part in error.message for part in _GOING):
                return False
            if not _is_port_taken(error.message):
                raise
            taken.add(found.port)
            with suppress(CommandFailed):  # another removes it, or has started it
                self._http.delete(f"/containers/{found.id}", v=False)
            return False
        return True

    def _attempt(self, path: str, body: object = None, **query: object) -> None:
        with suppress(CommandFailed):  # another may have done it
            self._http.post(path, body, missing_ok=True, **query)

    def _pull(self) -> None:
        from envctl.adapters.process import Command, run

        command = Command(("docker", "pull", "--quiet", self._image))
        finished = run(command, timeout=PULL_SECONDS)
        if finished.code:
            raise Unreachable(
                f"the registry's image {self._image} is not on the engine and cannot be pulled",
                hint=f"docker pull {self._image} tells why; docker load it from a file, {_SET}",
            )

    def _body(self, port: int) -> dict[str, Any]:
        labels = {MARK: "embedded", PORT_MARK: str(port)}
        volume = {"Labels": labels}
        return {
            "Image": self._image,
            "Labels": labels,
            "Env": ["REGISTRY_STORAGE_DELETE_ENABLED=true", "REGISTRY_LOG_ACCESSLOG_DISABLED=true"],
            "ExposedPorts": {_INSIDE: {}},
            "HostConfig": {
                **_RESTARTED,
                "PortBindings": {_INSIDE: [{"HostIp": "127.0.0.1", "HostPort": str(port)}]},
                "Mounts": [
                    {
                        "Type": "volume",
                        "Source": self._name,
                        "Target": "/var/lib/registry",
                        "VolumeOptions": volume,
                    }
                ],
            },
        }


def _host(port: int) -> str:
    return f"127.0.0.1:{port}"


def _is_free(port: int) -> bool:
    """Whether nobody has it now; the engine has the last word when the container starts."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _is_port_taken(said: str) -> bool:
    words = ("port is already allocated", "address already in use", "failed to bind")
    return any(part in said for part in words)


def _answers(host: str) -> bool:
    """Whether a registry answers; what runs may still need a moment."""
    from envctl.adapters.image_registry.patience import Passing, Patience
    from envctl.adapters.image_registry.session import Call, Session

    try:
        call = Call("GET", "/v2/", (), (200,))
        return Session(host, Patience(connect=2, silence=5)).ask_once(call).status == 200
    except (Passing, Unreachable):
        return False
