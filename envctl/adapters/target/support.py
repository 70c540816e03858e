"""What envctl has on a target's engine beside the stage itself: one image, and labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed, EnvctlError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = "haproxy:3.2"
"""What the edge runs, and all else there: so that a target needs one image only."""
PROJECT = "dev.envctl.project"
STAGE = "dev.envctl.stage"
ROLE = "dev.envctl.role"
PULL_SILENCE = 20.0
"""Seconds that a pull may say nothing, before the image is brought from here."""
_COPY_SILENCE = 300.0


def labels(project: str, stage: str, role: str) -> dict[str, str]:
    """Return what marks a thing as envctl's own, and whose it is."""
    return {PROJECT: project, STAGE: stage, ROLE: role}


def ensure_image(http: EngineHttp, here: Callable[[], EngineHttp] = EngineHttp) -> None:
    """Make sure that the image is on a target's engine: pulled there, else copied from `here`."""
    if not _has(http):
        why = _pull(http)
        if why and not _copy(here, http):
            raise Unreachable(
                f"{IMAGE} is not on {http.address} and cannot be pulled there: {why}",
                hint=f"docker pull {IMAGE} on this machine: from here it is copied there",
            )


def change_restart(http: EngineHttp, container: str, policy: str) -> None:
    """Change the restart policy of a container, if it is there still."""
    body = {"RestartPolicy": {"Name": policy}}
    http.post(f"/containers/{container}/update", body, missing_ok=True)


def _has(http: EngineHttp) -> bool:
    return http.get_json(f"/images/{IMAGE}/json", missing_ok=True) is not None


def _pull(http: EngineHttp) -> str:
    """Return why it did not work, empty when it did."""
    name, _, tag = IMAGE.partition(":")
    try:
        with http.call("POST", "/images/create", {"fromImage": name, "tag": tag}) as (wire, body):
            wire.allow_silence(PULL_SILENCE)
            said = b"".join(body).decode("utf-8", "replace")
    except CommandFailed as error:
        return error.message
    except Unreachable as error:
        if not isinstance(error.__cause__, TimeoutError):
            raise
        return "no registry answers"
    return _trouble(said)


def _copy(here: Callable[[], EngineHttp], there: EngineHttp) -> bool:
    """Copy it; False where this machine has no engine, or that engine not the image."""
    try:
        source = here()
    except EnvctlError:
        return False
    try:
        if not _has(source):
            return False
    except EnvctlError:
        return False
    else:
        _copy_from(source, there)
        return True
    finally:
        source.close()


def _copy_from(source: EngineHttp, there: EngineHttp) -> None:
    load = {"quiet": True}
    with (
        source.stream(f"/images/{IMAGE}/get", silence=_COPY_SILENCE) as chunks,
        there.call("POST", "/images/load", load, chunks=chunks) as (_, body),
    ):
        said = b"".join(body).decode("utf-8", "replace")
    if why := _trouble(said):
        raise CommandFailed(f"{IMAGE} cannot be loaded on {there.address}: {why}")


def _trouble(said: str) -> str:
    """Return the error in what the engine told line by line."""
    for line in said.splitlines():
        if line.strip() and (error := json.loads(line).get("error")):
            return str(error)
    return ""
