"""Calls to an engine that are more than a question: attached streams, commands, long waits."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.engine_wire import Wire

_UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}
_FRAME = struct.Struct(">B3xI")
_STDOUT = 1


@contextmanager
def attached(http: EngineHttp, container: str) -> Iterator[Wire]:
    """Be connected to stdin and stdout of a container; it may be started afterwards.

    What is read has the engine's frames around it.
    """
    query: dict[str, object] = {"stream": True, "stdin": True, "stdout": True}
    path = f"/containers/{container}/attach"
    with http.call("POST", path, query, headers=_UPGRADE) as (wire, _):
        yield wire


def run_inside(http: EngineHttp, container: str, words: Sequence[str]) -> str:
    """Run a command in a running container and return what it says; CommandFailed if it fails."""
    asked = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(words)}
    run = http.post(f"/containers/{container}/exec", asked)["Id"]
    start = {"Detach": False, "Tty": False}
    with http.call("POST", f"/exec/{run}/start", body=start) as (_, body):
        said = _parted(body)
    if code := http.get_json(f"/exec/{run}/json")["ExitCode"]:
        raise CommandFailed(f"{words[0]} in {container} ended with exit code {code}: {said[1]}")
    return said[0]


def await_removal(http: EngineHttp, container: str, seconds: float) -> bool:
    """Wait until a container is gone; False when it is still there after so many seconds."""
    path = f"/containers/{container}/wait"
    try:
        with http.call("POST", path, {"condition": "removed"}) as (wire, body):
            wire.allow_silence(max(seconds, 0.001))
            try:
                for _ in body:
                    pass
            except TimeoutError:
                return False
    except CommandFailed as error:
        if "No such container" not in error.message:
            raise
    return True


def _parted(body: Iterable[bytes]) -> tuple[str, str]:
    """Return stdout and stderr of a stream in the engine's frames."""
    data, at = b"".join(body), 0
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    while at + _FRAME.size <= len(data):
        kind, length = _FRAME.unpack_from(data, at)
        at += _FRAME.size
        parts[kind != _STDOUT].append(data[at : at + length])
        at += length
    out, err = (b"".join(part).decode("utf-8", "replace") for part in parts)
    return out, err
