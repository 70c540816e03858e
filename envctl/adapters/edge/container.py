"""The container of the edge: there, running, and one that envctl made."""

from __future__ import annotations

import io
import tarfile
import time
from typing import TYPE_CHECKING, Any

from envctl.adapters.edge.scripts import KEEP, START
from envctl.adapters.target.support import IMAGE, ROLE, change_restart
from envctl.domain.deployment import SERVING
from envctl.domain.edge_config import FOLDER
from envctl.errors import CommandFailed, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.engine_http import EngineHttp

LABELS = {ROLE: "edge"}
_TRIES = 50
_ABSENT = ("No such container", "Could not find the file")
_CAPABILITIES = ("NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "KILL")


class EdgeContainer:
    """The container `name` of an engine, in the host's network; its volume has the same name."""

    def __init__(self, http: EngineHttp, have_image: Callable[[], None] | None, name: str) -> None:
        self._http, self._have_image, self._name = http, have_image, name

    def ensure(self, first: bytes) -> bool:
        """Create and start it if need be; return whether it ran already.

        `first` is the archive of what an empty edge serves.
        """
        for number in range(_TRIES):
            row = self._look()
            if row is None:
                self._create(first)
            elif row["State"]["Status"] == "running":
                self._let_come_back(row)
                return number == 0
            elif not self._woken(row["Id"], row["State"]["Status"], first):
                time.sleep(0.05)  # another command removes it, or the engine starts it
        raise Unreachable(
            f"the edge {self._name} does not start",
            hint=f"docker logs {self._name} shows why; what it serves is in the volume",
        )

    def is_running(self) -> bool:
        """Whether it is there and runs."""
        row = self._look()
        return row is not None and row["State"]["Status"] == "running"

    def file(self, path: str) -> bytes | None:
        """Return a file of it; None where there is none, or no container."""
        try:
            with self._http.stream(
                f"/containers/{self._name}/archive", path=path, silence=30.0
            ) as body:
                packed = io.BytesIO(b"".join(body))
        except CommandFailed as error:
            if any(part in error.message for part in _ABSENT):
                return None
            raise
        with tarfile.open(fileobj=packed) as tar:
            member = tar.next()
            content = tar.extractfile(member) if member else None
            return content.read() if content else None

    def _look(self) -> dict[str, Any] | None:
        row: dict[str, Any] | None = self._http.get_json(
            f"/containers/{self._name}/json", missing_ok=True
        )
        if row and (row["Config"].get("Labels") or {}).get(ROLE) != "edge":
            raise Refused(
                f"there is a container {self._name} that envctl did not make",
                hint=f"docker rename {self._name} ANOTHER-NAME",
            )
        return row

    def _create(self, first: bytes) -> None:
        self._require_host_network()
        if self._have_image:
            self._have_image()
        try:
            self._http.post("/containers/create", self._body(), name=self._name)
        except CommandFailed as error:
            if "No such image" in error.message:
                raise Unreachable(
                    f"the edge's image {IMAGE} is not on the engine at {self._http.address}",
                    hint=f"docker pull {IMAGE} there, or docker load it from a file",
                ) from error
            if "already in use" not in error.message:  # another command was faster: as good
                raise

    def _woken(self, container: str, status: str, first: bytes) -> bool:
        if status == "removing" or status == "restarting":
            return False
        words = "unpause" if status == "paused" else "start"
        try:
            if status == "created":  # files of the sequence 0 are the same for ever
                self._http.put(f"/containers/{container}/archive", [first], path=FOLDER)
            self._http.post(f"/containers/{container}/{words}")
        except CommandFailed as error:
            if "No such container" in error.message:
                return False
            raise
        return True

    def _let_come_back(self, row: dict[str, Any]) -> None:
        """Let one that an older envctl made come back with an engine that was killed, too."""
        if row["HostConfig"]["RestartPolicy"]["Name"] != SERVING:
            change_restart(self._http, row["Id"], SERVING)

    def _require_host_network(self) -> None:
        said = self._http.get_json("/info")
        rootless = any("rootless" in option for option in said.get("SecurityOptions") or ())
        if rootless or "Docker Desktop" in said.get("OperatingSystem", ""):
            kind = "rootless" if rootless else "Docker Desktop"
            raise Refused(
                f"the engine at {self._http.address} is {kind}: containers cannot have its "
                "host's ports, which the edge needs",
                hint="use an engine that runs as root on Linux as the stage's target",
            )

    def _body(self) -> dict[str, Any]:
        volume = {
            "Type": "volume",
            "Source": self._name,
            "Target": FOLDER,
            "VolumeOptions": {"Labels": LABELS},
        }
        return {
            "Image": IMAGE,
            "Labels": LABELS,
            "User": "0:0",
            "WorkingDir": "/",
            "Entrypoint": ["bash", "-c", START, "envctl-edge", KEEP],
            "Cmd": [],
            "HostConfig": {
                "NetworkMode": "host",
                "RestartPolicy": {"Name": SERVING},
                "CapDrop": ["ALL"],
                "CapAdd": list(_CAPABILITIES),
                "SecurityOpt": ["no-new-privileges"],
                "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
                "Mounts": [volume],
            },
        }
