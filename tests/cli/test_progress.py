from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from rich.console import Console
from rich.live import Live

from envctl.cli.live import OUTPUT_LINES, LiveReporter
from envctl.cli.progress import LineReporter, ScreenReporter, reporting
from envctl.domain.plan import Action, Step
from envctl.domain.readiness import Phase, ServiceState

BUILD = Step(Action.BUILD, "api", "its inputs changed")
CREATE = Step(Action.CREATE, "api", "no container")


def state(phase: Phase, detail: str = "", service: str = "api") -> ServiceState:
    return ServiceState(service, phase, detail or str(phase))


# --- a line a step


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[LineReporter]:
    """A reporter that leaves stdout alone."""
    yield LineReporter()
    assert capsys.readouterr().out == ""


def test_each_step_is_a_line_with_its_cause(
    lines: LineReporter, capsys: pytest.CaptureFixture[str]
) -> None:
    lines.started([BUILD, CREATE])
    lines.finished([BUILD, CREATE])
    assert capsys.readouterr().err == "build api: its inputs changed\ncreate api: no container\n"


def test_output_is_set_off_and_blank_lines_are_left_out(
    lines: LineReporter, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("#1 working", "", "   ", "#1 DONE"):
        lines.output(line)
    assert capsys.readouterr().err == "  #1 working\n  #1 DONE\n"


def test_a_good_end_is_told_once(lines: LineReporter, capsys: pytest.CaptureFixture[str]) -> None:
    lines.started([CREATE])
    capsys.readouterr()
    for phase in (Phase.WAITING, Phase.STARTING, Phase.READY, Phase.READY):
        lines.states([state(phase)])
    assert capsys.readouterr().err == "ready api: ready\n"


def test_another_end_is_told_again(lines: LineReporter, capsys: pytest.CaptureFixture[str]) -> None:
    lines.started([CREATE])
    capsys.readouterr()
    lines.states([state(Phase.READY, "healthy")])
    lines.states([state(Phase.FAILED, "unhealthy")])
    assert capsys.readouterr().err == "ready api: healthy\nfailed api: unhealthy\n"


def test_of_a_service_that_the_plan_leaves_alone_only_a_failure_is_told(
    lines: LineReporter, capsys: pytest.CaptureFixture[str]
) -> None:
    lines.started([CREATE])
    capsys.readouterr()
    lines.states([state(Phase.READY, service="db"), state(Phase.FAILED, "dead", service="mq")])
    assert capsys.readouterr().err == "failed mq: dead\n"


def test_a_note_is_marked_as_one(lines: LineReporter, capsys: pytest.CaptureFixture[str]) -> None:
    lines.note("a profile is off")
    assert capsys.readouterr().err == "note: a profile is off\n"


def test_a_pipe_gets_lines() -> None:
    with reporting() as reporter:
        assert isinstance(reporter, LineReporter)


# --- on a terminal, before there is anything to watch


@pytest.fixture
def waiting() -> Iterator[ScreenReporter]:
    with ExitStack() as ending:
        yield ScreenReporter(ending)


def test_a_terminal_without_anything_to_do_gets_no_display(
    waiting: ScreenReporter, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting.note("nothing to do")
    waiting.states([state(Phase.READY), state(Phase.DONE, service="job")])
    assert capsys.readouterr().err == "note: nothing to do\n"


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.STARTING])
def test_a_service_on_its_way_begins_the_display(
    waiting: ScreenReporter, capsys: pytest.CaptureFixture[str], phase: Phase
) -> None:
    waiting.states([state(phase, "on its way")])
    waiting.states([state(Phase.READY)])
    waiting.note("there")
    waiting.started([BUILD])
    waiting.finished([BUILD])
    assert "✓ build api" in capsys.readouterr().err


# --- live


class Screen:
    """A display on a console that is read, not seen."""

    def __init__(self, width: int = 60) -> None:
        self.stream = io.StringIO()
        self.console = Console(file=self.stream, width=width, color_system=None, highlight=False)
        self.live = Live(console=self.console, auto_refresh=False)
        self.reporter = LiveReporter(self.live)

    def printed(self) -> str:
        """Return what was printed for good, without times."""
        return re.sub(r"\d+\.\d s", "T s", self.stream.getvalue())

    def shown(self) -> list[str]:
        """Return what is on display at this moment."""
        with self.console.capture() as capture:
            self.console.print(self.live.get_renderable())
        return [line.rstrip() for line in capture.get().splitlines()]


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_the_steps_at_hand_are_shown(screen: Screen) -> None:
    screen.reporter.started([BUILD, CREATE])
    (line,) = screen.shown()
    assert line.endswith(" build api, create api")


def test_a_step_that_is_done_is_printed_with_cause_and_time(screen: Screen) -> None:
    screen.reporter.started([BUILD])
    screen.reporter.finished([BUILD])
    assert screen.printed() == "✓ build api   T s  its inputs changed\n"
    assert screen.shown() == []


def test_only_the_last_lines_of_output_are_shown(screen: Screen) -> None:
    for number in range(OUTPUT_LINES + 3):
        screen.reporter.output(f"line {number}")
    assert screen.shown() == [f"    line {n}" for n in range(3, OUTPUT_LINES + 3)]


def test_output_is_cut_to_the_width() -> None:
    screen = Screen(width=20)
    screen.reporter.output("x" * 50)
    assert screen.shown() == ["    " + "x" * 16]


def test_output_goes_with_its_step(screen: Screen) -> None:
    screen.reporter.started([BUILD])
    screen.reporter.output("#1 working")
    screen.reporter.finished([BUILD])
    assert screen.shown() == []


def test_output_is_no_markup(screen: Screen) -> None:
    screen.reporter.output("[red]#1[/red] [bold]")
    assert screen.shown() == ["    [red]#1[/red] [bold]"]


def test_each_service_is_shown_with_its_mark(screen: Screen) -> None:
    screen.reporter.states([state(phase, service=phase.value) for phase in Phase])
    assert [line.split() for line in screen.shown()] == [
        ["○", "waiting", "waiting"],
        ["◐", "starting", "starting"],
        ["●", "ready", "ready"],
        ["✓", "done", "done"],
        ["✗", "failed", "failed"],
    ]


def test_a_service_is_shown_as_it_is_last(screen: Screen) -> None:
    screen.reporter.states([state(Phase.STARTING), state(Phase.READY, service="db")])
    screen.reporter.states([state(Phase.READY, "healthy")])
    assert [line.split()[:2] for line in screen.shown()] == [["●", "api"], ["●", "db"]]


def test_a_note_stays(screen: Screen) -> None:
    screen.reporter.note("[a] note")
    assert screen.printed() == "note: [a] note\n"
