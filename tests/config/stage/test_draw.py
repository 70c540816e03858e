"""A release on a stage: what is there once, what each deployment has, and what leads to it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from envctl.config.stage.document import document_of, read_document
from envctl.domain.deployment import SERVING
from envctl.domain.edge import Mode
from envctl.domain.service import Role
from envctl.domain.stage import Stage
from envctl.errors import ConfigurationError, Failed
from tests.config.stage.example import MODEL, choose, draft


def drawn(**said: Any) -> Any:
    return draft(**said).deployment(choose)


def apps(**said: Any) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(drawn(**said).apps_file)
    return model


def data(**said: Any) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(drawn(**said).data_file)
    return model


def test_services_are_parted_by_their_roles() -> None:
    assert list(data()["services"]) == ["db"]
    assert sorted(apps()["services"]) == ["api", "migrate", "web", "worker"]
    roles = {s.name: s.role for s in drawn().apps.services}
    assert roles["migrate"] is Role.JOB
    assert roles["web"] is Role.APP, "the project builds it, so its volume makes no database of it"


def test_the_projects_are_called_after_stage_and_deployment() -> None:
    deployment = drawn()
    assert data()["name"] == "shop-production"
    assert apps()["name"] == deployment.name
    assert deployment.name.startswith("shop-production-cccccccc-")


def test_an_app_waits_within_its_wave_only() -> None:
    assert apps()["services"]["web"]["depends_on"] == {"api": {"condition": "service_healthy"}}
    assert "depends_on" not in apps()["services"]["migrate"]


def test_networks_are_the_deployments_own_without_fixed_addresses() -> None:
    assert apps()["networks"] == {"default": {}}
    assert apps()["services"]["api"]["networks"] == {"default": {"aliases": ["backend"]}}


def test_volumes_are_the_stages() -> None:
    assert apps()["volumes"]["uploads"] == {"external": True, "name": "shop-production_uploads"}
    assert data()["volumes"]["data"] == {"name": "shop-production_data"}
    assert {v.name for v in drawn().volumes} == {"shop-production_data", "shop-production_uploads"}


def test_published_ports_are_served_by_the_edge_and_lead_to_the_loopback_address() -> None:
    deployment = drawn()
    (route,) = deployment.routes
    assert (route.port, route.service, route.container_port, route.mode) == (
        8080, "web", 80, Mode.HTTP
    )  # fmt: skip
    (servers,) = deployment.backing.servers
    first, last = servers.ports
    assert apps()["services"]["web"]["ports"] == [
        {
            "mode": "ingress", "target": 80, "published": f"{first}-{last}",
            "host_ip": "127.0.0.1", "protocol": "tcp",
        }
    ]  # fmt: skip
    assert apps()["services"]["web"]["labels"]["dev.envctl.ports"] == f"{first},{last}"


def test_a_port_of_one_address_stays_at_it_and_its_mode_is_asked_for() -> None:
    model = deepcopy(MODEL)
    model["services"]["web"]["ports"] = [
        {"target": 80, "published": "8080", "host_ip": "127.0.0.1", "protocol": "tcp"}
    ]
    deployment = drawn(model=model)
    assert [(r.port, r.address) for r in deployment.routes] == [(8080, "127.0.0.1")]
    assert deployment.guessed == {8080}


def test_host_names_lead_to_the_only_port_or_to_the_one_that_is_said() -> None:
    stage = Stage("production", hosts=(("shop.example.com", "web:80"),))
    assert [(r.port, r.hosts) for r in drawn(stage=stage).routes] == [
        (8080, ()), (80, ("shop.example.com",))
    ]  # fmt: skip
    unclear = Stage("production", hosts=(("shop.example.com", "web"),))
    with pytest.raises(ConfigurationError, match="not clear which port of web"):
        drawn(stage=unclear)
    unknown = Stage("production", hosts=(("shop.example.com", "wep"),))
    with pytest.raises(ConfigurationError, match="no app service"):
        drawn(stage=unknown)


def test_secrets_come_from_the_store_by_what_they_hold() -> None:
    def path(of: dict[str, Any], service: str) -> str:
        mounts = of["services"][service]["volumes"]
        (mount,) = [m for m in mounts if m["source"] == "store"]
        assert mount["target"] == "/run/secrets/key"
        assert mount["read_only"]
        return str(mount["volume"]["subpath"])

    assert path(apps(), "web") == path(data(), "db") == next(iter(draft().settings.stored()))
    assert path(apps(secret=b"two"), "web") != path(apps(), "web")
    assert "secrets" not in apps()


def test_other_settings_are_another_deployment_of_the_same_release() -> None:
    one, two = drawn(), drawn(secret=b"two")
    assert one.deployed.release == two.deployed.release
    assert one.name != two.name
    assert one.name == drawn().name


def test_the_data_services_are_found_on_the_networks_of_the_deployment() -> None:
    (link,) = drawn().links
    assert link.network == f"{drawn().name}_default"
    assert link.aliases == ("db", "postgres", "database")


def test_what_must_not_run_twice_is_handed_over() -> None:
    assert drawn().handover == {"worker"}


@pytest.mark.parametrize(
    "body",
    [
        {"network_mode": "host"},
        {"devices": ["/dev/null"]},
        {"ports": [{"target": 53, "published": "53", "protocol": "udp"}]},
    ],
)
def test_what_cannot_run_twice_is_handed_over(body: dict[str, Any]) -> None:
    model = deepcopy(MODEL)
    model["services"]["api"] = {"image": "r/shop@sha256:web", **body}
    assert "api" in drawn(model=model).handover


def test_what_runs_comes_back_after_a_restart_of_the_host() -> None:
    assert apps()["services"]["web"]["restart"] == SERVING
    assert "restart" not in apps()["services"]["migrate"]
    model = deepcopy(MODEL)
    model["services"]["web"]["restart"] = "no"
    assert apps(model=model)["services"]["web"]["restart"] == "no"


@pytest.mark.parametrize(
    "body",
    [
        {"restart": "on-failure:3"},
        {"restart": "unless-stopped"},
        {"deploy": {"restart_policy": {"condition": "on-failure"}}},
    ],
    ids=["on-failure", "unless-stopped", "deploy"],
)
def test_any_wish_to_come_back_is_one_that_is_taken_back_while_it_is_kept(
    body: dict[str, Any],
) -> None:
    model = deepcopy(MODEL)
    model["services"]["web"] |= body
    assert apps(model=model)["services"]["web"]["restart"] == SERVING


def test_images_are_called_after_what_they_are() -> None:
    deployment = drawn()
    names = {image.services[0]: image.name for image in deployment.images}
    assert apps()["services"]["web"]["image"] == names["api"]
    assert names["db"] == f"shop-production/db:{b'db'.hex().ljust(12, '0')}"
    assert all(body["pull_policy"] == "never" for body in apps()["services"].values())
    assert deployment.images[0].reference.startswith("r.example.com/shop@sha256:")


def test_only_a_changed_definition_changes_a_data_service() -> None:
    assert drawn().definitions == drawn(stage=Stage("production", drain=1.0)).definitions
    assert drawn().definitions != drawn(secret=b"two").definitions
    model = deepcopy(MODEL)
    model["services"]["web"]["environment"] = {"A": "b"}
    assert drawn(model=model).definitions == drawn().definitions


def test_a_container_name_is_dropped() -> None:
    assert "container_name" not in apps()["services"]["web"]


def test_a_kept_deployment_is_the_same_again() -> None:
    assert read_document(document_of(drawn()), "here") == drawn()


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1}'])
def test_a_torn_document_is_an_error_that_names_it(torn: bytes) -> None:
    with pytest.raises(Failed, match="here is no deployment"):
        read_document(torn, "here")
