"""Whom to believe over TLS: the system, and what the engine is told in its certs.d folders."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from envctl.adapters.memory import home_folder
from envctl.errors import ConfigurationError

_SYSTEM = Path("/etc/docker/certs.d")
_PLAIN = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}


def folders(host: str) -> tuple[Path, ...]:
    """Return where certificates for `host` may be: the engine's folder, and that of a rootless."""
    return (_SYSTEM / host, home_folder() / ".config/docker/certs.d" / host)


def trust(host: str) -> ssl.SSLContext:
    """Return whom to believe when talking to `host`, and what to show there."""
    present = [folder for folder in folders(host) if _is_folder(folder)]
    if not present:
        return _system_trust()
    context = ssl.create_default_context()
    for folder in present:
        _load(context, folder)
    return context


def is_loopback(host: str) -> bool:
    """Whether `host`, a port may follow, is this machine by its very name."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def speaks_tls(host: str, seconds: float) -> bool:
    """Whether TLS is spoken at `host`; OSError when that cannot be told now.

    Nothing is sent and nobody is believed: the real connection looks at the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    parts = urlsplit(f"//{host}")
    try:
        with socket.create_connection((parts.hostname, parts.port or 443), seconds) as connection:
            context.wrap_socket(connection, server_hostname=parts.hostname).close()
    except ssl.SSLEOFError:
        raise  # it is going down, or coming up
    except ssl.SSLError as error:
        return not is_plain(error)
    return True


def is_plain(error: BaseException) -> bool:
    """Whether TLS failed because the other side does not speak it."""
    return isinstance(error, ssl.SSLError) and error.reason in _PLAIN


@cache
def _system_trust() -> ssl.SSLContext:
    """SSL_CERT_FILE and SSL_CERT_DIR count here, as everywhere."""
    return ssl.create_default_context()


def _load(context: ssl.SSLContext, folder: Path) -> None:
    path = folder
    try:
        for path in sorted(folder.glob("*.crt")):
            context.load_verify_locations(path)
        for path in sorted(folder.glob("*.cert")):
            context.load_cert_chain(path, path.with_suffix(".key"), _no_password)
    except OSError as error:  # ssl.SSLError is one
        why = "is no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(
            f"{path} cannot be used: {why}",
            hint="*.crt are authorities; each *.cert is shown to the registry, with its *.key",
        ) from error


def _no_password() -> str:
    """Nobody is there to type one: an encrypted key is refused instead of asked about."""
    return ""


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False
