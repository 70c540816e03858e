"""The docker command's plugins: found, asked for their version once, and checked."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from envctl.adapters.memory import home_folder, write_atomically
from envctl.domain.versions import OLDEST, is_supported
from envctl.errors import Unreachable

PLUGINS = ("compose", "buildx")
# where the docker command looks for plugins, in its order
_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


def require_tools() -> None:
    """Raise Unreachable when Compose or Buildx is missing or older than the oldest supported.

    The answers are kept by the plugin's path, size and time, so that it costs a process only
    after an upgrade.
    """
    if shutil.which("docker") is None:
        raise Unreachable("the docker command is not installed or not in PATH")
    kept, path = _kept()
    for plugin in PLUGINS:
        key = _identity(plugin)
        if not key or kept.get(plugin) != key:
            _require(plugin)
            kept[plugin] = key
            _keep(path, kept)


def plugin_version(plugin: str) -> str:
    """Return what the docker command's `plugin` says its version is; Unreachable without it."""
    from python_on_whales import DockerClient
    from python_on_whales.exceptions import DockerException

    client = DockerClient()
    try:
        return str(client.compose.version() if plugin == "compose" else client.buildx.version())
    except DockerException as error:
        hint = f"install the {plugin} plugin, {OLDEST[plugin]} or newer (package docker-{plugin})"
        raise Unreachable(f"the docker command has no plugin {plugin!r}", hint=hint) from error


def _require(plugin: str) -> None:
    version = plugin_version(plugin)
    if not is_supported(plugin, version):
        hint = f"upgrade: {OLDEST[plugin]} is the oldest that envctl supports"
        raise Unreachable(f"{plugin} is too old: {version}", hint=hint)


def compose_identity() -> str:
    """Return what tells one docker command with its Compose from another; empty without them."""
    docker, plugin = shutil.which("docker"), _identity("compose")
    with suppress(OSError):
        if docker and plugin:
            found = os.stat(docker)
            return f"{docker} {found.st_size} {found.st_mtime_ns} {plugin}"
    return ""


def buildx_identity() -> str:
    """Return what tells one Buildx from another; empty without it."""
    return _identity("buildx")


def docker_settings() -> str:
    """Return the path of the docker command's settings."""
    return f"{_docker_folder()}/config.json"


def _docker_folder() -> str:
    return os.environ.get("DOCKER_CONFIG") or str(home_folder() / ".docker")


def _identity(plugin: str) -> str:
    for folder in (*_further_folders(), f"{_docker_folder()}/cli-plugins", *_FOLDERS):
        with suppress(OSError):
            found = os.stat(f"{folder}/docker-{plugin}")
            return f"{folder} {found.st_size} {found.st_mtime_ns}"
    return ""


def _further_folders() -> list[str]:
    """Return where else the settings tell the docker command to look, first."""
    try:
        settings = json.loads(Path(docker_settings()).read_bytes())
        return [str(folder) for folder in settings.get("cliPluginsExtraDirs") or ()]
    except (OSError, ValueError, AttributeError, TypeError):
        return []


def _kept() -> tuple[dict[str, str], Path]:
    home = os.environ.get("XDG_CACHE_HOME") or str(home_folder() / ".cache")
    path = Path(home) / "envctl" / "tools.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        data = {}
    return (data if isinstance(data, dict) else {}), path


def _keep(path: Path, kept: dict[str, str]) -> None:
    with suppress(OSError):  # a cache that cannot be written costs time only
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(kept))
