"""The store of a stage: a volume on its target, and a container that is never started to reach it.

The engine itself packs and unpacks archives, so no program is needed. A call that is cut off may
leave a file that is there in part: who reads compares the content with a digest. The container
holds nothing, and is made again where somebody has removed it.
"""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from envctl.adapters.target.support import IMAGE, ensure_image, labels
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.adapters.engine_http import EngineHttp

_MOUNT = "/envctl-store"
_SILENCE = 60.0
_FOLDER_MODE = 0o755  # the engine keeps its volumes from everybody on the host


class VolumeStoreReader:
    """Reads the store of `stage` of `project` on the engine that `http` calls."""

    def __init__(self, http: EngineHttp, project: str, stage: str) -> None:
        self._http = http
        self._labels = labels(project, stage, "store")
        self._name = f"{project}-{stage}-store"

    @property
    def volume(self) -> str:
        """The name of the volume."""
        return self._name

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files in a folder, sorted."""
        # the archive's names begin with the last part of what was asked for
        found = (PurePosixPath(m.name).parts for m, _ in self._members(folder) if m.isfile())
        return tuple(sorted(parts[1] for parts in found if len(parts) == 2))

    def folders(self, folder: str) -> tuple[str, ...]:
        """Return the names of the folders in a folder, sorted."""
        found = (PurePosixPath(m.name).parts for m, _ in self._members(folder) if m.isdir())
        return tuple(sorted(parts[1] for parts in found if len(parts) == 2))

    def read(self, path: str) -> bytes | None:
        """Return a file; None where there is none."""
        found = [data for member, data in self._members(path) if member.isfile()]
        return found[0] if len(found) == 1 else None

    def _members(self, path: str) -> list[tuple[tarfile.TarInfo, bytes]]:
        packed = self._packed(_path(path))
        if packed is None:
            return []
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            return [(m, _content(archive, m)) for m in archive.getmembers()]

    def _packed(self, path: str) -> bytes | None:
        """Return the archive of a file or folder; None where there is none."""
        for _ in range(2):
            try:
                archive = f"/containers/{self._name}/archive"
                with self._http.stream(archive, silence=_SILENCE, path=path) as chunks:
                    return b"".join(chunks)
            except CommandFailed as error:
                if "Could not find the file" in error.message:
                    return None
                if "No such container" not in error.message:
                    raise
            if self._http.get_json(f"/volumes/{self._name}", missing_ok=True) is None:
                return None
            self._make_container()
        return None

    def _make_container(self) -> None:
        mount = {"Type": "volume", "Source": self._name, "Target": _MOUNT}
        body = self._body(mount | {"VolumeOptions": {"NoCopy": True, "Labels": self._labels}})
        for _ in range(2):
            try:
                self._http.post("/containers/create", body, name=self._name)
            except CommandFailed as error:
                if "already in use" in error.message:
                    return
                if "No such image" not in error.message:
                    raise
                ensure_image(self._http)
            else:
                return

    def _body(self, mount: dict[str, Any], *command: str) -> dict[str, Any]:
        return {
            "Image": IMAGE,
            "Entrypoint": list(command) or ["-"],
            "User": "0",
            "Labels": self._labels,
            "NetworkDisabled": True,
            "HostConfig": {"Mounts": [mount], "NetworkMode": "none", "LogConfig": {"Type": "none"}},
        }


class VolumeStore(VolumeStoreReader):
    """The same, and writes."""

    def write(self, files: Mapping[str, bytes], *, mode: int = 0o600) -> None:
        """Write files with their folders, all in one call."""
        packed = _pack({_path(path): data for path, data in files.items()}, mode)
        try:
            self._put(packed)
        except CommandFailed as error:
            if "No such container" not in error.message:
                raise
            self._http.post("/volumes/create", {"Name": self._name, "Labels": self._labels})
            self._make_container()
            self._put(packed)

    def remove(self, path: str) -> None:
        """Remove a file or a whole folder, with a container for just that."""
        where = _path(path)
        if where == _MOUNT:
            raise ValueError("a store is not removed as a whole")
        if self._http.get_json(f"/volumes/{self._name}", missing_ok=True) is None:
            return
        mount = {"Type": "volume", "Source": self._name, "Target": _MOUNT}
        body = self._body(mount, "rm", "-rf", "--", where)
        made = self._http.post("/containers/create", body)["Id"]
        try:
            self._http.post(f"/containers/{made}/start")
            code = self._http.post(f"/containers/{made}/wait")["StatusCode"]
        finally:
            with suppress(CommandFailed):
                self._http.delete(f"/containers/{made}", force=True, v=True)
        if code:
            raise CommandFailed(f"{path} cannot be removed from the volume {self._name}")

    def _put(self, packed: bytes) -> None:
        self._http.put(f"/containers/{self._name}/archive", [packed], path="/", copyUIDGID=True)


def _path(path: str) -> str:
    """Return where a file of the store is in the container; it is never outside."""
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/"):
        raise ValueError(f"{path!r} is no path in a store")
    return str(PurePosixPath(_MOUNT, *parts))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    data = archive.extractfile(member) if member.isfile() else None
    return data.read() if data else b""


def _pack(files: Mapping[str, bytes], mode: int) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for folder in sorted({str(p) for path in files for p in _folders_of(path)}):
            entry = tarfile.TarInfo(folder.lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, _FOLDER_MODE
            archive.addfile(entry)
        for path, data in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _folders_of(path: str) -> list[PurePosixPath]:
    """Return the folders above a file, without the root and the mount itself."""
    return list(PurePosixPath(path).parents)[:-2]
