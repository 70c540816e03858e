from __future__ import annotations

import pytest

from envctl.domain.addresses import addresses, published
from envctl.domain.observed import Container, Publication
from envctl.domain.service import Service
from envctl.errors import UsageError

WEB = Service("web", "web:1")


def answers(*ports: Publication, service: Service = WEB, host: str = "localhost") -> list[str]:
    container = Container("id", "web-1", service.name, "running", ports=ports)
    return list(addresses(service, [container], host))


@pytest.mark.parametrize(
    ("port", "address"),
    [
        (Publication(80, 8080), "http://localhost:8080"),
        (Publication(443, 8443), "https://localhost:8443"),
        (Publication(5432, 15432), "localhost:15432"),
        (Publication(53, 53, "udp"), "localhost:53/udp"),
        (Publication(443, 443, "udp"), "localhost:443/udp"),
        (Publication(80, 8080, host_ip="0.0.0.0"), "http://localhost:8080"),
        (Publication(80, 8080, host_ip="::"), "http://localhost:8080"),
        (Publication(80, 8080, host_ip="127.0.0.1"), "http://localhost:8080"),
        (Publication(80, 8080, host_ip="10.0.0.7"), "http://10.0.0.7:8080"),
        (Publication(80, 8080, host_ip="fd00::7"), "http://[fd00::7]:8080"),
    ],
)
def test_an_address_is_what_a_person_would_type(port: Publication, address: str) -> None:
    assert answers(port) == [address]


def test_a_port_that_speaks_http_by_its_definition_is_a_web_address() -> None:
    service = Service("web", "web:1", web_ports=(9092,))
    assert answers(Publication(9092, 1), service=service) == ["http://localhost:1"]


def test_both_families_of_one_port_are_one_address() -> None:
    both = [Publication(80, 8080, host_ip="0.0.0.0"), Publication(80, 8080, host_ip="::")]
    assert answers(*both) == ["http://localhost:8080"]


def test_the_lowest_container_port_comes_first() -> None:
    ports = [Publication(9000, 1), Publication(80, 3), Publication(80, 2)]
    assert answers(*ports) == ["http://localhost:2", "http://localhost:3", "http://localhost:1"]


def test_a_remote_engine_answers_under_its_own_name() -> None:
    assert answers(Publication(80, 80), host="build.example.com") == ["http://build.example.com:80"]


def test_only_running_containers_answer() -> None:
    stopped = Container("id", "web-1", "web", "exited", ports=(Publication(80, 80),))
    assert addresses(WEB, [stopped]) == ()


def test_each_container_of_a_service_adds_its_addresses() -> None:
    containers = [
        Container(str(n), f"web-{n}", "web", "running", ports=(Publication(80, n),)) for n in (2, 1)
    ]
    assert addresses(WEB, containers) == ("http://localhost:1", "http://localhost:2")


def found(*ports: Publication, port: int = 0) -> Publication:
    return published("web", [Container("id", "web-1", "web", "running", ports=ports)], port)


def test_the_one_port_of_a_service_need_not_be_named() -> None:
    assert found(Publication(80, 1), Publication(80, 1, host_ip="::")).host_port == 1


def test_of_several_ports_the_one_that_is_named_is_found_tcp_and_ipv4_first() -> None:
    ports = (
        Publication(53, 1, "udp"),
        Publication(53, 2, host_ip="::"),
        Publication(53, 3, host_ip="0.0.0.0"),
        Publication(80, 4),
    )
    assert found(*ports, port=53).host_port == 3
    assert found(Publication(53, 1, "udp"), port=53).host_port == 1


@pytest.mark.parametrize(
    ("ports", "port", "said", "hint"),
    [
        ((80, 81), 0, "web does not publish one port only", "published: 80, 81"),
        ((80,), 81, "web does not publish port 81", "published: 80"),
        ((), 0, "web does not publish a port", "published: none; name it under ports:"),
    ],
)
def test_a_port_that_there_is_not_is_named_with_those_that_there_are(
    ports: tuple[int, ...], port: int, said: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        found(*(Publication(p, p) for p in ports), port=port)
    assert caught.value.hint.startswith(hint)
