"""The project: whether its files can be read, and whether `up` can do what they say."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from envctl.domain.advice import floating_tags, without_healthcheck
from envctl.domain.diagnosis.complaints import cure_of, note_findings
from envctl.domain.diagnosis.project_facts import (
    Hold,
    Lack,
)
from envctl.domain.findings import count, ok, problem, some, warning
from envctl.domain.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.diagnosis.belongings_facts import Belongings
    from envctl.domain.diagnosis.project_facts import (
        BigContext,
        MissingPath,
        PlatformFact,
        PortFact,
        ProjectFacts,
    )
    from envctl.domain.findings import Finding
    from envctl.domain.project import Project

_RANGES = 31
"""How many networks the engine's own address ranges are enough for."""


def project_findings(facts: ProjectFacts, belongings: Belongings) -> list[Finding]:
    """Return what there is to say of the project, of its files and of what it wants to have."""
    if facts.project is None:
        return [problem("project", facts.error, cure_of(facts.error, facts.hint))]
    project = facts.project
    return [
        ok("project", f"{facts.playground}: {count(len(project.services), 'service')}"),
        *note_findings(facts.notes),
        *[_path(missing) for missing in facts.paths],
        *_external(facts, belongings),
        *_ports(facts.ports, project),
        *_names(facts, belongings),
        *_subnets(facts, belongings),
        *[_platform(fact) for fact in facts.platforms],
        *[_context(context) for context in facts.contexts],
        *without_healthcheck(project, facts.model, facts.checked),
        *floating_tags(project),
    ]


def _path(missing: MissingPath) -> Finding:
    subject, path = f"services {', '.join(missing.services)}", missing.path
    seen = f"the {missing.lack} {path} does not exist"
    match missing.lack:
        case Lack.BIND:
            cure = f"mkdir -p {path}, or correct the path: Compose would make an empty folder"
            return warning(subject, f"{seen}", f"{cure} that belongs to root")
        case Lack.STRICT_BIND:
            return problem(subject, seen, f"mkdir -p {path}, or correct the path in volumes:")
        case Lack.CONTEXT:
            return problem(subject, seen, "correct build.context; it counts from the Compose file")
        case Lack.DOCKERFILE:
            return problem(subject, seen, f"create {path}, or name another in build.dockerfile")
        case _:
            top = f"{missing.lack}s"
            return problem(subject, seen, f"create {path}, or correct file: under {top}:")


def _external(facts: ProjectFacts, belongings: Belongings) -> Iterator[Finding]:
    networks = belongings.networks
    there = {
        "network": None if networks is None else {n.name for n in networks},
        "volume": belongings.volumes,
    }
    for kind, known in there.items():
        for key, top in (facts.model.get(f"{kind}s") or {}).items():
            name = (top or {}).get("name", key)
            if known is not None and (top or {}).get("external") and name not in known:
                seen = "the Compose file says external, and it does not exist"
                cure = f"docker {kind} create {name}, or take external: out of {kind}s.{key}"
                yield problem(f"{kind} {name}", seen, cure)


def _ports(ports: tuple[PortFact, ...], project: Project) -> list[Finding]:
    bad = [f for f in (_port(port) for port in ports) if f]
    both = list(_published_twice(ports, project))
    if bad or both or not ports:
        return both + bad
    return [ok("ports", f"{some([p.where for p in ports])}: free, or this playground's")]


def _published_twice(ports: tuple[PortFact, ...], project: Project) -> Iterator[Finding]:
    users: dict[str, list[str]] = {}
    for port in ports:
        count = project.service(port.service).replicas
        users.setdefault(port.where, []).extend([port.service] * count)
    for where, services in users.items():
        if len(services) > 1 and "-" not in where:
            names = " and ".join(dict.fromkeys(services))
            seen = f"{names} would publish it {len(services)} times"
            cure = f"give each its own host port in services.{services[-1]}.ports, or leave the"
            yield problem(f"port {where}", seen, f"{cure} host port out")


def _port(port: PortFact) -> Finding | None:
    subject, service = f"port {port.where}", port.service
    match port.hold:
        case Hold.CONTAINER | Hold.PROCESS:
            seen = f"wanted by {service}, taken by {port.holder or 'another program'}"
            free = _to_free(port)
            return warning(subject, seen, f"envctl up takes another and names it; {free}")
        case Hold.NO_ADDRESS:
            cure = f"in services.{service}.ports, write an address of this host (ip -brief address)"
            seen = f"wanted by {service}, and its address is not one of this host"
            return problem(subject, seen, f"{cure}, or none")
        case Hold.PRIVILEGED:
            seen = f"wanted by {service}, and a rootless engine may not open it"
            cure = f"publish 1024 or higher in services.{service}.ports, or sudo sysctl"
            return problem(subject, seen, f"{cure} net.ipv4.ip_unprivileged_port_start=80")
    return None


def _to_free(port: PortFact) -> str:
    if port.playground:
        return f"docker compose --project-name {port.playground} down frees it"
    if port.hold is Hold.CONTAINER:
        return f"{port.holder.replace('container', 'docker stop')} frees it"
    return f"end {port.holder} to free it" if port.holder else "sudo ss -tulpn shows which one"


def _names(facts: ProjectFacts, belongings: Belongings) -> Iterator[Finding]:
    wanted = {
        body["container_name"]: service
        for service, body in (facts.model.get("services") or {}).items()
        if body.get("container_name")
    }
    for container in belongings.containers or ():
        if container.name in wanted and container.playground != facts.playground:
            owner = f"playground {container.playground}" if container.playground else "a container"
            seen = f"wanted by {wanted[container.name]} (container_name), taken by {owner}"
            cure = "envctl up takes another; to free it: docker rm --force"
            yield warning(f"name {container.name}", seen, f"{cure} {container.name}")


def _subnets(facts: ProjectFacts, belongings: Belongings) -> Iterator[Finding]:
    others = [n for n in belongings.networks or () if n.playground != facts.playground]
    for key, top in (facts.model.get("networks") or {}).items():
        for entry in ((top or {}).get("ipam") or {}).get("config") or []:
            wanted = str(entry.get("subnet") or "")
            for other in others:
                if any(_overlap(wanted, subnet) for subnet in other.subnets):
                    seen = f"wanted by networks.{key}, and network {other.name} has addresses in it"
                    cure = f"envctl up takes another; to free it: docker network rm {other.name}"
                    yield warning(f"subnet {wanted}", seen, cure)
    bridges = [n for n in belongings.networks or () if n.bridge]
    if len(bridges) >= _RANGES - 2:
        seen = f"{len(bridges)}, and the engine's address ranges are enough for {_RANGES}"
        yield warning("networks", seen, "docker network prune removes those without containers")


def _overlap(one: str, other: str) -> bool:
    try:
        first, second = ipaddress.ip_network(one, strict=False), ipaddress.ip_network(other)
    except ValueError:
        return False
    return first.version == second.version and first.overlaps(second)


def _platform(fact: PlatformFact) -> Finding:
    subject = f"platform of {fact.service}"
    where = f"platform: out of services.{fact.service}" if fact.written else "the image"
    other = f"take {where}" if fact.written else "pull or build it for this one"
    seen = f"{fact.platform}, and the engine's machine is another"
    if fact.emulated:
        return warning(subject, f"{seen}: it is emulated, and slow", other)
    name = fact.platform.rpartition("linux/")[2].partition("/")[0]
    emulator = f"docker run --privileged --rm tonistiigi/binfmt --install {name}"
    if fact.emulated is None:
        return warning(subject, seen, f"{other}, or install an emulator: {emulator}")
    return problem(subject, f"{seen}, with no emulator", f"{other}, or: {emulator}")


def _context(context: BigContext) -> Finding:
    seen = f"{context.path} has {size(context.size)} or more, and no .dockerignore: all of it is"
    cure = f"name in {context.path}/.dockerignore what no image needs (.git, node_modules, data)"
    return warning(f"context of {', '.join(context.services)}", f"{seen} read for each build", cure)
