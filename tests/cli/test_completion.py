from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envctl.cli.completion import complete_services
from envctl.cli.root import call_parser

MODEL = '{"name": "shop", "services": {"api": {}, "app": {}, "db": {}}}'


def completed(incomplete: str, *options: str) -> list[str]:
    return complete_services(incomplete, call_parser().understand([*options, "up"]))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Compose file, and a docker command that answers with the model of three."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho \"$*\" > {tmp_path}/call\ncat <<'END'\n{MODEL}\nEND\n")
    docker.chmod(0o755)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "compose.yaml").touch()
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.process
@pytest.mark.parametrize(
    ("incomplete", "names"), [("", ["api", "app", "db"]), ("ap", ["api", "app"]), ("x", [])]
)
@pytest.mark.usefixtures("project")
def test_services_that_begin_so_are_offered(incomplete: str, names: list[str]) -> None:
    assert completed(incomplete) == names


@pytest.mark.process
def test_the_options_before_the_verb_choose_the_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "other.yaml").touch()
    monkeypatch.chdir(tmp_path)
    options = ["-C", str(project), "-f", "other.yaml", "--profile", "debug", "--name", "mine"]
    assert completed("d", *options) == ["db"]
    call = (tmp_path / "call").read_text()
    assert "--file other.yaml" in call
    assert "--profile debug" in call
    assert "--project-name mine" in call


@pytest.mark.process
@pytest.mark.parametrize("content", [None, "", "nam = 1"])
def test_a_project_that_cannot_be_read_offers_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    if content is not None:
        (tmp_path / "envctl.toml").write_text(content)
    assert completed("") == []
    assert capsys.readouterr() == ("", "")


# --- what a shell gets

BIN = Path(sys.executable).parent


def offered(line: str) -> list[str]:
    """Return what bash offers at the end of `line`, having evaluated what we print for it."""
    program = (
        'eval "$(envctl --completion bash)" && COMP_LINE=$1 COMP_POINT=${#1} && '
        '_python_argcomplete envctl && printf "%s\\n" "${COMPREPLY[@]}"'
    )
    answer = subprocess.run(
        ["bash", "--norc", "-c", program, "bash", line],
        env={**os.environ, "PATH": f"{os.environ['PATH']}:{BIN}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.stderr == ""
    return [word.strip() for word in answer.stdout.splitlines() if word]


@pytest.mark.process
@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("envctl d", ["deploy", "diff", "doctor", "down"]),
        ("envctl --ver", ["--verbose", "--version"]),
        ("envctl --completion ", ["bash", "fish", "zsh"]),
        (
            "envctl up --",
            [
                "--allow-host",
                "--build",
                "--dry-run",
                "--env-file",
                "--from",
                "--help",
                "--json",
                "--logs",
                "--timeout",
                "--watch",
                "--with",
            ],
        ),
        ("envctl -v up --bu", ["--build"]),
        ("envctl logs ", ["api", "app", "db"]),
        ("envctl logs --follow api d", ["db"]),
        ("envctl exec a", ["api", "app"]),
    ],
)
def test_bash_completes(line: str, words: list[str]) -> None:
    assert sorted(offered(line)) == words


@pytest.mark.process
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    answer = subprocess.run(
        [BIN / "envctl", "--completion", shell],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode == 0
    assert "_ARGCOMPLETE" in answer.stdout


@pytest.mark.process
@pytest.mark.usefixtures("project")
def test_a_tab_in_a_real_bash_completes() -> None:
    leader, follower = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        env={**os.environ, "PATH": f"{os.environ['PATH']}:{BIN}", "TERM": "dumb"},
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    try:
        os.write(leader, b'eval "$(envctl --completion bash)"; echo rea""dy\n')
        read_until(leader, "ready")
        os.write(leader, b"envctl dow\t")
        read_until(leader, "envctl down ")
    finally:
        bash.kill()
        bash.wait()
        os.close(leader)


def read_until(descriptor: int, text: str) -> None:
    """Return when `text` has come; fails when a minute passes without anything new."""
    seen, deadline = "", time.monotonic() + 60
    while text not in seen:
        ready, _, _ = select.select([descriptor], [], [], deadline - time.monotonic())
        assert ready, seen
        seen += os.read(descriptor, 4096).decode()
