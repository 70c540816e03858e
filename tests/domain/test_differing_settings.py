"""Which settings two stages run with differently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from envctl.domain.differing_settings import StageModel, differing_settings, stored_paths
from envctl.domain.edge import Mode, Route


def model(*routes: Route, db: dict[str, Any] | None = None, **web: Any) -> StageModel:
    """Return a stage's model; `web` and `db` are of its services."""
    behind = {"target": 80, "published": "20001", "host_ip": "127.0.0.1", "protocol": "tcp"}
    body = {"image": "a", "ports": [behind], **web}
    return StageModel({"services": {"web": body}}, {"services": {"db": db or {}}}, routes)


def published(port: str) -> dict[str, Any]:
    return {"ports": [{"target": 5432, "published": port, "protocol": "tcp", "mode": "ingress"}]}


def test_the_values_of_variables_are_named_and_never_shown() -> None:
    one, two = model(environment={"A": "1", "B": "2"}), model(environment={"A": "1", "C": "s"})
    assert differing_settings(one, two) == (
        "services.web.environment.B",
        "services.web.environment.C",
    )
    assert differing_settings(one, one) == ()


def test_a_port_that_the_edge_publishes_is_a_setting() -> None:
    one, two = model(Route(8080, "web", 80)), model(Route(8081, "web", 80))
    assert differing_settings(one, two) == ("services.web.ports.80",)


def test_a_host_name_and_an_address_are_settings() -> None:
    one = model(Route(80, "web", 80, hosts=("a.example.com",)))
    assert differing_settings(one, model(Route(80, "web", 80, hosts=("b.example.com",))))
    assert differing_settings(one, model(Route(80, "web", 80, address="127.0.0.1")))
    assert differing_settings(one, model()) == ("services.web.ports.80",)


def test_a_port_that_a_data_service_publishes_is_a_setting() -> None:
    one, two = model(db=published("5432")), model(db=published("5433"))
    assert differing_settings(one, two) == ("services.db.ports.5432",)


def test_a_port_that_is_not_tcp_is_a_setting_of_its_own() -> None:
    udp = [{"target": 53, "published": port, "protocol": "udp"} for port in ("53", "54")]
    one, two = (model(ports=[port]) for port in udp)
    assert differing_settings(one, two) == ("services.web.ports.53/udp",)


def test_what_each_deployment_has_of_its_own_is_no_setting() -> None:
    other = {"target": 80, "published": "20002", "host_ip": "127.0.0.1", "protocol": "tcp"}
    one = model(Route(80, "web", 80, Mode.TCP), labels={"dev.envctl.ports": "20001"})
    two = model(Route(80, "web", 80, Mode.HTTP), image="b", ports=[other])
    assert differing_settings(one, two) == ()


def test_a_label_of_the_project_is_a_setting() -> None:
    one, two = model(labels={"team": "a"}), model(labels={"team": "b"})
    assert differing_settings(one, two) == ("services.web.labels.team",)


def test_a_file_is_told_by_its_name() -> None:
    def mounted(path: str, content: str) -> StageModel:
        how = {"subpath": path}
        found = model(volumes=[{"type": "volume", "target": "/run/secrets/key", "volume": how}])
        assert stored_paths(found.apps) == {path}
        return replace(found, contents={path: content})

    one, same = mounted("files/aa/key", "sha256:1"), mounted("files/bb/key", "sha256:1")
    assert differing_settings(one, same) == (), "paths are another one on each stage"
    assert differing_settings(one, mounted("files/bb/key", "sha256:2")) == ("files.key",)
