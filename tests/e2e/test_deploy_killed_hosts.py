"""Deploys over SSH whose command, connection or engine is killed: the next command recovers.

It is done when a line of the command's report appears, which has each step of its plan. The engine
takes its forwarding of ports along, whatever becomes of the containers: while it is away nothing
behind the edge is reached.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import _playground, eventually
from tests.e2e.hosts import Host, Hosts
from tests.e2e.killing import NEXT, RELEASES, STAGE, Killing, after, chosen, context, judge, tried
from tests.e2e.staging import Staged, clean_stages
from tests.e2e.test_deploy_hosts import PORT, answer
from tests.e2e.traffic import Visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

ENDS = {"command": (-9, 0), "connection": (4, 5, 0), "engine": (4, 5, 1, 0)}
"""How a command may end: it may be done but for what it says last."""
SAMPLES = {"command": 1, "connection": 2, "engine": 1}
AWAY = {"status 503"}
"""What visitors are told while what serves is not reached."""


@pytest.fixture(scope="module")
def killing(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, hosts: Hosts
) -> Iterator[Killing]:
    """A stage on the first host with two releases; nothing is left."""
    host = hosts.one
    with FakeRegistry() as registry:
        for playground in _playground(tmp_path_factory.mktemp("killed"), request.node):
            playground.environment |= hosts.environment
            staged = Staged(playground, {STAGE: PORT}, {STAGE: host.target}, min_healthy="1s")
            staged.write(registry.address)
            killing = Killing(staged, registry, address=host.address, engine=host.engine)
            try:
                killing.prepare()
                killing.bring(RELEASES[0])
                yield killing
            finally:
                wipe(killing)


def wipe(killing: Killing) -> None:
    """Leave nothing of the stage."""
    http = EngineHttp(Endpoint(killing.engine))
    clean_stages(lambda name: name == killing.staged.name, http)


def command(_: Host, process: subprocess.Popen[str], __: int) -> None:
    process.kill()


def connection(_: Host, process: subprocess.Popen[str], __: int) -> None:
    """End the one process of ssh that is the command's own."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    for pid in " ".join(path.read_text() for path in children).split():
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text() == "ssh\n":
                os.kill(int(pid), signal.SIGKILL)


def engine(host: Host, _: subprocess.Popen[str], at: int) -> None:
    """End the engine; the one that comes back lets containers live on every other time."""
    host.stop_engine()
    (host.folder / "daemon.json").write_text('{"live-restore": true}' if at % 2 else "{}")


FAULTS: dict[str, Callable[[Host, subprocess.Popen[str], int], None]] = {
    "command": command,
    "connection": connection,
    "engine": engine,
}


def deploy(
    killing: Killing, at: int, fault: Callable[[subprocess.Popen[str]], None]
) -> tuple[int, str, list[str], Visitors]:
    """Deploy, with a fault at a line of the report; returns the end, what was met, and the rest."""
    lines: list[str] = []

    def read(process: subprocess.Popen[str]) -> None:
        assert process.stderr
        for line in process.stderr:
            lines.append(line.strip())
            if len(lines) == at:
                fault(process)
                break

    with killing.visitors() as seen:
        ended = killing.run(*NEXT, meet=read)
    assert "Traceback" not in ended.stderr, ended.stderr
    lines += ended.stderr.splitlines()
    return ended.code, lines[at - 1] if 0 < at <= len(lines) else "", lines, seen


@pytest.mark.parametrize("name", FAULTS)
def test_the_next_command_recovers(killing: Killing, hosts: Hosts, name: str) -> None:
    host = hosts.one

    def begin() -> tuple[str, str, str]:
        former = killing.version()
        (version,) = {*RELEASES} - {former}
        old = killing.answer(former)
        killing.greet(killing.greeting + 1)
        killing.staged.promote(version)
        return version, old, killing.answer(version)

    def trial(at: int) -> str:
        version, old, new = begin()
        fault = partial(FAULTS[name], host)
        try:
            code, met, lines, seen = deploy(killing, at, lambda process: fault(process, at))
        finally:
            if name == "engine":
                host.start_engine()
        if not met:
            return ""
        with context(f"{name} at line {at}, {met}, ended with {code}: {lines}"):
            assert code in ENDS[name]
            if name == "engine":
                assert set(seen.answers) <= {old, new}
                assert set(seen.failures) <= AWAY
                eventually(lambda: answer(host) in (old, new), "an answer")
                seen.order = [answer(host)]
            else:
                judge(seen, [old], [old, new])
            said, then = killing.next_command()
            judge(then, *after(said, old, new, seen))
            killing.is_well(version)
            killing.runs_already()
        return met

    def mend() -> None:
        wipe(killing)
        killing.restore_registry()
        killing.bring(RELEASES[0])

    _, old, new = begin()
    code, _, lines, seen = deploy(killing, 0, lambda _: None)
    assert code == 0, lines
    judge(seen, [old, new])
    number = [*FAULTS].index(name)
    try:
        tried(chosen(len(lines), SAMPLES[name], number), trial, mend)
    finally:
        (host.folder / "daemon.json").write_text("{}")
