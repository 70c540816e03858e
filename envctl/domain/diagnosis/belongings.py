"""What is on the engine: this playground's containers, leftovers of others, and the room taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.findings import count, ok, problem, some, warning
from envctl.domain.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.diagnosis.belongings_facts import Belongings, ContainerFact, Room, Usage
    from envctl.domain.diagnosis.project_facts import ProjectFacts
    from envctl.domain.findings import Finding

LOOPING = 3
"""Restarts that are no accident any more; readiness gives up on a service at the same number."""
STEADY = 60.0
"""Seconds; the engine waits for a minute at most before it restarts a container."""
NAMELESS_MANY = 100
NAMELESS_LARGE = 1024**3
_STOPPED = (0, 130, 137, 143)
"""Exit codes of what somebody stopped: by itself, or by a signal to end."""
_SHOWN = 10


def belongings_findings(belongings: Belongings, project: ProjectFacts | None) -> list[Finding]:
    """Return what there is to say of containers and networks."""
    containers = belongings.containers
    if containers is None:
        return []
    own = project.playground if project else ""
    mine = [c for c in containers if own and c.playground == own]
    bad = [
        *(_mine(mine, project) if project else ()),
        *(f for c in containers if c not in mine for f in _others(c)),
        *_gone([c for c in containers if c not in mine]),
        *(_idle_networks(belongings, own) if own and not mine else ()),
    ]
    return bad or [ok("containers", _count(mine, containers))]


def _count(mine: list[ContainerFact], containers: tuple[ContainerFact, ...]) -> str:
    return f"{len(mine)} here, {len(containers) - len(mine)} elsewhere, none left over"


def _mine(mine: list[ContainerFact], facts: ProjectFacts) -> Iterator[Finding]:
    awake = any(c.state in ("running", "restarting", "paused") and not c.oneoff for c in mine)
    for container in mine:
        if container.oneoff:
            yield from _oneoff(container)
        elif found := _state(container, facts, awake=awake):
            yield found


def _oneoff(container: ContainerFact) -> Iterator[Finding]:
    if container.state != "running":
        seen = f"left by a one-off command of {container.service}"
        yield warning(f"container {container.name}", seen, f"docker rm {container.name}")


def _state(container: ContainerFact, facts: ProjectFacts, *, awake: bool) -> Finding | None:
    subject, look = f"service {container.service}", f"envctl logs {container.service}"
    if container.state in ("removing", "dead"):
        return _stuck(container)
    if container.oom_killed:
        limit = f"raise mem_limit of services.{container.service}, or find what takes it: {look}"
        return problem(subject, "ran out of memory and was killed", limit)
    if container.state == "restarting" or _loops(container):
        seen = f"restarts in a loop, {container.restart_count} times so far"
        code = f", last exit code {container.exit_code}" if container.exit_code else ""
        return problem(subject, seen + code, f"{look} shows why; envctl up after it is mended")
    # one that has ended keeps the last word of its healthcheck
    if container.health == "unhealthy" and container.state == "running":
        said = f": {container.probe}" if container.probe else ""
        return problem(subject, f"unhealthy{said}", f"{look} shows why; envctl up starts it anew")
    if container.state == "created":
        said = f": {container.error}" if container.error else ""
        return warning(subject, f"created, never started{said}", "envctl up starts it")
    return _exited(container, facts, awake=awake) if container.state == "exited" else None


def _loops(container: ContainerFact) -> bool:
    """Between two crashes, a container that crashes runs."""
    lately = container.state == "running" and container.ran is not None and container.ran < STEADY
    return lately and container.restart_count >= LOOPING


def _exited(container: ContainerFact, facts: ProjectFacts, *, awake: bool) -> Finding | None:
    subject, code = f"service {container.service}", container.exit_code
    services = {s.name: s for s in facts.project.services} if facts.project else {}
    service = services.get(container.service)
    if service is None or (code == 0 and service.may_complete):
        return None
    if code in _STOPPED and not awake:
        return None  # the whole playground was stopped
    look = f"envctl logs {container.service} shows why, envctl up starts it"
    return warning(subject, f"ended with exit code {code} while others run", look)


def _others(container: ContainerFact) -> Iterator[Finding]:
    if container.state in ("removing", "dead"):
        yield _stuck(container)
    if container.state == "restarting" and not container.folder_gone:
        of = f" of playground {container.playground}" if container.playground else ""
        cure = f"docker logs {container.name} shows why; docker stop {container.name} ends it"
        yield warning(f"container {container.name}{of}", "restarts in a loop", cure)


def _stuck(container: ContainerFact) -> Finding:
    seen = f"stuck: {container.state}"
    cure = f"docker rm --force {container.name}; if it stays, sudo systemctl restart docker"
    return warning(f"container {container.name}", seen, cure)


def _gone(containers: list[ContainerFact]) -> Iterator[Finding]:
    groups: dict[str, list[ContainerFact]] = {}
    for container in containers:
        if container.folder_gone:
            groups.setdefault(container.playground, []).append(container)
    for playground, left in sorted(groups.items()):
        seen = f"{count(len(left), 'container')}, and its folder {left[0].folder} is gone"
        cure = "envctl prune removes it with its data, and asks first; its data is kept by docker"
        down = f"compose --project-name {playground} down"
        yield warning(f"playground {playground}", seen, f"{cure} {down}")


def _idle_networks(belongings: Belongings, own: str) -> Iterator[Finding]:
    left = [n.name for n in belongings.networks or () if n.playground == own]
    if left:
        seen = f"of this playground, without any container: {some(left)}"
        yield warning("networks", seen, "envctl down removes them, envctl up uses them")


def room_findings(room: Room | None, own: str) -> list[Finding]:
    """Return how much room each playground takes, `own` first, and what could be freed."""
    if room is None:
        return []
    largest = sorted(
        room.playgrounds, key=lambda u: (u.playground != own, -u.volumes - u.layers, u.playground)
    )
    rest = largest[_SHOWN:]
    more = [ok(f"room of {len(rest)} more", size(sum(u.volumes + u.layers for u in rest)))]
    return [
        *[_usage(usage) for usage in largest[:_SHOWN]],
        *(more if rest else []),
        ok("room of images", f"{size(room.images)}, {size(room.images_unused)} in no container"),
        ok("room of builds", f"{size(room.build_cache)} in the cache"),
        *_nameless(room),
    ]


def _usage(usage: Usage) -> Finding:
    seen = f"{size(usage.volumes)} in volumes, {size(usage.layers)} in containers"
    return ok(f"room of {usage.playground}", seen)


def _nameless(room: Room) -> list[Finding]:
    if room.nameless_volumes < NAMELESS_MANY and room.nameless_size < NAMELESS_LARGE:
        return []
    seen = f"{room.nameless_volumes} without a name that nothing uses, {size(room.nameless_size)}"
    return [warning("volumes", seen, "docker volume prune removes them")]
