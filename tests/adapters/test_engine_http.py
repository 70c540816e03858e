"""The engine's API over each kind of address, and what is said when it cannot be had."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from envctl.adapters.engine_address import Endpoint, current_endpoint, engine_address
from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed, ConfigurationError, Unreachable


@contextmanager
def answering(reply: bytes) -> Iterator[Endpoint]:
    """An engine that says one thing, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer, args=(listener, reply), daemon=True).start()
        yield Endpoint(f"tcp://127.0.0.1:{listener.getsockname()[1]}")


def _answer(listener: socket.socket, reply: bytes) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_a_chunked_answer_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = head + b'4\r\n{"a"\r\n4;x=1\r\n: 1}\r\n0\r\n\r\n'
    with answering(said) as endpoint:
        assert EngineHttp(endpoint).get_json("/x") == {"a": 1}


def test_a_refusal_carries_the_engines_words() -> None:
    with (
        answering(reply(b'{"message": "disk full"}', status="500 Oops")) as endpoint,
        pytest.raises(CommandFailed, match="refused: disk full"),
    ):
        EngineHttp(endpoint).post("/x")


def test_a_refusal_that_is_no_json_names_the_status() -> None:
    with (
        answering(reply(b"<html>", status="502 Bad Gateway")) as endpoint,
        pytest.raises(CommandFailed, match="status 502"),
    ):
        EngineHttp(endpoint).get_json("/x")


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", reply(b"[1, 2]")[:-2]])
def test_an_answer_that_ends_early_is_an_engine_gone(cut: bytes) -> None:
    with answering(cut) as endpoint, pytest.raises(Unreachable, match="no engine answers"):
        EngineHttp(endpoint).get_json("/x")


def test_an_engine_that_is_too_old_is_named() -> None:
    old = reply(b"{}", "Server: Docker/24.0.7 (linux)")
    with answering(old) as endpoint, pytest.raises(Unreachable, match=r"is 24\.0\.7"):
        EngineHttp(endpoint).get_json("/x")


@pytest.mark.parametrize(
    "host", ["unix:///nowhere.sock", "tcp://127.0.0.1:1", "ftp://x", "tcp://[", "x"]
)
def test_an_address_where_nothing_answers_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable):
        EngineHttp(Endpoint(host)).get_json("/x")


def test_the_address_comes_from_the_environment_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:2375")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    assert current_endpoint() == Endpoint("tcp://there:2375", verify=False)


@pytest.fixture
def docker_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def write_context(folder: Path, name: str, host: str) -> None:
    meta = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": endpoints}))


def test_the_current_context_names_the_engine(docker_folder: Path) -> None:
    write_context(docker_folder, "remote", "ssh://me@there")
    (docker_folder / "config.json").write_text('{"currentContext": "remote"}')
    assert engine_address() == "ssh://me@there"


def test_an_unknown_context_names_the_known_ones(
    docker_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context(docker_folder, "remote", "ssh://me@there")
    monkeypatch.setenv("DOCKER_CONTEXT", "remotte")
    with pytest.raises(Unreachable, match="no docker context 'remotte'") as caught:
        engine_address()
    assert caught.value.hint == "there are: default, remote"


def test_a_broken_docker_configuration_names_the_file(docker_folder: Path) -> None:
    (docker_folder / "config.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"config\.json cannot be read"):
        engine_address()


@pytest.mark.engine
def test_over_ssh_the_docker_command_at_the_other_end_hands_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the other end is this machine: an `ssh` that runs what it is told to."""
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nexec "$@"\n')
    ssh.chmod(ssh.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    http = EngineHttp(Endpoint("ssh://me@there:2222"))
    assert http.get_json("/info")["ID"] == EngineHttp().get_json("/info")["ID"]


@pytest.mark.engine
def test_calls_share_a_connection_and_streams_have_their_own() -> None:
    http = EngineHttp()
    with http.stream("/events", until=1) as events:
        assert http.get_json("/images/envctl-no-such-image/json", missing_ok=True) is None
        assert b"".join(events) == b""
    assert http.delete("/containers/envctl-no-such-container") is False
