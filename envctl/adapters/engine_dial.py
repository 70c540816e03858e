"""Open a connection to an engine: a socket, whatever lies between."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from envctl.errors import Unreachable

if TYPE_CHECKING:
    import subprocess

    from envctl.adapters.engine_address import Endpoint


def dial(endpoint: Endpoint, timeout: float) -> socket.socket:
    """Return a connected socket; OSError when nothing answers, Unreachable for an odd address."""
    scheme, _, rest = endpoint.host.partition("://")
    if scheme == "unix":
        return _unix(rest, timeout)
    if scheme in ("tcp", "http", "https") and (port := _port(endpoint.host)):
        plain = socket.create_connection((urlsplit(endpoint.host).hostname or "", port), timeout)
        return _secured(plain, endpoint) if endpoint.tls else plain
    if scheme == "ssh":
        return _through_ssh(endpoint.host)
    raise Unreachable(
        f"{endpoint.host!r} is no address of an engine",
        hint="DOCKER_HOST is like unix:///run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST",
    )


def _port(host: str) -> int | None:
    try:
        return urlsplit(host).port or 2375
    except ValueError:
        return None


def _unix(path: str, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _secured(plain: socket.socket, endpoint: Endpoint) -> socket.socket:
    import ssl

    context = ssl.create_default_context(cafile=_existing(endpoint.tls, "ca.pem"))
    if not endpoint.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate := _existing(endpoint.tls, "cert.pem"):
        context.load_cert_chain(certificate, _existing(endpoint.tls, "key.pem"))
    return context.wrap_socket(plain, server_hostname=urlsplit(endpoint.host).hostname)


def _existing(folder: str, name: str) -> str | None:
    path = f"{folder}/{name}"
    return path if os.path.exists(path) else None  # noqa: PTH110 - a string is what ssl takes


class _SshSocket(socket.socket):
    """One end of a pair; a process of ssh has the other, and ends with this one."""

    process: subprocess.Popen[bytes]

    def close(self) -> None:
        """Close it, and leave no process behind."""
        super().close()
        self.process.wait()


def _through_ssh(host: str) -> socket.socket:
    """Let the docker command at the other end hand on what comes, with the user's own ssh."""
    import subprocess

    parts = urlsplit(host)
    where = f"{parts.username}@{parts.hostname}" if parts.username else str(parts.hostname)
    port = ["-p", str(parts.port)] if parts.port else []
    words = ["ssh", "-T", *port, "--", where, "docker", "system", "dial-stdio"]
    pair = socket.socketpair()
    ours = _SshSocket(fileno=pair[0].detach())
    with pair[1] as theirs:
        end = theirs.fileno()
        # Ctrl-C is for envctl, which still has to ask the engine a few things then
        ours.process = subprocess.Popen(words, stdin=end, stdout=end, start_new_session=True)
    return ours
