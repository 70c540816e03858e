"""Show how far a command has come: live on a terminal, a line a step elsewhere. On stderr."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from envctl.domain.readiness import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.cli.live import LiveReporter
    from envctl.domain.plan import Step
    from envctl.domain.readiness import ServiceState
    from envctl.ports import Reporter


class LineReporter:
    """Prints a line for each step, and one for each service that came to an end."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._ended: dict[str, str] = {}

    def started(self, steps: Sequence[Step]) -> None:
        """Say that these steps begin."""
        for step in steps:
            self._subjects.add(step.subject)
            self._print(str(step))

    def finished(self, steps: Sequence[Step]) -> None:
        """Nothing: the end of a step shows in what follows."""

    def output(self, line: str) -> None:
        """Pass on a builder's line."""
        if line.strip():
            self._print(f"  {line}")

    def states(self, states: Sequence[ServiceState]) -> None:
        """Say once that a service of the plan is ready or done, or that any has failed."""
        for state in states:
            concerned = state.service in self._subjects or state.phase is Phase.FAILED
            if concerned and state.phase in (Phase.READY, Phase.DONE, Phase.FAILED):
                said = f"{state.phase} {state.service}: {state.detail}"
                if self._ended.get(state.service) != said:
                    self._ended[state.service] = said
                    self._print(said)

    def copied(self, step: Step, done: int, total: int) -> None:
        """Nothing: how much it was shows in what follows."""

    def note(self, text: str) -> None:
        """Say something that the user should know."""
        self._print(f"note: {text}")

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class ScreenReporter:
    """Begins the live display when there is something to watch; until then notes are lines."""

    def __init__(self, ending: ExitStack) -> None:
        self._ending = ending
        self._display: LiveReporter | None = None

    def started(self, steps: Sequence[Step]) -> None:
        """Show steps as under way."""
        self._live().started(steps)

    def finished(self, steps: Sequence[Step]) -> None:
        """Show steps as done."""
        self._live().finished(steps)

    def output(self, line: str) -> None:
        """Show a builder's line."""
        self._live().output(line)

    def states(self, states: Sequence[ServiceState]) -> None:
        """Show how far each service has come, unless all are there before anything began."""
        if self._display or any(s.phase in (Phase.WAITING, Phase.STARTING) for s in states):
            self._live().states(states)

    def copied(self, step: Step, done: int, total: int) -> None:
        """Show how many bytes a step has copied."""
        self._live().copied(step, done, total)

    def note(self, text: str) -> None:
        """Say something that the user should know."""
        if self._display:
            self._display.note(text)
            return
        from envctl.cli.screen import has_colours, paint

        style = "yellow" if has_colours(sys.stderr) else ""
        print(paint(f"note: {text}", style), file=sys.stderr)

    def _live(self) -> LiveReporter:
        if not self._display:
            from envctl.cli.live import live_reporter

            self._display = self._ending.enter_context(live_reporter())
        return self._display


@contextmanager
def reporting() -> Iterator[Reporter]:
    """Return the reporter that suits stderr."""
    if not sys.stderr.isatty():
        yield LineReporter()
        return
    with ExitStack() as ending:
        yield ScreenReporter(ending)
