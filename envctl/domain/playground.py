"""A playground as this machine remembers it, and how it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.released import Released


@dataclass(frozen=True)
class Claim:
    """A thing of the engine's or host's that only one playground can have.

    `kind` is port, container, subnet, network or volume; `place` says who in the Compose file
    asks for it, `wanted` what is written there, `given` what it has here. A container without
    a name of its own has none given.
    """

    kind: str
    place: str
    wanted: str
    given: str

    @property
    def moved(self) -> bool:
        """Whether it is another than the Compose file says."""
        return self.given != self.wanted


@dataclass(frozen=True)
class Playground:
    """What is known of a playground without asking the engine.

    `folder` is the project's folder in its checkout, `project` the name that the project has in
    every checkout. `created` and `used` are seconds since the epoch. One that runs a release says
    which; its `folder` is then envctl's own.
    """

    name: str
    engine: str
    folder: str
    project: str
    created: float = 0.0
    used: float = 0.0
    claims: tuple[Claim, ...] = ()
    released: Released | None = None


@dataclass(frozen=True)
class Checkout:
    """Where a project lies: real paths. `worktree` is Git's name for it, empty in a main checkout.

    `root` is the folder of the checkout, `main` that of the main one; empty where there is none.
    """

    folder: str
    root: str = ""
    worktree: str = ""
    main: str = ""


class Owner(StrEnum):
    """Whose a name is, seen from one checkout."""

    NOBODY = "nobody"
    MINE = "mine"
    OTHER = "other"


OwnerOf = Callable[[str], Owner]


def choose_name(base: str, checkout: Checkout, registered: OwnerOf, seen: OwnerOf) -> str:
    """Return what the playground of `checkout` is called where nobody said it.

    `base` is the project's name. A name that is registered for this checkout is kept; `seen`,
    which may look further than `registered`, is asked for others until one is not taken.
    """
    names = candidates(base, checkout)
    for name in names:
        if registered(name) is Owner.MINE:
            return name
    return next((name for name in names if seen(name) is not Owner.OTHER), names[-1])


def candidates(base: str, checkout: Checkout) -> Sequence[str]:
    """Return the names that the playground may have, the best first."""
    plain = _with_worktree(base, checkout)
    digest = hashlib.sha256(checkout.folder.encode()).hexdigest()
    return (plain, f"{plain}-{digest[:4]}", f"{plain}-{digest[:12]}")


def _with_worktree(base: str, checkout: Checkout) -> str:
    """The main checkout has the plain name, so that Compose by itself finds the same one."""
    tail = as_name(checkout.worktree)
    if not checkout.worktree or _tells_apart(base, tail, checkout):
        return base
    if tail.startswith(f"{base}-"):
        return tail
    return f"{base}-{tail}" if tail else base


def _tells_apart(base: str, tail: str, checkout: Checkout) -> bool:
    """Whether Compose took the name from a folder that only this worktree has."""
    folder, main = (as_name(_last(path)) for path in (checkout.root, checkout.main))
    return checkout.folder == checkout.root and base == folder == tail != main


def as_name(text: str) -> str:
    """Return what Compose would make of `text` as a name; may be empty."""
    return re.sub(r"[^a-z0-9_-]", "", text.lower()).lstrip("_-")


def _last(path: str) -> str:
    return path.rpartition("/")[2]
