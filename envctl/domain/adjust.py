"""The effective Compose model with what a playground has instead of what is written."""

from __future__ import annotations

import copy
import ipaddress
import re
from typing import TYPE_CHECKING, Any

from envctl.domain.claims import is_external, is_fixed, port_claim, port_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.claims import Model
    from envctl.domain.playground import Claim

# where people write fixed addresses as text
_TEXTS = ("command", "entrypoint", "environment", "extra_hosts", "dns", "healthcheck")
_JOINS = ("network_mode", "ipc", "pid")


def adjusted(model: Model, claims: Iterable[Claim]) -> Model:
    """Return `model` with every moved claim in its place; `model` itself when none applies."""
    moved = {(c.kind, c.place, c.wanted): c.given for c in claims if c.moved}
    if not moved:
        return model
    adjusting = _Adjusting(copy.deepcopy(model), moved)
    adjusting.all()
    return model if adjusting.model == model else adjusting.model


class _Adjusting:
    """One model that is being changed."""

    def __init__(self, model: Model, moved: dict[tuple[str, str, str], str]) -> None:
        self.model = model
        self._moved = moved
        self._addresses: dict[str, str] = {}

    def all(self) -> None:
        for key, body in (self.model.get("networks") or {}).items():
            self._network(key, body or {})
        for key, body in (self.model.get("volumes") or {}).items():
            self._name("volume", key, body or {})
        services = self.model.get("services") or {}
        for name, body in services.items():
            self._ports(name, body)
            self._container(name, body, services)
            self._image(name, body, services)
        if self._addresses:
            for body in services.values():
                self._rewrite(body)

    def _network(self, key: str, body: Model) -> None:
        if is_external(body):
            return
        self._name("network", key, body)
        for pool in (body.get("ipam") or {}).get("config") or []:
            wanted = str(pool.get("subnet") or "")
            if given := self._moved.get(("subnet", key, wanted)):
                self._pool(pool, wanted, given)
                self._members(key, wanted, given)

    def _name(self, kind: str, key: str, body: Model) -> None:
        if given := self._moved.get((kind, key, str(body.get("name") or ""))):
            body["name"] = given

    def _pool(self, pool: Model, wanted: str, given: str) -> None:
        pool["subnet"] = given
        for key in ("gateway", "ip_range"):
            if pool.get(key):
                pool[key] = self._shift(str(pool[key]), wanted, given)
        if others := pool.get("aux_addresses"):
            pool["aux_addresses"] = {
                k: self._shift(str(v), wanted, given) for k, v in others.items()
            }

    def _members(self, network: str, wanted: str, given: str) -> None:
        for body in (self.model.get("services") or {}).values():
            member = (body.get("networks") or {}).get(network)
            for key in ("ipv4_address", "ipv6_address"):
                if member and member.get(key):
                    member[key] = self._shift(str(member[key]), wanted, given)

    def _shift(self, text: str, wanted: str, given: str) -> str:
        """Return the address, or range, at the same place of the other subnet."""
        old, new = (ipaddress.ip_network(net, strict=False) for net in (wanted, given))
        address, slash, size = text.partition("/")
        place = ipaddress.ip_address(address)
        if place not in old:
            return text
        there = str(new[int(place) - int(old[0])])
        self._addresses[address] = there
        return f"{there}{slash}{size}"

    def _ports(self, service: str, body: Model) -> None:
        for port in body.get("ports") or []:
            if is_fixed(port):
                claim = port_claim(service, port)
                if given := self._moved.get(("port", claim.place, claim.wanted)):
                    port["published"] = str(port_parts(given)[1])

    def _container(self, service: str, body: Model, services: dict[str, Model]) -> None:
        wanted = str(body.get("container_name") or "")
        if ("container", service, wanted) not in self._moved:
            return
        del body["container_name"]
        joined: Model = body.get("networks") or {}
        for network, member in joined.items():
            aliases = (member or {}).get("aliases") or []
            joined[network] = {**(member or {}), "aliases": [*aliases, wanted]}
        for other in services.values():
            _follow(other, wanted, service)

    def _image(self, service: str, body: Model, services: dict[str, Model]) -> None:
        wanted = str(body.get("image") or "")
        if given := self._moved.get(("image", service, wanted)):
            for other in services.values():
                if other.get("image") == wanted:
                    other["image"] = given

    def _rewrite(self, body: Model) -> None:
        """Write fixed addresses anew where they stand as text, each as a whole."""
        pattern = re.compile("|".join(_whole(address) for address in self._addresses))
        for key in _TEXTS:
            if key in body:
                body[key] = _replaced(body[key], pattern, self._addresses)


def _follow(body: Model, container: str, service: str) -> None:
    """Join the service where the container was meant that had its name."""
    for key in _JOINS:
        if body.get(key) == f"container:{container}":
            body[key] = f"service:{service}"
    if sources := body.get("volumes_from"):
        body["volumes_from"] = [
            re.sub(rf"^container:{re.escape(container)}(?=:|$)", service, str(s)) for s in sources
        ]


def _whole(address: str) -> str:
    """A pattern for the address where it is no part of a longer one."""
    if ":" in address:
        return rf"(?<![\w:]){re.escape(address)}(?![\w:])"
    return rf"(?<![\d.]){re.escape(address)}(?!\d|\.\d)"


def _replaced(value: Any, pattern: re.Pattern[str], by: dict[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: by[found[0]], value)
    if isinstance(value, list):
        return [_replaced(item, pattern, by) for item in value]
    if isinstance(value, dict):
        return {key: _replaced(item, pattern, by) for key, item in value.items()}
    return value
