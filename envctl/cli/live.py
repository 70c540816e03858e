"""The live display of a command that works on services."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from envctl.cli.words import PHASE_STYLES
from envctl.domain.quantities import size
from envctl.domain.readiness import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from envctl.domain.plan import Step
    from envctl.domain.readiness import ServiceState

OUTPUT_LINES = 5
COPIED_EVERY = 0.25
"""Seconds between two looks at how many bytes were copied."""
MARKS = {Phase.READY: "●", Phase.DONE: "✓", Phase.FAILED: "✗", Phase.WAITING: "○"}


class LiveReporter:
    """Steps that were taken, the one at hand, and how each service is."""

    def __init__(self, screen: Live) -> None:
        self._screen = screen
        self._begun: dict[Step, float] = {}
        self._states: dict[str, ServiceState] = {}
        self._good: dict[str, float] = {}
        self._output: list[str] = []
        self._copied: dict[Step, str] = {}
        self._copied_at = 0.0
        self._spinner = Spinner("dots", style="cyan")

    def started(self, steps: Sequence[Step]) -> None:
        """Show steps as under way."""
        self._begun |= dict.fromkeys(steps, time.monotonic())
        self._draw()

    def finished(self, steps: Sequence[Step]) -> None:
        """Print steps as done, with the time each took."""
        self._output.clear()
        width = max((len(f"{s.action} {s.subject}") for s in steps), default=0)
        for step in steps:
            words = f"{step.action} {step.subject}".ljust(width)
            after = f"  {self._took(step):4.1f} s  {step.cause}"
            self._screen.console.print(Text.assemble(("✓ ", "green"), words, (after, "dim")))
        self._draw()

    def _took(self, step: Step) -> float:
        """Return the seconds until the service was ready; of an image step, until now."""
        begun, now = self._begun.pop(step, time.monotonic()), time.monotonic()
        return max(self._good.get(step.subject, now) - begun, 0)

    def output(self, line: str) -> None:
        """Show the last lines of what a tool prints."""
        self._output = [*self._output, line][-OUTPUT_LINES:]
        self._draw()

    def states(self, states: Sequence[ServiceState]) -> None:
        """Show how far each service has come."""
        self._states |= {state.service: state for state in states}
        for state in states:
            if state.phase in (Phase.READY, Phase.DONE):
                self._good.setdefault(state.service, time.monotonic())
            else:
                self._good.pop(state.service, None)
        self._draw()

    def copied(self, step: Step, done: int, total: int) -> None:
        """Show how many bytes a step has copied, now and then."""
        if time.monotonic() - self._copied_at >= COPIED_EVERY:
            self._copied_at = time.monotonic()
            self._copied = {step: f"{size(done)} of {size(total)}" if total else size(done)}
            self._draw()

    def note(self, text: str) -> None:
        """Print a note above the display."""
        self._screen.console.print(Text(f"note: {text}", "yellow"))

    def _draw(self) -> None:
        self._screen.update(Group(*self._parts()))

    def _parts(self) -> Iterator[RenderableType]:
        if self._begun:
            words = ", ".join(map(self._at_hand, self._begun))
            self._spinner.update(text=Text(f" {words}", overflow="ellipsis", no_wrap=True))
            yield self._spinner
        width = self._screen.console.width - 4
        for line in self._output:
            yield Text(f"    {line[:width]}", "dim", no_wrap=True)
        if self._states:
            yield self._services()

    def _at_hand(self, step: Step) -> str:
        return f"{step.action} {step.subject} {self._copied.get(step, '')}".rstrip()

    def _services(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for state in self._states.values():
            style = PHASE_STYLES[state.phase]
            mark = MARKS.get(state.phase, "◐")
            table.add_row(Text(f"{mark} {state.service}", style), Text(state.detail, "dim"))
        return table


@contextmanager
def live_reporter() -> Iterator[LiveReporter]:
    """Draw on stderr while the block runs; what was live is gone afterwards, what is done stays."""
    with Live(
        console=Console(stderr=True, highlight=False), refresh_per_second=12, transient=True
    ) as screen:
        yield LiveReporter(screen)
    print(file=sys.stderr)
