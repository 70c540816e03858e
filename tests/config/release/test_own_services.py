"""Services of a checkout, in the definition of a release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from envctl.config.release.own_services import with_own
from envctl.errors import UsageError

RELEASED = {
    "name": "shop",
    "services": {"api": {"image": "r/shop@sha256:1"}, "web": {"image": "r/shop@sha256:2"}},
    "secrets": {"token": {"file": "${TOKEN_FILE:?}"}},
}
EFFECTIVE = {
    "name": "shop-2",
    "services": {
        "api": {
            "build": {"context": "/src/api"},
            "command": ["sh", "-c", "echo $HOME"],
            "networks": {"default": None, "back": {"aliases": ["a"]}},
            "secrets": [{"source": "token"}, {"source": "new"}],
            "volumes": [{"type": "volume", "source": "cache", "target": "/c"},
                        {"type": "bind", "source": "/src", "target": "/s"}],
        }
    },
    "networks": {"default": {"name": "shop-2_default"}, "back": {"name": "shop-2_back"}},
    "secrets": {"token": {"file": "/src/token"}, "new": {"file": "/src/ne$w"}},
    "volumes": {"cache": {"name": "everybodys"}},
}  # fmt: skip


def own(*services: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(with_own(json.dumps(RELEASED).encode(), EFFECTIVE, services))
    return made


def test_the_service_is_the_checkouts_and_the_others_are_the_releases() -> None:
    made = own("api")
    assert made["services"]["web"] == {"image": "r/shop@sha256:2"}
    assert "image" not in made["services"]["api"]
    assert made["services"]["api"]["build"] == {"context": "/src/api"}


def test_what_the_shell_fills_in_stays_for_the_shell() -> None:
    made = own("api")
    assert made["services"]["api"]["command"] == ["sh", "-c", "echo $$HOME"]
    assert made["secrets"]["new"] == {"file": "/src/ne$$w"}


def test_what_it_uses_comes_with_it_and_what_the_release_has_is_the_releases() -> None:
    made = own("api")
    assert made["secrets"]["token"] == {"file": "${TOKEN_FILE:?}"}
    assert made["volumes"] == {"cache": {"name": "everybodys"}}


def test_networks_are_not_shared_with_the_checkouts_own_playground() -> None:
    assert own("api")["networks"] == {"back": {}}


def test_a_service_that_the_checkout_does_not_have_is_no_service() -> None:
    with pytest.raises(UsageError, match="--with db: there is no such service here") as caught:
        own("db")
    assert caught.value.hint == "has: api"
