"""On which networks of a deployment the stage's data services are found, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.domain.deployment import Link
from envctl.domain.service import Role

if TYPE_CHECKING:
    from collections.abc import Mapping


def links_of(model: dict[str, Any], roles: Mapping[str, Role], deployment: str) -> tuple[Link, ...]:
    """Return a link for each data service and each network that it shares with others."""
    services = model.get("services") or {}
    shared = {
        network
        for name, body in services.items()
        if roles[name] is not Role.DATA
        for network in body.get("networks") or {}
        if not ((model.get("networks") or {}).get(network) or {}).get("external")
    }
    return tuple(
        Link(f"{deployment}_{network}", name, _aliases(name, member, services))
        for name, body in sorted(services.items())
        if roles[name] is Role.DATA
        for network, member in sorted((body.get("networks") or {}).items())
        if network in shared
    )


def _aliases(name: str, member: Any, services: Mapping[str, Any]) -> tuple[str, ...]:
    said = [str(alias) for alias in (member or {}).get("aliases") or []]
    linked = [
        str(link).partition(":")[2]
        for body in services.values()
        for link in body.get("links") or []
        if str(link).partition(":")[0] == name and ":" in str(link)
    ]
    return tuple(dict.fromkeys([name, *said, *linked]))
