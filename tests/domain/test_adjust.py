from __future__ import annotations

import copy
from typing import Any

from envctl.domain.adjust import adjusted
from envctl.domain.playground import Claim

MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {
        "db": {
            "image": "shop-db",
            "build": {"context": "/src"},
            "container_name": "the-db",
            "networks": {
                "back": {"ipv4_address": "172.28.0.10", "aliases": ["base"]},
                "default": None,
            },
        },
        "copy": {
            "image": "shop-db",
            "network_mode": "container:the-db",
            "pid": "container:the-db-2",
            "volumes_from": ["container:the-db:ro", "web"],
        },
        "web": {
            "image": "nginx",
            "command": ["serve", "172.28.0.10:80", "172.28.0.100", "1172.28.0.10"],
            "environment": {"DB": "tcp://172.28.0.10:5432/x", "OTHER": "172.28.0.1.5"},
            "extra_hosts": ["db=172.28.0.10"],
            "labels": {"said": "172.28.0.10"},
            "ports": [
                {"target": 80, "published": "8080", "protocol": "tcp"},
                {"target": 80, "published": "8080", "host_ip": "127.0.0.2"},
                {"target": 81, "published": "9000-9010"},
            ],
        },
    },
    "networks": {
        "default": {"name": "shop_default"},
        "back": {
            "name": "shop-net",
            "ipam": {
                "config": [
                    {
                        "subnet": "172.28.0.0/24",
                        "gateway": "172.28.0.1",
                        "ip_range": "172.28.0.128/25",
                        "aux_addresses": {"printer": "172.28.0.7"},
                    }
                ]
            },
        },
    },
    "volumes": {"data": {"name": "shop-data"}},
}


def after(*claims: Claim) -> dict[str, Any]:
    before = copy.deepcopy(MODEL)
    result = adjusted(MODEL, claims)
    assert before == MODEL, "the model itself was changed"
    return result


def test_without_moves_it_is_the_model_itself() -> None:
    assert after() is MODEL
    assert after(Claim("port", "web 80", "8080/tcp", "8080/tcp")) is MODEL
    assert after(Claim("port", "gone 80", "8080/tcp", "23817/tcp")) is MODEL


def test_a_port_moves_by_itself() -> None:
    ports = after(Claim("port", "web 80", "8080/tcp", "23817/tcp"))["services"]["web"]["ports"]
    assert [port["published"] for port in ports] == ["23817", "8080", "9000-9010"]


def test_a_container_name_becomes_an_alias_on_every_network() -> None:
    services = after(Claim("container", "db", "the-db", ""))["services"]
    assert "container_name" not in services["db"]
    assert services["db"]["networks"] == {
        "back": {"ipv4_address": "172.28.0.10", "aliases": ["base", "the-db"]},
        "default": {"aliases": ["the-db"]},
    }


def test_what_joined_the_container_joins_the_service() -> None:
    other = after(Claim("container", "db", "the-db", ""))["services"]["copy"]
    assert other["network_mode"] == "service:db"
    assert other["pid"] == "container:the-db-2"
    assert other["volumes_from"] == ["db:ro", "web"]


def test_an_image_moves_for_all_that_use_it() -> None:
    services = after(Claim("image", "db", "shop-db", "shop-db:latest-b"))["services"]
    assert [services[name]["image"] for name in services] == [
        "shop-db:latest-b",
        "shop-db:latest-b",
        "nginx",
    ]


def test_names_of_networks_and_volumes_move() -> None:
    names = (
        Claim("network", "back", "shop-net", "b_back"),
        Claim("volume", "data", "shop-data", "x"),
    )
    model = after(*names)
    assert model["networks"]["back"]["name"] == "b_back"
    assert model["volumes"]["data"]["name"] == "x"


def test_addresses_keep_their_place_in_a_subnet_that_moves() -> None:
    model = after(Claim("subnet", "back", "172.28.0.0/24", "10.153.190.0/24"))
    assert model["networks"]["back"]["ipam"]["config"] == [
        {
            "subnet": "10.153.190.0/24",
            "gateway": "10.153.190.1",
            "ip_range": "10.153.190.128/25",
            "aux_addresses": {"printer": "10.153.190.7"},
        }
    ]
    assert model["services"]["db"]["networks"]["back"]["ipv4_address"] == "10.153.190.10"


def test_fixed_addresses_move_where_they_stand_as_text() -> None:
    model = after(Claim("subnet", "back", "172.28.0.0/24", "10.153.190.0/24"))
    web = model["services"]["web"]
    assert web["environment"] == {"DB": "tcp://10.153.190.10:5432/x", "OTHER": "172.28.0.1.5"}
    assert web["command"] == ["serve", "10.153.190.10:80", "172.28.0.100", "1172.28.0.10"]
    assert web["extra_hosts"] == ["db=10.153.190.10"]
    assert web["labels"] == {"said": "172.28.0.10"}
