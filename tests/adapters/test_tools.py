"""A docker command of the test's own stands in PATH, so that nothing of the machine is asked."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from envctl.adapters.tools import require_tools
from envctl.errors import Unreachable


class Docker:
    """A docker command with its plugins, that notes each call."""

    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls"
        self.command = folder / "bin" / "docker"
        self.plugins = folder / "config" / "cli-plugins"
        self.plugins.mkdir(parents=True)
        self.command.parent.mkdir()
        for plugin in ("compose", "buildx"):
            (self.plugins / f"docker-{plugin}").touch()
        self.says(compose="v2.40.3", buildx="github.com/docker/buildx v0.29.1 abc")

    def says(self, *, compose: str, buildx: str) -> None:
        """Answer so from now on; an empty answer is a plugin that is not there."""
        self.command.write_text(
            f'#!/bin/sh\necho "$*" >> {self.calls}\n'
            f'case "$*" in *compose*) v="{compose}";; *buildx*) v="{buildx}";; esac\n'
            'test -n "$v" || { echo "unknown command" >&2; exit 1; }\necho "$v"\n'
        )
        self.command.chmod(self.command.stat().st_mode | stat.S_IXUSR)

    def asked(self) -> int:
        """Return how often it was called since the last look."""
        count = len(self.calls.read_text().splitlines()) if self.calls.exists() else 0
        self.calls.unlink(missing_ok=True)
        return count


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    docker = Docker(tmp_path)
    monkeypatch.setenv("PATH", f"{docker.command.parent}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return docker


def test_without_the_docker_command_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match="the docker command is not installed or not in PATH"):
        require_tools()


@pytest.mark.process
def test_supported_plugins_are_asked_once_and_then_known(docker: Docker) -> None:
    require_tools()
    assert docker.asked() > 0
    require_tools()
    assert docker.asked() == 0


@pytest.mark.process
def test_an_upgrade_is_asked_again(docker: Docker) -> None:
    require_tools()
    docker.asked()
    (docker.plugins / "docker-compose").write_text("newer")
    require_tools()
    assert docker.asked() > 0


@pytest.mark.process
@pytest.mark.parametrize(
    ("compose", "buildx", "told"),
    [
        ("v2.26.0", "v0.29.1", "compose is too old: v2.26.0"),
        ("v2.40.3", "v0.13.0", "buildx is too old: v0.13.0"),
        ("", "v0.29.1", "the docker command has no plugin 'compose'"),
        ("v2.40.3", "", "the docker command has no plugin 'buildx'"),
    ],
)
def test_a_plugin_that_is_missing_or_too_old_is_told_each_time(
    docker: Docker, compose: str, buildx: str, told: str
) -> None:
    docker.says(compose=compose, buildx=buildx)
    for _ in range(2):
        with pytest.raises(Unreachable) as caught:
            require_tools()
        assert told in caught.value.message
        assert caught.value.hint


@pytest.mark.process
@pytest.mark.parametrize("garbage", ["", "[]", "{", json.dumps({"compose": 1})])
def test_a_broken_cache_costs_only_a_question(docker: Docker, tmp_path: Path, garbage: str) -> None:
    cache = tmp_path / "cache" / "envctl" / "tools.json"
    cache.parent.mkdir(parents=True)
    cache.write_text(garbage)
    require_tools()
    assert docker.asked() > 0
    require_tools()
    assert docker.asked() == 0


@pytest.mark.process
def test_a_cache_that_cannot_be_written_costs_only_a_question(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    require_tools()
    docker.asked()
    require_tools()
    assert docker.asked() > 0
