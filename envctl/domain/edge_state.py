"""All that an edge serves, and what offers, switches and withdrawals make of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from envctl.domain.edge import EdgeStage
from envctl.errors import Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from envctl.domain.edge import Backing, Route
    from envctl.domain.edge_issuer import Issuer


class Colour(StrEnum):
    """The two places that a stage has for deployments: one serves, the other is for the next."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Colour:
        """The other one."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


@dataclass(frozen=True, order=True)
class Way:
    """What a route takes: a port, or a name or an address of the host at that port only."""

    port: int
    address: str = ""
    name: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.listener, self.name) if part)

    @property
    def listener(self) -> str:
        """What it shares with those that differ in their names only."""
        return f"{self.port}:{self.address}" if self.address else str(self.port)

    def excludes(self, other: Way) -> bool:
        """Whether only one of the two can be served."""
        if self.port != other.port or (
            self.address and other.address and self.address != other.address
        ):
            return False
        return not (self.name and other.name) or self.name == other.name


@dataclass(frozen=True)
class Offered:
    """A deployment with its ways in.

    `certificates` are digests of PEM files in the volume, `issuer` is who is asked for them
    instead.
    """

    backing: Backing
    routes: tuple[Route, ...]
    certificates: tuple[str, ...] = ()
    issuer: Issuer | None = None

    def certificates_of(self, route: Route) -> tuple[str, ...]:
        """Return what a way in is served with; none where it is served without TLS."""
        if not route.hosts:
            return ()
        if self.issuer is None:
            return self.certificates
        return tuple(self.issuer.certificate(name) for name in route.hosts)


@dataclass(frozen=True)
class Entry:
    """A stage: what is in its two places, and which of them is served; None for none yet."""

    stage: str
    active: Colour | None = None
    places: tuple[tuple[Colour, Offered], ...] = ()

    def at(self, colour: Colour | None) -> Offered | None:
        """Return what is in a place."""
        return next((offered for known, offered in self.places if known is colour), None)

    def colour_of(self, deployment: str) -> Colour | None:
        """Return the place of a deployment; None where it is not known."""
        for colour, offered in self.places:
            if offered.backing.deployment == deployment:
                return colour
        return None

    def certificates(self) -> tuple[str, ...]:
        """Return what the names of the served deployment are served with."""
        offered = self.at(self.active)
        if offered is None:
            return ()
        return tuple(sorted({one for r in offered.routes for one in offered.certificates_of(r)}))

    def ways(self) -> frozenset[Way]:
        """Return what it takes."""
        return frozenset(way for _, offered in self.places for way in ways_of(offered.routes))


@dataclass(frozen=True)
class EdgeState:
    """The whole truth of an edge.

    `sequence` rises with every change. `plain_port` is where names with certificates are asked for
    without TLS, to be sent on to their port with it.
    """

    sequence: int = 0
    entries: tuple[Entry, ...] = field(default=())
    plain_port: int = 80

    def entry(self, stage: str) -> Entry:
        """Return a stage, known or not."""
        return next((entry for entry in self.entries if entry.stage == stage), Entry(stage))

    def stages(self) -> tuple[EdgeStage, ...]:
        """Return the same in the words of those who deploy."""
        return tuple(_told(entry) for entry in self.entries)

    def offered(self, stage: str, offered: Offered) -> EdgeState:
        """Put a deployment beside the active one. Refused where its ways in are another's."""
        entry = self.entry(stage)
        colour = entry.colour_of(offered.backing.deployment)
        if colour is None or entry.active is None:
            colour = entry.active.other if entry.active else Colour.BLUE
        kept = tuple(p for p in entry.places if p[0] is entry.active and p[0] is not colour)
        places = tuple(sorted((*kept, (colour, offered)), key=lambda place: place[0]))
        self._require_ways(replace(entry, places=places))
        return self._with(replace(entry, places=places))

    def switched(self, stage: str, deployment: str) -> EdgeState:
        """Serve another deployment. Failed where it was not offered."""
        entry = self.entry(stage)
        colour = entry.colour_of(deployment)
        if colour is None:
            raise Failed(f"the edge does not know the deployment {deployment} of {stage}")
        return self._with(replace(entry, active=colour))

    def withdrawn(self, stage: str, deployment: str) -> EdgeState:
        """Forget a deployment; with the active one the stage goes."""
        entry = self.entry(stage)
        colour = entry.colour_of(deployment)
        if colour is None:
            return self
        kept = () if colour is entry.active else entry.places
        left = tuple(place for place in kept if place[0] is not colour)
        return self._with(replace(entry, places=left))

    def offers(self) -> tuple[Offered, ...]:
        """Return all that it knows."""
        return tuple(offered for entry in self.entries for _, offered in entry.places)

    def files(self) -> frozenset[str]:
        """Return the digests of all PEM files in use."""
        given = {digest for offered in self.offers() for digest in offered.certificates}
        trusted = {offered.issuer.authority for offered in self.offers() if offered.issuer}
        return frozenset(given | trusted - {""})

    def asked_for(self) -> dict[str, Issuer]:
        """Return the names that need certificates of an ACME server."""
        return {
            name: offered.issuer
            for offered in self.offers()
            for route in offered.routes
            for name in route.hosts
            if offered.issuer
        }

    def _with(self, entry: Entry) -> EdgeState:
        others = [known for known in self.entries if known.stage != entry.stage]
        entries = [*others, entry] if entry.places else others
        entries.sort(key=lambda known: known.stage)
        if tuple(entries) == self.entries:
            return self
        return replace(self, sequence=self.sequence + 1, entries=tuple(entries))

    def _require_ways(self, entry: Entry) -> None:
        for other in self.entries:
            if other.stage != entry.stage:
                require_free(entry.ways(), other.stage, other.ways())


def require_free(wanted: Iterable[Way], stage: str, taken: Collection[Way]) -> None:
    """Raise Refused where `stage`, another one, has one of `wanted`."""
    for way in sorted(wanted):
        if any(way.excludes(theirs) for theirs in taken):
            named = way in taken and way.name
            what = f"the name {way.name} at port" if named else "port"
            raise Refused(
                f"{what} {way.port} is already served for {stage}",
                hint="give one of the two stages another one: in its overlay, or its settings",
            )


def ways_of(routes: Iterable[Route]) -> Iterator[Way]:
    """Yield what routes take."""
    for route in routes:
        yield from (Way(route.port, route.address, name) for name in route.hosts or ("",))


def _told(entry: Entry) -> EdgeStage:
    active = entry.at(entry.active)
    shown = active or entry.places[0][1]
    beside = [offered for _, offered in entry.places if offered is not active]
    return EdgeStage(
        stage=entry.stage,
        routes=shown.routes,
        active=active.backing.deployment if active else "",
        backings=tuple(offered.backing for _, offered in entry.places),
        beside=beside[0].routes if beside else (),
    )
