"""The engine, read through its API; nothing here changes anything on it."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from envctl.adapters.engine_address import reached_host
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.observed import Container, Guest, Mount, Probe, Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from envctl.ports import LogLine

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
ONEOFF = "com.docker.compose.oneoff"
OURS = "dev.envctl."
HELPER = "envctl.copies-for"
"""The label of containers through which volumes are copied; says for which playground."""
# the engine's own names for volumes that nobody named
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_RETRIES = 3
"""Failed checks in a row that make a container unhealthy, where it does not say."""
# `exec_*` events would wake every listener at each healthcheck
EVENTS = ("create", "start", "die", "destroy", "health_status", "pause", "unpause", "oom", "rename")


class HttpEngineReader:
    """Reads containers, images, networks, volumes and logs of playgrounds."""

    def __init__(self, http: EngineHttp | None = None) -> None:
        self._http = http or EngineHttp()

    def containers(self, project: str) -> tuple[Container, ...]:
        """Return the containers of a playground, sorted by name, one-off ones included."""
        return self.labelled(f"{PROJECT}={project}")

    def labelled(self, *labels: str) -> tuple[Container, ...]:
        """Return the containers that have all of `labels` (NAME=VALUE), sorted by name."""
        filters = {"label": list(labels)}
        rows = self._http.get_json("/containers/json", all=True, filters=filters)
        there = cache(self._is_network)
        found = (self._inspected(row["Id"], there) for row in rows)
        return tuple(sorted((c for c in found if c), key=lambda c: c.name))

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine."""
        found = {
            name: self._http.get_json(f"/images/{name}/json", missing_ok=True)
            for name in dict.fromkeys(names)
        }
        return {name: str(image["Id"]) for name, image in found.items() if image}

    def networks(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's networks, sorted."""
        rows = self._http.get_json("/networks", filters=of_project(project))
        return tuple(sorted(row["Name"] for row in rows))

    def volumes(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's named volumes, sorted."""
        return tuple(sorted(row["Name"] for row in self._volumes(project)))

    def lasting_volumes(self, project: str) -> tuple[str, ...]:
        """Return those of them whose data lies elsewhere and outlives them, sorted."""
        return tuple(sorted(row["Name"] for row in self._volumes(project) if _lies_elsewhere(row)))

    def _volumes(self, project: str) -> list[dict[str, Any]]:
        return self._http.get_json("/volumes", filters=of_project(project)).get("Volumes") or []

    def guests(
        self, project: str, networks: Collection[str], volumes: Collection[str]
    ) -> tuple[Guest, ...]:
        """Return the containers that are none of `project` and use its networks or volumes."""
        rows = self._http.get_json("/containers/json", all=True)
        strangers = [row for row in rows if not _is_part(row.get("Labels") or {}, project)]
        found = (_guest(row, networks, volumes) for row in strangers)
        return tuple(sorted((g for g in found if g.networks or g.volumes), key=lambda g: g.name))

    def logs(
        self, container: Container, *, tail: int | None = None, since: int | None = None
    ) -> list[LogLine]:
        """Return a container's output so far, oldest first; empty when it is gone."""
        from envctl.adapters.log_reader import read_logs

        return read_logs(self._http.address, container, tail=tail, since=since)

    @contextmanager
    def changes(self, project: str) -> Iterator[EventBell]:
        """Listen for changes of the playground's containers."""
        filters = of_project(project) | {"type": ["container"], "event": list(EVENTS)}
        with self._http.stream("/events", filters=filters) as events:
            bell = EventBell()
            thread = threading.Thread(target=bell.listen, args=(events,), daemon=True)
            thread.start()
            yield bell

    def host(self) -> str:
        """Return the name under which the engine's published ports are reached from here."""
        return reached_host(self._http.address)

    def _inspected(self, container_id: str, is_network: Callable[[str], bool]) -> Container | None:
        data = self._http.get_json(f"/containers/{container_id}/json", missing_ok=True)
        # without an answer, it went away after the list was made
        return _container(data, _joined(data, is_network)) if data else None

    def _is_network(self, place: str) -> bool:
        return self._http.get_json(f"/networks/{place}", missing_ok=True) is not None


def _joined(data: dict[str, Any], is_network: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the networks that a container is on; of one that does not run, those left."""
    joined = (data.get("NetworkSettings") or {}).get("Networks") or {}
    if data["State"]["Running"]:
        return tuple(sorted(joined))
    places = {name: (body or {}).get("NetworkID") or name for name, body in joined.items()}
    return tuple(name for name, place in sorted(places.items()) if is_network(place))


def of_project(name: str) -> dict[str, list[str]]:
    """Return the engine's filter for what belongs to a playground."""
    return {"label": [f"{PROJECT}={name}"]}


class EventBell:
    """Rings at each event of a stream."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def listen(self, events: Iterable[Any]) -> None:
        """Ring at each of `events`; a stream that breaks leaves the waiting to time out."""
        try:
            for _ in events:
                self._rung.set()
        except Exception:  # noqa: BLE001 - the stream was closed, by us or by the engine; reads will tell which
            return

    def wait(self, seconds: float) -> None:
        """Return at the next event, or after `seconds` without one."""
        self._rung.wait(seconds)
        self._rung.clear()


def _container(data: dict[str, Any], networks: tuple[str, ...]) -> Container:
    state, config = data["State"], data["Config"]
    labels, health = config.get("Labels") or {}, state.get("Health") or {}
    return Container(
        id=data["Id"],
        name=data["Name"].removeprefix("/"),
        service=labels.get(SERVICE, ""),
        state=state["Status"],
        health=_health(health, config),
        exit_code=state["ExitCode"],
        restart_count=data.get("RestartCount", 0),
        image=config.get("Image", ""),
        image_id=data["Image"],
        started_at=state.get("StartedAt", ""),
        error=state.get("Error", ""),
        oom_killed=bool(state.get("OOMKilled")),
        ports=_publications((data.get("NetworkSettings") or {}).get("Ports") or {}),
        probes=tuple(
            Probe(entry["ExitCode"], entry.get("Output", "")) for entry in health.get("Log") or []
        ),
        tty=bool(config.get("Tty")),
        mounts=(*_mounts(data.get("Mounts") or []), *_in_memory(data.get("HostConfig") or {})),
        networks=networks,
        oneoff=labels.get(ONEOFF, "False").lower() == "true",
        labels=tuple(sorted((k, v) for k, v in labels.items() if k.startswith(OURS))),
    )


def _mounts(rows: Iterable[Mapping[str, Any]]) -> tuple[Mount, ...]:
    return tuple(
        Mount(
            kind=row["Type"],
            source=row.get("Name") or row.get("Source", ""),
            writable=bool(row.get("RW")),
            anonymous=bool(_ANONYMOUS.fullmatch(row.get("Name", ""))),
            target=row.get("Destination", ""),
        )
        for row in rows
    )


def _in_memory(config: Mapping[str, Any]) -> tuple[Mount, ...]:
    """Return the mounts that the engine lists apart."""
    places = config.get("Tmpfs") or {}
    return tuple(Mount("tmpfs", "", writable=True, target=place) for place in sorted(places))


def _lies_elsewhere(volume: Mapping[str, Any]) -> bool:
    """Whether it only leads to a folder of the host, another machine or another driver's store."""
    options = volume.get("Options") or {}
    mounted = bool(options.get("device")) and options.get("type") != "tmpfs"
    return mounted or volume.get("Driver") != "local"


def _health(health: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return the word for a container's health; empty without a healthcheck.

    The engine says unhealthy of every container that was paused, until its next check: that is
    true only where enough checks have failed.
    """
    said = str(health.get("Status") or "none")
    if said == "unhealthy":
        retries = (config.get("Healthcheck") or {}).get("Retries") or _RETRIES
        if health.get("FailingStreak", 0) < retries:
            passed = any(entry["ExitCode"] == 0 for entry in health.get("Log") or [])
            return "healthy" if passed else "starting"
    return "" if said == "none" else said


def _is_part(labels: Mapping[str, str], project: str) -> bool:
    return labels.get(PROJECT) == project or HELPER in labels


def _guest(row: Mapping[str, Any], networks: Collection[str], volumes: Collection[str]) -> Guest:
    joined = (row.get("NetworkSettings") or {}).get("Networks") or {}
    return Guest(
        name=row["Names"][0].removeprefix("/") if row.get("Names") else row["Id"][:12],
        networks=tuple(sorted(set(joined) & set(networks))),
        volumes=tuple(sorted({m.get("Name", "") for m in row.get("Mounts") or []} & set(volumes))),
    )


def _publications(ports: Mapping[str, Any]) -> tuple[Publication, ...]:
    found = []
    for target, bindings in ports.items():
        number, _, protocol = target.partition("/")
        for binding in bindings or []:
            host_port = int(binding["HostPort"] or 0)
            found.append(
                Publication(int(number), host_port, protocol or "tcp", binding.get("HostIp", ""))
            )
    return tuple(sorted(found, key=lambda p: (p.container_port, p.host_port, p.host_ip)))
