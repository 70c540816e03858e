"""Reads a blob, goes on after a break where it broke, and compares the whole with its digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from envctl.adapters.image_registry.complaints import nonsense
from envctl.adapters.image_registry.patience import Passing
from envctl.adapters.image_registry.session import Call
from envctl.domain.image_reference import is_digest
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse

    from envctl.adapters.image_registry.complaints import Request
    from envctl.adapters.image_registry.session import Session
    from envctl.errors import EnvctlError

_PROGRESS = 1 << 20
"""Bytes after which a break is the first one again."""
_BEGIN = re.compile(r"bytes (\d+)-", re.ASCII)


class Download:
    """One blob on its way here."""

    def __init__(self, session: Session, repository: str, digest: str, start: int) -> None:
        if not is_digest(digest):
            raise Failed(f"{digest!r} is no digest of a blob")
        self._session, self._digest = session, digest
        self._repository, self._at = repository, start
        self._hash = hashlib.new(digest.partition(":")[0]) if start == 0 else None
        self._pauses = session.patience.pauses

    def chunks(self) -> Iterator[bytes]:
        """Yield what is left of the blob."""
        breaks, mark = 0, self._at
        while True:
            try:
                yield from self._piece()
                return
            except Passing as trouble:
                breaks = 1 if self._at - mark >= _PROGRESS else breaks + 1
                mark = self._at
                self._pause(breaks, trouble)

    def _pause(self, breaks: int, trouble: Passing) -> None:
        patience = self._session.patience
        if breaks > len(self._pauses) or trouble.after > patience.longest_pause:
            raise trouble.error from trouble
        patience.sleep(max(self._pauses[breaks - 1], trouble.after))

    def _piece(self) -> Iterator[bytes]:
        headers = {"Range": f"bytes={self._at}-"} if self._at else {}
        call = Call(
            "GET",
            f"/v2/{self._repository}/blobs/{self._digest}",
            (f"repository:{self._repository}:pull",),
            (200, 206, 404, 416),
            headers,
        )
        with self._session.open(call) as (request, response):
            if response.status == 404:
                raise self._missing()
            if response.status != 416:  # all of it has come, and only the end was not seen
                for data in self._rest(request, response):
                    self._take(data)
                    yield data
            self._prove(request)

    def _rest(self, request: Request, response: BaseHTTPResponse) -> Iterator[bytes]:
        """Yield what has not come yet; some registries begin at the beginning again."""
        skip = self._at
        if response.status == 206:
            begin = _BEGIN.match(response.headers.get("Content-Range", ""))
            skip = self._at - int(begin[1]) if begin else -1
            if skip < 0:
                raise nonsense(request, "it continues somewhere else")
        for data in self._session.transport.chunks(request, response):
            if fresh := data[skip:]:
                yield fresh
            skip = max(0, skip - len(data))

    def _take(self, data: bytes) -> None:
        self._at += len(data)
        if self._hash:
            self._hash.update(data)

    def _prove(self, request: Request) -> None:
        if not self._hash:
            return
        found = f"{self._hash.name}:{self._hash.hexdigest()}"
        if found != self._digest:
            raise nonsense(request, f"the content has the digest {found}")

    def _missing(self) -> EnvctlError:
        where = f"{self._session.host}/{self._repository}"
        return Failed(
            f"{where} has no blob {self._digest}",
            hint="it was deleted there, or never sent: send the image again",
        )
