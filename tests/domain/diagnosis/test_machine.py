from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.diagnosis.belongings_facts import Room
from envctl.domain.diagnosis.machine_facts import Disk, DockerConfig, Folder
from tests.domain.diagnosis.healthy import GIB, HEALTHY, MACHINE, ROOM, bad


def found(room: Room | None = ROOM, **changes: Any) -> list[str]:
    return bad(replace(HEALTHY, machine=replace(MACHINE, **changes), room=room))


@pytest.mark.parametrize(
    ("free", "level"),
    [(5 * GIB, ""), (5 * GIB - 1, "warning"), (GIB, "warning"), (GIB - 1, "problem"),
     (0, "problem")],
)  # fmt: skip
def test_little_room_warns_and_none_is_a_problem(free: int, level: str) -> None:
    disk = replace(MACHINE.disk or Disk("", 0, 0), free=free)
    assert [line.partition(" ")[0] for line in found(disk=disk)] == ([level] if level else [])


def test_a_full_disk_is_told_with_what_frees_the_most_first() -> None:
    room = Room(images_unused=2 * GIB, build_cache_unused=5 * GIB, nameless_size=1024)
    assert found(room, disk=Disk("/var/lib/docker", GIB // 10, 100 * GIB)) == [
        "problem disk: 0.1 of 100 GiB free at /var/lib/docker -> docker builder prune frees"
        " 5.0 GiB; docker image prune --all frees 2.0 GiB; docker volume prune frees 1 KiB"
    ]


def test_a_full_disk_whose_content_was_not_counted_is_cured_all_the_same() -> None:
    (line,) = found(None, disk=Disk("/var/lib/docker", 0, 100 * GIB))
    assert "docker builder prune" in line


@pytest.mark.parametrize(
    ("free", "level"), [(50, ""), (49, "warning"), (10, "warning"), (9, "problem"), (0, "problem")]
)
def test_inodes_run_out_like_room(free: int, level: str) -> None:
    lines = found(disk=Disk("/d", 50 * GIB, 100 * GIB, free, 1000))
    assert [line.partition(" inodes: ")[0] for line in lines] == ([level] if level else [])


def test_a_file_system_that_counts_no_inodes_has_enough() -> None:
    assert found(disk=Disk("/d", 50 * GIB, 100 * GIB, 0, 0)) == []


def test_a_machine_without_memory_is_told_how_to_see_who_has_it() -> None:
    (line,) = found(memory_free=100 * 1024**2)
    assert line.startswith("warning memory: 100 MiB available -> stop what is not needed")
    assert found(memory_free=None) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"watches": 65_535},
         "warning inotify watches: 65535, file watching wants 65536"
         " -> sudo sysctl fs.inotify.max_user_watches=65536"),
        ({"instances": 127},
         "warning inotify instances: 127, file watching wants 128"
         " -> sudo sysctl fs.inotify.max_user_instances=128"),
    ],
)  # fmt: skip
def test_a_low_limit_of_the_kernel_warns_with_the_setting(
    changes: dict[str, Any], said: str
) -> None:
    (line,) = found(**changes)
    assert line == f"{said}, and the same line in /etc/sysctl.d to keep it"


def test_limits_that_the_system_does_not_have_are_left_out() -> None:
    assert found(watches=None, instances=None) == []


def test_a_folder_that_cannot_be_written_is_given_back_to_its_owner() -> None:
    folder = Folder("/s/envctl", "state", "XDG_STATE_HOME", "/s is read-only")
    assert found(folders=(folder,)) == [
        "warning state folder: /s/envctl cannot be written: /s is read-only -> sudo chown -R $USER"
        " /s/envctl, or set XDG_STATE_HOME to a folder that is yours"
    ]


def test_settings_of_docker_that_cannot_be_read() -> None:
    assert found(docker_config=DockerConfig("/c/config.json", "is not JSON")) == [
        "problem docker settings: /c/config.json: is not JSON -> mend it, or move it away"
        " (mv /c/config.json /c/config.json.old) and docker login again"
    ]


def test_a_credential_helper_that_is_not_there_breaks_all_pulls_or_some() -> None:
    everywhere = {"docker-credential-desktop": ()}
    (line,) = found(docker_config=DockerConfig("/c", helpers=everywhere))
    assert line == (
        "problem docker settings: /c names the credential helper docker-credential-desktop for"
        " every registry, and it is not in PATH -> install docker-credential-desktop, or take"
        ' "credsStore" out of /c: until then pulls and builds fail'
    )
    (line,) = found(docker_config=DockerConfig("/c", helpers={"docker-credential-x": ("gcr.io",)}))
    assert line.startswith("warning docker settings: /c names the credential helper")
    assert "for gcr.io" in line
