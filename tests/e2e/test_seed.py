"""A fresh playground begins with its seed, on a real engine; a seeded one is left alone."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import Playground, eventually

pytestmark = pytest.mark.engine

JOB = """\
  fill:
    image: busybox:1.35
    profiles: [seed]
    command: [sh, -c, "date +%N >>/data/seeded; echo filled; exit ${FILL_CODE:-0}"]
    volumes: [data:/data]
volumes:
"""


@pytest.fixture
def seeded(tiny: Playground) -> Playground:
    compose = (tiny.folder / "compose.yaml").read_text()
    tiny.write("compose.yaml", compose.replace("volumes:\n  data", f"{JOB}  data"))
    tiny.write("envctl.toml", 'seed = { job = "fill" }\n')
    return tiny


def seeds(tiny: Playground) -> int:
    """Return how often the job has run to its effect."""
    found: Any = tiny.container("db").exec_run(["cat", "/data/seeded"])
    return len(found.output.splitlines()) if found.exit_code == 0 else 0


def test_a_job_is_run_once_for_a_fresh_playground(seeded: Playground) -> None:
    first = seeded.up()
    assert "seed fill: the seed of a fresh playground" in first.stderr
    assert "filled" in first.stderr
    assert seeds(seeded) == 1
    assert "nothing to do" in seeded.up().stderr
    assert seeded.envctl("down").code == 0
    seeded.up()
    assert seeds(seeded) == 1
    assert seeded.envctl("reset").code == 0
    assert seeds(seeded) == 1


def test_a_job_that_fails_is_owed_until_it_works(seeded: Playground) -> None:
    seeded.environment["FILL_CODE"] = "3"
    failed = seeded.envctl("up")
    assert failed.code == 1
    assert "the job fill did not work" in failed.stderr
    assert "  filled" in failed.stderr
    seeded.environment["FILL_CODE"] = "0"
    seeded.up()
    assert "nothing to do" in seeded.up().stderr


def test_a_snapshot_is_what_a_fresh_playground_begins_with(tiny: Playground) -> None:
    tiny.environment["XDG_DATA_HOME"] = str(tiny.folder.parent / "data")
    tiny.write("envctl.toml", 'seed = { snapshot = "base" }\n')
    first = tiny.up()
    assert "snapshot base, is not on this machine" in first.stderr
    tiny.container("db").exec_run(["touch", "/data/seeded"])
    assert tiny.envctl("snapshot", "save", "base").code == 0
    assert tiny.envctl("down", "--volumes").code == 0
    again = tiny.up()
    assert "restore data: the seed of a fresh playground, from snapshot base" in again.stderr
    assert tiny.container("db").exec_run(["ls", "/data"]).output == b"seeded\n"
    tiny.container("db").exec_run(["touch", "/data/mine"])
    assert tiny.envctl("reset").code == 0
    assert tiny.container("db").exec_run(["ls", "/data"]).output == b"seeded\n"
    refused = tiny.envctl("snapshot", "rm", "base")
    assert (refused.code, refused.stderr.splitlines()[-1]) == (5, "hint: --force removes it")
    assert tiny.envctl("snapshot", "rm", "base", "--force").code == 0


def test_a_first_up_that_is_killed_seeds_when_it_comes_again(
    seeded: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    up = seeded.start("up")
    ended.append(up)
    eventually(lambda: seeded.containers("db"), "the first container")
    up.kill()
    up.wait(60)
    seeded.up()
    assert seeds(seeded) == 1
