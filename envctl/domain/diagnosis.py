"""Turn what `doctor` saw into findings, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from envctl.domain.versions import OLDEST, is_supported

GIB = 1024**3
DISK_LOW = 5 * GIB
DISK_OUT = 1 * GIB
# one watch a folder: a project with dependencies has tens of thousands
WATCHES_WANTED = 65_536
INSTANCES_WANTED = 128


class Level(StrEnum):
    """How bad a finding is; only PROBLEM makes `doctor` fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was seen, and what to do about it."""

    subject: str
    level: Level
    seen: str
    cure: str = ""


@dataclass(frozen=True)
class Facts:
    """What was found out; an empty field was not, and `*_error` says why."""

    host: str = ""
    engine: str = ""
    engine_error: str = ""
    api: str = ""
    compose: str = ""
    compose_error: str = ""
    buildx: str = ""
    buildx_error: str = ""
    image_store: str = ""
    disk_path: str = ""
    disk_free: int | None = None
    disk_total: int | None = None
    watches: int | None = None
    instances: int | None = None


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return a finding for each thing looked at, in the order a person would mend them."""
    return (
        _engine(facts),
        *([_api(facts), _store(facts)] if facts.engine else []),
        _tool("compose", facts.compose, facts.compose_error),
        _tool("buildx", facts.buildx, facts.buildx_error),
        *([_disk(facts)] if facts.engine else []),
        *_inotify(facts),
    )


def _engine(facts: Facts) -> Finding:
    if not facts.engine:
        cure = "start the engine (systemctl start docker, or Docker Desktop), or set DOCKER_HOST"
        if "ermission denied" in facts.engine_error:
            cure = "add yourself to the group docker (sudo usermod -aG docker $USER), log in again"
        return Finding("engine", Level.PROBLEM, facts.engine_error or "no answer", cure)
    return _versioned("engine", facts.engine, f"{facts.engine} at {facts.host}")


def _api(facts: Facts) -> Finding:
    return Finding("engine API", Level.OK, facts.api)


def _store(facts: Facts) -> Finding:
    return Finding("image store", Level.OK, facts.image_store)


def _tool(tool: str, version: str, error: str) -> Finding:
    if not version:
        cure = (
            f"install the {tool} plugin of docker, {OLDEST[tool]} or newer (package docker-{tool})"
        )
        return Finding(tool, Level.PROBLEM, error or "not found", cure)
    return _versioned(tool, version, version)


def _versioned(tool: str, version: str, seen: str) -> Finding:
    if is_supported(tool, version):
        return Finding(tool, Level.OK, seen)
    return Finding(
        tool, Level.PROBLEM, seen, f"upgrade: {OLDEST[tool]} is the oldest that envctl supports"
    )


def _disk(facts: Facts) -> Finding:
    if facts.disk_free is None or facts.disk_total is None:
        return Finding("disk", Level.OK, "the engine's disk is on another machine, not looked at")
    free, total = f"{facts.disk_free / GIB:.1f}", f"{facts.disk_total / GIB:.0f}"
    seen = f"{free} of {total} GiB free at {facts.disk_path}"
    if facts.disk_free >= DISK_LOW:
        return Finding("disk", Level.OK, seen)
    level = Level.PROBLEM if facts.disk_free < DISK_OUT else Level.WARNING
    cure = "docker system df shows what takes the room, docker builder prune frees some of it"
    return Finding("disk", level, seen, cure)


def _inotify(facts: Facts) -> list[Finding]:
    rows = (
        ("inotify watches", facts.watches, WATCHES_WANTED, "fs.inotify.max_user_watches"),
        ("inotify instances", facts.instances, INSTANCES_WANTED, "fs.inotify.max_user_instances"),
    )
    return [_limit(*row) for row in rows if row[1] is not None]


def _limit(subject: str, value: int | None, wanted: int, key: str) -> Finding:
    if value is None or value >= wanted:
        return Finding(subject, Level.OK, f"{value}")
    cure = f"sudo sysctl {key}={wanted}, and the same line in /etc/sysctl.d to keep it"
    return Finding(subject, Level.WARNING, f"{value}, file watching wants {wanted}", cure)
