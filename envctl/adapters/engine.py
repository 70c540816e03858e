"""The engine, read through its API; nothing here changes anything on it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import docker
import docker.errors

from envctl.adapters.engine_connection import answering, connect, engine_address, reached_host
from envctl.adapters.log_lines import log_lines
from envctl.domain.observed import Container, Probe, Publication
from envctl.errors import CommandFailed
from envctl.ports import LogLine

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
ONEOFF = "com.docker.compose.oneoff"
# `exec_*` events would wake every listener at each healthcheck
EVENTS = ("create", "start", "die", "destroy", "health_status", "pause", "unpause", "oom", "rename")


class SdkEngineReader:
    """Reads containers, images, networks, volumes and logs of playgrounds."""

    def __init__(self, client: docker.APIClient | None = None, address: str = "") -> None:
        self._address = address or engine_address()
        self._client = client or connect()

    def containers(self, project: str) -> tuple[Container, ...]:
        """Return the containers of a playground, sorted by name, one-off ones included."""
        with answering(self._address):
            rows = self._client.containers(all=True, filters={"label": f"{PROJECT}={project}"})
            found = (self._inspected(row["Id"]) for row in rows)
            return tuple(sorted((c for c in found if c), key=lambda c: c.name))

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine."""
        ids = {}
        with answering(self._address):
            for name in dict.fromkeys(names):
                try:
                    ids[name] = str(self._client.inspect_image(name)["Id"])  # type: ignore[no-untyped-call]
                except docker.errors.NotFound:
                    continue
        return ids

    def networks(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's networks, sorted."""
        with answering(self._address):
            rows = self._client.networks(filters={"label": f"{PROJECT}={project}"})
        return tuple(sorted(row["Name"] for row in rows))

    def volumes(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's named volumes, sorted."""
        with answering(self._address):
            rows = self._client.volumes(filters={"label": f"{PROJECT}={project}"})
        return tuple(sorted(row["Name"] for row in rows.get("Volumes") or []))

    def logs(
        self, container: Container, *, tail: int | None = None, since: int | None = None
    ) -> list[LogLine]:
        """Return a container's output so far, oldest first; empty when it is gone."""
        wanted: Any = "all" if tail is None else tail
        try:
            with answering(self._address):
                chunks = self._client.logs(
                    container.id,
                    stream=True,
                    follow=False,
                    timestamps=True,
                    tail=wanted,
                    since=since,
                )
                return list(log_lines(container, chunks))
        except CommandFailed as error:
            if isinstance(error.__cause__, docker.errors.NotFound):
                return []
            raise

    @contextmanager
    def changes(self, project: str) -> Iterator[EventBell]:
        """Listen for changes of the playground's containers."""
        filters = {"label": f"{PROJECT}={project}", "type": "container", "event": list(EVENTS)}
        with answering(self._address):
            events = self._client.events(filters=filters, decode=True)
        bell = EventBell()
        thread = threading.Thread(target=bell.listen, args=(events,), daemon=True)
        thread.start()
        try:
            yield bell
        finally:
            events.close()
            thread.join(1.0)

    def host(self) -> str:
        """Return the name under which the engine's published ports are reached from here."""
        return reached_host(self._address)

    def _inspected(self, container_id: str) -> Container | None:
        try:
            return _container(self._client.inspect_container(container_id))
        except docker.errors.NotFound:
            return None  # it went away after the list was made


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


def _container(data: dict[str, Any]) -> Container:
    state, config = data["State"], data["Config"]
    labels, health = config.get("Labels") or {}, state.get("Health") or {}
    return Container(
        id=data["Id"],
        name=data["Name"].removeprefix("/"),
        service=labels.get(SERVICE, ""),
        state=state["Status"],
        health="" if health.get("Status") in (None, "none") else health["Status"],
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
        oneoff=labels.get(ONEOFF, "False").lower() == "true",
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
