"""Find out who has the host ports that a project publishes."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.machine.belongings import PROJECT, SERVICE, name_of
from envctl.domain.diagnosis.project_facts import Hold, PortFact

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
_LISTENING = {"tcp": "0A", "udp": "07"}


@dataclass(frozen=True)
class Wish:
    """A host port that a service publishes."""

    service: str
    target: int
    host_ip: str
    port: int
    protocol: str


def port_facts(
    model: dict[str, Any], rows: list[dict[str, Any]], own: str, *, local: bool, rootless: bool
) -> tuple[PortFact, ...]:
    """Return who has each fixed port; `rows` are the engine's containers.

    Programs are seen only where the engine's ports are this machine's own (`local`).
    """
    found = []
    for service, body in sorted((model.get("services") or {}).items()):
        for entry in body.get("ports") or []:
            facts = [
                _judged(wish, rows, own, local=local, rootless=rootless)
                for wish in _wishes(service, entry)
            ]
            if facts:
                free = next((f for f in facts if f.hold in (Hold.FREE, Hold.OWN)), facts[0])
                found.append(_shown(free, entry))
    return tuple(found)


def _wishes(service: str, entry: dict[str, Any]) -> Iterator[Wish]:
    first, _, last = str(entry.get("published") or "0").partition("-")
    for port in range(int(first), int(last or first) + 1):
        if port:
            ip, protocol = entry.get("host_ip", ""), entry.get("protocol", "tcp")
            yield Wish(service, int(entry["target"]), ip, port, protocol)


def _shown(fact: PortFact, entry: dict[str, Any]) -> PortFact:
    ip, protocol = entry.get("host_ip", ""), entry.get("protocol", "tcp")
    where = f"{ip}:{entry['published']}" if ip else str(entry["published"])
    where += "" if protocol == "tcp" else f"/{protocol}"
    return PortFact(fact.service, where, fact.hold, fact.holder, fact.playground)


def _judged(
    wish: Wish, rows: list[dict[str, Any]], own: str, *, local: bool, rootless: bool
) -> PortFact:
    fact = _in_a_container(wish, rows, own)
    if fact or not local:
        return fact or PortFact(wish.service, "", Hold.FREE)
    return PortFact(wish.service, "", *_on_the_host(wish, rootless=rootless))


def _in_a_container(wish: Wish, rows: list[dict[str, Any]], own: str) -> PortFact | None:
    taken = None
    for row in rows:
        labels = row.get("Labels") or {}
        mine = labels.get(PROJECT) == own
        for port in row.get("Ports") or []:
            same = port.get("PublicPort") == wish.port and port.get("Type") == wish.protocol
            # its own service may have been given another port, and be content with that
            served = mine and labels.get(SERVICE) == wish.service and _serves(port, wish)
            if served or (mine and same):
                return PortFact(wish.service, "", Hold.OWN)
            if same and _meet(port.get("IP", ""), wish.host_ip):
                taken = (f"container {name_of(row)}", labels.get(PROJECT, ""))
    return PortFact(wish.service, "", Hold.CONTAINER, *taken) if taken else None


def _serves(port: dict[str, Any], wish: Wish) -> bool:
    return bool(port.get("PublicPort")) and port.get("PrivatePort") == wish.target


def _meet(one: str, other: str) -> bool:
    return one == other or one in _ANYWHERE or other in _ANYWHERE


def _on_the_host(wish: Wish, *, rootless: bool) -> tuple[Hold, str]:
    family = socket.AF_INET6 if ":" in wish.host_ip else socket.AF_INET
    kind = socket.SOCK_DGRAM if wish.protocol == "udp" else socket.SOCK_STREAM
    with closing(socket.socket(family, kind)) as probe:
        if kind == socket.SOCK_STREAM:  # what has just been closed is no obstacle
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((wish.host_ip, wish.port))
        except OSError as error:
            return _refused(error, wish, rootless=rootless)
    return (Hold.PROCESS, _listener(wish)) if _inodes(wish) else (Hold.FREE, "")


def _refused(error: OSError, wish: Wish, *, rootless: bool) -> tuple[Hold, str]:
    if error.errno == errno.EADDRNOTAVAIL:
        return Hold.NO_ADDRESS, ""
    if error.errno == errno.EACCES and rootless:
        return Hold.PRIVILEGED, ""
    if error.errno == errno.EADDRINUSE or _inodes(wish):
        return Hold.PROCESS, _listener(wish)
    return Hold.FREE, ""


def _listener(wish: Wish) -> str:
    """Name the program that listens, as far as /proc shows other people's."""
    sought = {f"socket:[{inode}]" for inode in _inodes(wish)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError), os.scandir(process / "fd") as handles:
            for handle in handles:
                with suppress(OSError):
                    if os.readlink(handle.path) in sought:
                        command = (process / "comm").read_text().strip()
                        return f"{command} (process {process.name})"
    return ""


def _inodes(wish: Wish) -> set[str]:
    """The sockets that listen on the port, from the kernel's tables; empty without them."""
    found: set[str] = set()
    if wish.protocol not in _LISTENING:
        return found
    for table in (wish.protocol, f"{wish.protocol}6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                address, _, port = words[1].rpartition(":")
                listens = int(port, 16) == wish.port and words[3] == _LISTENING[wish.protocol]
                if listens and _meet(_dotted(address), wish.host_ip):
                    found.add(words[9])
    return found


def _dotted(address: str) -> str:
    """An address of the kernel's tables as people write it; one of IPv6 counts as any."""
    if len(address) != 8:
        return "" if int(address, 16) == 0 else socket.inet_ntop(socket.AF_INET6, _swapped(address))
    return socket.inet_ntoa(bytes.fromhex(address)[::-1])


def _swapped(address: str) -> bytes:
    return b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, 32, 8))
