"""A target whose disk is full: the old release serves, and the same command works with room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.conftest import Answer, Playground
from tests.e2e.hosts import Host, Hosts, small_host
from tests.e2e.staging import LEAN, Staged, clean_host
from tests.e2e.traffic import visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine
PORT, MB = 8080, 1 << 20


@pytest.fixture(scope="module")
def host(hosts: Hosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host whose engine has a small disk."""
    with small_host(hosts, tmp_path_factory.mktemp("small") / "host", 800 * MB) as started:
        yield started


@pytest.fixture
def small(
    playground: Playground, memory_registry: FakeRegistry, hosts: Hosts, host: Host
) -> Iterator[Staged]:
    """A project whose stage on that host runs 1.0."""
    playground.environment |= hosts.environment
    targets = {"integration": host.target}
    made = Staged(playground, {"integration": PORT}, targets, LEAN, min_healthy="1s")
    try:
        made.write(memory_registry.address)
        made.serve("1.0")
        yield made
    finally:
        host.free_disk()
        clean_host(host.engine, playground.name)


def next_release(small: Staged, size: int = 0) -> None:
    """Promote 2.0; unpacked it takes `size` bytes more, on its way almost none."""
    page = small.playground.write("app/www/empty", "")
    with page.open("wb") as file:
        file.truncate(size)
    small.release("2.0")
    small.promote("2.0")


@contextmanager
def only(host: Host, *versions: str) -> Iterator[None]:
    """Expect that these serve, one after the other, without a failed request."""
    with visitors(host.address, PORT) as seen:
        yield
    assert not seen.failures
    assert seen.order == [*versions]


def failed(answer: Answer, code: int, words: str, hint: str) -> None:
    """Expect a command to have ended so, and clearly."""
    assert (answer.code, "Traceback" in answer.stderr) == (code, False), answer.stderr
    error, _, advice = answer.stderr[answer.stderr.rfind("error: ") :].partition("\nhint: ")
    assert words in error, answer.stderr
    assert hint in advice, answer.stderr


def test_too_little_room_is_seen_before_anything_begins(small: Staged, host: Host) -> None:
    next_release(small)
    host.fill_disk(left=30 * MB)
    with only(host, "1.0"):
        answer = small.run("deploy", "integration")
    failed(answer, 5, "the target has", "make room there")
    assert "deploy started" not in small.done("history", "integration", "--limit", "1")
    host.free_disk()
    with only(host, "1.0", "2.0"):
        small.deploy()
    assert small.runs() == "2.0"


def test_a_disk_that_an_image_does_not_fit_on(small: Staged, host: Host) -> None:
    next_release(small, 150 * MB)
    host.fill_disk(left=90 * MB)
    with only(host, "1.0"):
        answer = small.run("deploy", "integration")
        failed(answer, 1, "no space left on device", "make room on the target")
        assert small.runs() == "1.0"
    host.free_disk()
    with only(host, "1.0", "2.0"):
        small.deploy()


def test_a_disk_that_fills_up_while_the_new_release_starts(
    small: Staged, host: Host, ended: list[subprocess.Popen[str]]
) -> None:
    next_release(small)
    process = small.playground.start("deploy", "integration")
    ended.append(process)
    assert process.stderr
    with visitors(host.address, PORT) as seen:
        assert any(line.startswith("prove") for line in process.stderr)
        host.fill_disk()
        _, said = process.communicate(timeout=200)
        assert "Traceback" not in said
        assert process.returncode in (0, 1), said
        assert process.returncode == 0 or "no space left on device" in said, said
        host.free_disk()
        small.deploy()
    assert not seen.failures
    assert seen.order in (["1.0", "2.0"], ["1.0", "2.0", "1.0", "2.0"])
    assert small.runs() == "2.0"


def test_a_disk_without_any_room(small: Staged, host: Host) -> None:
    next_release(small)
    host.fill_disk()
    with only(host, "1.0"):
        answer = small.run("deploy", "integration")
        failed(answer, 1, "no space left on device", "")
        assert small.runs() == "1.0", "looking needs no room"
    host.free_disk()
    with only(host, "1.0", "2.0"):
        small.deploy()
