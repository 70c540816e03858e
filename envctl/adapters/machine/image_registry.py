"""Find out whether images can be had from their registries: name, connection, TLS, login, image."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from envctl.adapters.machine.here import has_credentials
from envctl.adapters.machine.looks import Look
from envctl.domain.diagnosis.project_facts import Reach, RegistryFact

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE = 2.0
"""Seconds for all that is asked of a registry."""
HUB = "docker.io"
_HUB_ADDRESS = "index.docker.io"
_CERTIFICATES = Path("/etc/docker/certs.d")
_MOST = 5
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)


@dataclass(frozen=True)
class ImageName:
    """An image's name, taken apart as the engine does it."""

    host: str
    repository: str
    reference: str


def image_name(name: str) -> ImageName:
    """Return the parts of `name`: `nginx` is `docker.io`, `library/nginx`, `latest`."""
    plain, _, digest = name.partition("@")
    first, _, rest = plain.partition("/")
    has_host = bool(rest) and ("." in first or ":" in first or first == "localhost")
    host, path = (first, rest) if has_host else (HUB, plain)
    last = path.rpartition("/")[2]
    repository, tag = path, ""
    if ":" in last:
        repository, _, tag = path.rpartition(":")
    if host in (HUB, _HUB_ADDRESS):
        host, repository = HUB, repository if "/" in repository else f"library/{repository}"
    return ImageName(host, repository, digest or tag or "latest")


def registry_facts(images: Iterable[str], info: dict[str, Any]) -> tuple[RegistryFact, ...]:
    """Return how far the way to each image goes; every registry is asked at the same time."""
    hosts: dict[str, list[str]] = {}
    for image in images:
        hosts.setdefault(image_name(image).host, []).append(image)
    asked = [_Question(host, tuple(names), info) for host, names in sorted(hosts.items())]
    looks = [Look(question.ask, PATIENCE) for question in asked]
    for look in looks:
        look.get_or(None)
    return tuple(question.fact for question in asked)


class _Question:
    """What is asked of one registry; `fact` is what is known so far, whenever it is read."""

    def __init__(self, host: str, images: tuple[str, ...], info: dict[str, Any]) -> None:
        proxy = _engine_proxy(host, info)
        env = {k.upper() for k, v in os.environ.items() if v}
        behind = not proxy and bool(env & {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"})
        self._host, self._images, self._info = host, images, info
        said = f"within {PATIENCE:.0f} s"
        self.fact = RegistryFact(host, images, Reach.SILENT, said, proxy, behind)

    def ask(self) -> None:
        """Ask, and keep what is learnt; an answer of the registry itself is the first good news."""
        try:
            if self.fact.through:
                _connect(_split(urlsplit(self.fact.through).netloc or self.fact.through, 3128))
                self._keep(Reach.FOUND)
                return
            self._ask_registry()
        except TimeoutError:
            return
        except socket.gaierror as error:
            self._keep(Reach.NO_NAME, error.strerror or "")
        except ssl.SSLCertVerificationError as error:
            self._keep(Reach.UNTRUSTED, error.verify_message)
        except ssl.SSLError:
            self._keep(Reach.PLAIN, "it speaks no TLS")
        except ConnectionRefusedError:
            self._keep(Reach.REFUSED)
        except (OSError, http.client.HTTPException) as error:
            self._keep(Reach.UNWELL, str(error))

    def _keep(self, reach: Reach, said: str = "", images: tuple[str, ...] = ()) -> None:
        self.fact = replace(self.fact, reach=reach, said=said, images=images or self._images)

    def _ask_registry(self) -> None:
        registry = _reach(self._host, self._info)
        status, headers = registry.ask("GET", "/v2/")
        if status not in (200, 401):
            self._keep(Reach.UNWELL, f"it answers {status}")
            return
        self._keep(Reach.FOUND)
        if status == 401 and has_credentials(self._host):
            return  # what they allow, the engine will find out
        for image in self._images[:_MOST]:
            if not self._has(registry, image, headers.get("WWW-Authenticate", "")):
                return

    def _has(self, registry: _Registry, image: str, challenge: str) -> bool:
        name = image_name(image)
        token = _anonymous_token(challenge, name.repository) if challenge else ""
        path = f"/v2/{name.repository}/manifests/{name.reference}"
        headers = {"Accept": _MANIFESTS, **({"Authorization": f"Bearer {token}"} if token else {})}
        status, _ = registry.ask("HEAD", path, headers)
        refused = {401: Reach.LOGIN, 403: Reach.LOGIN, 404: Reach.ABSENT}
        if status in refused:
            maybe = "or there is no such image" if self._host == HUB else ""
            self._keep(refused[status], maybe if status != 404 else "", (image,))
        return status not in refused


class _Registry:
    """A registry that can be connected to."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext | None) -> None:
        self._address, self._context = address, context

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage]:
        """Return the status and headers of the answer."""
        host, port = self._address
        call = (
            http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=self._context)
            if self._context
            else http.client.HTTPConnection(host, port, timeout=PATIENCE)
        )
        try:
            call.request(method, path, headers=headers or {})
            answer = call.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            call.close()


def _reach(host: str, info: dict[str, Any]) -> _Registry:
    """Return the registry as the engine reaches it: mirrors first, without TLS where it may."""
    settings = info.get("RegistryConfig") or {}
    mirrors = (settings.get("IndexConfigs") or {}).get(host, {}).get("Mirrors") or []
    for mirror in mirrors:
        parts = urlsplit(mirror)
        context = ssl.create_default_context() if parts.scheme == "https" else None
        address = _split(parts.netloc, 443 if context else 80)
        try:
            _connect(address)
            return _Registry(address, context)
        except OSError:
            continue
    address = _split(_HUB_ADDRESS if host == HUB else host, 443)
    _connect(address)
    if not is_insecure(host, settings):
        return _Registry(address, _trust(host))
    return _Registry(_split(host, 80), None) if not _speaks_tls(address) else _lenient(address)


def _lenient(address: tuple[str, int]) -> _Registry:
    return _Registry(address, ssl._create_unverified_context())  # noqa: S323, SLF001 - as the engine does for registries it was told are insecure


def _trust(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    own = _CERTIFICATES / host / "ca.crt"
    if own.is_file():
        context.load_verify_locations(own)
    return context


def is_insecure(host: str, settings: dict[str, Any]) -> bool:
    """Whether the engine would do without TLS; by its settings, and always on this machine."""
    if (settings.get("IndexConfigs") or {}).get(host, {}).get("Secure") is False:
        return True
    name = _split(host, 443)[0]
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(socket.getaddrinfo(name, None)[0][4][0])
        ranges = [ipaddress.ip_network(c) for c in settings.get("InsecureRegistryCIDRs") or ()]
    except (OSError, ValueError):
        return False
    return any(address in one for one in ranges if one.version == address.version)


def _speaks_tls(address: tuple[str, int]) -> bool:
    try:
        _lenient(address).ask("GET", "/v2/")
    except (ssl.SSLError, ConnectionResetError):
        return False
    return True


def _connect(address: tuple[str, int]) -> None:
    socket.create_connection(address, PATIENCE).close()


def _split(host: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname or host, parts.port or port


def _anonymous_token(challenge: str, repository: str) -> str:
    """Return what the registry's token service gives to anybody; empty when it gives nothing."""
    if not challenge.lower().startswith("bearer"):
        return ""
    words = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    scope = {"service": words.get("service", ""), "scope": f"repository:{repository}:pull"}
    parts = urlsplit(words.get("realm", ""))
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    call = kind(parts.netloc, timeout=PATIENCE)
    try:
        call.request("GET", f"{parts.path}?{urlencode(scope)}")
        answer = json.loads(call.getresponse().read() or b"{}")
    except ValueError:
        return ""
    finally:
        call.close()
    return str(answer.get("token") or answer.get("access_token") or "")


def _engine_proxy(host: str, info: dict[str, Any]) -> str:
    proxy = str(info.get("HttpsProxy") or info.get("HttpProxy") or "")
    name = _split(_HUB_ADDRESS if host == HUB else host, 443)[0]
    spared = [word.strip().lstrip("*.") for word in str(info.get("NoProxy") or "").split(",")]
    local = name == "localhost" or name.startswith("127.")
    if local or any(word and (name == word or name.endswith(f".{word}")) for word in spared):
        return ""
    return proxy
