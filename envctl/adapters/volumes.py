"""Volumes on the engine: who uses them, and their content.

The content goes through a container that mounts the volume and is never started, by the engine's
archive calls: no program in an image is needed, and it works wherever the engine is.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from envctl.adapters.engine import HELPER, PROJECT, SERVICE
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.image_version import Image
from envctl.domain.volume import VolumeUser
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.domain.volume import Volume
    from envctl.ports.snapshots import Content

VOLUME = "com.docker.compose.volume"
_MOUNT = "/envctl-volume"  # for ever: every snapshot begins with this name
LAST_WAIT = 10.0
"""Seconds that somebody who presses Ctrl-C waits for a container to be made, at most."""
SILENCE = 120.0
"""Seconds that the engine may take from one piece of an archive to the next."""


class EngineVolumes:
    """Reads and copies volumes."""

    def __init__(self, http: EngineHttp | None = None) -> None:
        self._http = http or EngineHttp()

    def existing(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of `names` that are volumes on the engine."""
        return frozenset(n for n in names if self._http.get_json(f"/volumes/{n}", missing_ok=True))

    def users(self, name: str) -> tuple[VolumeUser, ...]:
        """Return the containers that mount the volume, anybody's, sorted by name."""
        rows = self._http.get_json("/containers/json", all=True, filters={"volume": [name]})
        found = [_user(row, name) for row in rows if HELPER not in (row.get("Labels") or {})]
        return tuple(sorted((u for u in found if u), key=lambda u: u.name))

    def image(self, name: str) -> Image:
        """Return what the engine says of the image called `name`, or of the ID `name`."""
        data = self._http.get_json(f"/images/{name}/json", missing_ok=True)
        if not data:
            return Image(name)
        config = data.get("Config") or {}
        pairs = (entry.partition("=") for entry in config.get("Env") or [])
        environment = {key: value for key, _, value in pairs}
        return Image(name, data["Id"], config.get("Labels") or {}, environment)

    def pause(self, container: str) -> None:
        """Freeze a container; one that does not run needs it not."""
        self._change(container, "pause", "running")

    def resume(self, container: str) -> None:
        """Continue a container; one that is not paused needs it not."""
        self._change(container, "unpause", "paused")

    def _change(self, container: str, verb: str, state: str) -> None:
        try:
            self._http.post(f"/containers/{container}/{verb}")
        except CommandFailed:
            now = self._http.get_json(f"/containers/{container}/json", missing_ok=True)
            if now and now["State"]["Status"] == state:
                raise

    @contextmanager
    def opened(self, name: str, image: str, playground: str) -> Iterator[Content]:
        """Hand out the volume's content; any `image` on the engine will do."""
        with self._helper(name, image, playground, readonly=True) as helper:
            path = f"/containers/{helper}/archive"
            yield lambda: self._http.stream(path, silence=SILENCE, path=_MOUNT)

    def make(self, volume: Volume, playground: str) -> None:
        """Create an empty volume as Compose would for `playground`.

        Compose compares a digest of the definition where it finds one in the labels, and takes a
        volume without it as it is.
        """
        labels = {**volume.labels, PROJECT: playground, VOLUME: volume.key}
        body = {"Name": volume.name, "Labels": labels, "DriverOpts": dict(volume.options)}
        self._http.post(
            "/volumes/create", body | ({"Driver": volume.driver} if volume.driver else {})
        )

    def fill(self, name: str, image: str, playground: str, chunks: Iterable[bytes]) -> None:
        """Unpack into an empty volume what `opened` gave of one."""
        with self._helper(name, image, playground, readonly=False) as helper:
            # the archive's first entry is the mount itself: so the root has its owner and mode
            self._http.put(f"/containers/{helper}/archive", chunks, path="/", copyUIDGID=True)

    def sweep(self, playground: str) -> None:
        """Remove what copies left that were killed."""
        label = {"label": [f"{HELPER}={playground}"]}
        for row in self._http.get_json("/containers/json", all=True, filters=label):
            self._http.delete(f"/containers/{row['Id']}", force=True, v=True)

    @contextmanager
    def _helper(self, volume: str, image: str, playground: str, *, readonly: bool) -> Iterator[str]:
        # a name of our own: it can be removed even when the answer with its ID was cut off
        name = f"envctl-copy-{os.urandom(8).hex()}"
        mount = {
            "Type": "volume",
            "Source": volume,
            "Target": _MOUNT,
            "ReadOnly": readonly,
            "VolumeOptions": {"NoCopy": True},
        }
        body = {
            "Image": image,
            "Entrypoint": ["-"],
            "Labels": {HELPER: playground},
            "NetworkDisabled": True,
            "HostConfig": {"Mounts": [mount], "NetworkMode": "none"},
        }
        try:
            self._create(name, body)
            yield name
        finally:
            with suppress(CommandFailed):  # it says less than what is on its way up
                self._http.delete(f"/containers/{name}", force=True, v=True)

    def _create(self, name: str, body: dict[str, Any]) -> None:
        """Create a container, and do not leave before it is clear whether it is there.

        An engine whose caller has gone may go on, and nobody would remove what it made.
        """
        failed: list[BaseException] = []

        def call() -> None:
            try:
                self._http.post("/containers/create", body, name=name)
            except BaseException as error:  # noqa: BLE001 - it is raised below
                failed.append(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        try:
            thread.join()
        except BaseException:
            thread.join(LAST_WAIT)
            raise
        if failed:
            raise failed[0]


def _user(row: dict[str, Any], volume: str) -> VolumeUser | None:
    mounts = [m for m in row.get("Mounts") or [] if m.get("Name") == volume]
    if not mounts:
        return None  # the filter also knows paths
    labels = row.get("Labels") or {}
    return VolumeUser(
        id=row["Id"],
        name=row["Names"][0].removeprefix("/") if row.get("Names") else row["Id"][:12],
        project=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        state=row["State"],
        writable=any(m.get("RW") for m in mounts),
        image=row.get("Image", ""),
        image_id=row.get("ImageID", ""),
    )
