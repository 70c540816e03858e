"""Playgrounds made straight through the engine's API: many of them, in little time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import new_name

PROJECT = "com.docker.compose.project"


@dataclass
class Populace:
    """What a test made; labelled as Compose labels it."""

    http: EngineHttp = field(default_factory=EngineHttp)
    containers: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)

    def add_container(
        self,
        playground: str,
        service: str,
        folder: str = "/nowhere",
        *,
        started: bool = True,
        **config: Any,
    ) -> str:
        """Make a container and start it; returns its ID."""
        labels = {
            PROJECT: playground,
            "com.docker.compose.service": service,
            "com.docker.compose.project.working_dir": folder,
            "com.docker.compose.oneoff": "False",
        }
        body = {
            "Image": "busybox:1.35",
            "Cmd": ["sleep", "3600"],
            "Labels": labels,
            "StopTimeout": 0,
            **config,
        }
        made = self.http.post("/containers/create", body, name=f"{playground}-{service}-1")
        self.containers.append(made["Id"])
        if started:
            self.http.post(f"/containers/{made['Id']}/start")
        return str(made["Id"])

    def add_volume(self, playground: str, name: str = "data") -> str:
        """Make a volume; returns its full name."""
        full = f"{playground}_{name}"
        self.http.post("/volumes/create", {"Name": full, "Labels": {PROJECT: playground}})
        self.volumes.append(full)
        return full

    def add_network(self, playground: str) -> str:
        """Make a network; returns its full name."""
        full = f"{playground}_default"
        self.http.post("/networks/create", {"Name": full, "Labels": {PROJECT: playground}})
        self.networks.append(full)
        return full

    def remove(self) -> None:
        """Remove what is left of it."""
        for container in self.containers:
            self.http.delete(f"/containers/{container}", force=True, v=True)
        for network in self.networks:
            self.http.delete(f"/networks/{network}")
        for volume in self.volumes:
            self.http.delete(f"/volumes/{volume}")

    def remains(self, playground: str) -> Mapping[str, int]:
        """Return how many containers, volumes and networks of `playground` there are."""
        filters = {"label": [f"{PROJECT}={playground}"]}
        return {
            "containers": len(self.http.get_json("/containers/json", all=True, filters=filters)),
            "volumes": len(self.http.get_json("/volumes", filters=filters)["Volumes"] or []),
            "networks": len(self.http.get_json("/networks", filters=filters)),
        }


@contextmanager
def populace() -> Iterator[Populace]:
    """Return an empty one; what is made of it is removed at the end."""
    made = Populace()
    try:
        yield made
    finally:
        made.remove()


def new_names(count: int) -> list[str]:
    """Return names for playgrounds, sorted as `list` sorts them."""
    return sorted(new_name() for _ in range(count))
