"""Another machine: an engine with a network, processes and mounts of its own.

All of it ends with one process, and that ends with the tests: nothing is left behind.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUBNETS = ("--bip", "10.83.1.1/24", "--default-address-pool", "base=10.83.128.0/17,size=24")
START = 'ip link set lo up && exec dockerd "$@"'
APART = ("unshare", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
TOOLS = ("setpriv", "unshare", "nsenter", "ip", "dockerd")


@dataclass(frozen=True)
class SecondEngine:
    """The engine at the socket `address`; its network is that of the process `pid`."""

    address: Path
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """What makes a command talk to this engine."""
        return {"DOCKER_HOST": f"unix://{self.address}"}

    def inside(self, *words: str) -> list[str]:
        """Return a command that runs in the network of this machine."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *words]

    def listen(self, port: int) -> socket.socket:
        """Return a listener of ours at a port of this machine's loopback address."""
        made: list[socket.socket] = []
        # a socket stays in the network in which it was made, and only this thread goes there
        thread = threading.Thread(target=lambda: made.append(self._listen(port)))
        thread.start()
        thread.join()
        return made[0]

    def _listen(self, port: int) -> socket.socket:
        with open(f"/proc/{self.pid}/ns/net", "rb") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0):
                raise OSError(ctypes.get_errno(), "setns")
        return socket.create_server(("127.0.0.1", port), backlog=64)


def why_not() -> str:
    """Return what stands against a second engine on this machine; empty when nothing does."""
    if os.geteuid() != 0:
        return "a second engine needs root"
    lacking = [tool for tool in TOOLS if not shutil.which(tool)]
    if lacking:
        return f"a second engine needs {', '.join(lacking)}"
    tried = subprocess.run([*APART, "true"], capture_output=True, text=True, check=False)
    return f"no namespaces here: {tried.stderr.strip()}" if tried.returncode else ""


@contextmanager
def second_engine(folder: Path, options: list[str]) -> Iterator[SecondEngine]:
    """Yield an engine that keeps its things in `folder`; nothing of it is left."""
    (folder / "daemon.json").write_text("{}")  # not the machine's own settings
    address = folder / "docker.sock"
    words = ["--config-file", "daemon.json", "--data-root", "data", "--exec-root", "exec"]
    words = [str(folder / word) if not word.startswith("--") else word for word in words]
    words += ["--pidfile", f"{folder}/pid", "--host", f"unix://{address}", *SUBNETS, *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *APART, "sh", "-c", START, "dockerd", *words],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(address, process, folder / "log")
        yield SecondEngine(address, process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(address: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    from tests.e2e.conftest import eventually  # it knows this module

    def answers() -> bool:
        assert process.poll() is None, f"the second engine ended: {log.read_text()[-2000:]}"
        words = ["docker", "--host", f"unix://{address}", "version"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    eventually(answers, "the second engine")
