"""Hands out what a playground is brought up, renewed and taken away by, as one act each."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.plan import Plan
    from envctl.ports import Reporter
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.snapshot_restore import RestoreRequest
    from envctl.workflows.up import Running


@dataclass(frozen=True)
class BringUp:
    """What is asked for: no services are all, `timeout` is in seconds, None the project's own."""

    services: tuple[str, ...] = ()
    rebuild: bool = False
    dry_run: bool = False
    timeout: float | None = None


@dataclass(frozen=True)
class Done:
    """What was planned, and what runs then; a dry run starts nothing."""

    plan: Plan
    running: tuple[Running, ...] = ()


def bring_up(files: ProjectFiles, asked: BringUp, reporter: Reporter) -> Done:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.workflows.up import UpRequest, prepare_beside_others, up

    engine = wiring.engine_reader()
    request = UpRequest(asked.services, asked.rebuild, files.settings.seed)
    with ExitStack() as held:
        if not asked.dry_run:
            wiring.register(files, files.note)
            held.enter_context(wiring.turn(files, files.note))
        senses = wiring.senses(files, engine)
        decide = wiring.deciding(files, asked.dry_run)
        prepared = prepare_beside_others(senses, files, decide, request, reporter)
        if asked.dry_run:
            return Done(prepared.plan)
        if not prepared.plan:
            reporter.note("nothing to do")
        settler = wiring.settler(files, engine, reporter, asked.timeout)
        running = up(prepared, settler, lambda: wiring.executor(files, settler))
    return Done(prepared.plan, running)


def bring_images(
    files: ProjectFiles,
    services: Sequence[str],
    reporter: Reporter,
    *,
    rebuild: bool = False,
    dry_run: bool = False,
) -> Plan:
    """Bring the images that just these services are built to, all for none; returns the plan."""
    from envctl import wiring
    from envctl.workflows.build import prepare_build

    engine = wiring.engine_reader()
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(wiring.turn(files, files.note))
        senses = wiring.senses(files, engine)
        plan = prepare_build(senses, files.project(), services, rebuild=rebuild)
        if plan and not dry_run:
            settler = wiring.settler(files, engine, reporter)
            wiring.executor(files, settler).bring_images(files.project(), plan)
        elif not plan and not dry_run:
            reporter.note("nothing to do")
    return plan


@dataclass(frozen=True)
class Renew:
    """What is asked for: `to` names the snapshot to begin with, else it is the project's seed."""

    to: RestoreRequest | None = None
    services: tuple[str, ...] = ()
    dry_run: bool = False
    timeout: float | None = None


def renew(files: ProjectFiles, asked: Renew, reporter: Reporter) -> Done:
    """Remove the playground with its data, and start it again."""
    from envctl import wiring
    from envctl.workflows.reset import prepare_reset, reset
    from envctl.workflows.share import share

    engine = wiring.engine_reader()
    with ExitStack() as held:
        if not asked.dry_run:
            wiring.register(files, files.note)
            held.enter_context(wiring.turn(files, files.note))
        chosen = [service.name for service in files.project().closure(asked.services)]
        share(files, wiring.deciding(files, asked.dry_run), chosen, files.note)
        senses, seed = wiring.senses(files, engine), files.settings.seed
        wanted = prepare_reset(senses, files.project(), asked.to, seed, reporter, asked.services)
        if asked.dry_run:
            return Done(wanted.plan)
        settler = wiring.settler(files, engine, reporter, asked.timeout)
        return Done(wanted.plan, reset(wanted, wiring.executor(files, settler)))


def remove(name: str, reporter: Reporter, *, volumes: bool) -> Plan:
    """Remove a playground, with its data and all that is known of it if `volumes`.

    Whoever calls it holds the playground's turn. Returns what was planned; nothing when nothing
    was there.
    """
    from envctl import wiring
    from envctl.workflows.down import down, prepare_down

    removal = prepare_down(wiring.engine_reader(), name, volumes=volumes)
    if removal.plan:
        if not volumes:
            wiring.require_tools()
        down(removal, wiring.stack(name), wiring.remover(), wiring.memory(name), reporter)
    if volumes:
        wiring.registry().forget(name)
    return removal.plan
