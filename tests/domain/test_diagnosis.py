from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.diagnosis import GIB, Facts, Finding, Level, diagnose

HEALTHY = Facts(
    host="unix:///var/run/docker.sock",
    engine="28.5.2",
    api="1.51, spoken down to 1.24",
    compose="2.40.3",
    buildx="0.29.1",
    image_store="the engine's own (overlay2)",
    disk_path="/var/lib/docker",
    disk_free=50 * GIB,
    disk_total=100 * GIB,
    watches=524_288,
    instances=1024,
)


def find(facts: Facts, subject: str) -> Finding:
    return next(f for f in diagnose(facts) if f.subject == subject)


def test_a_healthy_machine_has_nothing_to_cure() -> None:
    findings = diagnose(HEALTHY)
    assert [f.level for f in findings] == [Level.OK] * len(findings)
    assert not any(f.cure for f in findings)


def test_findings_come_in_the_order_a_person_would_mend_them() -> None:
    assert [f.subject for f in diagnose(HEALTHY)] == [
        "engine",
        "engine API",
        "image store",
        "compose",
        "buildx",
        "disk",
        "inotify watches",
        "inotify instances",
    ]


@pytest.mark.parametrize(
    "facts",
    [
        replace(HEALTHY, engine="", engine_error="no engine answers"),
        replace(HEALTHY, engine="20.10.5"),
        replace(HEALTHY, compose="", compose_error="no plugin"),
        replace(HEALTHY, compose="1.29.2"),
        replace(HEALTHY, buildx=""),
        replace(HEALTHY, buildx="0.9.1"),
        replace(HEALTHY, disk_free=GIB - 1),
        replace(HEALTHY, disk_free=5 * GIB - 1),
        replace(HEALTHY, watches=8192),
        replace(HEALTHY, instances=127),
    ],
)
def test_every_finding_that_is_not_well_says_what_to_do(facts: Facts) -> None:
    bad = [f for f in diagnose(facts) if f.level is not Level.OK]
    assert len(bad) == 1
    assert bad[0].seen
    assert bad[0].cure


def test_an_engine_that_does_not_answer_is_told_with_the_reason() -> None:
    found = find(replace(HEALTHY, engine="", engine_error="no engine answers at x"), "engine")
    assert (found.level, found.seen) == (Level.PROBLEM, "no engine answers at x")
    assert found.cure.startswith("start the engine")


def test_nothing_is_said_of_the_api_of_an_engine_that_does_not_answer() -> None:
    subjects = {f.subject for f in diagnose(replace(HEALTHY, engine=""))}
    assert not subjects & {"engine API", "image store"}


def test_a_lack_of_permission_is_cured_by_the_group() -> None:
    found = find(replace(HEALTHY, engine="", engine_error="Permission denied"), "engine")
    assert "group docker" in found.cure


def test_an_old_tool_is_told_the_oldest_supported_version() -> None:
    assert "2.26.1" in find(replace(HEALTHY, compose="2.26.0"), "compose").cure


@pytest.mark.parametrize(
    ("free", "level"),
    [(5 * GIB, Level.OK), (5 * GIB - 1, Level.WARNING), (GIB, Level.WARNING),
     (GIB - 1, Level.PROBLEM)],
)  # fmt: skip
def test_little_room_warns_and_none_is_a_problem(free: int, level: Level) -> None:
    assert find(replace(HEALTHY, disk_free=free), "disk").level is level


def test_room_is_told_in_gibibytes() -> None:
    seen = find(replace(HEALTHY, disk_free=int(7.25 * GIB)), "disk").seen
    assert seen == "7.2 of 100 GiB free at /var/lib/docker"


def test_the_disk_of_another_machine_is_no_problem() -> None:
    facts = replace(HEALTHY, disk_free=None, disk_total=None)
    assert find(facts, "disk").level is Level.OK


@pytest.mark.parametrize(
    ("subject", "facts", "key"),
    [
        ("inotify watches", replace(HEALTHY, watches=65_535), "fs.inotify.max_user_watches=65536"),
        ("inotify instances", replace(HEALTHY, instances=1), "fs.inotify.max_user_instances=128"),
    ],
)
def test_a_low_limit_of_the_kernel_warns_with_the_setting(
    subject: str, facts: Facts, key: str
) -> None:
    found = find(facts, subject)
    assert found.level is Level.WARNING
    assert key in found.cure


def test_limits_that_the_system_does_not_have_are_left_out() -> None:
    subjects = {f.subject for f in diagnose(replace(HEALTHY, watches=None, instances=None))}
    assert not subjects & {"inotify watches", "inotify instances"}
