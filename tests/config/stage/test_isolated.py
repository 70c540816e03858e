"""A stage's model for a copy of it: it shares nothing with the stage, or with anybody."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from envctl.config.stage.isolated import isolated
from envctl.domain.deployment import StageNames
from tests.config.stage.example import MODEL

NAMES = StageNames("shop", "rehearsal-production")
LABELS = {"dev.envctl.project": "shop", "dev.envctl.stage": "rehearsal-production"}


def changed(address: str = "127.0.0.1", **said: Any) -> dict[str, Any]:
    """Return the copy of the example with other top-level entries."""
    hosts = said.pop("hosts", ())
    model = {**deepcopy(MODEL), **said}
    return isolated(model, NAMES, hosts, lambda port: port + 11000, address)


def ports(model: dict[str, Any], service: str) -> list[tuple[Any, ...]]:
    found = model["services"][service].get("ports") or []
    return [(p.get("host_ip"), p.get("published"), p["target"]) for p in found]


def test_published_ports_move_and_are_this_machines_own() -> None:
    assert ports(changed(), "web") == [("127.0.0.1", "19080", 80), (None, None, 443)]
    assert ports(changed(address=""), "web") == [(None, "19080", 80), (None, None, 443)]


def test_an_address_of_the_real_host_and_a_range_are_not_asked_for() -> None:
    said = {"target": 80, "published": "8080-8082", "host_ip": "10.0.0.1", "protocol": "tcp"}
    model = changed(services={"web": {"image": "i", "ports": [said]}})
    assert ports(model, "web") == [("127.0.0.1", "19080", 80)]


def test_what_only_names_lead_to_answers_at_a_port() -> None:
    hosts = (("api.example.com", "api:9000"), ("www.example.com", "web:80"))
    model = changed(hosts=hosts)
    assert ports(model, "api") == [("127.0.0.1", "20000", 9000)]
    assert model["services"]["api"]["ports"][0]["app_protocol"] == "http"
    assert len(ports(model, "web")) == 2, "it has a port already"


def test_volumes_are_new_ones_wherever_the_stage_has_them() -> None:
    volumes = {
        "data": {"name": "shop-data", "external": True},
        "share": {"name": "x_share", "driver_opts": {"type": "nfs", "device": ":/srv"}},
        "up": {"name": "shop-production_up", "labels": {"a": "b"}},
    }
    assert changed(volumes=volumes)["volumes"] == {
        "data": {"name": "shop-rehearsal-production_data", "labels": LABELS},
        "share": {"name": "shop-rehearsal-production_share", "labels": LABELS},
        "up": {"name": "shop-rehearsal-production_up", "labels": {"a": "b", **LABELS}},
    }


def test_networks_are_new_ones_without_fixed_addresses() -> None:
    networks = {"default": {"name": "lan", "external": True}, "in": {"internal": True, "ipam": {}}}
    model = changed(networks=networks)
    assert model["networks"] == {
        "default": {"name": "shop-rehearsal-production_default", "labels": LABELS},
        "in": {"internal": True, "name": "shop-rehearsal-production_in", "labels": LABELS},
    }
    assert model["services"]["api"]["networks"] == {"default": {"aliases": ["backend"]}}


def test_the_model_itself_is_left_as_it_is() -> None:
    before = deepcopy(MODEL)
    changed(hosts=(("api.example.com", "api:9000"),))
    assert before == MODEL
