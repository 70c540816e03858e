"""Here: room, memory, the limits of the kernel, folders, docker's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.findings import ok, problem, warning
from envctl.domain.quantities import size

if TYPE_CHECKING:
    from envctl.domain.diagnosis.belongings_facts import Room
    from envctl.domain.diagnosis.machine_facts import Disk, DockerConfig, Folder, MachineFacts
    from envctl.domain.findings import Finding

MIB = 1024**2
GIB = 1024**3
DISK_LOW = 5 * GIB
DISK_OUT = 1 * GIB
INODES_LOW = 0.05
INODES_OUT = 0.01
MEMORY_OUT = 256 * MIB
# one watch a folder: a project with dependencies has tens of thousands
WATCHES_WANTED = 65_536
INSTANCES_WANTED = 128


def machine_findings(machine: MachineFacts, room: Room | None) -> list[Finding]:
    """Return what there is to say of this machine."""
    return [
        *(_disk(machine.disk, room) if machine.disk else []),
        *_memory(machine.memory_free),
        *_inotify(machine),
        *[_folder(folder) for folder in machine.folders],
        *(_docker_config(machine.docker_config) if machine.docker_config else []),
    ]


def _disk(disk: Disk, room: Room | None) -> list[Finding]:
    seen = f"{disk.free / GIB:.1f} of {disk.total / GIB:.0f} GiB free at {disk.path}"
    if disk.free >= DISK_LOW:
        return [ok("disk", seen), *_inodes(disk)]
    level = problem if disk.free < DISK_OUT else warning
    return [level("disk", seen, _ways_to_room(room)), *_inodes(disk)]


def _ways_to_room(room: Room | None) -> str:
    ways = []
    if room:
        ways = [
            (room.build_cache_unused, "docker builder prune"),
            (room.images_unused, "docker image prune --all"),
            (room.nameless_size, "docker volume prune"),
        ]
    best = [f"{command} frees {size(freed)}" for freed, command in sorted(ways)[::-1] if freed]
    return "; ".join(best) or (
        "docker builder prune frees some; docker system df shows what takes the room"
    )


def _inodes(disk: Disk) -> list[Finding]:
    if not disk.inodes or disk.inodes_free >= INODES_LOW * disk.inodes:
        return []
    seen = f"{disk.inodes_free} of {disk.inodes} left at {disk.path}: no more files can be made"
    if disk.inodes_free >= INODES_OUT * disk.inodes:
        seen = f"{disk.inodes_free} of {disk.inodes} left at {disk.path}"
    level = problem if disk.inodes_free < INODES_OUT * disk.inodes else warning
    cure = (
        f"remove what is made of many files: docker builder prune, docker image prune --all;"
        f" sudo du --inodes -xd2 {disk.path} | sort -n shows where they are"
    )
    return [level("inodes", seen, cure)]


def _memory(free: int | None) -> list[Finding]:
    if free is None:
        return []
    if free >= MEMORY_OUT:
        return [ok("memory", f"{size(free)} available")]
    cure = "stop what is not needed: docker stats --no-stream and ps aux --sort=-rss show what takes it"  # noqa: E501
    return [warning("memory", f"{size(free)} available", cure)]


def _inotify(machine: MachineFacts) -> list[Finding]:
    rows = (
        ("inotify watches", machine.watches, WATCHES_WANTED, "fs.inotify.max_user_watches"),
        ("inotify instances", machine.instances, INSTANCES_WANTED, "fs.inotify.max_user_instances"),
    )
    return [
        _limit(name, value, wanted, key) for name, value, wanted, key in rows if value is not None
    ]


def _limit(subject: str, value: int, wanted: int, key: str) -> Finding:
    if value >= wanted:
        return ok(subject, f"{value}")
    cure = f"sudo sysctl {key}={wanted}, and the same line in /etc/sysctl.d to keep it"
    return warning(subject, f"{value}, file watching wants {wanted}", cure)


def _folder(folder: Folder) -> Finding:
    subject = f"{folder.purpose} folder"
    if not folder.error:
        return ok(subject, folder.path)
    cure = f"sudo chown -R $USER {folder.path}, or set {folder.variable} to a folder that is yours"
    return warning(subject, f"{folder.path} cannot be written: {folder.error}", cure)


def _docker_config(config: DockerConfig) -> list[Finding]:
    if config.error:
        cure = (
            f"mend it, or move it away (mv {config.path} {config.path}.old) and docker login again"
        )
        return [problem("docker settings", f"{config.path}: {config.error}", cure)]
    if not config.helpers:
        return [ok("docker settings", config.path)]
    return [
        _helper(config.path, program, hosts) for program, hosts in sorted(config.helpers.items())
    ]


def _helper(path: str, program: str, hosts: tuple[str, ...]) -> Finding:
    where = f"for {', '.join(hosts)}" if hosts else "for every registry"
    seen = f"{path} names the credential helper {program} {where}, and it is not in PATH"
    entry = "its entry in credHelpers" if hosts else '"credsStore"'
    cure = f"install {program}, or take {entry} out of {path}: until then pulls and builds fail"
    return (warning if hosts else problem)("docker settings", seen, cure)
