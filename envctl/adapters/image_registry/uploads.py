"""Sends a blob; after a break it asks how much has come, and goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from envctl.adapters.image_registry.complaints import nonsense
from envctl.adapters.image_registry.headers import uploaded
from envctl.adapters.image_registry.patience import Passing
from envctl.adapters.image_registry.session import Answer, Call
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envctl.adapters.image_registry.session import Session

_TYPE = {"Content-Type": "application/octet-stream"}


class Upload:
    """One blob on its way to a repository; `read(start)` gives its content from there on."""

    def __init__(
        self,
        session: Session,
        repository: str,
        digest: str,
        size: int,
        read: Callable[[int], Iterable[bytes]],
    ) -> None:
        self._session, self._repository = session, repository
        self._digest, self._size, self._read = digest, size, read
        self._scopes = (f"repository:{repository}:pull,push",)
        self._session_url = ""

    def send(self) -> None:
        """Send it; returns when the registry has it under its digest."""
        self._session.patience.persist(self._try)

    def _try(self) -> None:
        """Begin, or go on where the former try broke."""
        start = self._resumed()
        if start < self._size or not self._size:
            self._send_from(start)
        self._commit()

    def _resumed(self) -> int:
        """Return how much has come. A registry that does not know any more gets it anew."""
        if self._session_url:
            status = Call("GET", self._session_url, self._scopes, (204, 404))
            try:
                answer = self._session.ask_once(status)
            except EnvctlError:
                answer = None  # the common registry gives an upload up that broke: start again
            if answer and answer.status == 204:
                start = uploaded(answer.headers.get("Range", ""))
                self._keep(answer)
                if 0 < start <= self._size:
                    return start
        self._begin()
        return 0

    def _begin(self) -> None:
        url = f"/v2/{self._repository}/blobs/uploads/"
        self._keep(self._session.ask_once(Call("POST", url, self._scopes, (202,))))

    def _send_from(self, start: int) -> None:
        headers = {**_TYPE, "Content-Length": str(self._size - start)}
        if start:
            headers["Content-Range"] = f"{start}-{self._size - 1}"
        call = Call("PATCH", self._session_url, self._scopes, (202,), headers)
        with self._session.open(call, lambda: self._read(start)) as (request, response):
            body = self._session.transport.whole(request, response, call.limit)
            self._keep(Answer(request, response.status, response.headers, body))

    def _commit(self) -> None:
        """What was sent is kept under its digest; the registry compares it."""
        join = "&" if "?" in self._session_url else "?"
        url = f"{self._session_url}{join}digest={self._digest}"
        call = Call("PUT", url, self._scopes, (201, 204), {**_TYPE, "Content-Length": "0"})
        try:
            self._session.ask_once(call)
        except Passing:
            if not self._has_come():
                raise
        except EnvctlError:
            self._session_url = ""
            raise

    def _has_come(self) -> bool:
        """Whether only the answer was lost."""
        url = f"/v2/{self._repository}/blobs/{self._digest}"
        return self._session.ask_once(Call("HEAD", url, self._scopes, (200, 404))).status == 200

    def _keep(self, answer: Answer) -> None:
        self._session_url = location(self._session, answer)


def location(session: Session, answer: Answer) -> str:
    """Return where the upload goes on.

    A registry that does not know that TLS is spoken before it names itself without.
    """
    target = answer.headers.get("Location", "")
    if not target:
        raise nonsense(answer.request, "it does not say where to send the content")
    parts = urlsplit(urljoin(urljoin(session.transport.base, answer.request.url), target))
    base = urlsplit(session.transport.base)
    if parts.hostname == base.hostname and base.scheme == "https":
        parts = parts._replace(scheme="https")
    return urlunsplit(parts)
