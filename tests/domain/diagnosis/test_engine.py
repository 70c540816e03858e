from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.diagnosis.machine_facts import DockerConfig, EngineFacts, Tool, Trouble
from tests.domain.diagnosis.healthy import ENGINE, GIB, HEALTHY, MACHINE, bad


def without(**what: Any) -> str:
    """Return what is said when no engine answers."""
    engine = EngineFacts(host="unix:///var/run/docker.sock", error="nobody there", **what)
    (line,) = bad(replace(HEALTHY, engine=engine))
    return line.removeprefix("problem engine: nobody there -> ")


def test_an_engine_that_is_not_running_is_to_be_started() -> None:
    assert without(trouble=Trouble.ABSENT) == (
        "start the engine (sudo systemctl start docker, or Docker Desktop)"
    )


def test_a_lack_of_permission_is_cured_by_the_group() -> None:
    assert without(trouble=Trouble.PERMISSION) == (
        "add yourself to the group docker (sudo usermod -aG docker $USER), then log in again"
    )


def test_who_is_in_the_group_already_has_to_log_in_again() -> None:
    assert without(trouble=Trouble.PERMISSION, joined_group=True).startswith("log in again")


def test_a_variable_that_leads_nowhere_is_to_be_unset() -> None:
    there = "unix:///var/run/docker.sock"
    assert without(trouble=Trouble.ABSENT, chosen_by="DOCKER_HOST", other=there) == (
        f"unset DOCKER_HOST: an engine answers at {there}"
    )
    assert without(trouble=Trouble.ABSENT, chosen_by="DOCKER_HOST") == (
        "start the engine at that address, or unset DOCKER_HOST"
    )


def test_a_context_that_leads_nowhere_is_to_be_left() -> None:
    assert without(trouble=Trouble.ABSENT, other="unix:///x") == (
        "docker context use default: an engine answers at unix:///x"
    )


def test_a_context_that_does_not_exist_is_told_with_the_ones_that_do() -> None:
    known = ("default", "office")
    assert without(trouble=Trouble.CONTEXT, contexts=known, chosen_by="DOCKER_CONTEXT") == (
        "unset DOCKER_CONTEXT, or name another context; there are: default, office"
    )
    assert without(trouble=Trouble.CONTEXT, contexts=known) == (
        "docker context use default; there are: default, office"
    )


def test_an_address_that_is_none_is_told_how_they_look() -> None:
    assert without(trouble=Trouble.ADDRESS, chosen_by="DOCKER_HOST").startswith("write it like")


def test_an_engine_that_hangs_is_to_be_restarted() -> None:
    assert "systemctl restart docker" in without(trouble=Trouble.SILENT)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(HEALTHY, engine=replace(ENGINE, version="20.10.5")),
         "problem engine: 20.10.5 at unix:///var/run/docker.sock -> upgrade: 26.1.5 is the oldest"),
        (replace(HEALTHY, docker=Tool(error="the docker command is not in PATH")),
         "problem docker command: the docker command is not in PATH -> install it"),
        (replace(HEALTHY, compose=Tool(error="no plugin")),
         "problem compose: no plugin -> install the compose plugin of docker, 2.26.1 or newer"),
        (replace(HEALTHY, compose=Tool("1.29.2")),
         "problem compose: 1.29.2 -> upgrade: 2.26.1 is the oldest"),
        (replace(HEALTHY, buildx=Tool()),
         "problem buildx: not found -> install the buildx plugin of docker, 0.13.1 or newer"),
        (replace(HEALTHY, buildx=Tool("0.9.1")),
         "problem buildx: 0.9.1 -> upgrade: 0.13.1 is the oldest"),
        (replace(HEALTHY, engine=replace(ENGINE, memory=GIB // 2)),
         "warning engine's memory: 512 MiB in all -> give its machine 2 GiB or more"),
    ],
)  # fmt: skip
def test_what_is_missing_or_too_little_is_told_with_what_is_enough(facts: Any, said: str) -> None:
    (line,) = bad(facts)
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (2.0, []),
        (-2.0, []),
        (2.6, ["warning clock: the engine's clock is 3 s ahead of this machine's"]),
        (-59.0, ["warning clock: the engine's clock is 59 s behind this machine's"]),
        (-7200.0, ["problem clock: the engine's clock is 2 h behind this machine's"]),
        (400_000.0, ["problem clock: the engine's clock is 5 days ahead of this machine's"]),
    ],
)
def test_clocks_that_differ(off: float, said: list[str]) -> None:
    facts = replace(HEALTHY, engine=replace(ENGINE, clock_off=off))
    assert [line.partition(" -> ")[0] for line in bad(facts)] == said
    assert all("chronyc makestep" in line for line in bad(facts))


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("WARNING: No swap limit support", "boot with swapaccount=1"),
        ("WARNING: No memory limit support", "boot with cgroup_enable=memory"),
        ("WARNING: IPv4 forwarding is disabled", "sudo sysctl net.ipv4.ip_forward=1"),
        ("WARNING: bridge-nf-call-iptables is disabled", "sudo modprobe br_netfilter"),
        ("WARNING: No cpu cfs quota support", "CONFIG_CFS_BANDWIDTH"),
        ("[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption",
         "take -H tcp:// out"),
    ],
)  # fmt: skip
def test_what_the_engine_warns_of_is_cured(text: str, cure: str) -> None:
    (line,) = bad(replace(HEALTHY, engine=replace(ENGINE, warnings=(text,))))
    assert line.startswith("warning engine's warning: ")
    assert cure in line


def test_what_nobody_misses_is_passed_on_and_no_fault() -> None:
    text = "WARNING: No blkio throttle.read_bps_device support"
    assert bad(replace(HEALTHY, engine=replace(ENGINE, warnings=(text,)))) == []


def test_a_plugin_that_docker_cannot_find_for_its_broken_settings_is_not_to_be_installed() -> None:
    settings = DockerConfig("/c/config.json", "Permission denied")
    machine = replace(MACHINE, docker_config=settings)
    first, second = bad(replace(HEALTHY, compose=Tool(error="no plugin"), machine=machine))
    assert first.startswith("problem compose: no plugin -> mend docker's settings first")
    assert second.startswith("problem docker settings: /c/config.json: Permission denied")
