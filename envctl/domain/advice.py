"""What is worth saying about a project that works: `init` says it, `doctor` part of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from envctl.domain.findings import ok, warning
from envctl.domain.healthchecks import data_folder, is_known, suggested_check
from envctl.domain.redaction import names_secret
from envctl.domain.service import Condition, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from envctl.domain.findings import Finding
    from envctl.domain.project import Project
    from envctl.domain.service import Service

Model = Mapping[str, Any]

_VARIABLE = re.compile(r"(?<!\$)\$[\w{]")


def advise(
    project: Project,
    model: Model,
    *,
    written: Model,
    checked: Collection[str],
    unfiltered: Collection[str],
) -> tuple[Finding, ...]:
    """Return what is worth saying, the weightiest first.

    `written` is the model before interpolation, `checked` names services whose image brings a
    healthcheck, `unfiltered` the build contexts without ignore file.
    """
    return (
        *without_healthcheck(project, model, checked),
        *unawaited(project, checked),
        *forgetful(project, model),
        *floating_tags(project),
        *plain_secrets(written),
        *unfiltered_contexts(project, unfiltered),
        *fixed(project, model),
    )


def without_healthcheck(
    project: Project, model: Model, checked: Collection[str]
) -> Iterator[Finding]:
    """Name services that nobody can tell healthy; jobs need no check, they end."""
    cures: dict[str, list[str]] = {}
    for service in project.services:
        body = _body(model, service.name)
        if not (service.has_healthcheck or service.name in checked or _ends(service, body)):
            cures.setdefault(suggested_check(service, body), []).append(service.name)
    for check, names in cures.items():
        seen = f"none for {', '.join(names)}: ready means no more than started"
        cure = f"add to services.{names[0]}: {check}"
        job = "; one that is to end: x-envctl: {role: job}"
        yield warning("healthcheck", seen, cure + (job if _may_be_job(names, project) else ""))


def _ends(service: Service, body: Model) -> bool:
    """Whether it is a job, or the file says that it is not to be kept running."""
    said = service.may_complete and str(body.get("restart") or "") in ("no", "on-failure")
    return service.role is Role.JOB or said or service.replicas == 0


def _may_be_job(names: list[str], project: Project) -> bool:
    services = [project.service(name) for name in names]
    return any(s.may_complete and not is_known(s) for s in services)


def unawaited(project: Project, checked: Collection[str]) -> Iterator[Finding]:
    """Name services that start before a service they need is healthy."""
    healthy = {s.name for s in project.services if s.has_healthcheck or s.name in checked}
    for service in project.services:
        for need in service.depends_on:
            if need.service in healthy and need.condition is Condition.STARTED:
                seen = f"{service.name} does not wait until {need.service} is healthy"
                entry = f"{{{need.service}: {{condition: service_healthy}}}}"
                cure = f"in services.{service.name}: depends_on: {entry}"
                yield warning("depends_on", seen, cure)


def forgetful(project: Project, model: Model) -> Iterator[Finding]:
    """Name databases whose data no named volume and no folder keeps."""
    for service in project.services:
        folder = data_folder(service)
        body = _body(model, service.name)
        mounts = {m.get("target") for m in body.get("volumes") or [] if m.get("source")}
        brief = {str(path).partition(":")[0] for path in body.get("tmpfs") or []}
        if folder and not any(_holds(place, folder) for place in mounts | brief):
            name = f"{service.name}-data"
            cure = f"services.{service.name}: volumes: [{name}:{folder}]"
            seen = f"{service.name} keeps its data where `down` forgets it"
            yield warning(
                "volume", seen, f"{cure}, and at the top level: volumes: {{{name}: {{}}}}"
            )


def _holds(place: str | None, folder: str) -> bool:
    return bool(place) and f"{folder}/".startswith(f"{str(place).rstrip('/')}/")


def floating_tags(project: Project) -> Iterator[Finding]:
    """Name images that are another thing tomorrow; what is built here is not pulled."""
    built = {s.image for s in project.services if s.build}
    for service in project.services:
        if service.image.endswith(":latest") and service.image not in built:
            name = service.image.removesuffix(":latest")
            seen = f"{service.name} takes {name} as it is today, and another one tomorrow"
            cure = f"write the version you use: services.{service.name}: image: {name}:VERSION"
            yield warning("image", seen, cure)


def plain_secrets(written: Model) -> Iterator[Finding]:
    """Name variables that hold a secret in the file itself; ones that come from outside do not."""
    for name, body in sorted((written.get("services") or {}).items()):
        found = [key for key, value in _environment(body) if names_secret(key) and _plain(value)]
        if found:
            seen = f"{', '.join(found)} of {name} is written in the Compose file"
            files = f"{found[0]}_FILE: /run/secrets/..., where the image knows it"
            cure = f"use secrets: and {files}; else ${{{found[0]}}} and a .env outside Git"
            yield warning("secret", seen, cure)


def _environment(body: Any) -> Iterable[tuple[str, object]]:
    variables = (body or {}).get("environment") or {}
    if isinstance(variables, dict):
        return variables.items()
    return [(key, value) for key, _, value in (str(line).partition("=") for line in variables)]


def _plain(value: object) -> bool:
    return value not in (None, "") and not _VARIABLE.search(str(value))


def unfiltered_contexts(project: Project, unfiltered: Collection[str]) -> Iterator[Finding]:
    """Name build contexts that are read whole for every build."""
    for path in sorted(unfiltered):
        names = [s.name for s in project.services if s.build and s.build.context == path]
        seen = f"the context {path} of {', '.join(names)} has none: all that is in it is an input"
        cure = f"name in {path}/.dockerignore what no image needs, .git and caches first"
        yield warning(".dockerignore", seen, cure)


def fixed(project: Project, model: Model) -> Iterator[Finding]:
    """Name what only one playground can have; `up` finds another for the second."""
    for service in project.services:
        body = _body(model, service.name)
        if name := body.get("container_name"):
            yield ok("container_name", f"{service.name} is called {name}: {_MOVES}")
        ports = [str(p["published"]) for p in body.get("ports") or [] if _is_fixed(p)]
        if ports:
            yield ok("port", f"{service.name} publishes {', '.join(ports)}: {_MOVES}")
    for name, top in sorted((model.get("networks") or {}).items()):
        ranges = [str(c["subnet"]) for c in _ranges(top) if c.get("subnet")]
        if ranges:
            yield ok("subnet", f"network {name} has {', '.join(ranges)}: {_MOVES}")


_MOVES = "a second playground gets another, and envctl up says which"


def _is_fixed(port: Mapping[str, Any]) -> bool:
    return str(port.get("published") or "0") != "0"


def _ranges(network: Any) -> list[dict[str, Any]]:
    return ((network or {}).get("ipam") or {}).get("config") or []


def _body(model: Model, service: str) -> Mapping[str, Any]:
    return (model.get("services") or {}).get(service) or {}
