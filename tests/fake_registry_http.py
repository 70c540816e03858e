"""How the registry in memory reads and answers, misbehaves, and looks at who is asking."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.fake_registry import FakeRegistry

PATH = re.compile(
    r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)/(?P<what>[^/]*)"
)


class Broken(Exception):
    """The client, or the fault, ended the connection."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # who tries TLS first learns from a status line that it is not spoken here
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def registry(self) -> FakeRegistry:
        return cast("FakeRegistry", self.server.registry)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class says so
        pass

    def _serve(self) -> None:
        self.parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(self.parts.query).items()}
        self.body_read = False
        words = f"{self.command} {self.path}"
        with self.registry.lock:
            number = next(self.registry.numbers)
            self.registry.requests.append(words)
        if self.registry.before:
            self.registry.before(number, words)
        try:
            if not self._misbehaves() and self._may():
                self._route()
        except (Broken, OSError):
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class says so

    # --- reading and answering --------------------------------------------------------------------

    def _pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        self.body_read = True
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
                yield self._exactly(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self._exactly(min(left, 1 << 16))
            left -= len(piece)
            yield piece

    def _exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise Broken
        return data

    def _body(self) -> bytes:
        return b"".join(self._pieces())

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        if not self.body_read:
            self._body()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if status in (200, 206) and "/v2/" in self.path and self.registry.spend("truncated"):
            self.wfile.write(body[: len(body) // 2])
            raise Broken
        self.wfile.write(body)

    def _refuse(self, status: int, code: str, message: str = "", detail: object = None) -> None:
        error = {
            "code": code,
            "message": message or code.lower().replace("_", " "),
            "detail": detail,
        }
        body = json.dumps({"errors": [error]}).encode()
        self._answer(status, body, Content_Type="application/json")

    def _json(self, value: object, **headers: str) -> None:
        self._answer(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    # --- faults and access ------------------------------------------------------------------------

    def _misbehaves(self) -> bool:
        faults = self.registry.faults
        if self.registry.spend("silent"):
            self.registry.closing.wait()
            raise Broken
        if self.registry.spend("busy"):
            self._answer(429, Retry_After=faults.retry_after)
        elif faults.status:
            self._answer(faults.status, faults.body, Content_Type="text/html")
        elif faults.full == 507 and self.command in ("PUT", "PATCH", "POST"):
            self._refuse(507, "UNKNOWN", "insufficient storage")
        elif faults.full == 500 and self.command in ("PUT", "PATCH", "POST"):
            detail = {
                "DriverName": "filesystem",
                "Enclosed": {"Op": "mkdir", "Path": "/x", "Err": 28},
            }
            self._refuse(500, "UNKNOWN", "unknown error", detail)
        else:
            return False
        return True

    def _may(self) -> bool:
        registry, shown = self.registry, self.headers.get("Authorization", "")
        if self.parts.path == "/token":
            self._give_token(shown)
            return False
        if registry.bearer:
            wanted = f'Bearer realm="{registry.scheme}://{registry.address}/token",service="fake"'
            scope = registry.tokens.get(shown.removeprefix("Bearer "), None)
            if scope is not None and self._covers(scope):
                return True
        elif registry.basic:
            wanted = 'Basic realm="fake"'
            if shown == f"Basic {base64.b64encode(registry.basic.encode()).decode()}":
                return True
        else:
            return True
        error = json.dumps(
            {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        )
        self._answer(401, error.encode(), WWW_Authenticate=wanted)
        return False

    def _covers(self, scope: str) -> bool:
        found = PATH.fullmatch(self.parts.path)
        if not found:
            return True
        needed = (
            "pull"
            if self.command in ("GET", "HEAD") and found["kind"] != "blobs/uploads"
            else "push"
        )
        allowed = [one.split(":") for one in scope.split()]
        return any(name == found["name"] and needed in acts.split(",") for _, name, acts in allowed)

    def _give_token(self, shown: str) -> None:
        registry = self.registry
        form = (
            parse_qs(self._body().decode())
            if self.command == "POST"
            else parse_qs(self.parts.query)
        )
        scope = " ".join(form.get("scope", []))
        basic = f"Basic {base64.b64encode(registry.bearer.encode()).decode()}"
        if shown != basic and form.get("refresh_token") != [registry.bearer]:
            self._refuse(401, "UNAUTHORIZED", "incorrect username or password")
            return
        with registry.lock:
            token = f"token-{len(registry.scopes)}"
            registry.scopes.append(scope)
            registry.tokens[token] = scope
        self._json({"access_token": token, "expires_in": 300})

    def _route(self) -> None:
        raise NotImplementedError
