"""Hosts: each a machine of its own, with an engine and an SSH server, at an address.

Each has its own network, processes and mounts; the folders of this machine that tests work in are
not there. All of it ends with one process, and that ends with the tests: nothing is left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.second_engine import APART, why_not

ROOT = Path(__file__).parents[2]
IMAGES = ("haproxy:3.2", "busybox:1.35")
MOST = 100
DATA = "/run/host/data"
SLACK = 1 << 20  # what a file takes beside its content
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin"
# number is the host's
ENGINE = """
dockerd --config-file /run/host/daemon.json --data-root /run/host/data --group root \\
  -H unix:///run/docker.sock -H unix:///run/host/engine.sock \\
  --bip "10.$((100 + number)).1.1/24" \\
  --default-address-pool "base=10.$((100 + number)).128.0/17,size=24" >>/run/host/log 2>&1 &
echo $! >/run/engine.pid
"""
# $1 is the host's folder, $2 its number, $3 sshd, what follows hides this machine's own. It goes
# on when its network is there; /run is new with every start, as after a reboot.
START = (
    """
set -e
folder=$1 number=$2 sshd=$3
shift 3
mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/host /mnt/sshd /mnt/lock
mount --bind "$folder" /mnt/host && mount -n --move /mnt /run
for hidden; do [ ! -d "$hidden" ] || mount -t tmpfs none "$hidden"; done
mount --bind /run/host/passwd /etc/passwd
cd /
if [ -f /run/host/disk ]; then
  mkdir -p /run/host/data && mount -o loop /run/host/disk /run/host/data
fi
echo apart && read -r _
ip link set lo up
ip address add "10.77.$number.2/24" dev eth0 && ip link set eth0 up
"$sshd" -D -f /run/host/sshd_config -E /run/host/sshd.log &
"""
    + ENGINE
    + """
sleep infinity & wait
"""
)
SSHD = """
HostKey /run/host/host_key
AuthorizedKeysFile /run/host/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
LogLevel VERBOSE
PidFile none
"""
SSH = """
IdentityFile {folder}/key
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
GlobalKnownHostsFile /dev/null
"""
NOBODY = "deploy:*:12345:12345::/:/bin/sh\n"  # somebody who may not talk to the engine


@dataclass
class Host:
    """A host; `folder` is what it keeps over a reboot, `number` is in its address."""

    folder: Path
    number: int
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Return the address at which it is reached from here, and from no other machine."""
        return f"10.77.{self.number}.2"

    @property
    def link(self) -> str:
        """Return this machine's end of the cable."""
        return f"envctl-h{self.number}"

    @property
    def target(self) -> str:
        """Return what `target` of a stage says for it."""
        return f"ssh://root@{self.address}"

    @property
    def engine(self) -> str:
        """Return the address of its engine for tests that look past SSH."""
        return f"unix://{self.folder}/engine.sock"

    def run(self, *words: str) -> str:
        """Run a command on this host and return what it says."""
        return _call("nsenter", f"--target={self._first()}", "--net", "--mount", "--pid", *words)

    def docker(self, *words: str) -> str:
        """Run the docker command with this host's engine, past SSH."""
        return _call("docker", "--host", self.engine, *words)

    def connections(self) -> int:
        """Return how many SSH connections have authenticated so far."""
        return (self.folder / "sshd.log").read_text().count("Accepted publickey for ")

    def cut(self) -> None:
        """Take it off the network, as if somebody pulled the cable."""
        _call("ip", "link", "set", self.link, "down")

    def mend(self) -> None:
        """Put it back on the network."""
        _call("ip", "link", "set", self.link, "up")

    def reboot(self) -> None:
        """End all that runs on it at once, and start it again with what is on its disk."""
        self.stop()
        self.start()

    def stop_engine(self, *, socket_stays: bool = False) -> None:
        """End the engine at once; SSH goes on. A reboot brings it back, and `start_engine`."""
        self.run("sh", "-c", "kill -9 $(cat /run/engine.pid)")
        if not socket_stays:
            self.run("rm", "-f", "/run/docker.sock")

    def start_engine(self) -> None:
        """Start an engine that was ended; what it left on the host is there."""
        from tests.e2e.conftest import eventually

        self.run("sh", "-c", f"number=$1\n{ENGINE}", "sh", str(self.number))
        eventually(self._engine_answers, f"the engine of {self.address}", 60)

    def fill_disk(self, left: int = 0) -> None:
        """Fill the disk of its engine but for `left` bytes."""
        self.free_disk()
        free = int(self.run("df", "--block-size=1", "--output=avail", DATA).split()[1])
        self.run("fallocate", "--length", str(free - left - SLACK), f"{DATA}/ballast")
        if not left:
            self.run("sh", "-c", f"cat /dev/zero >{DATA}/more 2>/dev/null || true")

    def free_disk(self) -> None:
        """Take away what has filled the disk."""
        self.run("rm", "-f", f"{DATA}/ballast", f"{DATA}/more")

    def configure_ssh(self, *lines: str) -> None:
        """Let the SSH server have these settings beside its own, from the next connection on."""
        from tests.e2e.conftest import eventually

        def starts() -> int:
            return (self.folder / "sshd.log").read_text().count("Server listening on 0.0.0.0")

        (self.folder / "sshd_config").write_text("\n".join([*lines, SSHD]))
        before = starts()
        self.run("sh", "-c", "kill -HUP $(pgrep -o -x sshd)")
        eventually(lambda: starts() > before, f"SSH at {self.address} with other settings", 20)

    def start(self) -> None:
        """Switch it on, and wait until engine and SSH answer."""
        hidden = [str(ROOT), tempfile.gettempdir(), "/root", "/home"]
        words = [str(self.folder), str(self.number), str(shutil.which("sshd", path=SEARCHED))]
        apart = ["setpriv", "--pdeathsig", "KILL", *APART, "sh", "-c", START, "host"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*apart, *words, *hidden],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stdout.readline() == "apart\n", (self.folder / "log").read_text()
        self._connect(self.process.pid)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self._wait()

    def stop(self) -> None:
        """Switch it off."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        # the kernel would do it, some time later
        subprocess.run(["ip", "link", "delete", self.link], capture_output=True, check=False)

    def _first(self) -> str:
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text().split()[0]

    def _connect(self, pid: int) -> None:
        ends = ["type", "veth", "peer", "name", "eth0", "netns", str(pid)]
        _call("ip", "link", "add", self.link, *ends)
        _call("ip", "address", "add", f"10.77.{self.number}.1/24", "dev", self.link)
        _call("ip", "link", "set", self.link, "up")

    def _wait(self) -> None:
        from tests.e2e.conftest import eventually

        eventually(self._ssh_answers, f"SSH at {self.address}", 20)
        eventually(self._engine_answers, f"the engine of {self.address}", 60)

    def _ssh_answers(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), 5) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _engine_answers(self) -> bool:
        words = ["docker", "--host", self.engine, "version"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


@dataclass
class Hosts:
    """Two hosts, and what a user of this machine needs for them, in `folder`."""

    folder: Path
    one: Host
    two: Host

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes `ssh` the one of a user who has a key and knows the hosts."""
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    @property
    def known_hosts(self) -> Path:
        """Return the file of the hosts' keys."""
        return self.folder / "known_hosts"


def hosts_trouble() -> str:
    """Return what stands against hosts on this machine; empty when nothing does."""
    lacking = [t for t in ("ssh", "sshd", "ssh-keygen") if not shutil.which(t, path=SEARCHED)]
    return why_not() or (f"hosts need {', '.join(lacking)}" if lacking else "")


@contextmanager
def running_hosts(folder: Path) -> Iterator[Hosts]:
    """Yield two hosts with the images that tests use."""
    with _host(folder / "one") as one, _host(folder / "two") as two:
        hosts = Hosts(folder, one, two)
        _make_user(hosts)
        for host in (one, two):
            host.start()
            _load_images(host)
        yield hosts


@contextmanager
def small_host(hosts: Hosts, folder: Path, size: int) -> Iterator[Host]:
    """Yield a host for the same user whose engine has a disk of so many bytes."""
    with _host(folder) as host:
        with hosts.known_hosts.open("a") as known:
            known.write(_let_in(hosts, host))
        with (folder / "disk").open("wb") as disk:
            disk.truncate(size)
        _call("mkfs.ext4", "-q", "-m", "0", str(folder / "disk"))
        host.start()
        _load_images(host)
        yield host


@contextmanager
def _host(folder: Path) -> Iterator[Host]:
    folder.mkdir()
    with _number() as number:
        host = Host(folder, number)
        try:
            yield host
        finally:
            if host.process:
                host.stop()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _number() -> Iterator[int]:
    """A number that no other tests on this machine have; theirs are free when they end."""
    for number in range(1, MOST):
        with socket.socket(socket.AF_UNIX) as claim:
            try:
                claim.bind(f"\0envctl-host-{number}")
            except OSError:
                continue
            yield number
            return
    raise AssertionError("too many hosts")


def _make_user(hosts: Hosts) -> None:
    """Write the keys, and an `ssh` that uses them."""
    folder = hosts.folder
    _make_key(folder / "key")
    known = [_let_in(hosts, host) for host in (hosts.one, hosts.two)]
    hosts.known_hosts.write_text("".join(known))
    (folder / "config").write_text(SSH.format(folder=folder))
    (folder / "bin").mkdir()
    call = f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n'
    (folder / "bin" / "ssh").write_text(call)
    (folder / "bin" / "ssh").chmod(0o755)


def _let_in(hosts: Hosts, host: Host) -> str:
    """Write what a host has to know of the user; returns its line of the known hosts."""
    (host.folder / "daemon.json").write_text("{}")  # not the machine's own settings
    (host.folder / "passwd").write_text(Path("/etc/passwd").read_text() + NOBODY)
    (host.folder / "sshd_config").write_text(SSHD)
    shutil.copy(hosts.folder / "key.pub", host.folder / "authorized_keys")
    return f"{host.address} {_make_key(host.folder / 'host_key')}"


def _make_key(path: Path) -> str:
    _call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path))
    return path.with_name(f"{path.name}.pub").read_text()


def _load_images(host: Host) -> None:
    with subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE) as saved:
        words = ["docker", "--host", host.engine, "load", "--quiet"]
        subprocess.run(words, stdin=saved.stdout, capture_output=True, check=True)


def _call(*words: str) -> str:
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}: {ran.stderr}"
    return ran.stdout.strip()
