"""What an edge serves, as the JSON document that its volume keeps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from envctl.domain.edge import Backing, Mode, Route, Servers
from envctl.domain.edge_issuer import Issuer
from envctl.domain.edge_state import Colour, EdgeState, Entry, Offered


def written(state: EdgeState) -> str:
    """Return the document."""
    return json.dumps(asdict(state), indent=1) + "\n"


def read(text: str) -> EdgeState:
    """Return what a document says; ValueError, KeyError or TypeError where it is none."""
    said = json.loads(text)
    return EdgeState(
        sequence=int(said["sequence"]),
        entries=tuple(_entry(row) for row in said["entries"]),
        plain_port=int(said["plain_port"]),
    )


def _entry(row: dict[str, Any]) -> Entry:
    active = Colour(row["active"]) if row["active"] else None
    places = tuple((Colour(colour), _offered(place)) for colour, place in row["places"])
    return Entry(row["stage"], active, places)


def _offered(row: dict[str, Any]) -> Offered:
    servers = tuple(
        Servers(one["service"], int(one["container_port"]), tuple(one["ports"]))
        for one in row["backing"]["servers"]
    )
    return Offered(
        backing=Backing(row["backing"]["deployment"], servers),
        routes=tuple(_route(one) for one in row["routes"]),
        certificates=tuple(row["certificates"]),
        issuer=Issuer(**row["issuer"]) if row.get("issuer") else None,
    )


def _route(row: dict[str, Any]) -> Route:
    return Route(
        int(row["port"]),
        row["service"],
        int(row["container_port"]),
        Mode(row["mode"]),
        tuple(row["hosts"]),
        row["address"],
    )
