"""What happens to an environment goes to Python's logging, where tests show it when they fail."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from envctl.domain.readiness import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.plan import Step
    from envctl.domain.readiness import ServiceState

log = logging.getLogger("envctl.testing")


class LoggedReporter:
    """Logs steps and notes; what tools print only at the level of debugging."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def started(self, steps: Sequence[Step]) -> None:
        """Say that these steps begin."""
        for step in steps:
            log.info("%s", step)

    def finished(self, steps: Sequence[Step]) -> None:
        """Nothing: the end of a step shows in what follows."""

    def output(self, line: str) -> None:
        """Pass on a builder's line."""
        log.debug("%s", line)

    def states(self, states: Sequence[ServiceState]) -> None:
        """Say of a service that it has failed."""
        for state in states:
            if state.phase is Phase.FAILED:
                self.note(f"{state.service}: {state.detail}")

    def copied(self, step: Step, done: int, total: int) -> None:
        """Nothing: how much it was matters to nobody here."""

    def note(self, text: str) -> None:
        """Say something that the user should know, once."""
        if text not in self._said:
            self._said.add(text)
            log.info("%s", text)
