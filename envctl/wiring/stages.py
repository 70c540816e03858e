"""Hands out what is known of stages, and what changes it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from envctl.errors import UsageError
from envctl.wiring.registries import open_registry, reading_place, registry_of, shelf, writing_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.domain.edge import Route
    from envctl.domain.registry_place import RegistryPlace
    from envctl.domain.stage import Stage
    from envctl.errors import UnsoundLedger
    from envctl.ports.images import ImageRegistryReader
    from envctl.ports.ledger import Ledger
    from envctl.wiring.open_stage import OpenStage
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.check import Checker
    from envctl.workflows.kept_ledger import KeptLedger
    from envctl.workflows.ledger import RegistryLedger
    from envctl.workflows.ledger_look import LedgerLook
    from envctl.workflows.promote import Promoter, PromotionPlanner
    from envctl.workflows.releases import NamedRelease, Shelf


def stage_of(files: ProjectFiles, name: str) -> Stage:
    """Return the stage called `name`; UsageError names those that exist."""
    for stage in files.settings.stages:
        if stage.name == name:
            return stage
    known = ", ".join(stage.name for stage in files.settings.stages)
    hint = f"there are: {known}" if known else "write [stages.NAME] into envctl.toml"
    raise UsageError(f"there is no stage {name!r}", hint=hint)


def named_release(files: ProjectFiles, said: str) -> NamedRelease:
    """Return the release that `said` means: as releases are named, or what a stage of it runs."""
    if said not in {stage.name for stage in files.settings.stages}:
        return shelf(files).find(said)
    running = ledger_look(files).state(said).running
    if running is None:
        raise UsageError(f"{said} runs nothing yet", hint=f"envctl deploy {said}")
    return shelf(files).find(running.release)


def ledger_look(files: ProjectFiles) -> LedgerLook:
    """Return what reads the ledgers of the project's stages."""
    place, registry = reading_place(files)
    return look_at(registry, place, files.project_name())


def look_at(registry: ImageRegistryReader, place: RegistryPlace, project: str) -> LedgerLook:
    """Return what reads the ledgers of the stages of `project`."""
    from envctl.adapters.identity import utc_now
    from envctl.workflows.ledger_look import LedgerLook

    return LedgerLook(registry=registry, place=place, project=project, clock=utc_now)


def ledger(
    files: ProjectFiles,
    found: Shelf | None = None,
    kept: KeptLedger | None = None,
    doubted: Callable[[UnsoundLedger], None] | None = None,
) -> RegistryLedger:
    """Return what writes them, beside the releases `found`.

    `kept` is what the target of a stage keeps, where it is open; `doubted` as the ledger takes it.
    """
    from envctl.adapters.identity import identity, utc_now
    from envctl.workflows.ledger import RegistryLedger

    found = found or shelf(files)
    return RegistryLedger(
        registry=writing_to(files, found),
        place=found.place,
        project=files.project_name(),
        clock=utc_now,
        who=identity(files.folder),
        kept=kept,
        doubted=doubted,
    )


def doubting(note: Callable[[str], None]) -> Callable[[UnsoundLedger], None]:
    """Return what says once that a ledger is not believed."""
    said: list[str] = []

    def doubted(error: UnsoundLedger) -> None:
        if error.message not in said:
            said.append(error.message)
            note(f"{error.message}: what the target keeps counts")

    return doubted


def served_routes(here: OpenStage) -> tuple[Route, ...]:
    """Return the ways in of a stage as its edge serves them, its target open."""
    found = next((e for e in here.edge.stages() if e.stage == here.names.key), None)
    return found.routes if found else ()


def checker(here: OpenStage) -> Checker:
    """Return what checks a stage, its target open."""
    from envctl.adapters.local_command import call
    from envctl.domain.stage_urls import urls_by_service
    from envctl.workflows.check import Checker

    def urls() -> Mapping[str, str]:
        https = bool(here.stage.https.certificates or here.stage.https.directory)
        return urls_by_service(served_routes(here), here.host(), https=https)

    return Checker(here.stage.name, here.ledger, urls, partial(call, here.files.folder))


def promotion_planner(here: OpenStage) -> PromotionPlanner:
    """Return what plans promotions to a stage; its target may know what no ledger has yet."""
    from envctl.wiring.images import git
    from envctl.workflows.promote import PromotionPlanner

    def commit() -> str:
        found = git(here.files).commit()
        return found.digest if found else ""

    return PromotionPlanner(here.stage, here.ledger, shelf(here.files), commit)


def promoter(files: ProjectFiles, stage: Stage, ledger: Ledger) -> Promoter:
    """Return what carries them out; `ledger` is that of the stage, its target open."""
    from envctl.adapters.engine_images import tag_image
    from envctl.adapters.engine_push import DockerPusher
    from envctl.wiring import engine_reader
    from envctl.workflows.promote import Promoter
    from envctl.workflows.publish import Publisher

    place, _ = reading_place(files)
    registry = registry_of(files, place.host)
    publisher = Publisher(registry, place, DockerPusher(tag_image), engine_reader(), open_registry)
    return Promoter(stage, ledger, publisher.name)
