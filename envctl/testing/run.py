"""What a run of tests does with its environment: new data between tests, logs of failures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from envctl.testing.environment import Environment

FRESH = "fresh"
"""The snapshot of an environment that no test has used yet."""
NEVER, MODULE, TEST = RESETS = ("never", "module", "test")
LINES = 200
"""How many of the last lines a failing test shows."""


class Run:
    """One process that runs tests, one environment at a time.

    `kept` says of each environment that stays how to look at it.
    """

    def __init__(self) -> None:
        self.environment: Environment | None = None
        self.kept: list[str] = []
        self._failed = self._has_fresh = False
        self._module, self._began = "", 0.0

    def begin(self, module: str, reset: str) -> None:
        """Take note that a test of `module` begins; one that was used before is made fresh first.

        `reset` says between which tests: never, module or test.
        """
        due = reset == TEST or (reset == MODULE and module != self._module)
        if self.environment and due:
            self._renew(self.environment)
        self._module, self._began = module, time.time()

    def take(self, environment: Environment, *, resets: bool) -> None:
        """Start an environment for the test that has begun; `resets` says that some are to come."""
        try:
            environment.start()
            if resets and environment.has_data:
                environment.snapshot(FRESH)
                self._has_fresh = True
        except BaseException:
            environment.stop(failed=True)
            self._note_kept(environment, "")
            raise
        self.environment, self._failed = environment, False

    def leave(self) -> None:
        """Stop the environment."""
        if environment := self.environment:
            self.environment, self._has_fresh = None, False
            answers = _addresses(environment) if environment.options.keep != "never" else ""
            environment.stop(failed=self._failed)
            self._note_kept(environment, answers)

    def failed(self) -> str:
        """Take note that the test has failed; returns what services printed since it began."""
        self._failed = True
        from envctl.domain.redaction import redact_text

        if not self.environment:
            return ""
        try:
            said = self.environment.logs(tail=LINES, since=self._began)
        except EnvctlError as error:
            return f"they cannot be read: {error.message}"
        return "\n".join(map(redact_text, said.splitlines()[-LINES:]))

    def _renew(self, environment: Environment) -> None:
        """Give it the data of the beginning, and start what a test has stopped or broken."""
        try:
            if self._has_fresh:
                environment.restore(FRESH)
            if not environment.is_well:
                environment.up()
        except EnvctlError:
            environment.reset(FRESH if self._has_fresh else "")

    def _note_kept(self, environment: Environment, answers: str) -> None:
        if environment.kept:
            name = environment.name
            place = "" if environment.release else f" -C {environment.folder}"
            call = f"envctl{place} --name {name}"
            self.kept.append(
                f"{name} is kept{answers}\n  look: {call} logs\n  remove: {call} down --volumes"
            )


def said(error: EnvctlError) -> str:
    """Return what to show of an error instead of a traceback."""
    return "\n".join([*error.details, f"error: {error.message}", f"hint: {error.hint}"])


def _addresses(environment: Environment) -> str:
    try:
        every = [f"{name} {one}" for name, some in environment.addresses.items() for one in some]
    except EnvctlError:
        return ""
    return f": {', '.join(every)}" if every else ""
