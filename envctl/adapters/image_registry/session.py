"""Asks a registry, as whom it knows, again where that may help."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.adapters.image_registry.complaints import Request
from envctl.adapters.image_registry.credentials import configured_credentials
from envctl.adapters.image_registry.patience import Patience
from envctl.adapters.image_registry.tokens import Authorizer
from envctl.adapters.image_registry.transport import Transport
from envctl.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse

    from envctl.adapters.image_registry.credentials import Credentials

_LIMIT = 4 << 20
"""As many bytes as registries let a manifest have."""


@dataclass(frozen=True)
class Call:
    """One thing to ask of a registry; `fine` are the answers that the caller understands."""

    method: str
    url: str
    scopes: tuple[str, ...]
    fine: tuple[int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    limit: int = _LIMIT


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes


class Session:
    """A registry that can be asked, by several threads if need be."""

    def __init__(
        self,
        host: str,
        patience: Patience | None = None,
        credentials: Callable[[str], Credentials] = configured_credentials,
    ) -> None:
        self.host = host
        self.patience = patience or Patience()
        self.transport = Transport(host, self.patience)
        self._authorizer = Authorizer(self.transport, self.patience.clock, credentials)
        self._gone: Unreachable | None = None

    def ask(self, call: Call) -> Answer:
        """Return the whole answer; anything but a fine one is raised as an error."""
        if self._gone:
            raise Unreachable(self._gone.message, hint=self._gone.hint)
        try:
            return self.patience.persist(lambda: self.ask_once(call))
        except Unreachable as error:
            self._gone = error if self.patience.gives_up else None
            raise

    def ask_once(self, call: Call) -> Answer:
        """Do so without a second try, and raise Passing where one might help."""
        with self.open(call) as (request, response):
            body = self.transport.whole(request, response, call.limit)
            return Answer(request, response.status, response.headers, body)

    @contextmanager
    def open(
        self, call: Call, body: Callable[[], Iterable[bytes]] | None = None
    ) -> Iterator[tuple[Request, BaseHTTPResponse]]:
        """Ask once, and hand out a fine answer before its body is read."""
        request = Request(self.host, call.method, call.url)
        own = self._is_own(call.url)
        proof = self._authorizer.header(call.scopes) if own else ""
        with self._sent(request, call, proof, body) as response:
            if response.status != 401 or not own:
                yield self._fine(call, request, response)
                return
            wanted = response.headers.get("WWW-Authenticate", "")
            better = self._authorizer.renewed(wanted, call.scopes)
            if not better or better == proof:
                raise self.transport.complain(request, response)
        with self._sent(request, call, better, body) as response:
            yield self._fine(call, request, response)

    @contextmanager
    def _sent(
        self,
        request: Request,
        call: Call,
        proof: str,
        body: Callable[[], Iterable[bytes]] | None,
    ) -> Iterator[BaseHTTPResponse]:
        headers = {**call.headers, **({"Authorization": proof} if proof else {})}
        content = body() if body else call.body
        with self.transport.open(request, headers, content) as response:
            yield response

    def _fine(
        self, call: Call, request: Request, response: BaseHTTPResponse
    ) -> tuple[Request, BaseHTTPResponse]:
        if response.status not in call.fine:
            raise self.transport.complain(request, response)
        return request, response

    def _is_own(self, url: str) -> bool:
        """Elsewhere nobody is shown who we are."""
        return url.startswith(("/", f"{self.transport.base}/"))
