"""Make of a stage's model one that shares nothing with anybody, for a copy of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from envctl.config.stage.ports import backed
from envctl.domain.deployment import PROJECT, STAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.deployment import StageNames

Model = dict[str, Any]
ChoosePort = Callable[[int], int]
"""Gives a port of the host for one that the stage has: the same one each time."""
_OF_NETWORKS = ("internal", "attachable", "enable_ipv4", "enable_ipv6")
_FIXED = ("ipv4_address", "ipv6_address", "mac_address", "link_local_ips")


def isolated(
    model: Model,
    names: StageNames,
    hosts: Iterable[tuple[str, str]],
    choose: ChoosePort,
    address: str,
) -> Model:
    """Return `model` with volumes and networks of its own, labelled as such, and other ports.

    A volume that lies elsewhere, a share of another machine or one that was made by hand, is a
    new one here: what is in it is not touched. What is asked for by a name of `hosts` answers at a
    port, too. Ports are those of `address`; empty for all.
    """
    services = {n: dict(b) for n, b in (model.get("services") or {}).items()}
    for host, where in sorted(hosts):
        name, target = backed(host, where, services)
        _publish(services[name], target)
    for name, body in services.items():
        services[name] = _service(body, choose, address)
    changed: Model = {"services": services}
    for kind, own in (("volumes", _volume), ("networks", _network)):
        if found := model.get(kind):
            changed[kind] = {n: own(body or {}, n, names) for n, body in found.items()}
    return {**model, **changed}


def _publish(body: Model, target: int) -> None:
    """Give a service a port, asked for over HTTP, unless it has one that leads there."""
    ports = body.get("ports") or []
    if any(int(port["target"]) == target and port.get("published") for port in ports):
        return
    said = {"target": target, "published": str(target), "protocol": "tcp", "app_protocol": "http"}
    body["ports"] = [*ports, {"mode": "ingress", **said}]


def _service(body: Model, choose: ChoosePort, address: str) -> Model:
    changed: Model = {}
    if ports := body.get("ports"):
        changed["ports"] = [_port(port, choose, address) for port in ports]
    if networks := body.get("networks"):
        changed["networks"] = {name: _member(one) for name, one in networks.items()}
    return {**body, **changed}


def _port(port: Model, choose: ChoosePort, address: str) -> Model:
    if not port.get("published"):
        return port
    first = int(str(port["published"]).partition("-")[0])
    kept = {k: v for k, v in port.items() if k != "host_ip"}
    return {**kept, "published": str(choose(first)), **({"host_ip": address} if address else {})}


def _member(member: Model | None) -> Model | None:
    return {k: v for k, v in (member or {}).items() if k not in _FIXED} or None


def _volume(body: Model, key: str, names: StageNames) -> Model:
    return _named(body, key, names)


def _network(body: Model, key: str, names: StageNames) -> Model:
    kept = {k: body[k] for k in _OF_NETWORKS if body.get(k) is not None}
    return {**kept, **_named(body, key, names)}


def _named(body: Model, key: str, names: StageNames) -> Model:
    labels = {**(body.get("labels") or {}), PROJECT: names.project, STAGE: names.stage}
    return {"name": f"{names.key}_{key}", "labels": labels}
