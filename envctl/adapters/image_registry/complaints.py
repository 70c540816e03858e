"""What to say when a registry denies, fails, or answers nonsense.

A message names the registry, the request and the status, and quotes the registry's own code and
message. It never quotes a header, a query (an upload's and a download's may hold a key to it) or a
body that is not in a registry's own form.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from envctl.adapters.image_registry.headers import delay
from envctl.adapters.image_registry.patience import Passing
from envctl.adapters.image_registry.trust import is_plain
from envctl.domain.image_reference import HUB
from envctl.errors import Failed, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import EnvctlError

_PASSING = (408, 429, 500, 502, 503, 504)
_LONGEST = 300
_NO_SPACE = 28
AGAIN = "run the same command again; when it stays, look at the registry's own log"


@dataclass(frozen=True)
class Request:
    """What was asked of `host`: who, what, where."""

    host: str
    method: str
    url: str

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


def complaint(
    request: Request, status: int, headers: Mapping[str, str], body: bytes
) -> EnvctlError | Passing:
    """Return what to raise for an answer that is not the one that was asked for."""
    said = f"registry {request.host} answered {status} to {request}"
    said += f": {words}" if (words := _words(body)) else ""
    if status == 507 or _is_full(body):
        return Failed(
            said + " (its disk is full)", hint="free space where the registry keeps its data"
        )
    if status in (401, 403):
        return denied(request, said)
    if status in _PASSING:
        after = delay(headers.get("Retry-After", ""), headers.get("Date", ""))
        return Passing(Unreachable(said, hint=AGAIN), after=after)
    if status == 413:
        return Failed(
            said, hint="something before the registry limits the size of a request: raise it"
        )
    if status >= 500 or status < 400:
        return Unreachable(said, hint=AGAIN)
    return Failed(said, hint="see what the registry says; its own log tells more")


def denied(request: Request, said: str) -> Refused:
    """Return what to say to somebody who may not do that."""
    login = "docker login" if request.host == HUB else f"docker login {request.host}"
    missing = ", or mend its name: there may be no such repository"
    also = missing if request.method in ("GET", "HEAD") else ""
    return Refused(said, hint=f"{login}, as somebody who may do that{also}")


def nonsense(request: Request, why: str) -> Unreachable:
    """Return what to say of an answer that no registry gives."""
    return Unreachable(
        f"registry {request.host} answered nonsense to {request}: {why}",
        hint="is this a registry, or does something between answer in its place (a proxy)?",
    )


def broken(request: Request, error: Exception) -> EnvctlError | Passing:
    """Return what to raise when there was no answer, or half of one."""
    from urllib3 import exceptions as u

    host, asked = request.host, str(request)
    if isinstance(error, u.NameResolutionError):
        return Unreachable(
            f"registry {host} has no address", hint="is its name right, and the network up?"
        )
    if isinstance(error, u.NewConnectionError):
        return Unreachable(
            f"no registry answers at {host}: {_cause(error)}", hint=f"does it run? {AGAIN}"
        )
    if isinstance(error, u.TimeoutError):
        late = Unreachable(f"registry {host} did not answer {asked} in time", hint=AGAIN)
        return Passing(late, slow=True)
    if isinstance(error, u.ProxyError):
        return Unreachable(
            f"the proxy before registry {host} does not let us through",
            hint="see HTTPS_PROXY, NO_PROXY",
        )
    if isinstance(error, u.SSLError):
        return _untrusted(host, error)
    if isinstance(error, u.LocationValueError):
        return nonsense(request, "it sends us to an address that is none")
    return Passing(Unreachable(f"the connection to registry {host} broke at {asked}", hint=AGAIN))


def unconnected(host: str, error: Exception) -> EnvctlError | Passing:
    """Return what to raise when not even a connection was made."""
    why = (error.strerror if isinstance(error, OSError) else "") or "no connection"
    gone = Unreachable(f"no registry answers at {host}: {why}", hint=f"does it run? {AGAIN}")
    final = isinstance(error, ConnectionRefusedError | ValueError)
    return gone if final else Passing(gone, slow=isinstance(error, TimeoutError))


def plain(host: str) -> Refused:
    """Return what to say of a registry that wants to be spoken to in clear."""
    return Refused(
        f"{host} speaks plain HTTP, which is for registries on this machine only",
        hint="give it a certificate (TLS); one of your own authority goes into "
        f"/etc/docker/certs.d/{host}/ca.crt",
    )


def _untrusted(host: str, error: Exception) -> EnvctlError:
    cause = error.args[0] if error.args else error
    if is_plain(cause):
        return plain(host)
    why = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "no reason given"
    return Unreachable(
        f"no trusted connection to registry {host}: {why}",
        hint=f"put its authority's certificate into /etc/docker/certs.d/{host}/ca.crt, or name it "
        "in SSL_CERT_FILE",
    )


def _cause(error: BaseException) -> str:
    inner = error.__cause__ or error.__context__
    return (inner.strerror if isinstance(inner, OSError) else "") or "no connection"


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        errors = json.loads(body)["errors"]
        return [error for error in errors if isinstance(error, dict)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def _words(body: bytes) -> str:
    said = (
        ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
        for error in _errors(body)
    )
    return " ".join("; ".join(said).split())[:_LONGEST]


def _is_full(body: bytes) -> bool:
    """The common registry says it as the number that the system gave (ENOSPC)."""
    for error in _errors(body):
        text = json.dumps([error.get("message"), error.get("detail")]).lower()
        if "no space left" in text or f'"err": {_NO_SPACE}}}' in text:
            return True
    return False
