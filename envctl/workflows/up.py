"""`up`: build what changed, start, wait until every service is healthy or done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.addresses import addresses
from envctl.domain.plan import Action
from envctl.domain.plan_up import plan_up
from envctl.domain.seed import NO_SEED
from envctl.workflows.observe import observe
from envctl.workflows.seed import with_seed
from envctl.workflows.share import is_settled, say_standing, share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.observed import Observed
    from envctl.domain.plan import Plan
    from envctl.domain.project import Project
    from envctl.domain.readiness import ServiceState
    from envctl.domain.seed import Seed
    from envctl.domain.service import Service
    from envctl.ports import Reporter
    from envctl.ports.ground import SharedProject
    from envctl.workflows.carry_out import Executor
    from envctl.workflows.observe import Senses
    from envctl.workflows.settle import Settled, Settler
    from envctl.workflows.share import Decide


@dataclass(frozen=True)
class UpRequest:
    """What the user asked for; no services means all."""

    services: tuple[str, ...] = ()
    rebuild: bool = False
    seed: Seed = NO_SEED


@dataclass(frozen=True)
class Prepared:
    """A plan with all that it was made from."""

    project: Project
    services: tuple[Service, ...]
    observed: Observed
    plan: Plan


@dataclass(frozen=True)
class Running:
    """A service that is up, with the addresses it answers on."""

    state: ServiceState
    addresses: tuple[str, ...]


def prepare_up(
    senses: Senses, project: Project, request: UpRequest, reporter: Reporter
) -> Prepared:
    """Look and decide."""
    prepared = _prepare(senses, project, request, reporter)
    _note_strangers(project, prepared.observed, reporter)
    return prepared


def prepare_beside_others(
    senses: Senses, files: SharedProject, decide: Decide, request: UpRequest, reporter: Reporter
) -> Prepared:
    """Look and decide, clear of what other playgrounds have; this is the whole of a dry run.

    Others are looked at only where something is to be created or started.
    """
    services = {s.name for s in files.project().closure(request.services)}
    looked = not is_settled(files, services)
    if looked:
        share(files, decide, services, reporter.note)
    else:
        say_standing(files, reporter.note)
    prepared = _prepare(senses, files.project(), request, reporter)
    if prepared.plan.waves and not looked and share(files, decide, services, reporter.note):
        prepared = _prepare(senses, files.project(), request, reporter)
    _note_strangers(prepared.project, prepared.observed, reporter)
    return prepared


def _prepare(senses: Senses, project: Project, request: UpRequest, reporter: Reporter) -> Prepared:
    services = project.closure(request.services)
    observed = observe(senses, project, services, rebuild=request.rebuild)
    observed = with_seed(senses, project, observed, request.seed, reporter)
    prepared = plan_on(observed, project, request)
    if restores := prepared.plan.of(Action.RESTORE):
        senses.source().check(project, restores)
    return prepared


def plan_on(observed: Observed, project: Project, request: UpRequest) -> Prepared:
    """Decide on what was observed."""
    plan = plan_up(project, observed, request.services, rebuild=request.rebuild)
    return Prepared(project, project.closure(request.services), observed, plan)


def up(prepared: Prepared, settler: Settler, hands: Callable[[], Executor]) -> tuple[Running, ...]:
    """Carry the plan out and return what is up; raises what the executor raises.

    With nothing to do no hands are asked for.
    """
    project, services = prepared.project, prepared.services
    if prepared.plan:
        settled = hands().carry_out(project, services, prepared.plan, prepared.observed)
    else:
        settled = settler.confirm(project, services, prepared.observed.containers)
    return _running(services, settled, settler.engine.host())


def _running(services: Sequence[Service], settled: Settled, host: str) -> tuple[Running, ...]:
    named = {service.name: service for service in services}
    return tuple(Running(s, _addresses(named[s.service], settled, host)) for s in settled.states)


def _addresses(service: Service, settled: Settled, host: str) -> tuple[str, ...]:
    return addresses(service, [c for c in settled.containers if c.service == service.name], host)


def _note_strangers(project: Project, observed: Observed, reporter: Reporter) -> None:
    known = {s.name for s in project.services}
    for name in sorted({c.service for c in observed.containers if not c.oneoff} - known):
        reporter.note(
            f"{name} runs here and is not among the services (another profile, or removed)"
        )
