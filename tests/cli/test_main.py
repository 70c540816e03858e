"""The command line in process, as far as it needs no docker command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from envctl import __version__
from envctl.cli.invocation import Invocation
from envctl.cli.main import run
from envctl.cli.root import call_parser
from envctl.cli.verbs import VERBS, load_verb, verb_parser
from envctl.errors import Failed, Refused, Unhealthy

Said = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with no docker command in reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("COMPOSE_FILE", raising=False)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return the lines on stderr; stdout has to be empty."""

    def lines() -> list[str]:
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()

    return lines


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | BaseException], None]:
    """Plant a verb `planted` that raises."""

    def plant(error: BaseException) -> None:
        def run(invocation: Invocation, options: argparse.Namespace) -> None:
            raise error

        module = ModuleType("envctl.cli.planted")
        module.arguments = lambda parser: None  # type: ignore[attr-defined]
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(VERBS, "planted", "Raise.")

    return plant


def test_the_version_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"envctl {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_lists_every_verb(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([flag]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listed.splitlines() if line[2:3].strip()] == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_of_its_own(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"envctl {verb} " in capsys.readouterr().out


def test_without_arguments_there_is_help_and_no_success(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([]) == 2
    assert capsys.readouterr().out.startswith("Usage: envctl [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["dwon"], "there is no command 'dwon'", "did you mean 'down'?"),
        (["xyzzy"], "there is no command 'xyzzy'", "envctl --help lists the commands"),
        (["--nothing"], "no such option: --nothing", "envctl --help lists the commands"),
        (["--nothing=1", "ps"], "no such option: --nothing", "envctl --help lists the commands"),
        (["--profil", "x", "ps"], "no such option: --profil", "did you mean '--profile'?"),
        (["ps", "-C", "."], "-C stands before the command", "write envctl -C ... ps"),
        (
            ["ps", "--json=1"],
            "--json: takes no value, not '1'",
            "envctl ps --help shows what it takes",
        ),
        (["-v"], "there is no command", "envctl --help lists the commands"),
        (["--name"], "--name: expected one argument", "envctl --help lists the commands"),
        (["up", "--buil"], "no such option: --buil", "did you mean '--build'?"),
        (["down", "all"], "unexpected argument 'all'", "envctl down --help shows what it takes"),
        (["exec"], "missing: SERVICE, COMMAND", "envctl exec --help shows what it takes"),
        (["exec", "db"], "missing: COMMAND", "envctl exec --help shows what it takes"),
        (
            ["logs", "-n", "-1"],
            "-n/--tail: -1 is less than 0",
            "envctl logs --help shows what it takes",
        ),
        (
            ["up", "--timeout", "soon"],
            "--timeout: 'soon' is no number",
            "envctl up --help shows what it takes",
        ),
        (
            ["-C", "gone", "ps"],
            "--directory: gone is not a folder",
            "envctl --help lists the commands",
        ),
        (
            ["-f", "gone.yaml", "ps"],
            "--file: there is no file gone.yaml in {here}",
            "envctl --help lists the commands",
        ),
        (
            ["--name", "My Shop", "ps"],
            "--name: 'My Shop' cannot be a playground's name",
            "use lower-case letters, digits, - and _, beginning with a letter or digit",
        ),
        (
            ["logs", "--since", "yesterday"],
            "--since: 'yesterday' is no moment",
            'write "10m", "2h", or a date and time like 2026-05-01T12:00:00Z',
        ),
    ],
)  # fmt: skip
def test_a_usage_error_is_told_with_a_hint(
    arguments: list[str], error: str, hint: str, said: Said, tmp_path: Path
) -> None:
    assert run(arguments) == 2
    assert said() == [f"error: {error.format(here=tmp_path)}", f"hint: {hint}"]


@pytest.mark.parametrize(
    "arguments",
    [["exec"], ["exec", "db"], ["shell"], ["up", "--timeout", "0"], ["up", "--timeout", "soon"],
     ["logs", "--tail", "-1"], ["down", "everything"], ["ps", "--all"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_arguments_of_a_verb_are_a_usage_error(arguments: list[str], said: Said) -> None:
    assert run(arguments) == 2
    error, hint = said()
    assert error.startswith("error: ")
    assert error[7].islower() or not error[7].isalpha()
    assert not error.endswith(".")
    assert hint == f"hint: envctl {arguments[0]} --help shows what it takes"


@pytest.mark.parametrize("verb", ["up", "down", "ps", "logs", "config"])
def test_a_folder_without_a_project_is_a_configuration_error(
    verb: str, said: Said, tmp_path: Path
) -> None:
    assert run([verb]) == 3
    error, hint = said()
    assert error == f"error: no envctl.toml and no Compose file in {tmp_path} or a folder above it"
    assert hint.startswith("hint: ")


def test_a_wrong_project_file_is_a_configuration_error(said: Said, tmp_path: Path) -> None:
    (tmp_path / "envctl.toml").write_text("nam = 'shop'\n")
    assert run(["ps"]) == 3
    assert said() == [
        f"error: {tmp_path / 'envctl.toml'}: unknown key 'nam'",
        "hint: did you mean 'name'?",
    ]


def test_the_folder_counts_that_is_named(said: Said, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "envctl.toml").write_text("nam = 1\n")
    assert run(["-C", "shop", "ps"]) == 3
    assert said()[0] == f"error: {tmp_path / 'shop' / 'envctl.toml'}: unknown key 'nam'"


@pytest.mark.process
def test_without_the_docker_command_it_is_unreachable(said: Said, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert run(["config"]) == 4
    assert said() == [
        "error: the command 'docker' is not installed or not in PATH",
        "hint: envctl doctor tells what is missing",
    ]


@pytest.mark.parametrize("error", [Failed("no"), Refused("no"), Unhealthy("no")])
def test_an_error_gives_its_own_exit_code(
    error: Failed, verb: Callable[[BaseException], None], said: Said
) -> None:
    verb(error)
    assert run(["planted"]) == error.exit_code
    assert said() == ["error: no", f"hint: {error.help}"]


def test_details_come_before_the_sentence(
    verb: Callable[[BaseException], None], said: Said
) -> None:
    verb(Failed("it broke", hint="mend it", details=("line 1", "line 2")))
    run(["planted"])
    assert said() == ["line 1", "line 2", "error: it broke", "hint: mend it"]


def test_an_interrupt_is_told_and_has_its_code(
    verb: Callable[[BaseException], None], said: Said
) -> None:
    verb(KeyboardInterrupt())
    assert run(["planted"]) == 130
    assert said()[-2:] == ["error: interrupted", "hint: run the same command again to complete it"]


@pytest.mark.process
def test_an_error_that_nobody_foresaw_is_a_bug_with_a_report(
    verb: Callable[[BaseException], None], said: Said
) -> None:
    verb(ZeroDivisionError("of all things"))
    assert run(["planted"]) == 70
    lines = said()
    assert lines[0] == "--- report: please paste this into an issue ---"
    assert lines[-2] == "error: ZeroDivisionError: of all things"
    assert lines[-1].startswith("hint: this is a mistake in envctl")
    assert "command: envctl planted" in lines


@pytest.mark.process
def test_a_report_has_no_secret(verb: Callable[[BaseException], None], said: Said) -> None:
    verb(ValueError("cannot open postgres://shop:hunter2@db"))
    run(["planted"])
    assert "hunter2" not in "\n".join(said()[:-2])


@pytest.mark.process
def test_the_sentence_of_a_bug_has_no_secret(
    verb: Callable[[BaseException], None], said: Said
) -> None:
    verb(ValueError("cannot open postgres://shop:hunter2@db"))
    run(["planted"])
    assert "hunter2" not in "\n".join(said())


@pytest.mark.parametrize(
    ("words", "services"),
    [
        (["--json", "api", "--build", "db"], ["api", "db"]),
        (["api", "db", "--json", "--build"], ["api", "db"]),
        (["--build", "--json", "--", "api"], ["api"]),
        (["--build", "--json"], []),
    ],
    ids=" ".join,
)
def test_options_stand_anywhere_among_the_services(words: list[str], services: list[str]) -> None:
    options = verb_parser("up", load_verb("up")).understand(words)
    assert (options.services, options.build, options.json) == (services, True, True)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["db", "psql", "-U", "shop"], ["psql", "-U", "shop"]),
        (["-u", "root", "db", "ls", "-u", "--help"], ["ls", "-u", "--help"]),
        (["db", "--", "ls", "-l"], ["ls", "-l"]),
        (["db", "sh", "-c", "exit -1", "--", "-x"], ["sh", "-c", "exit -1", "--", "-x"]),
        (["db", "seq", "-1", "-5"], ["seq", "-1", "-5"]),
    ],
    ids=" ".join,
)
def test_what_follows_the_service_is_the_commands(words: list[str], command: list[str]) -> None:
    options = verb_parser("exec", load_verb("exec")).understand(words)
    assert (options.service, options.command) == ("db", command)


def test_what_follows_the_verb_is_the_verbs() -> None:
    options = call_parser().understand(["-v", "-f", "a", "--file=b", "exec", "-T", "db", "-f", "c"])
    assert (options.file, options.verbose) == (["a", "b"], True)
    assert options.call == ["exec", "-T", "db", "-f", "c"]


def test_a_help_is_no_wider_than_the_terminal_nor_than_one_reads_with_ease(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns, most in (("50", 50), ("200", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        run(["up", "--help"])
        assert most - 10 < max(map(len, capsys.readouterr().out.splitlines())) <= most
