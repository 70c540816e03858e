"""Split the effective model of a release into what a stage has once, and what each deployment has.

Data services and all named volumes are the stage's own, in a Compose project that stays. App and
job services have a Compose project for each deployment, on networks of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.compose_model import own_settings, parse_model
from envctl.config.stage.ports import loopback_ports
from envctl.config.stage.roles import handed_over, roles_of
from envctl.domain.deployment import (
    DEFINITION,
    DEPLOYMENT,
    PORTS,
    PROJECT,
    RELEASE,
    RESTING,
    ROLE,
    SERVING,
    STAGE,
    VERSION,
)
from envctl.domain.service import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.deployment import StageNames
    from envctl.domain.edge import Servers
    from envctl.domain.stage_record import Deployed

Model = dict[str, Any]
_DROPPED = ("build", "container_name", "develop", "profiles", "secrets", "env_file")
_FIXED_ADDRESS = ("ipv4_address", "ipv6_address", "mac_address", "link_local_ips")
_DATA = "data"


@dataclass(frozen=True)
class Ingredients:
    """What a model is split with.

    `images` are the names that the services' images have on the target. `files` has the paths of
    the secrets' and configs' content in the stage's store, the volume `store`, by kind and key.
    `built` are the services whose images the project builds.
    """

    names: StageNames
    images: Mapping[str, str]
    built: frozenset[str]
    store: str
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """The two models. `roles` has the role of each service, `handover` is as in Deployment."""

    data: Model
    apps: Model
    roles: Mapping[str, Role]
    handover: frozenset[str]


def split(
    model: Model, said: Ingredients, deployed: Deployed, servers: tuple[Servers, ...]
) -> Parts:
    """Return the parts of `model`, which is the effective one of the stage's definition."""
    roles = roles_of(model, said.built)
    handover = handed_over(model, roles)
    bodies = {
        name: _service(name, body, model, said, roles)
        for name, body in (model.get("services") or {}).items()
    }
    data = {n: b for n, b in bodies.items() if roles[n] is Role.DATA}
    apps = {
        name: _app(name, body, roles, handover, servers)
        for name, body in bodies.items()
        if roles[name] is not Role.DATA
    }
    return Parts(
        _data_model(data, model, said, roles),
        _apps_model(apps, model, said, deployed, roles, servers),
        roles,
        handover,
    )


def _service(
    name: str, body: Model, model: Model, said: Ingredients, roles: Mapping[str, Role]
) -> Model:
    kept = {k: v for k, v in body.items() if k not in _DROPPED}
    own = {**own_settings(name, body), "role": str(roles[name])}
    changed: Model = {"image": said.images[name], "pull_policy": "never", "x-envctl": own}
    if roles[name] is not Role.JOB and _restarts_always(body):
        changed["restart"] = SERVING
        if isinstance(kept.get("deploy"), dict):  # what it says would count instead
            kept["deploy"] = {k: v for k, v in kept["deploy"].items() if k != "restart_policy"}
    mounts = [*(body.get("volumes") or []), *_stored(body, model, said)]
    if mounts:
        changed["volumes"] = mounts
    configs = [c for c in body.get("configs") or [] if ("configs", c["source"]) not in said.files]
    kept.pop("configs", None)
    return {**kept, **changed, **({"configs": configs} if configs else {})}


def _restarts_always(body: Model) -> bool:
    """Whether it is to come back by itself; what is kept for rollbacks does not.

    `on-failure` would bring a kept container back that did not end with 0 when it was stopped.
    """
    policy = (body.get("deploy") or {}).get("restart_policy") or {}
    said = body.get("restart") or (policy.get("condition", "any") if policy else "always")
    return said in (SERVING, RESTING, "any") or str(said).startswith("on-failure")


def _stored(body: Model, model: Model, said: Ingredients) -> list[Model]:
    """Mount the content of secrets and configs from the store: files would lie on this machine."""
    found = []
    for kind, folder in (("secrets", "/run/secrets/"), ("configs", "/")):
        for use in body.get(kind) or []:
            if path := said.files.get((kind, use["source"])):
                target = str(use.get("target") or use["source"])
                inside = target if target.startswith("/") else folder + target
                found.append(_mount(said.store, path, inside))
    return found


def _mount(volume: str, path: str, target: str) -> Model:
    how = {"nocopy": True, "subpath": path}
    return {
        "type": "volume", "source": volume, "target": target, "read_only": True, "volume": how
    }  # fmt: skip


def _app(
    name: str,
    body: Model,
    roles: Mapping[str, Role],
    handover: frozenset[str],
    servers: tuple[Servers, ...],
) -> Model:
    """Return an app or job service: on no fixed address, behind the edge."""
    needed = {
        need: entry
        for need, entry in (body.get("depends_on") or {}).items()
        if _waits_within(name, need, roles, handover)
    }
    networks = {
        key: {k: v for k, v in (member or {}).items() if k not in _FIXED_ADDRESS} or None
        for key, member in (body.get("networks") or {}).items()
    }
    ports = loopback_ports(name, body, servers)
    links = [link for link in body.get("links") or [] if _is_beside(link, roles)]
    changed = {"depends_on": needed, "networks": networks, "ports": ports, "links": links}
    kept = {k: v for k, v in body.items() if k not in changed}
    return {**kept, **{k: v for k, v in changed.items() if v}}


def _is_beside(link: str, roles: Mapping[str, Role]) -> bool:
    """Whether a link is to an app service; data services have the names that links give them."""
    return roles.get(str(link).partition(":")[0]) is Role.APP


def _waits_within(
    name: str, need: str, roles: Mapping[str, Role], handover: frozenset[str]
) -> bool:
    """Whether Compose has to follow this entry: between the waves, envctl keeps the order."""
    if roles.get(need) not in (Role.APP, Role.JOB) or need in handover:
        return False
    return roles[name] is Role.JOB or roles[need] is Role.APP


def _data_model(
    services: Model, model: Model, said: Ingredients, roles: Mapping[str, Role]
) -> Model:
    labels = {PROJECT: said.names.project, STAGE: said.names.stage}
    for body in services.values():
        body.pop("links", None)
        needed = body.pop("depends_on", None) or {}
        if within := {n: e for n, e in needed.items() if roles.get(n) is Role.DATA}:
            body["depends_on"] = within
    result = _model(services, model, said, said.names.key)
    for service in parse_model(result, lambda _: None).services:
        body = services[service.name]
        own = {**labels, ROLE: _DATA, DEFINITION: service.definition}
        body["labels"] = {**(body.get("labels") or {}), **own}
    return result


def _apps_model(
    services: Model,
    model: Model,
    said: Ingredients,
    deployed: Deployed,
    roles: Mapping[str, Role],
    servers: tuple[Servers, ...],
) -> Model:
    taken = {
        s: ",".join(str(p) for x in servers if x.service == s for p in x.ports) for s in services
    }
    for name, body in services.items():
        own = {
            PROJECT: said.names.project,
            STAGE: said.names.stage,
            RELEASE: deployed.release,
            VERSION: deployed.version,
            DEPLOYMENT: deployed.name,
            ROLE: str(roles[name]),
            PORTS: taken[name],
        }
        body["labels"] = {**(body.get("labels") or {}), **{k: v for k, v in own.items() if v}}
    result = _model(services, model, said, deployed.name)
    for key, body in (result.get("volumes") or {}).items():
        result["volumes"][key] = {"external": True, "name": body["name"]}
    for key, body in (result.get("networks") or {}).items():
        if not (body or {}).get("external"):
            kept = {k: v for k, v in (body or {}).items() if k not in ("name", "ipam")}
            result["networks"][key] = kept
    return result


def _model(services: Model, model: Model, said: Ingredients, name: str) -> Model:
    """Return the model with the top-level entries that `services` use."""
    used = {
        "networks": {n for b in services.values() for n in b.get("networks") or {}},
        "volumes": {
            m["source"]
            for b in services.values()
            for m in b.get("volumes") or []
            if m.get("type") == "volume" and m.get("source")
        },
        "configs": {c["source"] for b in services.values() for c in b.get("configs") or []},
    }
    tops: Model = {
        kind: {
            key: dict(body or {}) for key, body in (model.get(kind) or {}).items() if key in keys
        }
        for kind, keys in used.items()
    }
    if said.store in used["volumes"]:
        tops["volumes"][said.store] = {"external": True, "name": said.store}
    return {"name": name, "services": services, **{k: v for k, v in tops.items() if v}}
