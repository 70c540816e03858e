"""Send images from the engine to a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.compose_words import words_of
from envctl.adapters.process import Command, run
from envctl.adapters.registry_words import in_words
from envctl.errors import Failed, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

_DENIED = ("denied", "unauthorized", "authentication required", "no basic auth credentials")
_AWAY = (
    "dial tcp", "connection refused", "no such host", "i/o timeout", "x509", "EOF",
    "server gave HTTP response", "connection reset", "received unexpected HTTP status: 5",
)  # fmt: skip


class DockerPusher:
    """Pushes with the docker command, which knows the credentials; `tag` is the engine's own."""

    def __init__(self, tag: Callable[[str, str], None]) -> None:
        self._tag = tag

    def push(self, image: str, reference: str) -> None:
        """Push what the engine has as `image`; Refused when the registry does not let us in."""
        self._tag(image, reference)
        answer = run(Command(("docker", "push", "--quiet", reference)), timeout=None)
        if answer.code == 0:
            return
        words = words_of(answer.stderr)
        said = f"cannot push {reference}: {words}"
        host = reference.partition("/")[0]
        if any(sign in words for sign in _DENIED):
            raise Refused(said, hint=f"docker login {host}")
        if any(sign in words for sign in _AWAY):
            raise Unreachable(
                in_words(said), hint=f"check that the engine reaches {host}, then run it again"
            )
        raise Failed(said, hint="nothing was released; mend it and run the same command again")
