"""The lock of a stage: one holder, and no dead one."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.target.facts import read_facts
from envctl.adapters.target.lock import ContainerLock
from envctl.domain.target import Holder, HostFacts
from envctl.domain.target_address import parse_target
from envctl.errors import CommandFailed, Refused
from envctl.wiring.targets import open_target
from tests.e2e.conftest import eventually
from tests.e2e.hosts import Hosts

engine = pytest.mark.engine
ME = Holder("ann", "here", "2026-01-02T03:04:05Z", "")
PROJECT = f"envctl-test-{os.getpid()}"


def docker(*words: str) -> str:
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


def silent(_: Holder) -> None: ...


@pytest.fixture
def lock() -> Iterator[ContainerLock]:
    http, stage = EngineHttp(), secrets.token_hex(4)
    yield ContainerLock(http, PROJECT, stage, ME)
    label = {"label": [f"dev.envctl.stage={stage}"]}
    for row in http.get_json("/containers/json", all=True, filters=label):
        with suppress(CommandFailed):
            http.delete(f"/containers/{row['Id']}", force=True, v=True)


def same(lock: ContainerLock) -> ContainerLock:
    """The same lock as another command sees it."""
    return ContainerLock(EngineHttp(), lock._project, lock._stage, ME)


@engine
def test_who_has_it_is_known_and_when_it_is_let_go_it_is_free_at_once(lock: ContainerLock) -> None:
    assert lock.holder() is None
    with lock.held("deploy 1.4.0", wait=None, waiting=silent) as held:
        held.check()
        assert same(lock).holder() == Holder("ann", "here", ME.since, "deploy 1.4.0")
    assert lock.holder() is None
    with same(lock).held("again", wait=None, waiting=silent) as held:
        held.check()


@engine
def test_nothing_of_it_stays(lock: ContainerLock) -> None:
    with lock.held("deploy", wait=None, waiting=silent):
        pass
    label = f"label=dev.envctl.stage={lock._stage}"
    eventually(lambda: not docker("ps", "--all", "--quiet", "--filter", label), "no container")


@engine
def test_a_second_one_is_refused_and_told_whom(lock: ContainerLock) -> None:
    with lock.held("deploy 1.4.0", wait=None, waiting=silent) as held:
        with (
            pytest.raises(
                Refused, match=rf"{lock._stage} is locked by ann at here, since .*: depl"
            ),
            same(lock).held("rollback", wait=None, waiting=silent),
        ):
            pass
        held.check()


@engine
def test_a_second_one_waits_only_so_long(lock: ContainerLock) -> None:
    told: list[Holder] = []
    with (
        lock.held("deploy", wait=None, waiting=silent),
        pytest.raises(Refused, match="is locked by ann"),
        same(lock).held("rollback", wait=0.2, waiting=told.append),
    ):
        pass
    assert [one.doing for one in told] == ["deploy"]


@engine
def test_a_second_one_that_waits_gets_it_next(lock: ContainerLock) -> None:
    told, order = threading.Event(), list[str]()

    def second() -> None:
        with same(lock).held("second", wait=60, waiting=lambda _: told.set()):
            order.append("second")

    with ThreadPoolExecutor() as pool:
        with lock.held("first", wait=None, waiting=silent):
            waits = pool.submit(second)
            assert told.wait(30)
            order.append("first")
        waits.result(30)
    assert order == ["first", "second"]


@engine
def test_it_is_kept_for_as_long_as_it_is_needed(lock: ContainerLock) -> None:
    with lock.held("deploy", wait=None, waiting=silent) as held:
        # far longer than a line may be missing
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            held.check()
            assert same(lock).holder()
            threading.Event().wait(1)


@engine
def test_never_are_there_two_holders(lock: ContainerLock) -> None:
    """Many race for it, round by round, and most of them let it go in a moment."""
    inside = threading.Lock()
    counts: list[int] = []

    def race(_: int) -> None:
        mine = same(lock)
        for _ in range(10):
            with mine.held("race", wait=120, waiting=silent) as held:
                assert inside.acquire(blocking=False), "two holders"
                held.check()
                counts.append(1)
                inside.release()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(race, range(5)))
    assert len(counts) == 50


@engine
def test_of_those_who_do_not_wait_one_gets_it(lock: ContainerLock) -> None:
    gate, done = threading.Barrier(4), threading.Barrier(4)

    def take(_: int) -> bool:
        mine = same(lock)
        gate.wait()
        try:
            with mine.held("race", wait=None, waiting=silent):
                done.wait()
                return True
        except Refused:
            done.wait()
            return False

    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(take, range(4))) == 1


HOLD = """
    import signal, sys
    from envctl.domain.target_address import parse_target
    from envctl.wiring.targets import open_target
    with open_target(parse_target(sys.argv[1], "test")) as target:
        lock = target.lock(*sys.argv[2:])
        with lock.held("deploy", wait=None, waiting=print) as held:
            print("held", flush=True)
            signal.pause()
"""


def killed_holder(target: str, lock: ContainerLock) -> None:
    words = [sys.executable, "-c", textwrap.dedent(HOLD), target, lock._project, lock._stage]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        assert lock.holder()
        process.send_signal(signal.SIGKILL)


@engine
def test_a_killed_holder_has_it_no_longer(lock: ContainerLock) -> None:
    killed_holder("", lock)
    with lock.held("next", wait=10, waiting=silent) as held:
        held.check()


@engine
def test_a_holder_that_was_killed_before_it_began_wedges_nobody(
    lock: ContainerLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lock._create("killed")
    assert lock.holder()
    with (
        pytest.raises(Refused, match="locked by ann"),
        same(lock).held("next", wait=None, waiting=silent),
    ):
        pass
    monkeypatch.setattr("envctl.adapters.target.lock.START", 1.0)
    told: list[Holder] = []
    with same(lock).held("next", wait=30, waiting=told.append) as held:
        held.check()
    eventually(lambda: lock.holder() is None, "nobody")


@engine
def test_one_who_is_just_about_to_start_is_not_taken_for_dead(
    lock: ContainerLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock.held("slow", wait=None, waiting=silent) as held:
        found = lock._look()
        assert found
        # what another saw a moment before it was started
        monkeypatch.setattr("envctl.adapters.target.lock.START", 0.0)
        found["State"]["Status"] = "created"
        monkeypatch.setattr("envctl.adapters.target.lock.await_removal", lambda *_: False)
        assert not same(lock)._removed_dead(found)
        held.check()


@engine
def test_one_that_is_taken_by_force_is_lost_to_its_holder(lock: ContainerLock) -> None:
    with lock.held("deploy", wait=None, waiting=silent) as held:
        taken = same(lock).force()
        assert taken
        assert taken.doing == "deploy"
        with same(lock).held("next", wait=None, waiting=silent) as other:
            other.check()
            eventually(lambda: is_lost(held), "the loss", 5)
    assert lock.force() is None


def is_lost(held: object) -> bool:
    try:
        held.check()  # type: ignore[attr-defined]
    except Refused:
        return True
    return False


@engine
def test_somebody_elses_container_of_that_name_is_left_alone(lock: ContainerLock) -> None:
    docker("create", "--name", lock._name, "busybox:1.35", "true")
    try:
        for call in (lock.holder, lock.force):
            with pytest.raises(Refused, match="that envctl did not make"):
                call()
    finally:
        docker("rm", lock._name)


@engine
def test_what_goes_wrong_while_it_is_held_comes_out_as_it_is(lock: ContainerLock) -> None:
    with (
        pytest.raises(OSError, match="mine"),
        lock.held("deploy", wait=None, waiting=silent),
    ):
        raise OSError("mine")
    assert lock.holder() is None


@engine
def test_the_hosts_facts_are_those_of_the_host(hosts: Hosts) -> None:
    http = EngineHttp(Endpoint(hosts.one.engine))
    with ContainerLock(http, PROJECT, "facts", ME).held("x", wait=None, waiting=silent) as held:
        facts = held.host_facts()()
    assert 22 in facts.ports
    blocks, size = hosts.one.run("stat", "-f", "-c", "%a %S", "/run/host/data").split()
    assert abs(facts.free - int(blocks) * int(size)) < 1 << 30


@engine
def test_a_killed_holder_far_away_has_it_no_longer(ssh_user: Hosts) -> None:
    http = EngineHttp(Endpoint(ssh_user.one.engine))
    lock = ContainerLock(http, PROJECT, "far", ME)
    killed_holder(ssh_user.one.target, lock)
    eventually(lambda: lock.holder() is None, "nobody", 10)


@engine
def test_a_holder_that_is_cut_off_has_it_no_longer_and_knows(ssh_user: Hosts) -> None:
    host = ssh_user.two
    there = ContainerLock(EngineHttp(Endpoint(host.engine)), PROJECT, "cut", ME)
    with (
        open_target(parse_target(host.target, "test")) as target,
        target.lock(PROJECT, "cut").held("deploy", wait=None, waiting=silent) as held,
    ):
        held.check()
        host.cut()
        try:
            knew = eventually(lambda: when_lost(held, there), "the loss", 60)
            with there.held("next", wait=30, waiting=silent) as other:
                other.check()
        finally:
            host.mend()
        assert knew == "while nobody else could have it"
        with pytest.raises(Refused, match="is lost"):
            held.check()


def when_lost(held: object, there: ContainerLock) -> str:
    """Say whether the holder knew before the lock was free; empty while nothing happened."""
    free = there.holder() is None  # looked at first: a loss that is seen then came before
    if is_lost(held):
        return "too late" if free else "while nobody else could have it"
    return "too late" if free else ""


FACTS = """\
      Avail
73511510016
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:138D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 1 1
  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:0
"""


def test_ports_in_use_are_those_that_are_listened_at() -> None:
    assert read_facts(FACTS) == HostFacts(73511510016, frozenset({5005, 22}))
