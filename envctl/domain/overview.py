"""Say of each playground on an engine, in a row, how it is and whose."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.addresses import addresses
from envctl.domain.service import Service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from envctl.domain.observed import Container
    from envctl.domain.playground import Playground
    from envctl.domain.survey import Disk, Found

STOPPED = (0, 130, 137, 143)
"""Exit codes of what ended by itself, or because it was asked to."""
AWAKE = ("running", "restarting", "paused")


@dataclass(frozen=True)
class Row:
    """One playground.

    `project` is empty where envctl did not start it from here, `release` where it runs none;
    `checkout` is then the folder that it was started in. `gone` says that none of the folders is
    there any more. `created` is in seconds since the epoch, `disk` in bytes; None is not known.
    """

    name: str
    project: str
    checkout: str
    gone: bool
    created: float | None
    state: str
    addresses: tuple[str, ...]
    disk: int | None
    release: str = ""
    origin: str = ""


def overview(
    found: Iterable[Found],
    known: Mapping[str, Playground],
    missing: Collection[str],
    disk: Disk | None,
    host: str = "localhost",
) -> tuple[Row, ...]:
    """Return a row for each playground.

    `known` is what this machine remembers, by name; `missing` are the folders that do not exist,
    `host` is the name under which the engine's ports are reached from here.
    """
    return tuple(_row(one, known.get(one.name), missing, disk, host) for one in found)


def folders(found: Found, own: Playground | None) -> tuple[str, ...]:
    """Return where the playground was started, the one that this machine remembers first."""
    first = [own.folder] if own and own.folder else []
    return tuple(dict.fromkeys([*first, *found.folders]))


def is_gone(found: Found, own: Playground | None, missing: Collection[str]) -> bool:
    """Whether no folder that the playground was started in is left."""
    started_in = folders(found, own)
    return bool(started_in) and all(folder in missing for folder in started_in)


def is_near(folder: str, own: Playground) -> bool:
    """Whether `folder` is the one that the playground is known by, or one lies in the other."""
    one, other = f"{folder}/", f"{own.folder}/"
    return one.startswith(other) or other.startswith(one)


def state(found: Found) -> str:
    """Return how a playground is, in a few words: `4 running, db unhealthy, 1 exited (0)`."""
    containers = [c for c in found.containers if not c.oneoff or c.state in AWAKE]
    if not containers:
        return _remains(found)
    if all(c.state == "exited" for c in containers):
        return ", ".join(["stopped", *_counts(c for c in containers if c.exit_code not in STOPPED)])
    named = [f"{', '.join(names)} {word}" for word, names in _ailing(containers).items()]
    return ", ".join([*_counts(c for c in containers if not _ails(c)), *named])


def _row(
    found: Found,
    own: Playground | None,
    missing: Collection[str],
    disk: Disk | None,
    host: str,
) -> Row:
    released = own.released if own else None
    started = released.started_in[-1:] if released else ()
    return Row(
        name=found.name,
        project=own.project if own else "",
        checkout=_checkout(started or folders(found, own), missing),
        gone=is_gone(found, own, missing),
        created=found.created or None,
        state=state(found),
        addresses=_addresses(found, host),
        disk=found.taken(disk) if disk else None,
        release=str(released) if released else "",
        origin=released.origin if released else "",
    )


def _checkout(started_in: Iterable[str], missing: Collection[str]) -> str:
    """One that is there rather than one that was."""
    return min(started_in, key=lambda folder: folder in missing, default="")


def _addresses(found: Found, host: str) -> tuple[str, ...]:
    services = sorted({c.service for c in found.containers})
    each = (
        addresses(Service(name, ""), [c for c in found.containers if c.service == name], host)
        for name in services
    )
    return tuple(dict.fromkeys(address for some in each for address in some))


def _remains(found: Found) -> str:
    if found.containers:
        return "stopped"
    return "data only" if found.volumes else "network only"


def _ails(container: Container) -> bool:
    return container.state == "running" and container.health in ("unhealthy", "starting")


def _ailing(containers: Iterable[Container]) -> dict[str, list[str]]:
    """Return the names of services that run and are not well, by what is the matter."""
    found: dict[str, list[str]] = {}
    for container in filter(_ails, containers):
        names = found.setdefault(container.health, [])
        if container.service not in names:
            names.append(container.service)
    return dict(sorted(found.items(), reverse=True))


def _counts(containers: Iterable[Container]) -> list[str]:
    """Return how many there are of each state, those that run first."""
    counts = Counter(_word(c) for c in containers)
    ordered = sorted(counts, key=lambda word: (word != "running", word))
    return [f"{counts[word]} {word}" for word in ordered]


def _word(container: Container) -> str:
    if container.state == "exited":
        return f"exited ({container.exit_code})"
    return container.state
