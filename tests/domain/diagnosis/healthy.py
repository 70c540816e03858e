"""Facts with nothing to cure, to be changed in one place each."""

from __future__ import annotations

from typing import Any

from envctl.config.compose_model import parse_model
from envctl.domain.diagnosis import diagnose
from envctl.domain.diagnosis.belongings_facts import (
    Belongings,
    ContainerFact,
    NetworkFact,
    Room,
    Usage,
)
from envctl.domain.diagnosis.facts import Facts
from envctl.domain.diagnosis.machine_facts import (
    Disk,
    DockerConfig,
    EngineFacts,
    Folder,
    MachineFacts,
    Tool,
)
from envctl.domain.diagnosis.project_facts import Hold, PortFact, ProjectFacts
from envctl.domain.findings import Finding, Level
from envctl.domain.project import Project

GIB = 1024**3

MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {
        "db": {"image": "postgres:15", "healthcheck": {"test": ["CMD", "true"]}},
        "web": {"image": "nginx:1.22", "healthcheck": {"test": ["CMD", "true"]}},
    },
}


def project(model: dict[str, Any]) -> Project:
    return parse_model(model, lambda _: None)


ENGINE = EngineFacts(
    host="unix:///var/run/docker.sock",
    version="28.5.2",
    api="1.51, spoken down to 1.24",
    image_store="the engine's own (overlay2)",
    architecture="amd64",
    memory=8 * GIB,
    clock_off=0.0,
)
MACHINE = MachineFacts(
    disk=Disk("/var/lib/docker", 50 * GIB, 100 * GIB, 900, 1000),
    memory_free=4 * GIB,
    watches=524_288,
    instances=1024,
    folders=(Folder("/home/me/.local/state/envctl", "state", "XDG_STATE_HOME"),),
    docker_config=DockerConfig("/home/me/.docker/config.json"),
)
PROJECT = ProjectFacts(
    playground="shop",
    project=project(MODEL),
    model=MODEL,
    ports=(PortFact("web", "8080", Hold.OWN),),
    absent=(),
)
BELONGINGS = Belongings(
    containers=(
        ContainerFact("shop-db-1", "shop", "db", "running", health="healthy"),
        ContainerFact("shop-web-1", "shop", "web", "running", health="healthy"),
        ContainerFact("other-web-1", "other", "web", "exited"),
    ),
    networks=(NetworkFact("shop_default", "shop", ("172.18.0.0/16",)),),
    volumes=frozenset({"shop_data"}),
)
ROOM = Room((Usage("shop", 3 * GIB, 2048),), 2 * GIB, GIB, 1000, 1000)
HEALTHY = Facts(
    engine=ENGINE,
    docker=Tool("/usr/bin/docker"),
    compose=Tool("2.40.3"),
    buildx=Tool("0.29.1"),
    machine=MACHINE,
    project=PROJECT,
    belongings=BELONGINGS,
    room=ROOM,
)


def bad(facts: Facts) -> list[str]:
    """Return what is not well, a line each."""
    return lines(f for f in diagnose(facts) if f.level is not Level.OK)


def lines(findings: Any) -> list[str]:
    return [_line(finding) for finding in findings]


def _line(finding: Finding) -> str:
    cure = f" -> {finding.cure}" if finding.cure else ""
    return f"{finding.level} {finding.subject}: {finding.seen}{cure}"
