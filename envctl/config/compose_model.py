"""Turn the effective Compose model (`docker compose config`) into a Project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.build_section import parse_build
from envctl.config.definition import definition_of, unknown
from envctl.domain.project import Project
from envctl.domain.service import Condition, Dependency, Role, Service
from envctl.domain.volume import Volume
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from envctl.config.definition import ContentDigest, VariableDigest

_SHARING = ("network_mode", "ipc", "pid")


def parse_model(
    model: dict[str, Any],
    content_digest: ContentDigest,
    variable_digest: VariableDigest = unknown,
) -> Project:
    """Return the project that `model` describes.

    `content_digest` is asked for the files that containers see from the start: configs, secrets
    and read-only bind mounts of single files; `variable_digest` for the variables that configs and
    secrets are filled from.
    """
    model = meant(model)
    name, services = str(model.get("name", "")), model.get("services") or {}
    completed = _waited_for(services)
    digests = (content_digest, variable_digest)
    return Project(
        name=name,
        services=tuple(
            _service(name, key, services[key], model, completed, digests)
            for key in sorted(services)
        ),
        networks=tuple(sorted(model.get("networks") or {})),
        volumes=tuple(
            _volume(name, *item) for item in sorted((model.get("volumes") or {}).items())
        ),
    )


def _volume(project: str, key: str, body: dict[str, Any] | None) -> Volume:
    said = body or {}
    return Volume(
        key=key,
        name=str(said.get("name") or f"{project}_{key}"),
        driver=str(said.get("driver") or ""),
        options=_texts(said.get("driver_opts")),
        labels=_texts(said.get("labels")),
        external=bool(said.get("external")),
    )


def _texts(pairs: dict[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (pairs or {}).items()}


def meant(value: Any) -> Any:
    """Return `value` with each $ that Compose wrote twice written once."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, dict):
        return {meant(k): meant(v) for k, v in value.items()}
    return [meant(v) for v in value] if isinstance(value, list) else value


def _waited_for(services: dict[str, Any]) -> set[str]:
    """Services that others wait for to complete: nobody would do so with one that stays."""
    return {
        need
        for body in services.values()
        for need, entry in (body.get("depends_on") or {}).items()
        if (entry or {}).get("condition") == Condition.COMPLETED
    }


def _service(
    project: str,
    name: str,
    body: dict[str, Any],
    model: dict[str, Any],
    completed: set[str],
    digests: tuple[ContentDigest, VariableDigest],
) -> Service:
    ports = body.get("ports") or []
    return Service(
        name=name,
        image=_full_image(body.get("image") or f"{project}-{name}"),
        definition=definition_of(body, model, *digests),
        build=parse_build(body),
        role=_role(name, body, completed),
        depends_on=_dependencies(body),
        shares=_shares(body),
        replicas=_replicas(body),
        pull_policy=str(body.get("pull_policy") or ""),
        has_healthcheck=_has_healthcheck(body),
        restarts=_restarts(body),
        publishes=any(port.get("published") for port in ports),
        web_ports=tuple(
            p["target"] for p in ports if str(p.get("app_protocol", "")).startswith("http")
        ),
        volumes=_named_volumes(body),
        networks=_network_names(project, body, model),
    )


def _network_names(project: str, body: dict[str, Any], model: dict[str, Any]) -> tuple[str, ...]:
    top = model.get("networks") or {}
    return tuple(
        str((top.get(key) or {}).get("name") or f"{project}_{key}")
        for key in sorted(body.get("networks") or {})
    )


def _named_volumes(body: dict[str, Any]) -> tuple[str, ...]:
    mounts = body.get("volumes") or []
    return tuple(
        sorted({m["source"] for m in mounts if m.get("type") == "volume" and m.get("source")})
    )


def _full_image(image: str) -> str:
    """Name the tag that the engine takes when none is written."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:latest"


def _role(name: str, body: dict[str, Any], completed: set[str]) -> Role:
    wanted = own_settings(name, body).get("role")
    if wanted is not None:
        if wanted not in tuple(Role):
            roles = ", ".join(Role)
            message = f"services.{name}.x-envctl.role: {wanted!r} is no role"
            raise ConfigurationError(message, hint=f"roles are: {roles}")
        return Role(wanted)
    if name in completed:
        return Role.JOB
    return Role.DATA if _keeps_data(body) and not body.get("build") else Role.APP


def _keeps_data(body: dict[str, Any]) -> bool:
    """Whether it has a named volume that it may write to."""
    mounts = body.get("volumes") or []
    return any(
        m.get("type") == "volume" and m.get("source") and not m.get("read_only") for m in mounts
    )


def own_settings(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the service's `x-envctl`; keys for later commands pass through."""
    own = body.get("x-envctl") or {}
    if not isinstance(own, dict):
        raise ConfigurationError(f"services.{name}.x-envctl: {own!r} is not a mapping")
    return own


def _dependencies(body: dict[str, Any]) -> tuple[Dependency, ...]:
    entries = body.get("depends_on") or {}
    return tuple(
        Dependency(
            need,
            Condition(entries[need].get("condition", Condition.STARTED)),
            restart=bool(entries[need].get("restart", False)),
            required=bool(entries[need].get("required", True)),
        )
        for need in sorted(entries)
    )


def _shares(body: dict[str, Any]) -> tuple[str, ...]:
    modes = [str(body.get(key) or "") for key in _SHARING]
    joined = [mode.removeprefix("service:") for mode in modes if mode.startswith("service:")]
    volumes = [
        str(v).split(":")[0]
        for v in body.get("volumes_from") or []
        if not str(v).startswith("container:")
    ]
    return tuple(dict.fromkeys(joined + volumes))


def _replicas(body: dict[str, Any]) -> int:
    replicas = (body.get("deploy") or {}).get("replicas")
    scale = body.get("scale")
    return int(next((n for n in (scale, replicas) if n is not None), 1))


def _has_healthcheck(body: dict[str, Any]) -> bool:
    check = body.get("healthcheck") or {}
    return bool(check.get("test")) and check.get("test") != ["NONE"] and not check.get("disable")


def _restarts(body: dict[str, Any]) -> bool:
    policy = (body.get("deploy") or {}).get("restart_policy") or {}
    wanted = str(body.get("restart") or policy.get("condition") or "no")
    return wanted not in ("no", "none") and not wanted.startswith("on-failure")
