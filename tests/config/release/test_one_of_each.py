"""A port is published by one container, where there is no edge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from envctl.config.release.one_of_each import one_of_each


def reduced(**body: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    text, names = one_of_each(json.dumps({"services": {"web": body}}).encode())
    return json.loads(text)["services"]["web"], names


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
