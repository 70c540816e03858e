"""What a project asks for that only one playground of an engine can have."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from envctl.domain.playground import Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Model = dict[str, Any]


def wants(model: Model, services: Collection[str]) -> tuple[Claim, ...]:
    """Return what `services`, and the networks and volumes of `model`, ask for, as it is written.

    Ports that the engine may choose are left out, and so is what is external.
    """
    chosen = {name: body for name, body in _services(model).items() if name in services}
    return (
        *_ports(chosen),
        *_containers(chosen),
        *_images(chosen),
        *_named(model, "network"),
        *_named(model, "volume"),
        *_subnets(model),
    )


def unmovable(model: Model, services: Collection[str]) -> tuple[str, ...]:
    """Return, as sentences, what `services` take of the host that no other one can have beside."""
    return tuple(
        f"{name} uses {what} of the host, which all playgrounds share"
        for name, body in sorted(_services(model).items())
        if name in services
        for what in _of_host(body)
    )


def port_text(host_ip: str, port: int | str, protocol: str) -> str:
    """Return a published port in the form that claims have: `[ip:]port/protocol`."""
    return f"{host_ip}{':' if host_ip else ''}{port}/{protocol}"


def port_parts(text: str) -> tuple[str, int, str]:
    """Return host address, port and protocol of a port in the form that claims have."""
    address, _, protocol = text.rpartition("/")
    host_ip, _, port = address.rpartition(":")
    return host_ip, int(port), protocol


def is_fixed(port: dict[str, Any]) -> bool:
    """Whether an entry of `ports` names one host port; ranges are the engine's to choose from."""
    published = str(port.get("published") or "")
    return published.isascii() and published.isdigit() and int(published) > 0


def port_claim(service: str, port: dict[str, Any]) -> Claim:
    """Return what an entry of `ports` asks for."""
    protocol = str(port.get("protocol") or "tcp")
    wanted = port_text(str(port.get("host_ip") or ""), str(port["published"]), protocol)
    return _as_written("port", f"{service} {port['target']}", wanted)


def own_name(model: Model, kind: str, key: str) -> str:
    """Return what Compose calls a network or volume that has no name of its own."""
    return f"{model['name']}_{key}"


def is_subnet(text: str) -> bool:
    """Whether it can be compared with others; what cannot, the engine will refuse."""
    try:
        return bool(ip_network(text, strict=False))
    except ValueError:
        return False


def is_external(body: dict[str, Any] | None) -> bool:
    """Whether Compose neither creates nor removes it."""
    return bool((body or {}).get("external"))


def _services(model: Model) -> dict[str, dict[str, Any]]:
    return {name: body or {} for name, body in (model.get("services") or {}).items()}


def _ports(services: dict[str, dict[str, Any]]) -> Iterator[Claim]:
    for name, body in services.items():
        for port in body.get("ports") or []:
            if is_fixed(port):
                yield port_claim(name, port)


def _containers(services: dict[str, dict[str, Any]]) -> Iterator[Claim]:
    for name, body in services.items():
        if wanted := body.get("container_name"):
            yield _as_written("container", name, str(wanted))


def _images(services: dict[str, dict[str, Any]]) -> Iterator[Claim]:
    seen = set()
    for name, body in services.items():
        image = body.get("image")
        if body.get("build") and image and "@" not in image and image not in seen:
            seen.add(image)
            yield _as_written("image", name, str(image))


def _named(model: Model, kind: str) -> Iterator[Claim]:
    for key, body in (model.get(f"{kind}s") or {}).items():
        name = str((body or {}).get("name") or "")
        if name and name != own_name(model, kind, key) and not is_external(body):
            yield _as_written(kind, key, name)


def _subnets(model: Model) -> Iterator[Claim]:
    for key, body in (model.get("networks") or {}).items():
        if is_external(body):
            continue
        for pool in ((body or {}).get("ipam") or {}).get("config") or []:
            if is_subnet(subnet := str(pool.get("subnet") or "")):
                yield _as_written("subnet", key, subnet)


def _of_host(body: dict[str, Any]) -> Iterator[str]:
    if body.get("network_mode") == "host":
        yield "the network"
    for device in body.get("devices") or []:
        source = device.get("source") if isinstance(device, dict) else device
        yield f"the device {source}"


def _as_written(kind: str, place: str, wanted: str) -> Claim:
    return Claim(kind, place, wanted, wanted)
