"""What would stop a deploy half way is refused before it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.edge import EdgeStage, Route
from envctl.domain.preflight import require_ports, require_ways
from envctl.domain.target import HostFacts
from envctl.errors import Refused
from tests.stages import deployment

NEW = replace(deployment("1.0"), routes=(Route(8080, "web", 80),))


def served(stage: str, port: int) -> list[EdgeStage]:
    return [EdgeStage(stage, (Route(port, "web", 80),))]


def test_a_port_that_the_edge_serves_for_another_stage_is_refused() -> None:
    with pytest.raises(Refused, match="port 8080 is already served for blog-live"):
        require_ways("shop-live", NEW, served("blog-live", 8080))


def test_ports_that_the_stage_has_already_are_its_own() -> None:
    require_ways("shop-live", NEW, [*served("shop-live", 8080), *served("blog-live", 8081)])


def test_a_port_that_a_data_service_needs_is_refused_where_somebody_else_has_it() -> None:
    new = replace(deployment("1.0"), routes=(), published=(("db", 5432),))
    taken = HostFacts(1 << 40, frozenset({5432}))
    with pytest.raises(Refused, match=r"listens already on port 5432 \(for db\)"):
        require_ports(new, (), taken)
    require_ports(new, (5432,), taken)
