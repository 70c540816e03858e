"""`check`: try a stage out with a command of the user's, and keep the result as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.redaction import redact
from envctl.domain.stage_record import Event, Kind
from envctl.domain.stage_urls import url_variables
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.domain.stage_record import Deployed
    from envctl.ports.ledger import Ledger
    from envctl.ports.target import HeldLock

_LONGEST = 500


@dataclass(frozen=True)
class Checker:
    """Checks one stage.

    `urls` says where services of the stage answer, `call` runs a command here with more variables
    in its environment and returns its exit code.
    """

    stage: str
    ledger: Ledger
    urls: Callable[[], Mapping[str, str]]
    call: Callable[[Sequence[str], Mapping[str, str]], int]

    def begin(self) -> Deployed:
        """Return the deployment that is checked; Refused when there is none, or it changes."""
        state = self.ledger.state(self.stage)
        if state.opened:
            raise Refused(
                f"{self.stage} is being changed: {state.opened.kind} {state.opened.version}",
                hint=f"envctl deploy {self.stage} finishes or undoes it, when nobody else does",
            )
        if state.running is None:
            raise Refused(
                f"{self.stage} runs nothing yet", hint=f"envctl deploy {self.stage} comes first"
            )
        return state.running

    def run(self, running: Deployed, command: Sequence[str]) -> bool:
        """Run the command; returns whether it passed."""
        said = {
            "ENVCTL_STAGE": self.stage,
            "ENVCTL_RELEASE": running.version,
            **url_variables(self.urls()),
        }
        return self.call(command, said) == 0

    def record(
        self, running: Deployed, command: Sequence[str], held: HeldLock, *, passed: bool
    ) -> None:
        """Keep the result, under the lock; Refused where something else runs by now."""
        now = self.ledger.state(self.stage).running
        if now is None or now.name != running.name:
            other = now.version if now else "nothing"
            raise Refused(
                f"{self.stage} ran {running.version} when the check began, and runs {other} now: "
                "the check proves nothing",
                hint=f"check it again: envctl check {self.stage} -- COMMAND",
            )
        held.check()
        event = Event(
            Kind.CHECKED,
            running.release,
            running.version,
            command=shown(command),
            passed=passed,
            outcome="passed" if passed else "failed",
        )
        self.ledger.append(self.stage, event)


def shown(command: Sequence[str]) -> str:
    """Return a command as records have it: without what looks like a secret."""
    return " ".join(redact(list(command)))[:_LONGEST]
