"""Runs a program inside a running container, through the engine's API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.adapters.engine_http import EngineHttp

SILENCE = 60.0
"""Seconds that a program may say nothing."""
_HEAD = 8
_STDERR = 2


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it wrote."""

    code: int
    out: bytes
    err: bytes


def run_inside(
    http: EngineHttp,
    container: str,
    command: Sequence[str],
    *,
    environment: Sequence[str] = (),
    user: str = "",
    working_dir: str = "",
    privileged: bool = False,
    silence: float | None = SILENCE,
) -> Ran:
    """Run `command` inside a container and wait for its end.

    `environment` has lines as NAME=VALUE; user and folder are the container's own where they are
    empty. CommandFailed where the container does not run, Unreachable after `silence` seconds
    without a word, None for never. The program goes on when this is killed.
    """
    asked = {
        "Cmd": list(command),
        "Env": list(environment),
        "User": user,
        "WorkingDir": working_dir,
        "Privileged": privileged,
        "AttachStdout": True,
        "AttachStderr": True,
    }
    run = http.post(f"/containers/{container}/exec", asked)["Id"]
    started = {"Detach": False, "Tty": False}
    out, err = apart(http.post_stream(f"/exec/{run}/start", started, silence=silence))
    return Ran(int(http.get_json(f"/exec/{run}/json")["ExitCode"]), out, err)


def apart(stream: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Return stdout and stderr, which the engine sends in frames on one connection."""
    data = b"".join(stream)
    parts: dict[bool, list[bytes]] = {True: [], False: []}
    while len(data) >= _HEAD:
        end = _HEAD + int.from_bytes(data[4:_HEAD], "big")
        parts[data[0] == _STDERR].append(data[_HEAD:end])
        data = data[end:]
    return b"".join(parts[False]), b"".join(parts[True])
