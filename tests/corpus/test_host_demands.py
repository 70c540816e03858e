"""What releases of the corpus, of well-known projects and of the shop ask of a tester's machine."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.released_folder import ReleasedFolder
from envctl.adapters.released_model import released_model
from envctl.config.release.host_demands_model import model_demands
from envctl.config.release.host_demands_written import written_demands
from envctl.config.release.plain import plain_files
from envctl.config.release.writing import compose_bytes
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import ConfigurationError
from envctl.wiring.filling import Filling, fill_in
from tests.corpus.cases import cases
from tests.corpus.compare import Call, _environment
from tests.corpus.conftest import compose_version
from tests.corpus.test_released import drawn
from tests.corpus.test_valid import VERSION

pytestmark = pytest.mark.engine

SOCKET = "asks for the engine's socket, which is root on this machine"
ASKED = {
    "container.yaml": [
        f"services.web.use_api_socket: {SOCKET}",
        "services.web.privileged: has all rights on this machine",
        "services.web.cap_add: asks for more rights: ALL, NET_ADMIN",
        "services.web.security_opt: is confined in another way: label:disable",
        "services.web.device_cgroup_rules: uses devices of this machine: c 1:3 mr",
        "services.web.device_cgroup_rules: uses devices of this machine: a 7:* rmw",
        "services.web.uts: shares the host name of this machine",
        "services.web.userns_mode: shares the users of this machine",
        "services.web.cgroup_parent: is counted as m-executor of this machine",
    ],
    "deploy.yaml": [],
    "devices-and-gpus.yaml": [
        "services.long.devices: uses /dev/a of this machine",
        "services.long.devices: uses /dev/c of this machine",
        "services.short.devices: uses /dev/ttyUSB0 of this machine",
        "services.short.devices: uses /dev/null of this machine",
        "services.short.devices: uses vendor.com/class=name of this machine",
    ],
    "dependencies.yaml": [
        "services.web.volumes_from: mounts what the container outside has",
        "services.web.external_links: speaks to the container legacy",
        "services.web.external_links: speaks to the container other:alias",
    ],
    "env-files": [],
    "hooks.yaml": ["services.web.post_start: runs a command that has all rights on this machine"],
    "label-files": [],
    "limits.yaml": [],
    "logging.yaml": ["services.web.logging: has the engine pass its log on: syslog"],
    "models-and-providers.yaml": [
        "models: has a model run on this machine, in no container",
        "services.db.provider: runs a program of this machine",
        "services.own.models: has a model run on this machine, in no container",
        "services.web.models: has a model run on this machine, in no container",
    ],
    "namespaces.yaml": [
        "services.host.network_mode: shares the network of this machine",
        "services.host.pid: shares the processes of this machine",
        "services.host.ipc: shares the shared memory of this machine",
        "services.named.network_mode: shares the network of the container other",
    ],
    "networks.yaml": [
        "networks.back.name: is fixed-back, whoever has that network here",
        "networks.front.ipam: takes the addresses 2001:3984:3989::/64 of somebody else",
    ],
    "ports.yaml": [],
    "top-level-volumes.yaml": [
        "volumes.bound.driver_opts: mounts HERE/bound from this machine",
        "volumes.named.name: is fixed-name, whoever has that volume here",
        "volumes.nfs.driver_opts: mounts :/docker/example from this machine",
        "volumes.old: is the volume actual-old of somebody else on this machine",
        "volumes.outside: is the volume actual of somebody else on this machine",
    ],
    "volumes.yaml": [
        rf"services.long.volumes: {SOCKET} (\\.\pipe\docker)",
        "services.long.volumes: mounts csi of this machine",
        "services.short.volumes: mounts HOME/home of this machine",
        "services.short.volumes: mounts /abs of this machine",
    ],
}


def demands(definition: ComposeDefinition) -> list[str]:
    """Return them as text that is the same on every machine."""
    model = released_model(definition, "shop")
    found = [*written_demands(definition), *model_demands(model, "/dev")]
    lines = (str(demand).replace(f" {Path.home()}/", " HOME/") for demand in found)
    return [re.sub(r"/\S*/envctl-release-[^/]*", "HERE", line) for line in lines]


@pytest.mark.parametrize("name", ASKED)
def test_what_compose_makes_of_a_release_is_judged(corpus: Path, name: str) -> None:
    if compose_version() < VERSION:
        pytest.skip("an older Compose knows fewer keys")
    call = dict(cases("valid", corpus))[name]
    with _environment(call.environment):
        definition, _, _ = drawn(call)
    assert demands(definition) == ASKED[name]


# of github.com/docker/awesome-compose, as a release would have them
KNOWN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "wordpress-mysql": (
        {
            "db": {
                "image": "mariadb:10.6.4-focal", "restart": "always", "expose": [3306, 33060],
                "command": "--default-authentication-plugin=mysql_native_password",
                "volumes": ["db_data:/var/lib/mysql"],
                "environment": ["MYSQL_ROOT_PASSWORD=somewordpress", "MYSQL_DATABASE=wordpress"],
            },
            "wordpress": {
                "image": "wordpress:latest", "ports": ["80:80"], "restart": "always",
                "environment": ["WORDPRESS_DB_HOST=db", "WORDPRESS_DB_USER=wordpress"],
            },
        },
        [],
    ),
    "nextcloud-redis-mariadb": (
        {
            "nc": {
                "image": "nextcloud:apache", "ports": ["80:80"], "networks": ["redisnet", "dbnet"],
                "volumes": ["nc_data:/var/www/html"], "environment": ["REDIS_HOST=redis"],
            },
            "redis": {"image": "redis:alpine", "networks": ["redisnet"], "expose": [6379]},
            "db": {
                "image": "mariadb:10.5", "networks": ["dbnet"],
                "volumes": ["db_data:/var/lib/mysql"], "expose": [3306],
            },
        },
        [],
    ),
    "elasticsearch-logstash-kibana": (
        {
            "elasticsearch": {
                "image": "elasticsearch:7.16.1", "container_name": "es", "networks": ["dbnet"],
                "environment": {"discovery.type": "single-node"}, "ports": ["9200:9200"],
                "healthcheck": {"test": ["CMD-SHELL", "curl -f localhost:9200 || exit 1"]},
            },
            "kibana": {
                "image": "kibana:7.16.1", "ports": ["5601:5601"], "networks": ["dbnet"],
                "depends_on": ["elasticsearch"],
            },
        },
        [],
    ),
    "minecraft": (
        {
            "minecraft": {
                "image": "itzg/minecraft-server", "ports": ["25565:25565"],
                "environment": {"EULA": "TRUE"}, "volumes": ["~/minecraft_data:/data"],
                "deploy": {"resources": {"limits": {"memory": "1.5G"}}},
            }
        },
        ["services.minecraft.volumes: mounts HOME/minecraft_data of this machine"],
    ),
    "pihole-cloudflared-DoH": (
        {
            "pihole": {
                "image": "pihole/pihole:latest", "ports": ["53:53/udp"], "cap_add": ["NET_ADMIN"],
                "volumes": ["/etc/pihole/:/etc/pihole/", "/etc/dnsmasq.d/:/etc/dnsmasq.d/"],
            }
        },
        [
            "services.pihole.volumes: mounts /etc/pihole/ of this machine",
            "services.pihole.volumes: mounts /etc/dnsmasq.d/ of this machine",
            "services.pihole.cap_add: asks for more rights: NET_ADMIN",
        ],
    ),
    "plex": (
        {"plex": {"image": "plex", "network_mode": "host", "volumes": ["${MEDIA:-/srv}:/media/"]}},
        [
            "services.plex.volumes: mounts /srv of this machine",
            "services.plex.network_mode: shares the network of this machine",
        ],
    ),
    "portainer": (
        {
            "portainer": {
                "image": "portainer/portainer-ce:alpine", "ports": ["9000:9000"],
                "command": "-H unix:///var/run/docker.sock",
                "volumes": ["/var/run/docker.sock:/var/run/docker.sock", "nc_data:/data"],
            }
        },
        [f"services.portainer.volumes: {SOCKET} (/var/run/docker.sock)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_well_known_projects(name: str) -> None:
    services, lines = KNOWN[name]
    model = {
        "name": "shop", "services": services, "volumes": {"db_data": None, "nc_data": {}},
        "networks": {"dbnet": None, "redisnet": {"driver": "bridge"}},
    }  # fmt: skip
    assert demands(ComposeDefinition(compose_bytes(model))) == lines


def test_the_shop_asks_for_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    definition, _, _ = drawn(Call(root, (os.path.join("compose", "compose.yaml"),)))  # noqa: PTH118
    assert written_demands(definition) == ()
    fill_in(definition, tmp_path, Filling())
    files = [(f.path, f.data, f.executable) for f in plain_files(definition)]
    ReleasedFolder(tmp_path).write_release(files)
    options = ComposeOptions(tmp_path, ("release/compose.yaml",), (".env",), name="shop-from-live")
    model = ComposeReader(options, lambda _: None).model()
    assert set(model["services"]) >= {"storefront", "api", "db"}
    assert model_demands(model, tmp_path) == ()
    elsewhere = [str(demand).replace(str(tmp_path), "HERE") for demand in model_demands(model)]
    assert elsewhere == [
        "configs.nginx.file: reads HERE/release/configs/nginx of this machine",
        "secrets.db_password.file: reads HERE/secrets/development/db_password of this machine",
    ]


def test_a_merge_key_is_none_to_compose_either(tmp_path: Path) -> None:
    """JSON has no anchors, and what it quotes Compose does not merge."""
    model = {"name": "shop", "services": {"web": {"image": "a", "<<": {"privileged": True}}}}
    (tmp_path / "compose.yaml").write_text(json.dumps(model))
    said = ComposeReader(ComposeOptions(tmp_path), lambda _: None)
    with pytest.raises(ConfigurationError, match=r"'<<' not allowed"):
        said.model()
