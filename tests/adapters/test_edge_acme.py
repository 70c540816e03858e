"""Certificates that the edge gets from an ACME server itself."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from envctl.adapters.edge.haproxy import HaproxyEdge
from envctl.adapters.engine_exec import run_inside
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.edge import Certificate, Route
from envctl.domain.https import HttpsFiles
from tests.adapters.acme_server import acme_server, authority_of, directory, why_not
from tests.adapters.edge_traffic import ask, backing, web
from tests.adapters.test_edge_haproxy import (  # noqa: F401 - fixtures
    awake,
    certificate,
    edge,
    free_port,
    kill,
    name,
    port,
    remove,
    restart,
    servers,
)
from tests.e2e.conftest import eventually

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

ISSUED_IN = "/var/lib/envctl-edge/certificates/acme"


def offer(edge: HaproxyEdge, stage: str, port: int, server: int, https: HttpsFiles) -> None:  # noqa: F811
    route = Route(port, "web", 80, hosts=(f"{stage}.test",))
    edge.offer(stage, (route,), backing("a", server), https)
    edge.switch(stage, "a")
    edge.confirm(stage)


def by(folder: Path, at: int) -> HttpsFiles:
    return HttpsFiles((), directory(at), "ops@example.com", authority_of(folder))


def from_files(folder: Path, host: str) -> HttpsFiles:
    folder.mkdir()
    return HttpsFiles((("files.pem", certificate(folder, host)),))


def serial(port: int, host: str, root: str) -> str | None:  # noqa: F811
    """What the certificate is that a name is served with; None where `root` did not sign it."""
    context = ssl.create_default_context(cadata=root)
    with suppress(ssl.SSLError), socket.create_connection(("127.0.0.1", port), 10) as raw:
        connection = context.wrap_socket(raw, server_hostname=host)
        with connection:
            return str((connection.getpeercert() or {})["serialNumber"])
    return None


def is_refused(port: int, host: str) -> bool:  # noqa: F811
    """Whether not even a client that believes all gets a certificate for a name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 10) as raw:
        try:
            context.wrap_socket(raw, server_hostname=host).close()
        except ssl.SSLError as error:
            return "UNRECOGNIZED_NAME" in str(error)
    return False


def kept(name: str) -> str:  # noqa: F811
    words = f"cat {ISSUED_IN}/*/*.test.pem"
    return run_inside(EngineHttp(), name, ("sh", "-c", words)).out.decode()


def test_names_get_certificates_which_outlive_whatever_ends_the_edge(
    edge: HaproxyEdge,  # noqa: F811
    name: str,  # noqa: F811
    port: int,  # noqa: F811
    servers: ExitStack,  # noqa: F811
    tmp_path: Path,
) -> None:
    at, behind = free_port(), servers.enter_context(web("a"))
    acme = servers.enter_context(acme_server(tmp_path, edge._plain, at))
    root, https = acme.root(), by(tmp_path, at)
    offer(edge, "shop", port, behind, https)
    assert ask(edge._plain, host="shop.test")[0] == 308
    first = eventually(lambda: serial(port, "shop.test", root), "a certificate", 60)
    eventually(lambda: kept(name).count("END CERTIFICATE") > 1, "it on the disk", 30)
    offer(edge, "files", port, behind, from_files(tmp_path / "own", "files.test"))
    offer(edge, "blog", port, behind, https)
    assert serial(port, "shop.test", root) == first
    second = eventually(lambda: serial(port, "blog.test", root), "the second one", 60)
    eventually(lambda: kept(name).count("END CERTIFICATE") > 3, "both on the disk", 30)
    for gone in (restart, kill, remove):
        gone(name)
        awake(edge)
        assert (serial(port, "shop.test", root), serial(port, "blog.test", root)) == (first, second)
    assert serial(port, "files.test", (tmp_path / "own/crt").read_text())
    assert edge.certificates("shop") == (Certificate("shop.test", 89),)
    assert "PRIVATE" not in run_inside(EngineHttp(), name, ("cat", "/proc/1/cmdline")).out.decode()


def test_a_server_that_is_away_harms_nobody_and_is_asked_again(
    edge: HaproxyEdge,  # noqa: F811
    name: str,  # noqa: F811
    port: int,  # noqa: F811
    servers: ExitStack,  # noqa: F811
    tmp_path: Path,
) -> None:
    at, behind = free_port(), servers.enter_context(web("a"))
    offer(edge, "files", port, behind, from_files(tmp_path / "own", "files.test"))
    own = (tmp_path / "own/crt").read_text()
    offer(edge, "shop", port, behind, by(tmp_path, at))
    assert edge.certificates("shop") == (Certificate("shop.test"),)
    assert edge.certificates("files") == (Certificate("files.test", 1),)
    asked = f"{ISSUED_IN}/*/shop.test.pem.asked"
    eventually(lambda: not run_inside(EngineHttp(), name, ("sh", "-c", f"ls {asked}")).code, asked)
    for ended in (lambda name: None, restart):
        ended(name)
        awake(edge)
        assert serial(port, "files.test", own)
        assert is_refused(port, "shop.test")
        edge.confirm("shop")
    acme = servers.enter_context(acme_server(tmp_path, edge._plain, at))
    restart(name)
    awake(edge)
    root = acme.root()
    assert eventually(lambda: serial(port, "shop.test", root), "a certificate", 60)
    assert serial(port, "files.test", own)


def test_a_certificate_is_renewed(
    edge: HaproxyEdge,  # noqa: F811
    name: str,  # noqa: F811
    port: int,  # noqa: F811
    servers: ExitStack,  # noqa: F811
    tmp_path: Path,
) -> None:
    at, behind = free_port(), servers.enter_context(web("a"))
    acme = servers.enter_context(acme_server(tmp_path, edge._plain, at, seconds=15))
    root = acme.root()
    offer(edge, "shop", port, behind, by(tmp_path, at))
    first = eventually(lambda: serial(port, "shop.test", root), "a certificate", 60)
    eventually(lambda: kept(name).count("END CERTIFICATE") > 1, "it on the disk", 30)
    eventually(lambda: serial(port, "shop.test", root) is None, "its end", 30)
    assert edge.certificates("shop")[0].trouble == "the certificate of shop.test has expired"
    restart(name)
    awake(edge)
    assert eventually(lambda: serial(port, "shop.test", root), "the next one", 60) != first
