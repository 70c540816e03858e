"""What a seeded fault is, and the list of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import Playground


@dataclass(frozen=True)
class Call:
    """How `doctor` is to be called so that it meets the fault."""

    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()


Seed = Callable[[Playground], Iterator[Call | None]]


@dataclass(frozen=True)
class Fault:
    """A fault; `cure` is a regular expression, `also` are subjects that suffer with it."""

    name: str
    seed: Callable[[Playground], AbstractContextManager[Call | None]]
    subject: str
    level: str
    cure: str
    also: tuple[str, ...] = ()


FAULTS: list[Fault] = []


def fault(
    subject: str, level: str, cure: str, *, also: tuple[str, ...] = ()
) -> Callable[[Seed], Seed]:
    """Add a fault to the list; the function seeds it and, when it is resumed, takes it away."""

    def add(seed: Seed) -> Seed:
        name = seed.__name__.replace("_", " ")
        FAULTS.append(Fault(name, contextmanager(seed), subject, level, cure, also))
        return seed

    return add


def needs_root() -> None:
    """Skip where only root can seed the fault."""
    if os.geteuid() != 0:
        pytest.skip("only root can seed this")


def over(target: str, source: str) -> tuple[str, ...]:
    """Return what runs a command that sees `source` in the place of `target`."""
    needs_root()
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    return ("unshare", "-m", "sh", "-c", script, "sh", source, target)
