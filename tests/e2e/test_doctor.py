"""`doctor` names every fault that is really there, with its cure, and no other."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import Playground
from tests.e2e.faults import containers, engine, project  # noqa: F401 - they fill the list
from tests.e2e.faults.seeding import FAULTS, Call, Fault
from tests.e2e.projects import TINY

pytestmark = pytest.mark.engine

# one engine serves every test of the machine and whoever else is at work on it: what others leave
# there is no fault of this playground's
OTHERS = re.compile(r"^(?:playground|container) |^(?:volumes|networks)$")


def examine(
    playground: Playground, call: Call | None = None
) -> tuple[int, list[dict[str, Any]], str]:
    """Return the exit code of `doctor`, its findings, and what it said on stderr."""
    call = call or Call()
    done = subprocess.run(
        [*call.prefix, *playground.words("doctor", "--json")],
        cwd=playground.folder,
        env=playground.environ(call.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def bad(findings: list[dict[str, Any]], playground: Playground) -> list[dict[str, Any]]:
    """Return what is not well, and may be of this playground."""
    return [
        f
        for f in findings
        if f["level"] != "ok"
        and (not OTHERS.search(f["subject"]) or playground.name in f["subject"])
    ]


@pytest.fixture
def well(tiny: Playground) -> Playground:
    """A project that nothing is wrong with, for one fault to be added."""
    tiny.environment["XDG_CACHE_HOME"] = str(tiny.folder.parent / "cache")
    return tiny


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_named_with_its_cure(well: Playground, fault: Fault) -> None:
    with fault.seed(well) as call:
        code, findings, said = examine(well, call)
    named = [
        f
        for f in findings
        if re.fullmatch(fault.subject, f["subject"]) and re.search(fault.cure, f["cure"])
    ]
    assert named, bad(findings, well)
    assert re.fullmatch(fault.level, named[0]["level"])
    rest = [f for f in bad(findings, well) if f not in named and f["subject"] not in fault.also]
    assert rest == []
    problems = [f["subject"] for f in findings if f["level"] == "problem"]
    assert code == (1 if problems else 0), said
    assert ("error: not well: " + ", ".join(problems) in said) == bool(problems)


def test_the_seeded_faults_are_many() -> None:
    """The promise is 18 of 20; each one is a test of its own above."""
    assert len(FAULTS) >= 60
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_where_nothing_is_wrong_nothing_is_said(well: Playground) -> None:
    code, findings, said = examine(well)
    assert bad(findings, well) == []
    assert (code, said) == (0, "")


def test_a_playground_that_is_up_is_well_and_its_room_is_told(well: Playground) -> None:
    well.up()
    code, findings, _ = examine(well)
    assert bad(findings, well) == []
    assert code == 0
    said = {f["subject"]: f["seen"] for f in findings}
    assert said["ports"] == f"{well.environment['WEB_PORT']}: free, or this playground's"
    assert re.fullmatch(r"\d+ \w+ in volumes, \d+ \w+ in containers", said[f"room of {well.name}"])


def test_a_playground_that_was_stopped_is_well(well: Playground) -> None:
    well.up()
    for container in well.containers():
        container.stop(timeout=0)
    assert bad(examine(well)[1], well) == []


def test_images_that_are_all_there_need_no_registry(well: Playground) -> None:
    said = {f["subject"]: f["seen"] for f in examine(well)[1]}
    assert said["registries"] == "not needed, every image is on the engine"


def test_without_a_project_the_machine_is_judged(playground: Playground) -> None:
    code, findings, _ = examine(playground)
    assert code == 0
    said = {f["subject"]: f["seen"] for f in findings}
    assert said["project"] == "no Compose file here, so only the machine was looked at"


def test_a_broken_project_does_not_keep_it_from_judging_the_machine(well: Playground) -> None:
    well.write("compose.yaml", "services: [")
    subjects = {f["subject"] for f in examine(well)[1]}
    assert {"engine", "compose", "disk", "inotify watches", "project", "clock"} <= subjects


def test_without_an_engine_the_files_are_judged_all_the_same(well: Playground) -> None:
    (well.folder / "web" / "Dockerfile").unlink()
    _, findings, _ = examine(well, Call({"DOCKER_HOST": "unix:///nowhere/docker.sock"}))
    assert [f["subject"] for f in bad(findings, well)] == ["engine", "services web"]
    assert findings[-1]["seen"].startswith("containers, images, networks, ports")


def test_people_get_a_line_a_finding_and_a_hint_for_each_cure(well: Playground) -> None:
    well.write("compose.yaml", TINY.replace("data:/data", "./nothing-here:/data"))
    answer = well.envctl("doctor")
    assert answer.code == 0
    lines = answer.stdout.splitlines()
    (index,) = [i for i, line in enumerate(lines) if line.startswith("! services db: ")]
    assert lines[index + 1].startswith("  hint: mkdir -p ")
