"""The walls of the house hold, and each is seen to fail when it is crossed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import envctl

HOUSE = Path(envctl.__file__).parent
MODULES = sorted(HOUSE.rglob("*.py"))


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Judge the package in `folder` by the contracts there."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(HOUSE, tmp_path / "envctl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE.parent / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.process
def test_the_walls_hold(copy: Path) -> None:
    judged = lint(copy)
    assert judged.returncode == 0, judged.stdout
    assert "0 broken" in judged.stdout


INWARD = "imports point inward"
PURE = "the domain does no input or output, and knows no third party"
PORTS = "workflows touch the world through ports only"
SCREEN = "the screen is known to the command line only"
PYTEST = "pytest is known to its plugin only"


@pytest.mark.process
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/plan.py", "import envctl.adapters.memory", INWARD),
        ("domain/plan.py", "import os", PURE),
        ("domain/plan.py", "from datetime import datetime", PURE),
        ("errors.py", "import sys", PURE),
        ("errors.py", "import envctl.domain.plan", INWARD),
        ("workflows/up.py", "import envctl.adapters.memory", INWARD),
        ("workflows/up.py", "import envctl.config.discovery", INWARD),
        ("workflows/up.py", "import subprocess", PORTS),
        ("adapters/memory.py", "import envctl.workflows.up", INWARD),
        ("adapters/memory.py", "import envctl.config.discovery", INWARD),
        ("adapters/memory.py", "import rich", SCREEN),
        ("config/discovery.py", "import envctl.adapters.memory", INWARD),
        ("config/discovery.py", "import argparse", SCREEN),
        ("ports/__init__.py", "import envctl.workflows.up", INWARD),
        ("wiring/__init__.py", "import envctl.cli.words", INWARD),
        ("wiring/__init__.py", "import envctl.testing.run", INWARD),
        ("cli/up.py", "import envctl.testing.run", INWARD),
        ("testing/run.py", "import envctl.cli.words", INWARD),
        ("testing/run.py", "import rich", SCREEN),
        ("testing/run.py", "import pytest", PYTEST),
        ("wiring/__init__.py", "import pytest", PYTEST),
        ("utils.py", '"""Outside the layers."""', INWARD),
    ],
)
def test_a_wall_that_is_crossed_is_named(copy: Path, module: str, line: str, contract: str) -> None:
    with (copy / "envctl" / module).open("a") as file:
        file.write(f"\n{line}\n")
    judged = lint(copy)
    assert judged.returncode == 1, judged.stdout
    assert f"{contract} BROKEN" in judged.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_module_says_what_it_is_for_and_stays_small(module: Path) -> None:
    text = module.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 300


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [str(m) for m in MODULES if {m.stem, m.parent.name} & empty] == []


def test_the_house_is_not_empty() -> None:
    assert len(MODULES) > 50
