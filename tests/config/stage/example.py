"""A release and its effective model on a stage, for tests: web, worker, job, database, mail."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from envctl.config.stage.draw import Draft, Settings
from envctl.domain.deployment import StageNames
from envctl.domain.loopback import choose_servers
from envctl.domain.release import PlatformImage, Release, ReleaseImage
from envctl.domain.stage import Stage

NAMES = StageNames("shop", "production")
MODEL: dict[str, Any] = {
    "name": "shop-production",
    "services": {
        "web": {
            "image": "r/shop@sha256:web",
            "container_name": "web",
            "depends_on": {
                "db": {"condition": "service_healthy"},
                "migrate": {"condition": "service_completed_successfully"},
                "api": {"condition": "service_healthy"},
            },
            "networks": {"default": None},
            "ports": [
                {"target": 80, "published": "8080", "protocol": "tcp", "app_protocol": "http"},
                {"target": 443, "protocol": "tcp"},
            ],
            "volumes": [{"type": "volume", "source": "uploads", "target": "/up"}],
            "secrets": [{"source": "key", "target": "/run/secrets/key"}],
            "deploy": {"replicas": 2},
        },
        "api": {
            "image": "r/shop@sha256:web",
            "networks": {"default": {"ipv4_address": "10.1.1.5", "aliases": ["backend"]}},
        },
        "worker": {
            "image": "r/shop@sha256:web",
            "x-envctl": {"overlap": False},
            "networks": {"default": None},
            "links": ["db:database"],
        },
        "migrate": {
            "image": "r/shop@sha256:web",
            "depends_on": {"db": {"condition": "service_healthy"}},
            "networks": {"default": None},
        },
        "db": {
            "image": "r/shop@sha256:db",
            "networks": {"default": {"aliases": ["postgres"]}},
            "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
            "secrets": [{"source": "key"}],
        },
    },
    "networks": {"default": {"name": "shop-production_default", "ipam": {"config": []}}},
    "volumes": {
        "data": {"name": "shop-production_data"},
        "uploads": {"name": "shop-production_uploads"},
    },
    "secrets": {"key": {"name": "shop-production_key", "file": "/key"}},
}
RELEASE = "sha256:" + "c" * 64


def image(name: str, services: tuple[str, ...], *, built: bool) -> ReleaseImage:
    """Return an image of the release."""
    digest = "sha256:" + name.encode().hex().ljust(64, "0")
    config = digest.replace("0", "f")
    source = {"input": "a" * 64} if built else {"origin": f"docker.io/library/{name}"}
    platforms = (PlatformImage("linux/amd64", digest, config),)
    return ReleaseImage("application/json", digest, 10, services, platforms, **source)


def draft(
    model: dict[str, Any] | None = None,
    *,
    stage: Stage | None = None,
    secret: bytes = b"one",
) -> Draft:
    """Return the release on the stage `production`, with the settings given."""
    stage = stage or Stage("production")
    images = (
        image("web", ("web", "api", "worker", "migrate"), built=True),
        image("db", ("db",), built=False),
    )
    release = Release("shop", "c0ffee", "2026-01-01T00:00:00Z", "", "", (), images)
    settings = Settings(deepcopy(model or MODEL), {("secrets", "key"): secret}, b"salt")
    deployed = NAMES.deployed(RELEASE, "1.4.0", settings.digest(stage))
    return Draft(
        NAMES, stage, release, deployed, settings, "store", lambda d: f"r.example.com/shop@{d}"
    )


def choose(name: str, wanted: list[tuple[str, int, int]]) -> Any:
    """Choose ports as nothing were taken."""
    return choose_servers(name, wanted, ())
