"""Find out about the machine that envctl runs on."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from envctl.adapters.memory import home_folder, state_folder
from envctl.adapters.tools import plugin_version
from envctl.domain.diagnosis.machine_facts import Disk, DockerConfig, Folder, Tool
from envctl.domain.versions import parse_version
from envctl.errors import EnvctlError

_INOTIFY = Path("/proc/sys/fs/inotify")


def docker_command() -> Tool:
    """Return where the docker command is."""
    found = shutil.which("docker")
    return Tool(version=found) if found else Tool(error="the docker command is not in PATH")


def plugin(name: str) -> Tool:
    """Return the version of a plugin of the docker command."""
    from python_on_whales import ClientNotFoundError

    try:
        said = plugin_version(name)
        return Tool(version=str(parse_version(said) or said))
    except EnvctlError as error:
        found = shutil.which("docker")
        return Tool(error=error.message.replace("the docker command", found or "nothing", 1))
    except ClientNotFoundError:
        return Tool(error="the docker command, which it belongs to, is not in PATH")


def disk(folder: str) -> Disk | None:
    """Return how full the disk of `folder` is; None where the system does not tell."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    size = found.f_frsize
    return Disk(folder, found.f_bavail * size, found.f_blocks * size, found.f_favail, found.f_files)


def memory_free() -> int | None:
    """Return how many bytes programs can still get, swap included."""
    with suppress(OSError):
        text = Path("/proc/meminfo").read_text()
        sizes = {k: int(v) * 1024 for k, v in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
        if "MemAvailable" in sizes:
            return sizes["MemAvailable"] + sizes.get("SwapFree", 0)
    return None


def kernel_limit(name: str) -> int | None:
    """Return one of the kernel's limits of inotify; None where it has none."""
    try:
        return int((_INOTIFY / name).read_text())
    except (OSError, ValueError):
        return None


def folders() -> tuple[Folder, ...]:
    """Return the folders that envctl writes to."""
    wanted = (
        (state_folder(), "state", "XDG_STATE_HOME"),
        (_cache_folder(), "cache", "XDG_CACHE_HOME"),
    )
    return tuple(Folder(str(p), purpose, name, _refusal(p)) for p, purpose, name in wanted)


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(home_folder() / ".cache")
    return Path(home) / "envctl"


def _refusal(folder: Path) -> str:
    """Why nothing can be written below `folder`, which may not exist yet; empty where it can."""
    there = next(p for p in (folder, *folder.parents) if os.path.lexists(p))
    if not there.is_dir():
        return f"{there} is no folder"
    try:
        if os.statvfs(there).f_flag & os.ST_RDONLY:
            return f"{there} is read-only"
    except OSError as error:
        return f"{there}: {error.strerror}"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} belongs to somebody else"


def docker_config() -> DockerConfig | None:
    """Return what docker's own settings name that is not there; None without settings."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or home_folder() / ".docker")
    path = folder / "config.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        return DockerConfig(str(path), error.strerror or "cannot be read")
    except ValueError as error:
        return DockerConfig(str(path), f"is not JSON: {error}")
    return DockerConfig(str(path), helpers=_missing_helpers(data if isinstance(data, dict) else {}))


def _missing_helpers(data: dict[str, object]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    hosts = data.get("credHelpers")
    for host, helper in sorted(hosts.items()) if isinstance(hosts, dict) else ():
        named[str(helper)] = (*named.get(str(helper), ()), host)
    if store := data.get("credsStore"):
        named[str(store)] = ()
    programs = {f"docker-credential-{helper}": hosts for helper, hosts in named.items()}
    return {program: hosts for program, hosts in programs.items() if not shutil.which(program)}


def has_credentials(host: str) -> bool:
    """Whether docker's settings know a login for a registry; `host` as image names say it."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or home_folder() / ".docker")
    try:
        data = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    keys = {host, f"https://{host}", f"https://{host}/", f"https://{host}/v1/"}
    keys |= {"https://index.docker.io/v1/"} if host == "docker.io" else set()
    known = {*(data.get("auths") or {}), *(data.get("credHelpers") or {})}
    return bool(keys & known or data.get("credsStore"))
