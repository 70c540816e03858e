"""A target over SSH: one connection, by the user's own `ssh`, for all that a command does there.

A first process of ssh has the connection and is its control master; all else goes through it. The
engine's socket comes here by a forwarding, and this machine's registry goes there by another.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.process import Command, ending_with, run
from envctl.adapters.target.ssh_trouble import LOOK, no_engine, not_connected, read_sockets
from envctl.errors import CommandFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.adapters.process import Finished
    from envctl.domain.target import Target

USUAL_SOCKET = "/var/run/docker.sock"
CONNECT_SECONDS = 10
"""How long a host may take to answer at all."""
ALIVE_SECONDS, ALIVE_COUNT = 5, 3
"""How often it is asked whether it is still there, and how many answers may be missing."""
CONTROL_SECONDS = 30.0
"""How long a call through the open connection may take."""
_END_SECONDS = 3.0
_LONGEST = 60  # of a folder: paths of sockets end at about 100 characters, and ssh adds some


class SshConnection:
    """The open connection; `folder` has its sockets."""

    def __init__(self, target: Target, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._target, self._folder, self._process = target, folder, process
        self._brought: dict[str, str] = {}
        self.endpoint = Endpoint(f"unix://{folder}/engine", name=target.text)

    @property
    def docker_host(self) -> str:
        """The engine's address as seen from this machine."""
        return self.endpoint.host

    def check(self) -> None:
        """Raise Unreachable when the connection has ended."""
        if self._process.poll() is not None:
            raise Unreachable(
                f"the SSH connection to {self._target.host} has ended",
                hint="run the same command again when the host is back",
            )

    def bring_registry(self, host: str) -> str:
        """Let the target reach the registry at `host`, a name or address and a port, of here."""
        if host not in self._brought:
            self._brought[host] = self._bring(host)
        return self._brought[host]

    def find_engine(self) -> None:
        """Make sure that the engine's socket is here; Unreachable says what is wrong there."""
        if self._answers():
            return
        self.check()
        usual = self._target.socket or USUAL_SOCKET
        sockets = read_sockets(self._ask(("sh", "-c", LOOK, "sh", usual)))
        for place, path in enumerate(sockets.open):
            if path == usual or self._target.socket:
                continue
            self.endpoint = Endpoint(f"unix://{self._folder}/engine{place}", name=self._target.text)
            local = self.endpoint.host.removeprefix("unix://")
            if self._forward("-L", f"{local}:{path}").code == 0 and self._answers():
                return
        raise no_engine(self._target, sockets)

    def _answers(self) -> bool:
        http = EngineHttp(self.endpoint)
        try:
            http.get_json("/version")
        except Unreachable as error:
            if error.__cause__ is None:  # too old
                raise
            return False
        finally:
            http.close()
        return True

    def _bring(self, host: str) -> str:
        """The same port as here, if it is free there, so that names of images are the same."""
        name, _, port = host.rpartition(":")
        for wanted in (port, "0"):
            forwarded = self._forward("-R", f"127.0.0.1:{wanted}:{name}:{port}")
            if forwarded.code == 0:
                return f"127.0.0.1:{forwarded.stdout.strip() if wanted == '0' else port}"
        self.check()
        raise Unreachable(
            f"the SSH server of {self._target.host} does not let the registry {host} be reached "
            "from there",
            hint="its sshd_config has to allow it: AllowTcpForwarding yes; or set registry in "
            "envctl.toml to one that both reach",
        )

    def _forward(self, kind: str, what: str) -> Finished:
        # without the user's settings: their own forwardings would be asked for once more
        words = ("ssh", "-F", "/dev/null", "-S", f"{self._folder}/c", "-O", "forward", kind, what)
        return run(Command((*words, "--", self._target.host)), timeout=CONTROL_SECONDS)

    def _ask(self, question: Sequence[str]) -> str:
        """Return what a command says at the other side; empty where none may run."""
        words = ("ssh", "-F", "/dev/null", "-S", f"{self._folder}/c", "-T", "--", self._target.host)
        with suppress(CommandFailed):
            return run(Command((*words, shlex.join(question))), timeout=CONTROL_SECONDS).stdout
        return ""


@contextmanager
def open_ssh(target: Target) -> Iterator[SshConnection]:
    """Connect to `target`, and be connected while the block lasts, which stays in one thread.

    With a terminal ssh may ask there for a passphrase, or whether a host key is the right one.
    Unreachable says what stands against it.
    """
    with _private_folder() as folder, (folder / "said").open("w+b") as said:
        process = _start(target, folder, said.fileno())
        try:
            _wait(target, folder, process)
            connection = SshConnection(target, folder, process)
            connection.find_engine()
            yield connection
        finally:
            _end(process)


def _start(target: Target, folder: Path, said: int) -> subprocess.Popen[bytes]:
    asks = sys.stdin.isatty() and sys.stderr.isatty()
    dies = ending_with(os.getpid())

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for envctl, which needs it still
        if dies:
            dies()

    words = _words(target, folder, batch=not asks)
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=not asks,  # a session of its own has no terminal to ask at
            preexec_fn=prepare,  # noqa: PLW1509 - makes a few system calls
        )
    except FileNotFoundError as error:
        raise Unreachable(
            "the command 'ssh' is not installed or not in PATH",
            hint="install OpenSSH's client, or take a target that is not reached over SSH",
        ) from error


def _words(target: Target, folder: Path, *, batch: bool) -> list[str]:
    options = {
        "ControlPersist": "no",
        "ConnectTimeout": CONNECT_SECONDS,
        "ServerAliveInterval": ALIVE_SECONDS,
        "ServerAliveCountMax": ALIVE_COUNT,
        "ExitOnForwardFailure": "no",
        "RemoteCommand": "none",
        "LogLevel": "INFO",  # what it says is how its end is explained
        **({"BatchMode": "yes"} if batch else {}),
    }
    words = ["ssh", "-N", "-T", "-M", "-S", f"{folder}/c"]
    words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    words += ["-L", f"{folder}/engine:{target.socket or USUAL_SOCKET}"]
    words += ["-l", target.user] if target.user else []
    words += ["-p", str(target.port)] if target.port else []
    return [*words, "--", target.host]


def _wait(target: Target, folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the control socket is there, which is when somebody was let in."""
    while not (folder / "c").exists():
        if process.poll() is not None:
            said = (folder / "said").read_text("utf-8", "replace")
            raise not_connected(target, said)
        time.sleep(0.005)  # nothing tells when


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that nobody else looks into, with a short path."""
    usual = tempfile.gettempdir()
    base = usual if len(usual) <= _LONGEST else "/tmp"  # noqa: S108 - made for one user below
    folder = Path(tempfile.mkdtemp(prefix="envctl-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
