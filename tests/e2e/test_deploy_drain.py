"""What visitors began before a switch ends with the former release, within `drain`."""

from __future__ import annotations

import http.client
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import eventually, free_port
from tests.e2e.staging import LEAN, Staged

pytestmark = pytest.mark.engine
# `line` speaks to whoever connects for as long as they like: its release, then what it hears
LINE = """\
  line:
    build: app
    init: true
    stop_grace_period: 0s
    command: [nc, -ll, -p, "7000", -e, /app/line]
    ports: ["${LINE_PORT:-7000}:7000"]
"""
FILES = {
    "line": "#!/bin/sh\ncat /app/www/index.html\nexec cat\n",
    "www/cgi-bin/slow": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\ntouch /began\n"
    "until [ -e /go ]; do sleep 0.05; done\ncat /app/www/index.html\n",
}


@dataclass
class Visit:
    """A request that is not answered yet, and a connection that is not closed yet."""

    lean: Staged
    port: int
    container: str = ""
    request: http.client.HTTPConnection = field(init=False)
    line: socket.socket = field(init=False)
    _held: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Visit:
        self.container = self.lean.container()
        self.request = http.client.HTTPConnection("127.0.0.1", self.lean.ports["integration"], 60)
        self._held.callback(self.request.close)
        self.request.request("GET", "/cgi-bin/slow")
        self.line = self._held.enter_context(socket.create_connection(("127.0.0.1", self.port), 60))
        assert self.line.recv(64) == b"1.0\n"
        eventually(lambda: self._inside("test", "-e", "/began"), "the request")
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def hears(self, said: bytes) -> bytes:
        """Say something over the connection; returns the answer."""
        self.line.sendall(said)
        return self.line.recv(64)

    def let_go(self) -> None:
        """Let the request be answered."""
        assert self._inside("touch", "/go")

    def _inside(self, *words: str) -> bool:
        call = ["docker", "exec", self.container, *words]
        return subprocess.run(call, capture_output=True, check=False).returncode == 0


@pytest.fixture
def visit(lean: Staged) -> Iterator[Visit]:
    """A visit of 1.0 that is under way; 2.0 is promoted."""
    port = free_port()
    lean.playground.write("compose.yaml", LEAN + LINE)
    ports = f"WEB_PORT={lean.ports['integration']}\nLINE_PORT={port}\n"
    lean.playground.write("integration.env", ports)
    for name, text in FILES.items():
        lean.playground.write(f"app/{name}", text)
    lean.serve("1.0")
    lean.release("2.0")
    lean.promote("2.0")
    with Visit(lean, port) as begun:
        yield begun


def drains(lean: Staged, seconds: str) -> None:
    """Let integration drain for so long."""
    project = lean.playground.folder / "envctl.toml"
    project.write_text(project.read_text().replace('drain = "5s"', f'drain = "{seconds}"'))


def test_what_ends_in_time_is_not_cut(
    lean: Staged, visit: Visit, ended: list[subprocess.Popen[str]]
) -> None:
    drains(lean, "200s")
    process = lean.playground.start("deploy", "integration")
    ended.append(process)
    assert process.stderr
    assert any(line.startswith("drain") for line in process.stderr)
    with closing(socket.create_connection(("127.0.0.1", visit.port), 60)) as other:
        assert other.recv(64) == b"2.0\n", "who comes now is with the new release"
    assert visit.hears(b"still there?\n") == b"still there?\n"
    visit.let_go()
    assert visit.request.getresponse().read() == b"1.0\n"
    assert visit.hears(b"bye\n") == b"bye\n"
    visit.line.close()
    visit.request.close()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "cut off" not in said


def test_what_does_not_end_is_cut_and_told(lean: Staged, visit: Visit) -> None:
    drains(lean, "1s")
    answer = lean.run("deploy", "integration")
    assert answer.code == 0, answer.stderr
    assert "is still busy with 2 after 1 s: these are cut off" in answer.stderr
    assert closed(visit.line)
    with pytest.raises((http.client.HTTPException, OSError)):
        answered(visit.request)


def closed(connection: socket.socket) -> bool:
    """Whether the other side has ended a connection."""
    try:
        return connection.recv(64) == b""
    except ConnectionResetError:
        return True


def answered(request: http.client.HTTPConnection) -> None:
    """Raise where a request was not answered well and whole."""
    response = request.getresponse()
    body = response.read()
    if (response.status, body) != (200, b"1.0\n"):
        raise http.client.HTTPException(f"{response.status} {body!r}")
