"""HTTP with one registry, and with those it sends us to: a token service, where its blobs are."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3

from envctl import __version__
from envctl.adapters.image_registry.complaints import (
    broken,
    complaint,
    nonsense,
    plain,
    unconnected,
)
from envctl.adapters.image_registry.trust import is_loopback, speaks_tls, trust
from envctl.domain.image_reference import HUB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse, PoolManager

    from envctl.adapters.image_registry.complaints import Request
    from envctl.adapters.image_registry.patience import Patience

CHUNK = 1 << 20
_HUB_ADDRESS = "index.docker.io"
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_CONNECTIONS = 8
_COMPLAINT_LIMIT = 1 << 16


class Transport:
    """Connections that are kept; several threads may share it.

    Every method raises Passing for what may be over soon, and an EnvctlError for the rest.
    """

    def __init__(self, host: str, patience: Patience) -> None:
        self.host = host
        self._patience = patience
        self._managers: dict[str, PoolManager] = {}

    @cached_property
    def base(self) -> str:
        """The registry's address. Without TLS only on this machine, and only if it has none."""
        if self.host == HUB:
            return f"https://{_HUB_ADDRESS}"
        try:
            tls = not is_loopback(self.host) or speaks_tls(self.host, self._patience.connect)
        except (OSError, ValueError) as error:
            raise unconnected(self.host, error) from error
        return f"{'https' if tls else 'http'}://{self.host}"

    @contextmanager
    def open(
        self,
        request: Request,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
    ) -> Iterator[BaseHTTPResponse]:
        """Ask, follow where a reader is sent to, and hand out the answer, its body unread."""
        response = self._follow(request, dict(headers), body)
        try:
            yield response
        finally:
            response.close() if response.length_remaining else response.release_conn()

    def chunks(self, request: Request, response: BaseHTTPResponse) -> Iterator[bytes]:
        """Yield the body as it comes; an end before the end is an error."""
        try:
            while data := response.read(CHUNK):
                yield data
        except urllib3.exceptions.HTTPError as error:
            raise broken(request, error) from error

    def whole(self, request: Request, response: BaseHTTPResponse, limit: int) -> bytes:
        """Return the body, which may have `limit` bytes."""
        body = bytearray()
        for data in self.chunks(request, response):
            body += data
            if len(body) > limit:
                raise nonsense(request, f"more than {limit} bytes")
        return bytes(body)

    def complain(self, request: Request, response: BaseHTTPResponse) -> Exception:
        """Return what to raise for an answer that is not the one that was asked for."""
        try:
            body = response.read(_COMPLAINT_LIMIT)
        except urllib3.exceptions.HTTPError:
            body = b""
        return complaint(request, response.status, response.headers, body)

    def _follow(
        self, request: Request, headers: dict[str, str], body: bytes | Iterable[bytes] | None
    ) -> BaseHTTPResponse:
        url = urljoin(self.base, request.url)
        for _ in range(_MOST_REDIRECTS):
            response = self._send(request, url, headers, body)
            target = response.headers.get("Location", "")
            reads = request.method in ("GET", "HEAD")
            if response.status not in _REDIRECTS or not target or not reads:
                return response
            response.close()
            url, former = urljoin(url, target), url
            if urlsplit(url)[:2] != urlsplit(former)[:2]:
                headers.pop("Authorization", None)  # it is for whom it was given to
        raise nonsense(request, f"more than {_MOST_REDIRECTS} redirections")

    def _send(
        self,
        request: Request,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
    ) -> BaseHTTPResponse:
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.netloc):
            raise plain(parts.netloc)
        own = {"User-Agent": f"envctl/{__version__}", "Accept-Encoding": "identity"}
        try:
            return self._manager(parts.scheme, parts.netloc).request(
                request.method,
                url,
                body=body,
                headers={**own, **headers},
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise broken(request, error) from error

    def _manager(self, scheme: str, netloc: str) -> PoolManager:
        """Certificates are a host's own, so connections are as well."""
        key = f"{scheme}://{netloc}"
        if key not in self._managers:
            self._managers[key] = self._new_manager(scheme, netloc)
        return self._managers[key]

    def _new_manager(self, scheme: str, netloc: str) -> PoolManager:
        context = trust(netloc if netloc != _HUB_ADDRESS else HUB) if scheme == "https" else None
        timeout = urllib3.Timeout(connect=self._patience.connect, read=self._patience.silence)
        if proxy := _proxy(scheme, netloc):
            parts = urlsplit(proxy)
            user = urllib3.util.make_headers(
                proxy_basic_auth=f"{parts.username}:{parts.password}" if parts.username else None
            )
            return urllib3.ProxyManager(
                proxy, maxsize=_CONNECTIONS, timeout=timeout, ssl_context=context,
                proxy_headers=user,
            )  # fmt: skip
        return urllib3.PoolManager(maxsize=_CONNECTIONS, timeout=timeout, ssl_context=context)


def _proxy(scheme: str, netloc: str) -> str:
    """Return the proxy that the environment names for it; never one for this machine."""
    named = any(name.lower() in ("https_proxy", "http_proxy", "all_proxy") for name in os.environ)
    if not named or is_loopback(netloc):
        return ""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    return "" if proxy_bypass(netloc) else proxies.get(scheme) or proxies.get("all") or ""
