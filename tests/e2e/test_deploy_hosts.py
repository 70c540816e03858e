"""Stages on other machines, over real SSH: deployed, rebooted, cut off."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import eventually
from tests.e2e.staging import SECRET, Staged, clean_host
from tests.e2e.traffic import visitors

if TYPE_CHECKING:
    from tests.e2e.conftest import Playground
    from tests.e2e.hosts import Host, Hosts
    from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine
PORT = 8080


@pytest.fixture
def far(playground: Playground, memory_registry: FakeRegistry, hosts: Hosts) -> Iterator[Staged]:
    """A project whose two stages are on two other machines."""
    playground.environment |= hosts.environment
    targets = {"integration": hosts.one.target, "production": hosts.two.target}
    made = Staged(playground, {"integration": PORT, "production": PORT}, targets)
    made.write(memory_registry.address, production='after = "integration"')
    yield made
    for host in (hosts.one, hosts.two):
        clean_host(host.engine, playground.name)


def answer(host: Host) -> str:
    """Return what a host's stage says, empty while it says nothing."""
    connection = http.client.HTTPConnection(host.address, PORT, timeout=5)
    try:
        connection.request("GET", "/")
        said = connection.getresponse()
        return said.read().decode().strip() if said.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def serving(far: Staged, version: str) -> None:
    """Bring a first release into service on integration."""
    far.release(version)
    far.promote(version)
    far.deploy()


def test_one_way_from_machine_to_machine(far: Staged, hosts: Hosts) -> None:
    far.release("1.0")
    far.promote("1.0")
    before = hosts.one.connections()
    far.deploy()
    assert hosts.one.connections() == before + 1, "one connection a command"
    assert answer(hosts.one) == "1.0"
    name = re.findall(r"\S+-web-1", hosts.one.docker("ps", "--format", "{{.Names}}"))[0]
    assert hosts.one.docker("exec", name, "cat", "/run/secrets/token") == SECRET
    far.promote("1.0", "production")
    far.deploy("production")
    assert answer(hosts.two) == "1.0"
    proof = far.json("verify", "integration", "production")
    assert proof["holds"]
    assert proof["same_release"]


def test_a_stage_is_back_after_its_host_was_rebooted(far: Staged, hosts: Hosts) -> None:
    serving(far, "1.0")
    hosts.one.reboot()
    eventually(lambda: answer(hosts.one) == "1.0", "the stage after the reboot")
    far.release("2.0")
    far.promote("2.0")
    with visitors(hosts.one.address, PORT) as seen:
        far.deploy()
    assert not seen.failures
    assert seen.order == ["1.0", "2.0"]


def test_a_host_that_is_cut_off_goes_on_serving_and_is_recovered(far: Staged, hosts: Hosts) -> None:
    serving(far, "1.0")
    far.release("2.0")
    far.promote("2.0")
    process = far.playground.start("deploy", "integration", "--yes")
    assert process.stderr
    for line in process.stderr:
        if line.startswith("prove"):
            hosts.one.cut()
            break
    _, said = process.communicate(timeout=120)
    assert process.returncode == 4, said
    assert "Traceback" not in said
    hosts.one.mend()
    assert answer(hosts.one) == "1.0", "the old release served all along"
    eventually(lambda: far.run("deploy", "integration", "--yes", "--wait", "60").code == 0, "2.0")
    assert answer(hosts.one) == "2.0"


def elsewhere(far: Staged, target: str) -> None:
    """Let integration be at another target."""
    project = far.playground.folder / "envctl.toml"
    project.write_text(project.read_text().replace(far.targets["integration"], target))


@contextmanager
def another_key(far: Staged, hosts: Hosts) -> Iterator[str]:
    known = hosts.known_hosts.read_text()
    lines = known.splitlines()
    other = f"{hosts.one.address} {lines[1].split(' ', 1)[1]}"
    hosts.known_hosts.write_text("\n".join([other, *lines[1:], ""]))
    try:
        yield f"the host key of {hosts.one.address} has changed"
    finally:
        hosts.known_hosts.write_text(known)


@contextmanager
def not_let_in(far: Staged, hosts: Hosts) -> Iterator[str]:
    elsewhere(far, f"ssh://nobody-here@{hosts.one.address}")
    yield f"nobody-here@{hosts.one.address} does not let this user in over SSH"


@contextmanager
def off_the_network(far: Staged, hosts: Hosts) -> Iterator[str]:
    hosts.one.cut()
    try:
        yield f"{hosts.one.address} does not answer over SSH: "
    finally:
        hosts.one.mend()


@contextmanager
def without_an_engine(far: Staged, hosts: Hosts) -> Iterator[str]:
    elsewhere(far, f"{hosts.one.target}/nowhere/docker.sock")
    yield f"there is no engine on {hosts.one.address}"


@pytest.mark.parametrize(
    "fault", [another_key, not_let_in, off_the_network, without_an_engine], ids=lambda f: f.__name__
)
def test_a_target_that_is_not_reached_is_told_with_its_reason(
    far: Staged,
    hosts: Hosts,
    fault: Callable[[Staged, Hosts], AbstractContextManager[str]],
) -> None:
    with fault(far, hosts) as words:
        said = far.run("deploy", "integration")
        assert (said.code, "Traceback" in said.stderr) == (4, False), said.stderr
        error, _, hint = said.stderr[said.stderr.rfind("error: ") :].partition("\nhint: ")
        assert error.startswith(f"error: {words}"), said.stderr
        assert hint.strip()
        said = far.run("status", "--json")
        one, two = json.loads(said.stdout)
        assert (said.code, one["state"], two["state"]) == (1, "unknown", "empty")
        assert one["problem"].startswith(words)
