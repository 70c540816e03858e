"""Faults of the engine and of the docker command."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from envctl.adapters.engine_address import DEFAULT
from tests.e2e.conftest import Playground, free_port
from tests.e2e.faults.seeding import Call, fault, needs_root, over
from tests.e2e.read_only_engine import read_only_engine

START_OR_UNSET = r"unset DOCKER_HOST"
_UNKNOWN = """echo "docker: '$1' is not a docker command." >&2; exit 1"""
# pytest's own, which nobody else may enter
_FOLDERS = ("pytest", "project", "test", "popen")


@fault("engine", "problem", r"sudo systemctl start docker")
def the_engine_does_not_run(playground: Playground) -> Iterator[Call]:
    nobody = str(playground.write("nobody", ""))
    yield Call({"DOCKER_HOST": ""}, over(DEFAULT.removeprefix("unix://"), nobody))


@fault("engine", "problem", START_OR_UNSET)
def docker_host_leads_to_a_closed_port(playground: Playground) -> Iterator[Call]:
    yield Call({"DOCKER_HOST": f"tcp://127.0.0.1:{free_port()}"})


@fault("engine", "problem", START_OR_UNSET)
def docker_host_leads_to_a_dead_socket(playground: Playground) -> Iterator[Call]:
    path = playground.folder / "dead.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    yield Call({"DOCKER_HOST": f"unix://{path}"})


@fault("engine", "problem", r"like unix:///var/run/docker\.sock")
def docker_host_is_no_address(playground: Playground) -> Iterator[Call]:
    yield Call({"DOCKER_HOST": "nonsense"})


@fault("engine", "problem", r"unset DOCKER_CONTEXT, .*there are: default")
def the_context_does_not_exist(playground: Playground) -> Iterator[Call]:
    yield Call({"DOCKER_HOST": "", "DOCKER_CONTEXT": "nope"})


@fault("engine", "problem", r"docker context use default")
def the_current_context_does_not_exist(playground: Playground) -> Iterator[Call]:
    playground.write("docker/config.json", '{"currentContext": "office"}')
    yield Call({"DOCKER_HOST": "", "DOCKER_CONFIG": str(playground.folder / "docker")})


@fault("engine", "problem", r"group docker \(sudo usermod -aG docker \$USER\)")
def the_socket_is_for_others(playground: Playground) -> Iterator[Call]:
    path = playground.folder / "mine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        home = playground.folder / "home"
        home.mkdir()
        home.chmod(0o777)
        places = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(home))
        yield Call({"DOCKER_HOST": f"unix://{path}", **places}, _as_nobody(playground))


def _as_nobody(playground: Playground) -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    for folder in (playground.folder, *playground.folder.parents):
        if folder.owner() == "root" and folder.name.startswith(
            ("pytest", "project", "test", "popen")
        ):
            folder.chmod(0o755)
    # nor could it write down its own coverage
    unmeasured = ("env", "-u", "COVERAGE_PROCESS_CONFIG")
    return (*unmeasured, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@fault("engine", "problem", r"systemctl restart docker|unset DOCKER_HOST")
def the_engine_hangs(playground: Playground) -> Iterator[Call]:
    path = playground.folder / "hangs.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield Call({"DOCKER_HOST": f"unix://{path}"})


@fault("engine", "problem", r"upgrade: 26\.1\.5 is the oldest")
def the_engine_is_too_old(playground: Playground) -> Iterator[Call]:
    def old(path: str, said: Any, headers: dict[str, str]) -> Any:
        headers["Server"] = "Docker/20.10.24 (linux)"
        return {**said, "Version": "20.10.24"} if path.endswith("/version") else said

    with _altered(playground, old) as call:
        yield call


@fault("clock", "problem", r"chronyc makestep|timedatectl set-ntp true")
def the_engines_clock_is_an_hour_ahead(playground: Playground) -> Iterator[Call]:
    with _altered(playground, _shifted(timedelta(hours=1))) as call:
        yield call


@fault("clock", "warning", r"chronyc makestep|timedatectl set-ntp true")
def the_engines_clock_is_ten_seconds_behind(playground: Playground) -> Iterator[Call]:
    with _altered(playground, _shifted(timedelta(seconds=-10))) as call:
        yield call


def _shifted(by: timedelta) -> Callable[[str, Any, dict[str, str]], Any]:
    def shift(path: str, said: Any, headers: dict[str, str]) -> Any:
        if not path.endswith("/info"):
            return said
        now = datetime.fromisoformat(said["SystemTime"])
        return {**said, "SystemTime": (now + by).isoformat()}

    return shift


@fault("engine's warning", "warning", r"boot with swapaccount=1")
def the_kernel_cannot_limit_swap(playground: Playground) -> Iterator[Call]:
    with _info(playground, Warnings=["WARNING: No swap limit support"]) as call:
        yield call


@fault("engine's warning", "warning", r"sudo sysctl net\.ipv4\.ip_forward=1")
def the_kernel_forwards_nothing(playground: Playground) -> Iterator[Call]:
    with _info(playground, Warnings=["WARNING: IPv4 forwarding is disabled"]) as call:
        yield call


@fault("engine's memory", "warning", r"2 GiB or more")
def the_engines_machine_is_small(playground: Playground) -> Iterator[Call]:
    with _info(playground, MemTotal=512 * 1024**2) as call:
        yield call


@fault("disk", "problem", r"docker (?:builder|image|volume) prune")
def the_disk_is_full(playground: Playground) -> Iterator[Call]:
    with _small_disk(playground, "size=1m") as call:
        yield call


@fault("disk", "warning", r"docker (?:builder|image|volume) prune")
def the_disk_is_nearly_full(playground: Playground) -> Iterator[Call]:
    with _small_disk(playground, "size=3g") as call:
        yield call


@fault("inodes", "problem", r"du --inodes")
def the_disk_has_no_inodes_left(playground: Playground) -> Iterator[Call]:
    with _small_disk(playground, "size=8g,nr_inodes=20") as call:
        folder = playground.folder / "disk"
        for number in range(19):
            (folder / str(number)).touch()
        yield call


@contextmanager
def _small_disk(playground: Playground, options: str) -> Iterator[Call]:
    """The engine says that it writes to a disk of this size."""
    import subprocess

    needs_root()
    folder = playground.folder / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(words, check=True)
    try:
        with _info(playground, DockerRootDir=str(folder)) as call:
            yield call
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _info(playground: Playground, **changes: Any) -> Iterator[Call]:
    def change(path: str, said: Any, headers: dict[str, str]) -> Any:
        return {**said, **changes} if path.endswith("/info") else said

    with _altered(playground, change) as call:
        yield call


@contextmanager
def _altered(
    playground: Playground, alter: Callable[[str, Any, dict[str, str]], Any]
) -> Iterator[Call]:
    with read_only_engine(playground.folder, alter) as (address, _):
        yield Call({"DOCKER_HOST": address})


@fault(
    "docker command", "problem", r"add its folder to PATH",
    also=("compose", "buildx", "project"),
)  # fmt: skip
def the_docker_command_is_missing(playground: Playground) -> Iterator[Call]:
    yield Call({"PATH": "/nowhere"})


@fault("compose", "problem", r"install the compose plugin of docker, 2\.26\.1", also=("project",))
def the_compose_plugin_is_missing(playground: Playground) -> Iterator[Call]:
    yield _docker(playground, "compose", _UNKNOWN)


@fault("compose", "problem", r"upgrade: 2\.26\.1 is the oldest")
def the_compose_plugin_is_too_old(playground: Playground) -> Iterator[Call]:
    old = 'case "$*" in *version*) echo "Docker Compose version v2.3.3"; exit;; esac'
    yield _docker(playground, "compose", old)


@fault("buildx", "problem", r"install the buildx plugin of docker, 0\.13\.1")
def the_buildx_plugin_is_missing(playground: Playground) -> Iterator[Call]:
    yield _docker(playground, "buildx", _UNKNOWN)


@fault("buildx", "problem", r"upgrade: 0\.13\.1 is the oldest")
def the_buildx_plugin_is_too_old(playground: Playground) -> Iterator[Call]:
    yield _docker(playground, "buildx", "echo github.com/docker/buildx v0.9.1 ed00243; exit")


def _docker(playground: Playground, plugin: str, script: str) -> Call:
    """A docker command that knows the plugin only in this way."""
    real = shutil.which("docker")
    text = f'#!/bin/sh\nif [ "$1" = {plugin} ]; then {script}; fi\nexec {real} "$@"\n'
    playground.write("bin/docker", text).chmod(0o755)
    return Call({"PATH": f"{playground.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"})


@fault("docker settings", "problem", r"mv \S+config\.json \S+config\.json\.old")
def the_docker_settings_are_broken(playground: Playground) -> Iterator[Call]:
    playground.write("docker/config.json", "{")
    yield Call({"DOCKER_CONFIG": str(playground.folder / "docker")})


@fault("docker settings", "problem", r'install docker-credential-nope, or take "credsStore" out')
def the_credential_helper_is_missing(playground: Playground) -> Iterator[Call]:
    playground.write("docker/config.json", json.dumps({"credsStore": "nope"}))
    yield Call({"DOCKER_CONFIG": str(playground.folder / "docker")})


@fault("state folder", "warning", r"set XDG_STATE_HOME to a folder")
def the_state_folder_cannot_be_made(playground: Playground) -> Iterator[Call]:
    yield Call({"XDG_STATE_HOME": "/dev/null/state"})


@fault("cache folder", "warning", r"set XDG_CACHE_HOME to a folder")
def the_cache_folder_is_read_only(playground: Playground) -> Iterator[Call]:
    needs_root()
    folder = playground.folder / "cache"
    folder.mkdir()
    script = 'mount -t tmpfs -o ro tmpfs "$1" && shift && exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", script, "sh", str(folder))
    yield Call({"XDG_CACHE_HOME": str(folder)}, prefix)


@fault("inotify watches", "warning", r"sudo sysctl fs\.inotify\.max_user_watches=65536")
def the_kernel_allows_few_watches(playground: Playground) -> Iterator[Call]:
    few = str(playground.write("few", "8192\n"))
    yield Call(prefix=over("/proc/sys/fs/inotify/max_user_watches", few))


@fault("memory", "warning", r"docker stats --no-stream")
def the_machine_has_no_memory_left(playground: Playground) -> Iterator[Call]:
    said = Path("/proc/meminfo").read_text().splitlines()
    kept = [line for line in said if not line.startswith(("MemAvailable", "SwapFree"))]
    low = playground.write("meminfo", "\n".join([*kept, "MemAvailable:  90000 kB", ""]))
    yield Call(prefix=over("/proc/meminfo", str(low)))
