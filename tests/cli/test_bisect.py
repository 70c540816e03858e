"""`bisect` in process, as far as nothing has to run: what it is asked, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.cli.bisect_words import Lines, print_found
from envctl.cli.main import run
from envctl.domain.bisection import Verdict
from envctl.domain.commit import LoggedCommit
from envctl.workflows.bisect import Found, Tried
from envctl.workflows.releases import NamedRelease
from tests.domain.release_example import SHOP
from tests.fake_registry import FakeRegistry
from tests.releases import put_release

pytestmark = pytest.mark.process  # Git is asked for commits

ASKED = ("bisect", "--good", "1.0", "--bad", "1.1")


def named(version: str) -> NamedRelease:
    return NamedRelease(version, f"sha256:{version[-1]:0>64}", "", SHOP)


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stand in an empty folder; there is a registry with two releases of a project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with FakeRegistry() as server:
        for version, commit in (("1.0", "a" * 40), ("1.1", "b" * 40)):
            put_release(server.address, "team/shop", version, commit=commit)
        yield f"{server.address}/team/shop"


def test_of_neighbours_the_answer_is_known_and_nothing_runs(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*ASKED, "--from", address, "--json", "--", "false"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["first_bad"]["version"] == "1.1"
    assert found["last_good"]["version"] == "1.0"
    assert (found["runs"], found["commits"]) == ([], None)
    assert found["on_trust"] == ["good", "bad"]
    images = [(one["what"], one["before"][:7]) for one in found["differences"]["images"]]
    assert images == [("image of s0", "sha256:"), ("image of s1", "sha256:")]


def test_without_json_the_same_is_said_in_words(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*ASKED, "--from", address, "--", "false"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("1.1 (sha256:")
    assert lines[0].endswith(") is the first bad release, after 0 runs")
    assert lines[2] == f"commits: {'a' * 12}..{'b' * 12}, which are not in a repository here"
    assert "note: no run was bad: that 1.1 is, was taken on trust" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bisect", "--good", "1.0", "--bad", "1.1"), "missing: COMMAND"),
        (("bisect", "--good", "1.0", "--", "true"), "missing: --bad"),
        (("bisect", "--good", "1.1", "--bad", "1.0", "--", "true"), "is newer than 1.0"),
        (("bisect", "--good", "1.1", "--bad", "1.1", "--", "true"), "both good and bad"),
        (("bisect", "--good", "1.0", "--bad", "9.9", "--", "true"), "'9.9' is no release"),
        ((*ASKED, "--stage", "nope", "--", "true"), "there is no stage 'nope'"),
        ((*ASKED, "--env-file", "none.env", "--", "true"), "there is no file"),
    ],
)
def test_what_makes_no_sense_is_told(
    address: str, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *rest = words
    assert run([verb, "--from", address, *rest]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("address")
def test_without_a_project_here_the_way_to_one_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*ASKED, "--", "true"]) == 2
    assert "--from REGISTRY/PROJECT says whose releases are meant" in capsys.readouterr().err


def test_what_was_found_is_one_or_several_with_the_reasons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = (
        Tried(named("1.2"), Verdict.SKIPPED, "it cannot start: web exited with 3"),
        Tried(named("1.3"), Verdict.BAD, "exit code 1"),
        Tried(named("1.1"), Verdict.GOOD, "exit code 0"),
    )
    commits = [LoggedCommit(f"{n:040x}", "Ada", f"change {n}") for n in range(45)]
    print_found(Found(named("1.1"), (named("1.2"), named("1.3")), tried), commits, None)
    said = capsys.readouterr()
    assert said.out.splitlines()[:5] == [
        "the first bad release is one of these, after 3 runs:",
        "  1.2 (sha256:000000000000): it cannot start: web exited with 3",
        "  1.3 (sha256:000000000000): exit code 1",
        "1.1 (sha256:000000000000) is the last good one",
        "commits: 0123456789ab..0123456789ab",
    ]
    assert said.out.splitlines()[-2:] == [f"  {commits[39]}", "  and 5 more"]
    assert said.err == ""


def test_progress_is_talk(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.begins(2, 6, named("1.4"))
    lines.tried(Tried(named("1.4"), Verdict.BAD, "exit code 1"))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "2 of about 6: 1.4\n1.4 is bad: exit code 1\n")
