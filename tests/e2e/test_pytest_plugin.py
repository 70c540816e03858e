"""The pytest plugin, in runs of pytest of their own, on a real engine."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys

import pytest

from tests.e2e.conftest import Answer, eventually
from tests.e2e.environments import Subject, environments_of

pytestmark = pytest.mark.engine

HELPERS = """\
import logging, os, pytest

def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    handler = logging.FileHandler(f"said-{worker}.log")
    logging.getLogger("envctl.testing").addHandler(handler)
    logging.getLogger("envctl.testing").setLevel(logging.INFO)
    config.add_cleanup(handler.close)

@pytest.fixture
def orders(envctl_environment):
    return envctl_environment.exec("db", "cat /data/orders").stdout.split()

@pytest.fixture
def order(envctl_environment):
    def place(text):
        ran = envctl_environment.exec("db", ["sh", "-c", f"echo {text} >> /data/orders"])
        assert ran.exit_code == 0, ran
    return place

@pytest.fixture(autouse=True)
def note(request, envctl_environment):
    with open("names", "a") as file:
        print(request.node.name, envctl_environment.name, file=file)
"""


@pytest.fixture
def subject(subject: Subject) -> Subject:
    """The same, with helpers of its tests."""
    subject.tests("conftest", HELPERS)
    return subject


def passed(answer: Answer, count: int) -> None:
    assert answer.code == 0, answer.stdout + answer.stderr
    assert f"{count} passed" in answer.stdout


def names(subject: Subject) -> dict[str, str]:
    """Return which environment each test had."""
    lines = (subject.playground.folder / "names").read_text().splitlines()
    return dict(line.split() for line in lines)


def said(subject: Subject) -> list[str]:
    """Return what all processes logged."""
    logs = sorted(subject.playground.folder.glob("said-*.log"))
    return [line for log in logs for line in log.read_text().splitlines()]


def test_one_environment_is_for_all_tests_and_nothing_is_left(subject: Subject) -> None:
    subject.tests(
        "test_a",
        """\
        import urllib.request

        def test_it_answers(envctl_environment):
            with urllib.request.urlopen(envctl_environment.url(), timeout=10) as answer:
                assert answer.read() == b"one"

        def test_data_stays(orders, order):
            assert orders == ["one"]
            order("two")
        """,
    )
    subject.tests("test_b", "def test_still(orders): assert orders == ['one', 'two']\n")
    passed(subject.pytest("-Werror"), 3)
    (name,) = set(names(subject).values())
    assert re.fullmatch(rf"{subject.playground.name}-test-[0-9a-f]{{6}}", name)
    assert subject.left() == []


def test_data_is_new_before_each_module_or_test_that_says_so(subject: Subject) -> None:
    text = """\
        import pytest

        def test_first(orders, order):
            assert orders == ["one"]
            order("two")

        def test_second(orders):
            assert orders == ["one", "two"]

        @pytest.mark.envctl(reset="test")
        def test_third(orders):
            assert orders == ["one"]
        """
    subject.tests("test_a", text)
    subject.tests("test_b", text)
    passed(subject.pytest("-o", "envctl_reset=module"), 6)
    assert len(set(names(subject).values())) == 1
    restored = [line for line in said(subject) if line.startswith("restore data")]
    assert len(restored) == 3, "twice for a mark, once for a module"
    assert subject.left() == []


def test_a_test_gets_whole_what_another_one_broke(subject: Subject) -> None:
    subject.tests(
        "test_a",
        """\
        import subprocess

        def test_breaks(envctl_environment):
            for service in ("db", "web"):
                label = f"label=com.docker.compose.project={envctl_environment.name}"
                ids = subprocess.run(["docker", "ps", "-q", "-f", label], capture_output=True)
                subprocess.run(["docker", "rm", "-f", *ids.stdout.decode().split()])
            assert not envctl_environment.is_well

        def test_works(envctl_environment, orders):
            assert envctl_environment.is_well
            assert orders == ["one"]
        """,
    )
    passed(subject.pytest("-o", "envctl_reset=test"), 2)


def test_each_module_can_have_an_environment_of_its_own(subject: Subject) -> None:
    subject.tests("test_a", "def test_a(order): order('two')\n")
    subject.tests("test_b", "def test_b(orders): assert orders == ['one']\n")
    passed(subject.pytest("-o", "envctl_scope=module", "-o", "envctl_services=db"), 2)
    assert len(set(names(subject).values())) == 2
    assert subject.left() == []


def test_a_failure_shows_what_services_printed_meanwhile_without_secrets(
    subject: Subject,
) -> None:
    subject.tests(
        "test_a",
        """\
        import time

        def test_quiet(envctl_environment):
            time.sleep(2)  # logs are cut to whole seconds

        def test_fails(envctl_environment):
            script = "echo checkout broke, password=hunter2 > /proc/1/fd/1"
            assert envctl_environment.exec("db", ["sh", "-c", script]).exit_code == 0
            assert False, "on purpose"

        def test_passes(envctl_environment): pass
        """,
    )
    answer = subject.pytest()
    assert answer.code == 1
    assert "1 failed, 2 passed" in answer.stdout
    assert answer.stdout.count("- envctl logs -") == 1
    assert "db | checkout broke, password=********" in answer.stdout
    assert "db is up" not in answer.stdout.partition("- envctl logs -")[2]
    assert subject.left() == []


def test_with_the_switch_the_environment_of_a_failed_test_stays(subject: Subject) -> None:
    subject.tests("test_a", "def test_passes(envctl_environment): pass\n")
    subject.tests("test_b", "def test_fails(envctl_environment): assert False\n")
    answer = subject.pytest("--envctl-keep", "-o", "envctl_scope=module")
    assert answer.code == 1
    kept = names(subject)["test_fails"]
    assert subject.environments() == [kept]
    assert f"{kept} is kept: web http://localhost:" in answer.stdout
    for what, expected in (("look", "db is up"), ("remove", "")):
        found = re.search(rf"{what}: envctl (.*)", answer.stdout)
        assert found
        words = [sys.executable, "-m", "envctl", *shlex.split(found[1])]
        ran = subprocess.run(
            words, env=subject.playground.environ({}), capture_output=True, text=True, check=True
        )
        assert expected in ran.stdout
    assert subject.environments() == []


def test_two_workers_have_an_environment_each_and_build_once(subject: Subject) -> None:
    """Each waits for the other, so that both have one at the same time."""
    subject.tests(
        "test_a",
        """\
        import pathlib, time, pytest

        @pytest.mark.parametrize("number", [0, 1])
        def test_side_by_side(number, envctl_environment, orders, order):
            assert orders == ["one"]
            order("two")
            pathlib.Path(f"here-{number}").touch()
            deadline = time.monotonic() + 120
            while not pathlib.Path(f"here-{1 - number}").exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert envctl_environment.is_well
        """,
    )
    passed(subject.pytest("-n", "2"), 2)
    assert {name[-4:] for name in names(subject).values()} == {"-gw0", "-gw1"}
    assert len([line for line in said(subject) if line.startswith("build web")]) == 1
    assert subject.left() == []


def test_workers_say_what_they_keep(subject: Subject) -> None:
    subject.tests("test_a", "def test_fails(envctl_environment): assert False\n")
    answer = subject.pytest("-n", "1", "--envctl-keep")
    (kept,) = subject.environments()
    assert kept.endswith("-gw0")
    assert f"{kept} is kept: web http://localhost:" in answer.stdout


def test_what_cannot_start_is_told_without_a_traceback(subject: Subject) -> None:
    subject.playground.write(
        "web/Dockerfile", "FROM busybox:1.35\nCMD echo no such table; exit 3\n"
    )
    subject.tests("test_a", "def test_a(envctl_environment): pass\n")
    answer = subject.pytest("--envctl-keep")
    assert answer.code == 1
    assert "error: web" in answer.stdout
    assert "no such table" in answer.stdout
    assert "hint: " in answer.stdout
    assert "Traceback" not in answer.stdout
    assert "lifetime.py" not in answer.stdout
    (kept,) = subject.environments()
    assert f"{kept} is kept" in answer.stdout


def test_ctrl_c_while_it_starts_leaves_nothing(subject: Subject) -> None:
    compose = subject.playground.folder / "compose.yaml"
    compose.write_text(compose.read_text().replace("touch /tmp/up; exec sleep", "exec sleep"))
    subject.tests("test_a", "def test_a(envctl_environment): pass\n")
    process = subject.start("--envctl-keep")
    eventually(lambda: environments_of(subject.playground), "its containers")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 2, out
    assert subject.left() == []


def test_what_a_killed_run_leaves_the_next_one_removes(subject: Subject) -> None:
    subject.tests(
        "test_a",
        """\
        import os, signal

        def test_a(envctl_environment):
            envctl_environment.snapshot("mine")
            if not os.environ.get("LIVE"):
                os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    assert subject.pytest().code == -signal.SIGKILL
    (left,) = subject.environments()
    assert len([name for name in subject.left() if left in name]) > 3
    subject.playground.environment["LIVE"] = "1"
    passed(subject.pytest(), 1)
    assert subject.left() == []
