"""The way to a target over SSH: a real server on a host of its own."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from envctl.adapters.target.connection import open_connection
from envctl.domain.target import LOCAL, Reach, Target
from envctl.domain.target_address import parse_target
from envctl.errors import ConfigurationError, Unreachable
from envctl.wiring.targets import open_target
from tests.e2e.conftest import eventually, free_port
from tests.e2e.hosts import Host, Hosts

pytestmark = pytest.mark.engine


def to(text: str) -> Target:
    return parse_target(text, "test")


def trouble(target: str) -> Unreachable:
    with pytest.raises(Unreachable) as caught, open_connection(to(target)):
        pass
    return caught.value


@contextmanager
def page(text: bytes) -> Iterator[int]:
    """Something that answers over HTTP at a port of this machine's loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def fetched(host: Host, address: str) -> str:
    """Return what answers at an address as a container on the host's network sees it."""
    way = address.replace(":", "/")
    ask = f"exec 3<>/dev/tcp/{way}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    words = ["run", "--rm", "--network=host", "--entrypoint=bash", "haproxy:3.2", "-c", ask]
    return host.docker(*words).splitlines()[-1]


def test_the_engine_is_reached_and_nothing_is_left(ssh_user: Hosts) -> None:
    host = ssh_user.one
    with open_target(to(host.target)) as target:
        folder = Path(target.connection.docker_host.removeprefix("unix://")).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert target.http.get_json("/info")["ID"] == host.docker("info", "--format", "{{.ID}}")
        assert target.http.address == host.target
        target.connection.check()
        words = ["docker", "--host", target.connection.docker_host, "info", "-f", "{{.ID}}"]
        ran = subprocess.run(words, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == target.http.get_json("/info")["ID"]
    assert not folder.exists()


def test_all_of_it_is_one_connection(ssh_user: Hosts) -> None:
    before = ssh_user.one.connections()
    with page(b"hello") as port, open_target(to(ssh_user.one.target)) as target:
        target.connection.bring_registry(f"127.0.0.1:{port}")
        lock = target.lock("envctl-test", "one")
        with lock.held("test", wait=None, waiting=lambda _: None) as held:
            held.host_facts()()
    assert ssh_user.one.connections() == before + 1


def test_this_machines_registry_is_reached_there_at_the_same_port(ssh_user: Hosts) -> None:
    with page(b"hello") as port, open_connection(to(ssh_user.one.target)) as connection:
        there = connection.bring_registry(f"127.0.0.1:{port}")
        assert there == f"127.0.0.1:{port}"
        assert fetched(ssh_user.one, there) == "hello"
        assert connection.bring_registry(f"127.0.0.1:{port}") == there


def test_a_port_that_is_taken_there_becomes_another(ssh_user: Hosts) -> None:
    with page(b"one") as port, open_connection(to(ssh_user.one.target)) as first:
        assert first.bring_registry(f"127.0.0.1:{port}") == f"127.0.0.1:{port}"
        with open_connection(to(ssh_user.one.target)) as second:
            there = second.bring_registry(f"127.0.0.1:{port}")
            assert there != f"127.0.0.1:{port}"
            assert fetched(ssh_user.one, there) == "one"


def test_a_socket_elsewhere_is_named_in_the_address(ssh_user: Hosts) -> None:
    host = ssh_user.one
    with open_target(to(f"{host.target}/run/host/engine.sock")) as target:
        assert target.http.get_json("/info")["ID"] == host.docker("info", "--format", "{{.ID}}")


def test_the_socket_of_an_engine_without_root_is_found(ssh_user: Hosts) -> None:
    host = ssh_user.one
    host.run("mkdir", "-p", "/run/user/0")
    host.run("mv", "/run/docker.sock", "/run/user/0/docker.sock")
    try:
        with open_target(to(host.target)) as target:
            assert target.http.get_json("/info")["ID"] == host.docker("info", "-f", "{{.ID}}")
    finally:
        host.run("mv", "/run/user/0/docker.sock", "/run/docker.sock")


def test_a_changed_host_key_is_told_as_what_it_is(ssh_user: Hosts) -> None:
    known = ssh_user.known_hosts.read_text()
    one, two = (line.split(" ", 1) for line in known.splitlines())
    ssh_user.known_hosts.write_text(f"{one[0]} {two[1]}\n")
    try:
        error = trouble(ssh_user.one.target)
    finally:
        ssh_user.known_hosts.write_text(known)
    assert error.message == f"the host key of {ssh_user.one.address} has changed"
    assert f"ssh-keygen -R {ssh_user.one.address}" in error.hint


def test_an_unknown_host_key_is_nobodys_to_accept_here(ssh_user: Hosts) -> None:
    known = ssh_user.known_hosts.read_text()
    ssh_user.known_hosts.write_text("")
    try:
        error = trouble(ssh_user.one.target)
        assert ssh_user.known_hosts.read_text() == ""
    finally:
        ssh_user.known_hosts.write_text(known)
    address = ssh_user.one.address
    assert error.message == f"the host key of {address} is not known on this machine"
    assert error.hint.startswith(f"ssh root@{address} once by hand")


def test_a_user_who_is_not_let_in_is_named(ssh_user: Hosts) -> None:
    error = trouble(f"ssh://nobody-here@{ssh_user.one.address}")
    address = ssh_user.one.address
    assert error.message == f"nobody-here@{address} does not let this user in over SSH"
    assert f"ssh nobody-here@{address} has to work without a password" in error.hint


def test_a_port_where_nobody_listens_is_told(ssh_user: Hosts) -> None:
    error = trouble(f"{ssh_user.one.target}:{free_port()}")
    assert f"{ssh_user.one.address} does not answer over SSH: " in error.message
    assert "Connection refused" in error.message


def test_a_name_that_is_no_host_is_told(ssh_user: Hosts) -> None:
    assert trouble("ssh://nowhere.invalid").message == "there is no host nowhere.invalid"


def test_a_host_that_is_off_the_network_is_told(ssh_user: Hosts) -> None:
    ssh_user.two.cut()
    try:
        error = trouble(ssh_user.two.target)
    finally:
        ssh_user.two.mend()
    assert f"{ssh_user.two.address} does not answer over SSH: " in error.message


def test_a_user_without_permission_on_the_socket_is_told(ssh_user: Hosts) -> None:
    error = trouble(f"ssh://deploy@{ssh_user.one.address}")
    assert error.message == (
        f"deploy may not talk to the engine of {ssh_user.one.address}: "
        "no permission on /var/run/docker.sock"
    )
    assert "usermod -aG docker deploy" in error.hint


def test_a_host_without_an_engine_is_told(ssh_user: Hosts) -> None:
    error = trouble(f"{ssh_user.one.target}/nowhere/docker.sock")
    assert error.message == (
        f"there is no engine on {ssh_user.one.address}: no socket /nowhere/docker.sock was found"
    )


def test_an_engine_that_does_not_run_is_told(ssh_user: Hosts) -> None:
    host = ssh_user.two
    host.stop_engine(socket_stays=True)
    try:
        error = trouble(host.target)
    finally:
        host.reboot()
    assert error.message == (
        f"the engine of {host.address} does not run: nobody listens at /var/run/docker.sock"
    )


def test_a_server_that_does_not_forward_sockets_is_told(ssh_user: Hosts) -> None:
    host = ssh_user.one
    host.configure_ssh("AllowStreamLocalForwarding no")
    try:
        error = trouble(host.target)
    finally:
        host.configure_ssh()
    assert error.message == (
        f"the SSH server of {host.address} does not forward to the engine's socket "
        "/var/run/docker.sock"
    )
    assert "AllowStreamLocalForwarding yes" in error.hint


def test_a_server_that_does_not_forward_ports_is_told_when_it_is_needed(ssh_user: Hosts) -> None:
    host = ssh_user.one
    host.configure_ssh("AllowTcpForwarding local")
    try:
        with (
            open_connection(to(host.target)) as connection,
            pytest.raises(Unreachable, match="does not let the registry") as caught,
        ):
            connection.bring_registry("127.0.0.1:5005")
    finally:
        host.configure_ssh()
    assert "AllowTcpForwarding yes" in caught.value.hint


def test_without_ssh_its_absence_is_told(
    ssh_user: Hosts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "'ssh' is not installed" in trouble(ssh_user.one.target).message


def test_a_connection_that_is_cut_is_noticed(ssh_user: Hosts) -> None:
    with open_connection(to(ssh_user.two.target)) as connection:
        ssh_user.two.cut()
        try:
            eventually(lambda: ended(connection.check), "the end of the connection", 40)
        finally:
            ssh_user.two.mend()


def ended(check: object) -> bool:
    assert callable(check)
    try:
        check()
    except Unreachable:
        return True
    return False


HOLD = """
    import os, signal, sys
    from envctl.adapters.target.connection import open_connection
    from envctl.domain.target_address import parse_target
    with open_connection(parse_target(sys.argv[1], "test")) as connection:
        print(connection.docker_host, flush=True)
        signal.pause()
"""


def test_the_connection_ends_with_a_killed_command(ssh_user: Hosts) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLD), ssh_user.one.target],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        control = Path(address.removeprefix("unix://")).with_name("c")
        assert control.exists()
        os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: not control.exists(), "the end of ssh", 10)


ASK = """
    import signal, subprocess, sys
    from envctl.domain.target_address import parse_target
    from envctl.wiring.targets import open_target
    with open_target(parse_target(sys.argv[1], "test")) as target:
        try:
            print("open", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            target.connection.check()
            print("still", target.http.get_json("/info")["OSType"], flush=True)
"""


def test_at_a_terminal_ssh_may_ask_and_ctrl_c_does_not_reach_it(ssh_user: Hosts) -> None:
    known = ssh_user.known_hosts.read_text()
    ssh_user.known_hosts.write_text("")
    child, terminal = pty.fork()
    if child == 0:
        words = [sys.executable, "-c", textwrap.dedent(ASK), ssh_user.one.target]
        os.execv(sys.executable, words)  # noqa: S606 - pty.fork has made the process
    try:
        read_until(terminal, "(yes/no")
        os.write(terminal, b"yes\n")
        read_until(terminal, "open")
        os.write(terminal, b"\x03")
        read_until(terminal, "still linux")
        assert ssh_user.one.address in ssh_user.known_hosts.read_text()
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # it has ended, where all is well
        os.waitpid(child, 0)
        os.close(terminal)
        ssh_user.known_hosts.write_text(known)


def read_until(terminal: int, words: str) -> str:
    said = ""
    while words not in said:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, f"never said: {words}: {said}"
        try:
            said += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError as error:  # the other end is closed
            raise AssertionError(f"never said: {words}: {said}") from error
    return said


def test_a_docker_context_leads_to_its_engine(
    ssh_user: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name, address in (("near", ssh_user.one.engine), ("far", ssh_user.one.target)):
        words = ["docker", "context", "create", name, "--docker", f"host={address}"]
        subprocess.run(words, capture_output=True, check=True)
    wanted = ssh_user.one.docker("info", "--format", "{{.ID}}")
    for name in ("near", "far"):
        with open_target(Target(name, Reach.CONTEXT, context=name)) as target:
            assert target.http.get_json("/info")["ID"] == wanted
    with pytest.raises(Unreachable, match="there is no docker context 'other'") as caught:
        trouble_of_context()
    assert "far" in caught.value.hint


def trouble_of_context() -> None:
    with open_connection(Target("other", Reach.CONTEXT, context="other")):
        pass


def test_the_local_engine_needs_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_connection(LOCAL) as connection:
        assert connection.bring_registry("127.0.0.1:5005") == "127.0.0.1:5005"
        connection.check()
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with (
        open_connection(LOCAL) as connection,
        pytest.raises(Unreachable, match="cannot reach the registry"),
    ):
        connection.bring_registry("127.0.0.1:5005")
    monkeypatch.setenv("DOCKER_HOST", "ssh://a:b@c")
    with (
        pytest.raises(ConfigurationError, match="the engine's address of the local engine"),
        open_connection(LOCAL),
    ):
        pass
