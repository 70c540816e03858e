"""A command pays for what it uses: no clock here, only what is imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

HEAVY = {"docker", "python_on_whales", "requests", "rich", "watchdog", "yaml", "pydantic",
         "argcomplete", "typer", "click", "urllib3"}  # fmt: skip
FEW = {"envctl.cli.main", "envctl.cli.verbs", "envctl.cli.arguments", "envctl.errors"}
A_PROCESS = "a_process"


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return it without what makes a process measure its own coverage, and import for that."""
    return {key: value for key, value in environment.items() if not key.startswith("COVERAGE_")}


def imported(
    *arguments: str, folder: Path | None = None, environment: dict[str, str] | None = None
) -> set[str]:
    """Return the modules that a call of envctl imports, and A_PROCESS if it starts one."""
    program = (
        "import sys; sys.addaudithook(lambda event, _: event == 'subprocess.Popen' "
        f"and sys.modules.setdefault({A_PROCESS!r}, sys)); "
        f"from envctl.cli.main import run; code = run({list(arguments)!r}); "
        "print('imported:', *sys.modules, file=sys.stderr); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program],
        cwd=folder,
        env=unmeasured(os.environ if environment is None else environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    timed = set(re.findall(r"^import time: .*\| +([\w.]+)$", ran.stderr, re.MULTILINE))
    assert timed >= FEW
    # importlib's own imports are not timed, and what was loaded and dropped is not kept
    return timed | set(ran.stderr.rpartition("imported: ")[2].split())


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_what_needs_nothing_loads_nothing_heavy(argument: str) -> None:
    assert packages(imported(argument)) & HEAVY == set()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_what_needs_nothing_loads_little_of_python_either(argument: str) -> None:
    spared = {"asyncio", "dataclasses", "difflib", "inspect", "json", "logging", "pathlib",
              "shutil", "subprocess", "tempfile", "traceback", "urllib"}  # fmt: skip
    assert packages(imported(argument)) & spared == set()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_what_needs_no_verb_loads_none(argument: str) -> None:
    modules = imported(argument)
    assert [m for m in modules if re.match(r"envctl\.(workflows|adapters|wiring|domain)", m)] == []
    assert "envctl.cli.up" not in modules


def test_a_verb_loads_its_own_module_and_no_other() -> None:
    modules = imported("up", "--help")
    assert "envctl.cli.up" in modules
    assert modules & {"envctl.cli.down", "envctl.cli.ps", "envctl.cli.doctor"} == set()


def test_the_pytest_plugin_costs_nobody_anything_who_does_not_use_it(tmp_path: Path) -> None:
    """Of what pytest itself does not import, it adds a few modules of envctl."""
    program = (
        "import sys; import pytest; before = set(sys.modules); import envctl.testing.plugin; "
        "print(*(set(sys.modules) - before))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=unmeasured(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    own = {"environment", "lifetime", "options", "plugin", "run"}
    assert set(ran.stdout.split()) == {
        "envctl", "envctl.errors", "envctl.testing", *(f"envctl.testing.{name}" for name in own)
    }  # fmt: skip


def test_a_mistake_is_told_without_anything_heavy(tmp_path: Path) -> None:
    """No Compose file: `up` stops before it needs the engine."""
    modules = imported("up", folder=tmp_path)
    assert "envctl.wiring.project_files" in modules
    assert packages(modules) & {"docker", "python_on_whales", "watchdog"} == set()


def test_a_table_and_an_up_with_nothing_to_do_need_no_rich() -> None:
    program = """
import contextlib, sys
from envctl.cli.progress import ScreenReporter
from envctl.cli.words import print_table
from envctl.domain.readiness import Phase, ServiceState
with contextlib.ExitStack() as ending:
    reporter = ScreenReporter(ending)
    reporter.note("nothing to do")
    reporter.states([ServiceState("api", Phase.READY, "healthy")])
    print_table(("A",), [("x" * 200,)])
    print("rich" in sys.modules)
    reporter.states([ServiceState("api", Phase.STARTING, "starting")])
    print("rich" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.splitlines()[-2:] == ["False", "True"]


@pytest.mark.engine
def test_an_unchanged_project_costs_neither_a_process_nor_a_reader_of_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "compose.yaml").write_text("services: {a: {image: a}}")
    cold = imported("config", "--json", folder=tmp_path)
    assert {"yaml", A_PROCESS} <= cold
    warm = imported("config", "--json", folder=tmp_path)
    assert packages(warm) & {*HEAVY, A_PROCESS} == set()
    assert "envctl.adapters.compose_sources" not in warm


@pytest.mark.engine
def test_a_list_costs_neither_a_process_nor_anything_heavy(tmp_path: Path) -> None:
    modules = imported("list", folder=tmp_path)
    assert "envctl.workflows.list" in modules
    assert packages(modules) & {*HEAVY, A_PROCESS, "logging", "tempfile", "tomllib"} == set()
    unneeded = {"adapters.compose", "adapters.process", "ports", "workflows.carry_out"}
    assert modules & {f"envctl.{name}" for name in unneeded} == set()
