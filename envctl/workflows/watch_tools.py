"""What the workers of a watch share, and what couriers are handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.observed import Container
    from envctl.domain.watch.orders import Order
    from envctl.ports.watch import ContainerFiles, DiskReader, Marks, WatchClock, WatchReporter


@dataclass(frozen=True)
class Tools:
    """What couriers share; each has a connection of its own, made by `connect`."""

    connect: Callable[[], ContainerFiles]
    disk: DiskReader
    marks: Marks
    reporter: WatchReporter
    clock: WatchClock
    restarted: Callable[[str], None]
    doubted: Callable[[Container], None]


@dataclass(frozen=True)
class Do:
    """Carry `order` out; `since` is when its first file was saved."""

    order: Order
    since: float


@dataclass(frozen=True)
class Match:
    """Carry out that of `order` in which the container differs from the disk."""

    order: Order
    since: float
