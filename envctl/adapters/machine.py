"""Find out what `doctor` judges."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from envctl.adapters.engine_address import engine_address
from envctl.adapters.engine_connection import answering, open_client
from envctl.adapters.tools import plugin_version
from envctl.domain.diagnosis import Facts
from envctl.domain.versions import parse_version
from envctl.errors import EnvctlError

_INOTIFY = Path("/proc/sys/fs/inotify")


class LocalMachine:
    """Looks at the engine, the docker command's plugins, the disk and the kernel's limits."""

    def facts(self) -> Facts:
        """Return all that could be found out; what could not is left empty, with the reason."""
        found = _engine()
        for plugin in ("compose", "buildx"):
            found |= _plugin(plugin)
        found |= {"watches": _limit("max_user_watches"), "instances": _limit("max_user_instances")}
        return Facts(**found)


def _engine() -> dict[str, Any]:
    try:
        address = engine_address()
        with answering(address):
            client = open_client(address)
            version, info = client.version(api_version=False), client.info()
    except EnvctlError as error:
        return {"engine_error": error.message}
    store = "containerd" if _uses_containerd(info) else "the engine's own"
    return {
        "host": address,
        "engine": version["Version"],
        "api": f"{version['ApiVersion']}, spoken down to {version.get('MinAPIVersion', '?')}",
        "image_store": f"{store} ({info['Driver']})",
        **(_disk(info["DockerRootDir"]) if address.startswith("unix://") else {}),
    }


def _uses_containerd(info: dict[str, Any]) -> bool:
    return any("io.containerd" in str(value) for _, value in info.get("DriverStatus") or [])


def _disk(folder: str) -> dict[str, Any]:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return {}
    return {
        "disk_path": folder,
        "disk_free": disk.f_bavail * disk.f_frsize,
        "disk_total": disk.f_blocks * disk.f_frsize,
    }


def _plugin(plugin: str) -> dict[str, str]:
    from python_on_whales import ClientNotFoundError

    try:
        said = plugin_version(plugin)
        return {plugin: str(parse_version(said) or said)}
    except EnvctlError as error:
        return {f"{plugin}_error": error.message}
    except ClientNotFoundError as error:
        return {f"{plugin}_error": str(error).partition("\n")[0]}


def _limit(name: str) -> int | None:
    try:
        return int((_INOTIFY / name).read_text())
    except (OSError, ValueError):
        return None
