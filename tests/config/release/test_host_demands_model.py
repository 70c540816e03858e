"""What a release would have of this machine, from its effective model, as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.config.release.host_demands_model import image_demands, model_demands
from envctl.config.release.host_demands_service import DEFAULT_CAPABILITIES
from envctl.config.release.host_demands_written import SERVICE_KEYS

SOCKET = "asks for the engine's socket, which is root on this machine"
FOLDER = "/state/shop-from-integration"


def asked(**model: Any) -> list[str]:
    return [str(demand) for demand in model_demands({"name": "shop", **model}, FOLDER)]


def web(**body: Any) -> list[str]:
    lines = asked(services={"web": {"image": "a", **body}})
    return [line.removeprefix("services.web.") for line in lines]


def mounts(*entries: Any) -> list[str]:
    return web(volumes=list(entries))


def bind(source: str) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": "/there", "bind": {}}


def test_what_a_release_needs_is_no_demand() -> None:
    assert asked(
        services={
            "web": {
                "image": "a", "init": True, "read_only": True, "restart": "always", "user": "0",
                "ports": [{"target": 80, "published": "80", "host_ip": "0.0.0.0"}],
                "privileged": False, "use_api_socket": False, "oom_score_adj": 500,
                "cap_add": [*DEFAULT_CAPABILITIES, "CAP_CHOWN", "net_raw"], "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges:true", "no-new-privileges"],
                "network_mode": "service:db", "pid": "service:db", "ipc": "shareable",
                "uts": "", "cgroup": "private", "userns_mode": None, "runtime": "runc",
                "logging": {"driver": "json-file", "options": {"max-size": "1m"}},
                "extra_hosts": ["host.docker.internal=host-gateway"], "gpus": [{"count": -1}],
                "deploy": {"resources": {"reservations": {"devices": [{"count": -1}]}}},
                "post_start": [{"command": ["a"], "user": "root", "privileged": False}],
                "sysctls": {"net.core.somaxconn": 1024}, "tmpfs": ["/run"], "group_add": ["docker"],
                "annotations": {"com.example.a": "1"}, "volumes_from": ["db:ro"],
                "volumes": [
                    {"type": "volume", "source": "data", "target": "/data", "volume": {}},
                    {"type": "volume", "target": "/anonymous"}, {"type": "tmpfs", "target": "/t"},
                    {"type": "image", "source": "b", "target": "/b"},
                ],
            },
            "none": {"image": "a", "network_mode": "none", "ipc": "private"},
            "db": None,
        },
        volumes={"data": {"name": "shop_data", "labels": {"a": "b"}}, "more": {"driver": "local"}},
        networks={
            "default": {"name": "shop_default", "ipam": {}}, "back": {"internal": True},
            "front": {
                "driver": "bridge", "driver_opts": {"com.docker.network.enable_ipv6": "true"},
                "ipam": {"config": [{"subnet": "172.20.0.0/24"}, {"subnet": "fd00:1::/64"}, {}]},
            },
        },
        configs={"a": {"content": "b"}, "b": {"file": f"{FOLDER}/release/configs/b"}},
        secrets={"a": {"environment": "HOME"}, "b": {"file": f"{FOLDER}/secrets/given/b"}},
    ) == []  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/etc", "/home/ada/.ssh", "/var/run", FOLDER])
def test_folders_of_the_machine(path: str) -> None:
    assert mounts(bind(path)) == [f"volumes: mounts {path} of this machine"]


@pytest.mark.parametrize(
    "path",
    [
        "/var/run/docker.sock",
        "/run/user/1000/podman/podman.sock",
        "/home/ada/.docker/run/docker.raw.sock",
        "/run/containerd/containerd.sock/",
        "//./pipe/docker_engine",
        "\\\\.\\pipe\\docker_engine",
    ],
)
def test_the_socket_of_the_engine_is_called_what_it_is(path: str) -> None:
    assert mounts(bind(path)) == [f"volumes: {SOCKET} ({path})"]
    assert web(use_api_socket=True) == [f"use_api_socket: {SOCKET}"]


def test_mounts_of_a_kind_that_is_not_known_to_be_harmless() -> None:
    entries = [
        {"type": "cluster", "source": "csi", "target": "/c"},
        {"type": "npipe", "source": "x", "target": "y"},
        {"source": "/srv"},
        {"type": "new"},
        "/srv:/srv",
        None,
        7,
    ]
    assert mounts(*entries) == [
        "volumes: mounts csi of this machine",
        f"volumes: {SOCKET} (x)",
        "volumes: mounts /srv of this machine",
        'volumes: mounts {"type": "new"} of this machine',
        "volumes: mounts /srv:/srv of this machine",
        "volumes: mounts null of this machine",
        "volumes: mounts 7 of this machine",
    ]


TABLE: list[tuple[dict[str, Any], str]] = [
    ({"privileged": True}, "privileged: has all rights on this machine"),
    ({"privileged": "true"}, "privileged: has all rights on this machine"),
    (
        {"post_start": [{"command": ["a"]}, {"command": ["b"], "privileged": True}]},
        "post_start: runs a command that has all rights on this machine",
    ),
    (
        {"pre_stop": [{"privileged": True}]},
        "pre_stop: runs a command that has all rights on this machine",
    ),
    (
        {"cap_add": ["sys_admin", "CAP_NET_ADMIN", "CHOWN"]},
        "cap_add: asks for more rights: NET_ADMIN, SYS_ADMIN",
    ),
    ({"cap_add": ["ALL"]}, "cap_add: asks for more rights: ALL"),
    ({"devices": [{"source": "/dev/kvm"}]}, "devices: uses /dev/kvm of this machine"),
    ({"devices": ["/dev/mem:/dev/mem"]}, "devices: uses /dev/mem:/dev/mem of this machine"),
    (
        {"device_cgroup_rules": ["a *:* rwm"]},
        "device_cgroup_rules: uses devices of this machine: a *:* rwm",
    ),
    ({"network_mode": "host"}, "network_mode: shares the network of this machine"),
    ({"network_mode": "container:db"}, "network_mode: shares the network of the container db"),
    ({"network_mode": "bank_default"}, "network_mode: shares network with others: bank_default"),
    ({"network_mode": "service:"}, "network_mode: shares network with others: service:"),
    ({"pid": "host"}, "pid: shares the processes of this machine"),
    ({"pid": "container:db"}, "pid: shares the processes of the container db"),
    ({"ipc": "host"}, "ipc: shares the shared memory of this machine"),
    ({"ipc": "container:db"}, "ipc: shares the shared memory of the container db"),
    ({"uts": "host"}, "uts: shares the host name of this machine"),
    ({"userns_mode": "host"}, "userns_mode: shares the users of this machine"),
    ({"userns_mode": "keep-id"}, "userns_mode: shares users with others: keep-id"),
    ({"cgroup": "host"}, "cgroup: shares the control groups of this machine"),
    ({"cgroup_parent": "/"}, "cgroup_parent: is counted as / of this machine"),
    ({"runtime": "nvidia"}, "runtime: is run by nvidia of this machine"),
    (
        {"security_opt": ["no-new-privileges:true", "seccomp=unconfined"]},
        "security_opt: is confined in another way: seccomp=unconfined",
    ),
    (
        {"security_opt": ["apparmor:unconfined"]},
        "security_opt: is confined in another way: apparmor:unconfined",
    ),
    (
        {"volumes_from": ["db", "container:bank-db-1:ro"]},
        "volumes_from: mounts what the container bank-db-1 has",
    ),
    ({"external_links": ["bank:db"]}, "external_links: speaks to the container bank:db"),
    (
        {"oom_score_adj": -500},
        "oom_score_adj: has this machine's programs ended before it when memory is short",
    ),
    (
        {"logging": {"driver": "fluentd", "options": {"fluentd-address": "unix:///run/a"}}},
        "logging: has the engine pass its log on: fluentd",
    ),
    (
        {"annotations": {"org.systemd.property.Slice": "'a'"}},
        "annotations: tells the runtime of this machine org.systemd.property.Slice",
    ),
]


@pytest.mark.parametrize(("body", "line"), TABLE)
def test_what_a_service_asks_for(body: dict[str, Any], line: str) -> None:
    assert web(**body) == [line]


def test_volumes_and_networks_of_the_machine() -> None:
    assert asked(
        volumes={
            "bound": {"driver_opts": {"type": "none", "o": "bind", "device": "/etc"}},
            "memory": {"name": "shop_memory", "driver_opts": {"type": "tmpfs"}},
            "nfs": {"driver": "local", "driver_opts": {"device": ":/srv", "o": "addr=10.0.0.1"}},
            "fixed": {"name": "bank_data"}, "outside": {"name": "bank_data", "external": True},
            "plugin": {"driver": "vieux/sshfs"}, "old": {"external": {"name": "bank"}},
        },
        networks={
            "default": {"name": "bank_default"}, "host": {"name": "host", "external": True},
            "lan": {"driver": "macvlan", "driver_opts": {"parent": "eth0"}},
            "l3": {"driver": "ipvlan"}, "mine": {"driver": "host"},
            "bridge": {"driver_opts": {"com.docker.network.bridge.name": "br-lan"}},
            "public": {"ipam": {"config": [{"subnet": "8.8.8.0/24"}, {"subnet": "10.0.0.0/7"}]}},
            "all": {"ipam": {"config": [{"subnet": "0.0.0.0/0"}, {"subnet": "::/0"}]}},
        },
    ) == [
        "volumes.bound.driver_opts: mounts /etc from this machine",
        "volumes.memory.driver_opts: says how this machine mounts it: type",
        "volumes.nfs.driver_opts: mounts :/srv from this machine",
        "volumes.fixed.name: is bank_data, whoever has that volume here",
        "volumes.outside: is the volume bank_data of somebody else on this machine",
        "volumes.plugin.driver: is made by vieux/sshfs on this machine",
        "volumes.old: is the volume shop_old of somebody else on this machine",
        "networks.default.name: is bank_default, whoever has that network here",
        "networks.host: is the network host of somebody else on this machine",
        "networks.lan.driver: is made by macvlan on this machine",
        "networks.l3.driver: is made by ipvlan on this machine",
        "networks.mine.driver: is made by host on this machine",
        "networks.bridge.driver_opts: uses the bridge br-lan of this machine",
        "networks.public.ipam: takes the addresses 8.8.8.0/24 of somebody else",
        "networks.public.ipam: takes the addresses 10.0.0.0/7 of somebody else",
        "networks.all.ipam: takes the addresses 0.0.0.0/0 of somebody else",
        "networks.all.ipam: takes the addresses ::/0 of somebody else",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        (f"{FOLDER}/a", True),
        (f"{FOLDER}/a/../b", True),
        ("/elsewhere/a", True),
        (FOLDER, False),
        (f"{FOLDER}/../a", False),
        (f"{FOLDER}-2/a", False),
        (f"/{FOLDER}/a", False),
        ("/etc/shadow", False),
        ("a", False),
        ("~/.ssh/id_ed25519", False),
    ],
)
def test_files_are_those_of_the_playground(path: str, is_own: bool) -> None:
    model = {"name": "shop", "secrets": {"a": {"file": path}}, "configs": {"b": {"file": path}}}
    found = [str(d) for d in model_demands(model, FOLDER, Path("/elsewhere"), "relative")]
    lines = [f"{place}.file: reads {path} of this machine" for place in ("configs.b", "secrets.a")]
    assert found == ([] if is_own else lines)


def test_without_a_folder_no_file_is_the_playgrounds() -> None:
    assert len(model_demands({"secrets": {"a": {"file": f"{FOLDER}/a"}}})) == 1


def test_what_was_made_up_does_not_write_to_the_terminal() -> None:
    (line,) = mounts(bind("/\x1b]0;a\x07\n" + "b" * 500))
    assert line == f"volumes: mounts /?]0;a??{'b' * 112}… of this machine"


def test_what_runs_is_of_the_release() -> None:
    own, other = ("sha256:" + digit * 64 for digit in "12")
    images = {"a": f"r/shop@{own}", "b": f"r/shop@{other}", "c": "bank:latest", "d": f"x:{own}"}
    services = {name: {"image": image} for name, image in images.items()}
    model = {"services": {**services, "e": None}}
    assert [str(demand) for demand in image_demands(model, {own})] == [
        f"services.b.image: runs r/shop@{other}, which the release does not have",
        "services.c.image: runs bank:latest, which the release does not have",
        f"services.d.image: runs x:{own}, which the release does not have",
        "services.e.image: runs something, which the release does not have",
    ]


SOME = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats()
KEY = st.sampled_from([
    *sorted(SERVICE_KEYS), "source", "type", "driver", "driver_opts", "ipam", "config", "subnet",
    "external", "name", "file", "device",
])  # fmt: skip
ANYTHING = st.recursive(
    SOME | KEY | st.sampled_from(["host", "bind", "container:", "10.0.0.0/33", "::/0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=10,
)
KINDS = ("services", "volumes", "networks", "configs", "secrets")


@given(st.dictionaries(st.sampled_from(["name", *KINDS]), ANYTHING))
def test_whatever_the_model_is_there_is_an_answer(model: dict[str, Any]) -> None:
    for demand in model_demands(model, FOLDER):
        assert "\n" not in str(demand)


@given(st.dictionaries(KEY, ANYTHING, max_size=8))
def test_whatever_its_parts_are_there_is_an_answer(body: dict[str, Any]) -> None:
    model = {kind: {"a": body, "b": body.get("name")} for kind in KINDS}
    for demand in model_demands({"name": "shop", **model}, FOLDER):
        assert "\n" not in str(demand)
