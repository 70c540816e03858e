"""What a rehearsal needs from outside: somebody who keeps asking, as users would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from envctl.domain.rehearsal import Asked, Way


class Probe(Protocol):
    """Asks all the time, at a steady rate, until it is closed."""

    def rest(self, requests: int) -> None:
        """Return when every way in was asked so often again, or takes far too long to answer."""

    def asked(self) -> Sequence[Asked]:
        """Return every request that has come to an end."""


class Prober(Protocol):
    """Begins to ask."""

    def probing(self, ways: Sequence[Way]) -> AbstractContextManager[Probe]:
        """Ask at `ways` for as long as the block lasts; afterwards every request has its end."""
