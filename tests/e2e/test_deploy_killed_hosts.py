"""Deploys over SSH whose command, connection or engine is killed: the next command recovers.

It is done when a line of the command's report appears, which has each step of its plan. An engine
that is killed takes its forwarding of ports along, and stops and starts all containers when it is
back. With other settings it leaves all of it as it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import eventually, new_playground
from tests.e2e.hosts import Host, Hosts
from tests.e2e.killing import NEXT, RELEASES, STAGE, Killing, after, chosen, context, judge, tried
from tests.e2e.staging import Staged, clean_host
from tests.e2e.test_deploy_hosts import PORT, answer
from tests.e2e.traffic import Visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

SAMPLES = 1
ENDS = {"command": (-9, 0), "connection": (4, 5, 0)}
"""How a command may end: it may be done but for what it says last."""
GONE = (4, 5, 1, 0)
"""How it may end where the engine is gone; its tools say in their own way that it is."""
AWAY = {"status 503", "ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected"}
"""What visitors see while an engine is away that takes along what it runs."""
LETS_LIVE = '{"live-restore": true, "userland-proxy": false}'


@dataclass
class Undisturbed:
    """A stage on the first host, and the lines of the report of a deploy that nothing befell."""

    killing: Killing
    lines: int = 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, hosts: Hosts) -> Iterator[Undisturbed]:
    """The stage, with two releases that were deployed; nothing is left."""
    host = hosts.one
    with (
        FakeRegistry() as registry,
        new_playground(tmp_path_factory.mktemp("killed")) as playground,
    ):
        playground.environment |= hosts.environment
        staged = Staged(playground, {STAGE: PORT}, {STAGE: host.target}, min_healthy="1s")
        staged.write(registry.address)
        killing = Killing(staged, registry, address=host.address, engine=host.engine)
        try:
            killing.prepare()
            killing.bring(RELEASES[0])
            yield Undisturbed(killing, count_lines(killing, host))
        finally:
            wipe(killing)


def count_lines(killing: Killing, host: Host) -> int:
    """Deploy, undisturbed; returns how many lines the command reports."""
    _, old, new = killing.come()
    whole = deploy(killing, host, "", 0)
    assert whole.code == 0, whole
    judge(whole.seen, [old, new])
    return len(whole.lines)


def wipe(killing: Killing) -> None:
    """Leave nothing of the stage."""
    clean_host(killing.engine, killing.staged.name)


def command(_: Host, process: subprocess.Popen[str]) -> None:
    process.kill()


def connection(_: Host, process: subprocess.Popen[str]) -> None:
    """End the one process of ssh that is the command's own."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    for pid in " ".join(path.read_text() for path in children).split():
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text() == "ssh\n":
                os.kill(int(pid), signal.SIGKILL)


def engine(host: Host, _: subprocess.Popen[str]) -> None:
    host.stop_engine()


FAULTS: dict[str, Callable[[Host, subprocess.Popen[str]], None]] = {
    "command": command,
    "connection": connection,
    "engine": engine,
    "engine that lets live": engine,
}


@pytest.fixture
def fault(request: pytest.FixtureRequest, hosts: Hosts) -> Iterator[str]:
    """What is to be killed; the host's engine has the settings for it meanwhile."""
    name = str(request.param)
    if "lets live" in name:
        configure(hosts.one, LETS_LIVE)
        hosts.one.stop_engine()
        hosts.one.start_engine()
    yield name
    if "lets live" in name:  # an engine with the usual settings would end what lives one by one
        configure(hosts.one, "{}")
        hosts.one.reboot()


def configure(host: Host, settings: str) -> None:
    """Let the engine have other settings from its next start on."""
    (host.folder / "daemon.json").write_text(settings)


@dataclass
class Deploy:
    """How a deploy with a fault went: its end, the line of its report, all of them, the visits."""

    code: int
    met: str
    lines: list[str]
    seen: Visitors


def deploy(killing: Killing, host: Host, name: str, at: int) -> Deploy:
    """Deploy, with a fault at a line of the report; at 0 without. An engine is back at the end."""
    lines: list[str] = []
    met = ""

    def read(process: subprocess.Popen[str]) -> None:
        nonlocal met
        assert process.stderr
        for line in process.stderr:
            lines.append(line.strip())
            if len(lines) == at:
                met = line.strip()
                FAULTS[name](host, process)
                break

    with killing.visitors() as seen:
        try:
            ended = killing.run(*NEXT, meet=read)
        finally:
            if met and name.startswith("engine"):
                host.start_engine()
    assert "Traceback" not in ended.stderr, ended.stderr
    lines += ended.stderr.splitlines()
    return Deploy(ended.code, met, lines, seen)


def recovers_all(killing: Killing, seen: Visitors, old: str, new: str) -> None:
    """Check that the next command brings back what went with the engine, and never a mix."""
    _, then = killing.next_command()
    for visits in (seen, then):
        assert set(visits.answers) <= {old, new}, visits
        assert set(visits.failures) <= AWAY, visits
    assert then.order[-1] == new, then


def test_a_stage_that_went_with_its_engine_comes_back_with_it(
    undisturbed: Undisturbed, hosts: Hosts
) -> None:
    killing, host = undisturbed.killing, hosts.one
    serves = killing.answer(killing.version())
    host.stop_engine()
    host.start_engine()
    eventually(lambda: answer(host) == serves, "the stage")
    killing.is_well(killing.version())
    killing.runs_already()


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_the_next_command_recovers(undisturbed: Undisturbed, hosts: Hosts, fault: str) -> None:
    host, killing = hosts.one, undisturbed.killing

    def trial(at: int) -> str:
        version, old, new = killing.come()
        ended = deploy(killing, host, fault, at)
        with context(f"{fault} at line {at}, {ended.met}: {ended}"):
            assert ended.code in ENDS.get(fault, GONE)
            if fault == "engine":
                recovers_all(killing, ended.seen, old, new)
            else:
                judge(ended.seen, [old], [old, new])
                said, then = killing.next_command()
                judge(then, *after(said, old, new, ended.seen))
            killing.is_well(version)
            killing.runs_already()
        return ended.met

    def mend() -> None:
        wipe(killing)
        killing.restore_registry()
        killing.bring(RELEASES[0])

    eventually(lambda: answer(host), "the stage")
    number = [*FAULTS].index(fault)
    tried(chosen(undisturbed.lines, SAMPLES, number), trial, mend)
