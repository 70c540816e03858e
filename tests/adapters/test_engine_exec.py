"""Programs inside a container: how they end, and what they wrote."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from envctl.adapters.engine_exec import apart, run_inside
from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed

IMAGE = "busybox:1.35"


def test_frames_are_told_apart() -> None:
    frames = b"\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\3two\1\0\0\0\0\0\0\5three"
    assert apart([frames[:5], frames[5:13], frames[13:]]) == (b"onethree", b"two")
    assert apart([]) == (b"", b"")


@pytest.fixture
def container() -> Iterator[str]:
    http, name = EngineHttp(), f"envctl-test-exec-{secrets.token_hex(4)}"
    body = {"Image": IMAGE, "Cmd": ["sleep", "600"], "HostConfig": {"Init": True}}
    http.post("/containers/create", body, name=name)
    http.post(f"/containers/{name}/start")
    yield name
    http.delete(f"/containers/{name}", force=True, v=True)


@pytest.mark.engine
def test_a_program_says_how_it_ended(container: str) -> None:
    words = ("sh", "-c", 'echo "$WORD"; echo wrong >&2; exit 7')
    ran = run_inside(EngineHttp(), container, words, environment=("WORD=right",))
    assert (ran.code, ran.out, ran.err) == (7, b"right\n", b"wrong\n")


@pytest.mark.engine
def test_a_long_answer_arrives_whole(container: str) -> None:
    ran = run_inside(EngineHttp(), container, ("head", "-c", "3000000", "/dev/zero"))
    assert (ran.code, len(ran.out)) == (0, 3_000_000)


@pytest.mark.engine
def test_a_container_that_does_not_run_is_an_error(container: str) -> None:
    http = EngineHttp()
    http.post(f"/containers/{container}/kill")
    with pytest.raises(CommandFailed, match="not running"):
        run_inside(http, container, ("true",))
