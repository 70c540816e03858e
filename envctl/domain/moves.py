"""Decide what a playground gets instead of what others have; calls nothing but what it is given."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from envctl.domain.claims import port_parts, port_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from envctl.domain.playground import Claim

# below what the kernel hands out by itself, above what people choose by hand
PORTS = range(20000, 30000)
_TRIES = 1000
_ANY = {"": {"4", "6"}, "0.0.0.0": {"4"}, "::": {"6"}}  # noqa: S104 - compared, not bound
_POOLS = {4: ipaddress.ip_network("10.128.0.0/9"), 6: ipaddress.ip_network("fd65:6e76::/32")}


@dataclass(frozen=True)
class Taken:
    """Something that is not to be had, and by whom: "playground shop", "container db"."""

    kind: str
    what: str
    owner: str


@dataclass(frozen=True)
class Ground:
    """What a playground shares with others, as far as they have it.

    `listens` says whether a program on this host holds a port; `routes` are subnets that a new
    one should keep clear of. `companions` are other playgrounds of the same project that are up.
    `aside` leaves even what is free to them, as it is written.
    """

    taken: tuple[Taken, ...] = ()
    listens: Callable[[str], bool] = field(default=lambda port: False)
    routes: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    aside: bool = False

    def owner(self, kind: str, what: str) -> str:
        """Return who has it; empty when it is free."""
        for taken in self.taken:
            if what and taken.kind == kind and overlap(kind, taken.what, what):
                return taken.owner
        return "another program" if kind == "port" and self.listens(what) else ""


@dataclass(frozen=True)
class Settled:
    """What a playground has, and what is to be said about it."""

    claims: tuple[Claim, ...]
    notes: tuple[str, ...] = ()


def settle(
    playground: str, wanted: Sequence[Claim], remembered: Iterable[Claim], ground: Ground
) -> Settled:
    """Return what `playground` gets for each of `wanted`.

    What it had before it has again, what is free it gets as written, and the rest moves. What
    moved once is remembered even while nothing asks for it.
    """
    known = {_key(c): c for c in remembered}
    settled: list[Claim] = []
    notes: list[str] = []
    for want in wanted:
        claim = known.pop(_key(want), want)
        owner = ground.owner(claim.kind, claim.given)
        if owner or (ground.aside and not claim.moved):
            given = _elsewhere(playground, want, ground, [*settled, *wanted, *known.values()])
            claim = replace(want, given=given)
        if owner:
            notes.append(_note(claim, owner))
        settled.append(claim)
    return Settled((*settled, *(c for c in known.values() if c.moved)), tuple(notes))


def overlap(kind: str, one: str, other: str) -> bool:
    """Whether two playgrounds cannot have `one` and `other` at once."""
    if kind == "port":
        return _ports_overlap(port_parts(one), port_parts(other))
    if kind == "subnet":
        first, second = _network(one), _network(other)
        return first.version == second.version and first.overlaps(second)
    return one == other


def standing(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return what is to be said about ports that moved before."""
    return tuple(
        f"port {port_parts(c.wanted)[1]} of {_service(c)} is {port_parts(c.given)[1]} here"
        for c in claims
        if c.kind == "port" and c.moved
    )


def _key(claim: Claim) -> tuple[str, str, str]:
    return claim.kind, claim.place, claim.wanted


def _ports_overlap(one: tuple[str, int, str], other: tuple[str, int, str]) -> bool:
    if one[1:] != other[1:]:
        return False
    if one[0] in _ANY or other[0] in _ANY:
        return bool(_families(one[0]) & _families(other[0]))
    return one[0] == other[0]


def _families(host_ip: str) -> set[str]:
    return _ANY.get(host_ip) or ({"6"} if ":" in host_ip else {"4"})


def _elsewhere(playground: str, want: Claim, ground: Ground, own: Sequence[Claim]) -> str:
    match want.kind:
        case "port":
            return _other_port(playground, want, ground, own)
        case "subnet":
            return _other_subnet(playground, want, ground, own)
        case "image":
            return _other_tag(playground, want.wanted)
        case "container":
            return ""
    return f"{playground}_{want.place}"


def _other_port(playground: str, want: Claim, ground: Ground, own: Sequence[Claim]) -> str:
    """The first free port from one on that stays the same: it comes of who asks for what."""
    host_ip, port, protocol = port_parts(want.wanted)
    start = _number(playground, want.place, str(port))
    for step in range(_TRIES):
        text = port_text(host_ip, PORTS[(start + step) % len(PORTS)], protocol)
        if not _has("port", text, own) and not ground.owner("port", text):
            return text
    return want.wanted


def _other_subnet(playground: str, want: Claim, ground: Ground, own: Sequence[Claim]) -> str:
    """A free one of the same size; the wanted one when there is none, as for half of all."""
    wanted = _network(want.wanted)
    pool = _POOLS[wanted.version]
    if wanted.prefixlen <= pool.prefixlen:
        return want.wanted
    count = 2 ** (wanted.prefixlen - pool.prefixlen)
    start = _number(playground, want.place, want.wanted)
    for step in range(min(count, _TRIES)):
        first = pool[((start + step) % count) * wanted.num_addresses]
        text = f"{first}/{wanted.prefixlen}"
        clear = not any(overlap("subnet", route, text) for route in ground.routes)
        if clear and not _has("subnet", text, own) and not ground.owner("subnet", text):
            return text
    return want.wanted


def _other_tag(playground: str, image: str) -> str:
    """The same repository, so that what was built once is found by every playground."""
    head, slash, last = image.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}:{tag or 'latest'}-{playground}"[:250]


def _has(kind: str, text: str, claims: Iterable[Claim]) -> bool:
    mine = [given for c in claims if c.kind == kind for given in (c.given, c.wanted)]
    return any(overlap(kind, given, text) for given in mine)


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:4])


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _service(claim: Claim) -> str:
    return claim.place.partition(" ")[0]


def _note(claim: Claim, owner: str) -> str:
    place, wanted, given = claim.place, claim.wanted, claim.given
    if not claim.moved:
        return f"{claim.kind} {wanted} of {place} is taken by {owner}, and nothing else fits"
    match claim.kind:
        case "port":
            service = _service(claim)
            there, here = (port_parts(text)[1] for text in (wanted, given))
            return f"port {there} of {service} is taken by {owner}: it answers on {here} here"
        case "container":
            return f"container name {wanted} is taken by {owner}: only networks know {place} by it"
        case "subnet":
            return f"subnet {wanted} of {place} is taken by {owner}: {place} is {given} here"
        case "image":
            return f"image {wanted} is that of {owner}: {place} is built as {given} here"
    return f"{claim.kind} {wanted} is that of {owner}: {place} is {given} here"
