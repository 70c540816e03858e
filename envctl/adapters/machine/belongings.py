"""Find out what is on the engine: containers, networks, volumes, and the room they take."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from envctl.domain.diagnosis.belongings_facts import ContainerFact, NetworkFact, Room, Usage

if TYPE_CHECKING:
    from envctl.adapters.engine_http import EngineHttp

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
ONEOFF = "com.docker.compose.oneoff"
FOLDER = "com.docker.compose.project.working_dir"
_NAMELESS = re.compile(r"[0-9a-f]{64}")
_REMOVAL = 0.7
"""Seconds that the removal of a container may take and is no leftover."""


def ask_containers(http: EngineHttp) -> list[dict[str, Any]]:
    """Return the containers as the engine lists them; ones that are just being removed are gone."""
    rows: list[dict[str, Any]] = http.get_json("/containers/json", all=True)
    if any(row["State"] == "removing" for row in rows):
        time.sleep(_REMOVAL)
        rows = http.get_json("/containers/json", all=True)
    return rows


def container_facts(
    http: EngineHttp,
    rows: list[dict[str, Any]],
    own: str,
    when: float | None,
    *,
    folders_here: bool,
) -> tuple[ContainerFact, ...]:
    """Return what is to be judged; `own` playground's are looked at closely.

    `when` is the engine's clock; `folders_here` says that its folders are this machine's.
    """
    found = []
    for row in rows:
        fact = _listed(row, folders_here=folders_here)
        found.append(
            _inspected(http, row["Id"], fact, when) if own and fact.playground == own else fact
        )
    return tuple(sorted(found, key=lambda c: c.name))


def _listed(row: dict[str, Any], *, folders_here: bool) -> ContainerFact:
    labels = row.get("Labels") or {}
    folder = labels.get(FOLDER, "")
    return ContainerFact(
        name=name_of(row),
        playground=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        state=row["State"],
        folder=folder,
        folder_gone=folders_here and folder.startswith("/") and _is_gone(folder),
        oneoff=labels.get(ONEOFF, "").lower() == "true",
    )


def name_of(row: dict[str, Any]) -> str:
    """Return a listed container's name; its ID where it has lost it."""
    names = row.get("Names") or [row["Id"][:12]]
    return str(names[0]).removeprefix("/")


def _is_gone(folder: str) -> bool:
    try:
        os.stat(folder)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _inspected(
    http: EngineHttp, container: str, fact: ContainerFact, when: float | None
) -> ContainerFact:
    data = http.get_json(f"/containers/{container}/json", missing_ok=True)
    if data is None:
        return fact
    state = data["State"]
    health = state.get("Health") or {}
    probes = [entry.get("Output", "").strip() for entry in health.get("Log") or []]
    return ContainerFact(
        **{
            **vars(fact),
            "state": state["Status"],
            "exit_code": state["ExitCode"],
            "restart_count": data.get("RestartCount", 0),
            "oom_killed": bool(state.get("OOMKilled")),
            "health": health.get("Status", ""),
            "error": state.get("Error", ""),
            "probe": probes[-1].partition("\n")[0][:200] if probes else "",
            "ran": _since(state.get("StartedAt", ""), when),
        }
    )


def _since(started: str, when: float | None) -> float | None:
    if when is None or not started or started.startswith("0001-"):
        return None
    return when - datetime.fromisoformat(started).timestamp()


def ask_networks(http: EngineHttp) -> tuple[NetworkFact, ...]:
    """Return the networks that are on the engine."""
    return tuple(
        NetworkFact(
            name=row["Name"],
            playground=(row.get("Labels") or {}).get(PROJECT, ""),
            subnets=tuple(c.get("Subnet", "") for c in (row.get("IPAM") or {}).get("Config") or []),
            bridge=row.get("Driver") == "bridge",
        )
        for row in http.get_json("/networks")
    )


def ask_volumes(http: EngineHttp) -> frozenset[str]:
    """Return the names of the volumes that are on the engine."""
    return frozenset(row["Name"] for row in http.get_json("/volumes").get("Volumes") or [])


def ask_room(http: EngineHttp) -> Room:
    """Return what takes room on the engine's disk; it may have to count for a while."""
    data = http.get_json("/system/df")
    volumes, images = data.get("Volumes") or [], data.get("Images") or []
    nameless = [v for v in volumes if _NAMELESS.fullmatch(v["Name"]) and not _used(v)]
    cache = data.get("BuildCache") or []
    return Room(
        playgrounds=_playgrounds(data.get("Containers") or [], volumes),
        images=data.get("LayersSize") or 0,
        images_unused=sum(_own_size(i) for i in images if not i.get("Containers")),
        build_cache=sum(entry["Size"] for entry in cache if not entry.get("Shared")),
        build_cache_unused=sum(
            e["Size"] for e in cache if not e.get("Shared") and not e.get("InUse")
        ),
        nameless_volumes=len(nameless),
        nameless_size=sum(map(_volume_size, nameless)),
    )


def _playgrounds(containers: list[Any], volumes: list[Any]) -> tuple[Usage, ...]:
    layers: dict[str, int] = {}
    data: dict[str, int] = {}
    for row, sizes, count in (
        *((c, layers, c.get("SizeRw") or 0) for c in containers),
        *((v, data, _volume_size(v)) for v in volumes),
    ):
        if name := (row.get("Labels") or {}).get(PROJECT):
            sizes[name] = sizes.get(name, 0) + count
    names = sorted({*layers, *data})
    return tuple(Usage(name, data.get(name, 0), layers.get(name, 0)) for name in names)


def _used(volume: dict[str, Any]) -> bool:
    return bool((volume.get("UsageData") or {}).get("RefCount"))


def _volume_size(volume: dict[str, Any]) -> int:
    return max(0, int((volume.get("UsageData") or {}).get("Size") or 0))


def _own_size(image: dict[str, Any]) -> int:
    return max(0, int(image.get("Size", 0)) - max(0, int(image.get("SharedSize", 0))))
