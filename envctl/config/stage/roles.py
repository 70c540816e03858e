"""Which part of a stage each service belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.compose_model import own_settings, parse_model
from envctl.domain.service import Role
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection


def roles_of(model: dict[str, Any], built: Collection[str]) -> dict[str, Role]:
    """Return the role of each service; `built` are those whose images the project builds.

    What lives in the name space of a data service's container is replaced with it, so it is
    one, too.
    """
    found = {s.name: s for s in parse_model(model, lambda _: None).services}
    services = model.get("services") or {}
    roles = {
        name: Role.APP
        if service.role is Role.DATA and name in built and "role" not in own_settings(name, body)
        else service.role
        for (name, service), body in zip(found.items(), (services[n] for n in found), strict=True)
    }
    for name, service in found.items():
        if any(roles.get(other) is Role.DATA for other in service.shares):
            roles[name] = Role.DATA
    return roles


def handed_over(model: dict[str, Any], roles: dict[str, Role]) -> frozenset[str]:
    """Return the app services that cannot run beside their predecessors, or must not."""
    services = model.get("services") or {}
    return frozenset(
        name
        for name, role in roles.items()
        if role is Role.APP and _stands_alone(name, services[name])
    )


def _stands_alone(name: str, body: dict[str, Any]) -> bool:
    overlap = own_settings(name, body).get("overlap", True)
    if not isinstance(overlap, bool):
        raise ConfigurationError(
            f"services.{name}.x-envctl.overlap: {overlap!r} is not true or false"
        )
    datagrams = any(
        p.get("protocol") == "udp" and p.get("published") for p in body.get("ports") or []
    )
    return (
        not overlap or datagrams or body.get("network_mode") == "host" or bool(body.get("devices"))
    )
