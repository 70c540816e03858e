"""Deployments and containers of a stage for tests: a web service, a worker, a job, a database."""

from __future__ import annotations

from envctl.domain.deployment import (
    DEFINITION,
    DEPLOYMENT,
    ROLE,
    Deployment,
    Link,
    StageImage,
    StageNames,
)
from envctl.domain.edge import Backing, Route, Servers
from envctl.domain.observed import Container
from envctl.domain.project import Project
from envctl.domain.service import Condition, Dependency, Role, Service
from envctl.domain.volume import Volume

NAMES = StageNames("shop", "production")


def deployment(
    version: str,
    *,
    definition: str = "one",
    handover: frozenset[str] = frozenset(),
    routes: tuple[int, ...] = (80,),
    extra: tuple[Service, ...] = (),
) -> Deployment:
    """Return the deployment of a release; `definition` is that of its database."""
    deployed = NAMES.deployed(f"sha256:{version * 64}", version, "5e77165" + "0" * 9)
    image = "sha256:" + f"i{version}".rjust(64, "0")
    apps = (
        Service("migrate", "shop/migrate:1", role=Role.JOB),
        Service("web", "shop/web:1", depends_on=(Dependency("migrate", Condition.COMPLETED),)),
        Service("worker", "shop/worker:1"),
        *extra,
    )
    return Deployment(
        deployed=deployed,
        apps=Project(deployed.name, tuple(sorted(apps, key=lambda s: s.name))),
        data=Project(NAMES.key, (Service("db", "shop/db:1", role=Role.DATA),)),
        apps_file=b"{}",
        data_file=b"{}",
        definitions=(("db", definition),),
        images=(StageImage(f"shop/web:{version}", f"r/shop@{image}", ("web",), (image,)),),
        links=(Link(f"{deployed.name}_default", "db", ("db",)),),
        volumes=(Volume("data", "shop-production_data"),),
        routes=tuple(Route(port, "web", 8000) for port in routes),
        backing=Backing(deployed.name, (Servers("web", 8000, (20001,)),)) if routes else None,
        handover=handover,
    )


def containers(
    of: Deployment, state: str = "running", *, but: dict[str, str] | None = None
) -> tuple[Container, ...]:
    """Return the containers of a deployment in one state; `but` says otherwise by service."""
    states = {s.name: state for s in of.apps.services if s.role is Role.APP}
    states |= {s.name: "exited" for s in of.apps.services if s.role is Role.JOB}
    states |= but or {}
    return tuple(
        Container(
            f"{of.name}-{name}",
            f"{of.name}-{name}-1",
            name,
            now,
            labels=((DEPLOYMENT, of.name), (ROLE, str(of.apps.service(name).role))),
        )
        for name, now in states.items()
        if now != "gone"
    )


def database(*of: Deployment, definition: str = "one", state: str = "running") -> Container:
    """Return the stage's database, on the networks of deployments."""
    return Container(
        "db",
        "shop-production-db-1",
        "db",
        state,
        networks=tuple(f"{d.name}_default" for d in of),
        labels=((DEFINITION, definition), (ROLE, "data")),
    )
