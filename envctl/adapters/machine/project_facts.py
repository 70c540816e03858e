"""Find out whether the engine and this machine have what a project asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envctl.adapters.machine.files import big_contexts, missing_paths
from envctl.adapters.machine.image_registry import registry_facts
from envctl.adapters.machine.images import ImageFacts, checked_by_file, image_facts
from envctl.adapters.machine.looks import Look, NotSeen
from envctl.adapters.machine.ports import port_facts
from envctl.domain.diagnosis.facts import Unseen
from envctl.domain.diagnosis.project_facts import ProjectFacts
from envctl.errors import EnvctlError, Unreachable

if TYPE_CHECKING:
    from envctl.adapters.machine.engine_looks import EngineLooks
    from envctl.adapters.machine.looks import Seer
    from envctl.domain.diagnosis.machine_facts import EngineFacts
    from envctl.domain.diagnosis.project_facts import PortFact, RegistryFact
    from envctl.domain.project import Project

PATIENCE = 2.0
"""Seconds; files may be many, or on a disk far away."""


@dataclass(frozen=True)
class ProjectView:
    """A project as it was read: its playground, and what Compose mentioned on the way."""

    playground: str
    project: Project
    model: dict[str, Any]
    notes: tuple[str, ...] = ()


def project_facts(
    view: Look[ProjectView], looks: EngineLooks | None, engine: EngineFacts, seer: Seer
) -> ProjectFacts | None:
    """Return what is known of the project; None when it cannot be read, which is said elsewhere."""
    try:
        seen = view.get()
    except NotSeen as error:
        return _unread(error, seer)
    contexts = Look(lambda: big_contexts(seen.project), PATIENCE)
    # without an engine nobody knows whose the folders are; the usual one has them from here
    here = engine.local
    paths = Look(lambda: missing_paths(seen.project, seen.model, mounts_here=here), PATIENCE)
    images = _images(seen, looks, engine, seer)
    return ProjectFacts(
        playground=seen.playground,
        project=seen.project,
        model=seen.model,
        notes=seen.notes,
        checked=images.checked,
        absent=images.absent,
        platforms=images.platforms,
        ports=_ports(seen, looks, engine, seer),
        registries=_registries(images, looks, engine, seer),
        paths=seer.see("files of the project", paths, ()),
        contexts=seer.see("sizes of build contexts", contexts, (), expected=True),
    )


def _unread(error: NotSeen, seer: Seer) -> ProjectFacts | None:
    cause = error.__cause__
    if isinstance(cause, EnvctlError) and not isinstance(cause, Unreachable):
        return ProjectFacts(error=cause.message, hint=cause.hint)
    seer.unseen.append(Unseen("project", str(error), expected=isinstance(cause, Unreachable)))
    return None


def _images(
    view: ProjectView, looks: EngineLooks | None, engine: EngineFacts, seer: Seer
) -> ImageFacts:
    by_file = ImageFacts(checked=checked_by_file(view.project))
    if looks is None:
        return by_file
    http, machine, local = looks.http, engine.architecture, engine.local
    look = Look(
        lambda: image_facts(http, view.project, view.model, machine, local=local), looks.patience
    )
    return seer.see("images", look, by_file)


def _ports(
    view: ProjectView, looks: EngineLooks | None, engine: EngineFacts, seer: Seer
) -> tuple[PortFact, ...]:
    rows = looks.containers.get_or(None) if looks else None
    if rows is None:
        return ()
    look = Look(
        lambda: port_facts(
            view.model, rows, view.playground, local=engine.local, rootless=engine.rootless
        ),
        PATIENCE,
    )
    return seer.see("ports", look, ())


def _registries(
    images: ImageFacts, looks: EngineLooks | None, engine: EngineFacts, seer: Seer
) -> tuple[RegistryFact, ...]:
    info, absent = looks.info.get_or(None) if looks else None, images.absent or ()
    if info is None or not absent:
        return ()
    if not engine.local:
        why = f"the engine's machine has to reach them, for {', '.join(absent)}"
        seer.unseen.append(Unseen("registries", why, expected=True))
        return ()
    return registry_facts(absent, info.data)
