"""An ACME server that looks at the names' port on the loopback address, and its own authority."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.conftest import eventually, free_port

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "envctl/acme-server"
SEARCHED = str(_CACHE / "usr/bin")
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def why_not() -> str:
    """Return why there is no ACME server here; empty where there is one."""
    return "" if shutil.which("pebble", path=SEARCHED) else "no ACME server: run setup/acme-server"


@dataclass(frozen=True)
class AcmeServer:
    """A running one; `authority` is the PEM of what signed its own certificate."""

    directory: str
    authority: bytes
    management: str

    def root(self) -> str:
        """Return the PEM of what signs the certificates that it gives."""
        context = ssl.create_default_context(cadata=self.authority.decode())
        with urllib.request.urlopen(f"{self.management}/roots/0", context=context) as answer:
            return str(answer.read().decode())


@contextmanager
def acme_server(
    folder: Path, http_port: int, port: int, *, seconds: int = 7776000
) -> Iterator[AcmeServer]:
    """Run one at `port` that finds every name at `http_port` of 127.0.0.1.

    Its certificates are good for `seconds`.
    """
    management, dns, control = (free_port() for _ in range(3))
    (folder / "pebble.json").write_text(
        json.dumps(
            {
                "pebble": {
                    "listenAddress": f"127.0.0.1:{port}",
                    "managementListenAddress": f"127.0.0.1:{management}",
                    "certificate": str(folder / "server.crt"),
                    "privateKey": str(folder / "server.key"),
                    "httpPort": http_port,
                    "tlsPort": http_port,
                    "profiles": {"default": {"description": "", "validityPeriod": seconds}},
                }
            }
        )
    )
    names = ["pebble-challtestsrv", "-dnsserver", f"127.0.0.1:{dns}", "-http01", "", "-https01", ""]
    names += ["-tlsalpn01", "", "-doh", "", "-management", f"127.0.0.1:{control}"]
    names += ["-defaultIPv6", "", "-defaultIPv4", "127.0.0.1"]
    server = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    authority = authority_of(folder)
    found = AcmeServer(directory(port), authority, f"https://127.0.0.1:{management}")
    with ExitStack() as stack:
        stack.enter_context(_running(names, folder / "names.log"))
        stack.enter_context(_running(server, folder / "server.log"))
        eventually(lambda: _answers(found), "the ACME server")
        yield found


def directory(port: int) -> str:
    """Return where a server at `port` is asked."""
    return f"https://127.0.0.1:{port}/dir"


def authority_of(folder: Path) -> bytes:
    """Return the PEM of what signs the server's own certificate; one for each folder."""
    if not (folder / "authority.crt").exists():
        _certificates(folder)
    return (folder / "authority.crt").read_bytes()


def _answers(server: AcmeServer) -> bool:
    with suppress(OSError):
        return bool(server.root())
    return False


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[None]:
    program = shutil.which(words[0], path=SEARCHED)
    assert program
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, *words[1:]],
            stdout=out,
            stderr=out,
            env={**os.environ, "PEBBLE_VA_NOSLEEP": "1"},
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _certificates(folder: Path) -> None:
    """HAProxy compares an address in a URL with the DNS names of the certificate."""
    ca, server = str(folder / "authority"), str(folder / "server")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:127.0.0.1\n")
    _openssl("req", "-x509", *CURVE, "-days", "2", "-subj", "/CN=authority",
             "-keyout", f"{ca}.key", "-out", f"{ca}.crt")  # fmt: skip
    _openssl("req", *CURVE, "-subj", "/CN=server", "-keyout", f"{server}.key",
             "-out", f"{server}.csr")  # fmt: skip
    _openssl("x509", "-req", "-in", f"{server}.csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key",
             "-CAcreateserial", "-days", "2", "-extfile", str(folder / "names"),
             "-out", f"{server}.crt")  # fmt: skip


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], capture_output=True, timeout=60, check=True)
