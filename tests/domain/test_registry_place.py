"""Where a project is in a registry."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.registry_place import as_repository, place_of

_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", re.ASCII)


@pytest.mark.parametrize(
    ("registry", "host", "repository"),
    [
        ("127.0.0.1:5005", "127.0.0.1:5005", "shop"),
        ("registry.example.com/team", "registry.example.com", "team/shop"),
        ("registry.example.com/shop", "registry.example.com", "shop"),
        ("registry.example.com:5000/a/shop/", "registry.example.com:5000", "a/shop"),
        ("registry.example.com/myshop", "registry.example.com", "myshop/shop"),
    ],
)
def test_the_project_has_one_repository(registry: str, host: str, repository: str) -> None:
    place = place_of(registry, "shop")
    assert (place.host, place.repository) == (host, repository)
    assert place.reference("sha256:1") == f"{host}/{repository}@sha256:1"
    assert place.for_people("api") == f"{repository}/api"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1:5005", True),
        ("localhost:5000", True),
        ("[::1]:5000", True),
        ("registry.example.com", False),
        ("127-example.com:443", False),
    ],
)
def test_a_registry_of_this_machine_is_known(host: str, local: bool) -> None:
    assert place_of(host, "shop").is_local == local


@given(st.text(st.sampled_from("abz09._-A é"), max_size=20))
def test_every_name_becomes_one_that_a_registry_takes(name: str) -> None:
    assert _REPOSITORY.fullmatch(as_repository(name))


@pytest.mark.parametrize("name", ["shop", "my-shop", "a_b", "a__b", "a--b", "a.b", "0"])
def test_a_name_that_a_registry_takes_stays(name: str) -> None:
    assert as_repository(name) == name
