"""A release in a playground: one container for a port, no name that is shared with others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from envctl.config.release.playground_form import playground_form
from envctl.domain.compose_artifact import ComposeDefinition


def reduced(**body: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    model, names = formed(services={"web": body})
    return model["services"]["web"], names


def formed(**model: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    made, names = playground_form(ComposeDefinition(json.dumps(model).encode()))
    return json.loads(made.compose), names


@pytest.mark.parametrize(
    "port",
    ["80:80", "127.0.0.1:80:80", "${P:-80}:80", "${P}:80", {"target": 80, "published": "80"},
     {"target": 80, "published": "${P:-80}"}],
)  # fmt: skip
def test_copies_of_what_publishes_a_port_are_left_out(port: Any) -> None:
    body, names = reduced(ports=[port], deploy={"replicas": 3, "mode": "replicated"})
    assert body["deploy"] == {"replicas": 1, "mode": "replicated"}
    assert names == ("web",)


@pytest.mark.parametrize("port", ["80", "80-82:80", {"target": 80}, "${P:-80-82}:80", 80])
def test_what_gets_any_port_keeps_its_copies(port: Any) -> None:
    body, names = reduced(ports=[port], scale=3)
    assert (body["scale"], names) == (3, ())


@pytest.mark.parametrize("count", [None, 0, 1, "0", "1"])
def test_one_or_none_stays_as_it_is(count: Any) -> None:
    body, names = reduced(ports=["80:80"], scale=count)
    assert (body["scale"], names) == (count, ())


def test_a_number_that_a_variable_says_is_one_too() -> None:
    body, names = reduced(ports=["80:80"], scale="${N:-2}", deploy={"replicas": "${N:-2}"})
    assert (body["scale"], body["deploy"]["replicas"], names) == (1, 1, ("web",))


def test_names_that_would_be_shared_are_left_out_and_what_is_somebody_elses_stays() -> None:
    parts = {"own": {"name": "shop-data", "labels": {"a": "b"}}, "none": None, "ours": {}}
    theirs = {"name": "theirs", "external": True}
    made, _ = formed(volumes={**parts, "ext": theirs}, networks={"n": {"name": "${N}"}})
    kept = {"own": {"labels": {"a": "b"}}, "none": None, "ours": {}}
    assert made == {"volumes": {**kept, "ext": theirs}, "networks": {"n": {}}}


@pytest.mark.parametrize(
    "body", [None, {}, {"ports": "80:80"}, {"ports": ["80:80"], "deploy": "x"}]
)
def test_what_compose_will_refuse_is_left_to_it(body: Any) -> None:
    assert formed(services={"web": body}) == ({"services": {"web": body}}, ())


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        ({"dev.envctl.stage": "x", "a": "b"}, {"a": "b"}),
        (["dev.envctl.stage=x", "a=b"], ["a=b"]),
        (None, None),
    ],
)
def test_nothing_bears_a_label_that_would_make_it_a_stages(labels: Any, kept: Any) -> None:
    model, _ = formed(services={"web": {"labels": labels}})
    assert model["services"]["web"]["labels"] == kept
