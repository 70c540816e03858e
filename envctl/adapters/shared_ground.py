"""What the playgrounds of one engine share, and who has it: the engine, the registry, this host."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from errno import EADDRINUSE
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.checkout import find_checkout
from envctl.domain.claims import port_parts, port_text
from envctl.domain.moves import Ground, Taken, overlap
from envctl.domain.playground import Playground

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.registry import WritableFileRegistry
    from envctl.domain.playground import Checkout, Claim

PROJECT = "com.docker.compose.project"
_WORKING_DIR = "com.docker.compose.project.working_dir"
_ROUTES = Path("/proc/net/route")
# these are a project's own affair; copies of it are not meant to have them in common
_OF_COPIES = ("image", "network", "volume")


class SharedGround:
    """The ground of one playground, which stands `aside` where it is to be in nobody's way."""

    def __init__(
        self,
        registry: WritableFileRegistry,
        http: EngineHttp,
        name: str,
        base: str,
        here: Checkout,
        *,
        aside: bool = False,
    ) -> None:
        self._registry, self._http, self._aside = registry, http, aside
        self._name, self._base, self._here = name, base, here

    def remembered(self) -> tuple[Claim, ...]:
        """Return what the playground was given before."""
        known = self._registry.find(self._name)
        return known.claims if known else ()

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Let nobody else decide meanwhile; without a state folder, take the chance."""
        with ExitStack() as held:
            with suppress(OSError):
                held.enter_context(self._registry.claiming())
            yield

    def remember(self, claims: tuple[Claim, ...]) -> None:
        """Keep what was decided."""
        # a `down --volumes` that had its turn before may have forgotten the playground
        known = self._registry.find(self._name) or Playground(
            self._name, self._registry.engine, self._here.folder, self._base
        )
        with suppress(OSError):
            self._registry.enter(replace(known, claims=claims))

    def look(self, kinds: Collection[str]) -> Ground:
        """Return what others have, of these kinds."""
        view = _View(self._http, self._registry, self._name, self._base, self._here)
        taken = list(view.of_containers())
        if not {"network", "subnet"}.isdisjoint(kinds):
            taken += view.of_networks()
        if "volume" in kinds:
            taken += view.of_volumes()
        taken += view.of_claims()
        return Ground(tuple(taken), view.listens, _routes(), view.companions(), self._aside)


class _View:
    """One look, at one moment."""

    def __init__(
        self,
        http: EngineHttp,
        registry: WritableFileRegistry,
        name: str,
        base: str,
        here: Checkout,
    ) -> None:
        self._http, self._registry = http, registry
        self._name, self._base, self._here = name, base, here
        self._rows: list[dict[str, Any]] = http.get_json("/containers/json", all=True)

    @cached_property
    def _others(self) -> list[Playground]:
        return [p for p in self._registry.all() if p.name != self._name]

    @cached_property
    def _present(self) -> set[str]:
        return {_label(row) for row in self._rows} - {""}

    def companions(self) -> tuple[str, ...]:
        """Return the other playgrounds of this project that have containers."""
        return tuple(sorted(p for p in self._present if p != self._name and self._is_copy(p)))

    def of_containers(self) -> Iterator[Taken]:
        for row in self._rows:
            if (project := _label(row)) == self._name:
                continue
            name = str((row.get("Names") or [""])[0]).removeprefix("/")
            owner = f"playground {project}" if project else f"container {name}"
            yield Taken("container", name, owner)
            for port in _published(row):
                yield Taken("port", port, owner)
            if project and self._is_copy(project):
                yield Taken("image", str(row.get("Image")), owner)

    def of_networks(self) -> Iterator[Taken]:
        for row in self._http.get_json("/networks"):
            name, project = str(row["Name"]), (row.get("Labels") or {}).get(PROJECT, "")
            if project == self._name:
                continue
            if project and self._is_copy(project):
                yield Taken("network", name, f"playground {project}")
            for pool in (row.get("IPAM") or {}).get("Config") or []:
                if subnet := pool.get("Subnet"):
                    yield Taken("subnet", str(subnet), f"network {name}")

    def of_volumes(self) -> Iterator[Taken]:
        rows = self._http.get_json("/volumes", filters={"label": [PROJECT]}).get("Volumes") or []
        for row in rows:
            project = (row.get("Labels") or {}).get(PROJECT, "")
            if project != self._name and self._is_copy(project):
                yield Taken("volume", str(row["Name"]), f"playground {project}")

    def of_claims(self) -> Iterator[Taken]:
        """What moved stays where it is; what did not is claimed only while its owner is there."""
        for other in self._others:
            there = other.name in self._present or self._registry.is_busy(other.name)
            if not there and not Path(other.folder).is_dir():
                continue
            for claim in other.claims:
                shared = claim.kind not in _OF_COPIES or self._is_copy(other.name)
                if claim.given and shared and (there or claim.moved):
                    yield Taken(claim.kind, claim.given, f"playground {other.name}")

    def listens(self, port: str) -> bool:
        """Whether a program on this host, not a container of this playground, holds the port."""
        if not self._http.address.startswith("unix://"):
            return False
        own = (p for row in self._rows if _label(row) == self._name for p in _published(row))
        return not any(overlap("port", held, port) for held in own) and is_bound(port)

    def _is_copy(self, name: str) -> bool:
        """Whether the playground is one of the same project."""
        known = next((p for p in self._others if p.name == name), None)
        if known and (known.project == self._base or self._is_sibling(known.folder)):
            return True
        if known:
            return False
        folders = {row["Labels"].get(_WORKING_DIR, "") for row in self._rows if _label(row) == name}
        by_name = name == self._base or name.startswith(f"{self._base}-")
        return by_name or any(map(self._is_sibling, folders - {""}))

    def _is_sibling(self, folder: str) -> bool:
        """Whether `folder` is this project's in another checkout of the same repository."""
        there = find_checkout(Path(folder))
        if there.folder == self._here.folder:
            return True
        mine, other = ((c.main or c.root) for c in (self._here, there))
        return bool(mine) and mine == other and _inside(there) == _inside(self._here)


def is_bound(port: str) -> bool:
    """Whether nothing can bind the port on this host since something else has it.

    What cannot be found out, an address of another host or a port of the system's, counts as not.
    """
    host_ip, number, protocol = port_parts(port)
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}.get(protocol)
    hosts = [host_ip] if host_ip else ["0.0.0.0", "::"]  # noqa: S104 - as the engine binds it
    return kind is not None and any(_refuses(kind, host, number) for host in hosts)


def _refuses(kind: socket.SocketKind, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno == EADDRINUSE
    return False


def _routes() -> tuple[str, ...]:
    """Return the subnets that this host has routes to, where the kernel tells."""
    try:
        lines = _ROUTES.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(_route(line.split()) for line in lines if int(line.split()[7], 16))


def _route(words: list[str]) -> str:
    address = socket.inet_ntoa(int(words[1], 16).to_bytes(4, "little"))
    return f"{address}/{int(words[7], 16).bit_count()}"


def _label(row: dict[str, Any]) -> str:
    return str((row.get("Labels") or {}).get(PROJECT, ""))


def _published(row: dict[str, Any]) -> Iterable[str]:
    for port in row.get("Ports") or []:
        if port.get("PublicPort"):
            yield port_text(str(port.get("IP") or ""), port["PublicPort"], port["Type"])


def _inside(checkout: Checkout) -> str:
    return checkout.folder.removeprefix(checkout.root)
