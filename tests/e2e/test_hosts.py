"""The hosts that other tests need are what they say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import eventually
from tests.e2e.hosts import IMAGES, Host, Hosts

pytestmark = pytest.mark.engine


def ssh(hosts: Hosts, host: Host, *words: str) -> subprocess.CompletedProcess[str]:
    call = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", f"root@{host.address}", *words]
    environment = {**os.environ, **hosts.environment}
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


def test_each_has_an_engine_of_its_own_with_the_images(hosts: Hosts) -> None:
    ids = {host.docker("info", "--format", "{{.ID}}") for host in (hosts.one, hosts.two)}
    assert len(ids) == 2
    for host in (hosts.one, hosts.two):
        names = host.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        assert set(IMAGES) <= set(names)


def test_it_is_reached_over_ssh_and_does_not_see_this_machines_folders(
    hosts: Hosts, tmp_path: Path
) -> None:
    before = hosts.one.connections()
    there = ssh(hosts, hosts.one, "ls", "-d", str(tmp_path), "/run/docker.sock")
    assert there.stdout == "/run/docker.sock\n"
    assert "No such file" in there.stderr
    assert hosts.one.connections() == before + 1


def test_a_container_there_runs_as_anywhere(hosts: Hosts) -> None:
    words = ["run", "--rm", "-v", "/etc/passwd:/passwd", "busybox:1.35", "grep", "deploy"]
    assert hosts.one.docker(*words, "/passwd") == "deploy:*:12345:12345::/:/bin/sh"


def test_what_is_cut_off_is_back_when_it_is_mended(hosts: Hosts) -> None:
    hosts.two.cut()
    try:
        assert ssh(hosts, hosts.two, "true").returncode == 255
    finally:
        hosts.two.mend()
    eventually(lambda: ssh(hosts, hosts.two, "true").returncode == 0, "SSH again")


def test_after_a_reboot_what_is_to_restart_runs_and_nothing_else(hosts: Hosts) -> None:
    host = hosts.two
    host.docker("run", "-d", "--name", "gone", "busybox:1.35", "sleep", "99")
    host.docker("run", "-d", "--name", "back", "--restart=always", "busybox:1.35", "sleep", "99")
    try:
        host.reboot()
        running = ["ps", "--format", "{{.Names}}"]
        eventually(lambda: host.docker(*running) == "back", "the container")
    finally:
        host.docker("rm", "--force", "gone", "back")
