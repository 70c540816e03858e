"""Build sections, as `bake` takes them."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.config.bake_file import bake_file, privileged, target_name
from envctl.domain.lock import Order


def _file(section: dict[str, Any], **more: Any) -> dict[str, Any]:
    model = {"services": {"api": {"build": {"context": "/src", **section}}}, **more}
    return bake_file(model, [Order("api", ("shop-api:latest",))])


def _target(section: dict[str, Any], **more: Any) -> dict[str, Any]:
    target: dict[str, Any] = _file(section, **more)["target"]["api"]
    return target


def test_a_plain_build_has_a_context_a_file_and_a_name() -> None:
    assert _file({}) == {
        "group": {"default": {"targets": ["api"]}},
        "target": {
            "api": {
                "context": "/src",
                "dockerfile": "Dockerfile",
                "tags": ["shop-api:latest"],
                "output": ["type=docker"],
            }
        },
    }


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"args": {"A": "1", "B": "", "C": None}}, {"args": {"A": "1", "B": ""}}),
        ({"args": {"A": "$${B}%{C}"}}, {"args": {"A": "$${B}%%{C}"}}),
        ({"target": "prod", "network": "host"}, {"target": "prod", "network": "host"}),
        ({"labels": {"a": "b"}}, {"labels": {"a": "b"}}),
        ({"platforms": ["linux/amd64"]}, {"platforms": ["linux/amd64"]}),
        ({"shm_size": "64m", "no_cache": True}, {"shm-size": "64m", "no-cache": True}),
        ({"cache_from": ["a"], "cache_to": ["b"]}, {"cache-from": ["a"], "cache-to": ["b"]}),
        ({"ssh": ["default"]}, {"ssh": ["default"]}),
        (
            {"ulimits": {"nproc": 5, "nofile": {"soft": 1, "hard": 2}}},
            {"ulimits": ["nofile=1:2", "nproc=5"]},
        ),
        ({"extra_hosts": ["a=1.1.1.1", "a=::1"]}, {"extra-hosts": {"a": "1.1.1.1,::1"}}),
        ({"extra_hosts": {"a": ["1.1.1.1"]}}, {"extra-hosts": {"a": "1.1.1.1"}}),
        ({"tags": ["also:1"]}, {"tags": ["shop-api:latest", "also:1"]}),
        ({"provenance": "mode=max"}, {"attest": ["type=provenance,mode=max"]}),
        ({"sbom": True, "provenance": False}, {"attest": ["type=sbom"]}),
        ({"additional_contexts": {"x": "/x"}}, {"contexts": {"x": "/x"}}),
    ],
)
def test_each_key_goes_where_bake_has_it(section: dict[str, Any], expected: dict[str, Any]) -> None:
    target = _target(section)
    assert {key: target[key] for key in expected} == expected


def test_secrets_are_told_by_file_or_variable_never_by_value() -> None:
    section = {"secrets": [{"source": "a"}, {"source": "b", "target": "c"}]}
    top = {"a": {"file": "/a.txt"}, "b": {"environment": "TOKEN"}}
    assert _target(section, secrets=top)["secret"] == [
        "id=a,type=file,src=/a.txt",
        "id=c,type=env,env=TOKEN",
    ]


def test_an_inline_dockerfile_has_no_file() -> None:
    target = _target({"dockerfile_inline": "FROM x\nRUN echo $${A}\n"})
    assert "dockerfile" not in target
    assert target["dockerfile-inline"] == "FROM x\nRUN echo $${A}\n"


def test_the_images_of_the_lock_stand_in_for_names() -> None:
    model = {"services": {"api": {"build": {"context": "/src"}}}}
    order = Order("api", ("x",), {"postgres:15": "docker-image://postgres:15@sha256:1"})
    assert bake_file(model, [order])["target"]["api"]["contexts"] == {
        "postgres:15": "docker-image://postgres:15@sha256:1"
    }


def test_another_service_that_serves_as_context_is_built_and_not_named() -> None:
    model = {
        "services": {
            "api": {"build": {"context": "/a", "additional_contexts": {"b": "service:a.base"}}},
            "a.base": {"build": {"context": "/b"}},
        }
    }
    file = bake_file(model, [Order("api", ("x",))])
    assert file["group"]["default"]["targets"] == ["api"]
    assert file["target"]["api"]["contexts"] == {"b": "target:a_-base"}
    assert file["target"]["a_-base"]["output"] == ["type=cacheonly"]
    assert "tags" not in file["target"]["a_-base"]


def test_services_never_share_a_target() -> None:
    assert len({target_name(name) for name in ("a.b", "a_b", "a-b", "a_-b", "a__b")}) == 5


def test_more_than_a_build_may_do_is_asked_for() -> None:
    assert privileged(_file({"privileged": True}))
    assert privileged(_file({"entitlements": ["security.insecure"]}))
    assert not privileged(_file({}))
