from __future__ import annotations

import platform

import pytest

from envctl import __version__
from envctl.cli.bug_report import report

pytestmark = pytest.mark.process  # the platform module may ask uname
SECRET = "hunter2"


def raised(message: str) -> Exception:
    """Return an exception with a traceback, and a cause with one of its own."""
    try:
        try:
            raise KeyError(message)
        except KeyError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        return error


def test_a_report_says_what_ran_where_and_how_it_broke() -> None:
    lines = report(raised("inner"), ["up", "--name", "a b"])
    assert lines[0].startswith("--- report")
    assert lines[1].startswith(f"envctl {__version__}, Python {platform.python_version()}, ")
    assert lines[2] == "command: envctl up --name 'a b'"
    assert "KeyError: 'inner'" in lines
    assert "RuntimeError: outer" in lines
    assert lines[-1] == "--- end of report ---"


@pytest.mark.parametrize(
    "arguments",
    [["--password", SECRET], [f"--token={SECRET}"], ["exec", "db", f"PASSWORD={SECRET}"],
     ["exec", "db", "psql", f"postgres://u:{SECRET}@db"],
     ["exec", "db", "redis-cli", "-a", SECRET]],
)  # fmt: skip
def test_the_command_in_a_report_has_no_secret(arguments: list[str]) -> None:
    assert SECRET not in "\n".join(report(raised("x"), arguments))


@pytest.mark.parametrize(
    "message", [f"postgres://u:{SECRET}@db", f"PASSWORD={SECRET}", f'{{"token": "{SECRET}"}}']
)
def test_the_messages_in_a_report_have_no_secret(message: str) -> None:
    assert SECRET not in "\n".join(report(raised(message), []))


def test_the_lines_of_a_report_are_single_lines() -> None:
    assert not any("\n" in line for line in report(raised("two\nlines"), []))
