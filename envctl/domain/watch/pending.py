"""What has yet to be done with one container; later orders join earlier ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.watch.orders import NOTHING_AFTER, Order

if TYPE_CHECKING:
    from envctl.domain.watch.orders import Put, Removal


class Pending:
    """Orders for one container as one: each target once, as the last order has it."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._puts: dict[str, Put] = {}
        self._removals: dict[str, Removal] = {}
        self._after = NOTHING_AFTER

    def __bool__(self) -> bool:
        return bool(self._puts or self._removals or self._after)

    def add(self, order: Order) -> None:
        """Let `order` come after what is there."""
        for removal in order.removals:
            self._drop_puts(removal)
            former = self._removals.pop(removal.target, None)
            self._removals[removal.target] = _joined(former, removal) if former else removal
        for put in order.puts:
            self._puts.pop(put.target, None)
            self._puts[put.target] = put
        self._after |= order.after

    def add_before(self, order: Order) -> None:
        """Let `order`, which could not be carried out, come before what is there."""
        later = self.take()
        self.add(order)
        self.add(later)

    def copy(self) -> Order:
        """Return all as one order."""
        puts, removals = tuple(self._puts.values()), tuple(self._removals.values())
        return Order(self._service, puts, removals, self._after)

    def take(self) -> Order:
        """Return all as one order; nothing is left."""
        order = self.copy()
        self._puts, self._removals, self._after = {}, {}, NOTHING_AFTER
        return order

    def _drop_puts(self, removal: Removal) -> None:
        self._puts.pop(removal.target, None)
        if removal.folder:
            below = f"{removal.target}/"
            for target in [t for t in self._puts if t.startswith(below)]:
                del self._puts[target]


def _joined(first: Removal, then: Removal) -> Removal:
    """What either was known to be, and to have in it, goes."""
    inside = first.inside | then.inside
    return replace(then, folder=first.folder or then.folder, inside=inside)
