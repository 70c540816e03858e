"""A deployment as a file in the stage's store: it holds settings, and goes nowhere else."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from envctl.config.release.writing import compose_bytes
from envctl.config.stage.draw import definitions_of, parse_part
from envctl.config.stage.ports import own_ports
from envctl.domain.deployment import Deployment, Link, StageImage
from envctl.domain.edge import Backing, Mode, Route, Servers
from envctl.domain.stage_record import Deployed
from envctl.domain.volume import Volume
from envctl.errors import Failed

FOLDER = "deployments"
_FORMAT = 1


def document_path(name: str) -> str:
    """Return where in the store the deployment called `name` is."""
    return f"{FOLDER}/{name}.json"


def document_of(deployment: Deployment) -> bytes:
    """Return the file of a deployment."""
    said = {
        "format": _FORMAT,
        "deployed": asdict(deployment.deployed),
        "apps": json.loads(deployment.apps_file),
        "data": json.loads(deployment.data_file),
        "images": [asdict(image) for image in deployment.images],
        "links": [asdict(link) for link in deployment.links],
        "volumes": [asdict(volume) for volume in deployment.volumes],
        "routes": [asdict(route) for route in deployment.routes],
        "guessed": sorted(deployment.guessed),
        "servers": [asdict(s) for s in deployment.servers],
        "handover": sorted(deployment.handover),
        "hooked": sorted(deployment.hooked),
    }
    return json.dumps(said, sort_keys=True).encode()


def read_document(data: bytes, where: str) -> Deployment:
    """Return the deployment of a file; Failed where it is torn or another version's."""
    try:
        said = json.loads(data)
        if said["format"] != _FORMAT:
            raise ValueError(f"format {said['format']}")
        return _deployment(said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(
            f"{where} is no deployment that this version of envctl can read: {error}",
            hint="deploy a release anew; it is written again",
        ) from error


def _deployment(said: dict[str, Any]) -> Deployment:
    deployed = Deployed(**said["deployed"])
    routes = tuple(map(_route, said["routes"]))
    return Deployment(
        deployed=deployed,
        apps=parse_part(said["apps"]),
        data=parse_part(said["data"]),
        apps_file=compose_bytes(said["apps"]),
        data_file=compose_bytes(said["data"]),
        definitions=definitions_of(said["data"]),
        images=tuple(StageImage(**_tuples(image)) for image in said["images"]),
        links=tuple(Link(**_tuples(link)) for link in said["links"]),
        volumes=tuple(Volume(**volume) for volume in said["volumes"]),
        published=own_ports(said["data"]),
        routes=routes,
        guessed=frozenset(said["guessed"]),
        backing=Backing(deployed.name, tuple(Servers(**_tuples(s)) for s in said["servers"]))
        if routes
        else None,
        handover=frozenset(said["handover"]),
        hooked=frozenset(said["hooked"]),
    )


def _route(said: dict[str, Any]) -> Route:
    return Route(**{**_tuples(said), "mode": Mode(said["mode"])})


def _tuples(said: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
