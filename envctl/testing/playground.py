"""The playground under an environment: how it is named, what it is made of, and how it goes."""

from __future__ import annotations

import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.domain.playground import as_name
from envctl.domain.project import NAME_HINT, is_name
from envctl.errors import EnvctlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.adapters.run_marks import RunMark
    from envctl.domain.service import Service
    from envctl.ports import Reporter
    from envctl.testing.options import EnvironmentOptions
    from envctl.wiring.project_files import ProjectFiles

_LONGEST = 30
"""Letters of the project's name that a made-up name begins with; it becomes a host name."""


@dataclass(frozen=True)
class Opened:
    """A playground that has its name and its files; `release` is empty for a checkout.

    `held` is what says that it belongs to this process.
    """

    files: ProjectFiles
    mark: RunMark
    release: str
    held: ExitStack


@dataclass(frozen=True)
class _Source:
    """What playgrounds can be made of: `files` are given a name."""

    project: str
    release: str
    built: tuple[str, ...]
    files: Callable[[str], ProjectFiles]


def open_playground(options: EnvironmentOptions, reporter: Reporter) -> Opened:
    """Name a playground, and write down whose it is and what it is made of; starts nothing."""
    from envctl.adapters.run_marks import RunMark
    from envctl.wiring.environments import clear, clear_left, marked, require_unused

    source = _released(options, reporter) if options.from_ else _checked_out(options, reporter)
    name = _name(options, source.project)
    clear_left(reporter)
    require_unused(name)
    mark = RunMark(name, source.project, source.built)
    with ExitStack() as opening:
        opening.enter_context(marked(mark, reporter.note))
        try:
            files = source.files(name)
        except BaseException:
            with suppress(EnvctlError):  # what is left is the next run's
                clear(mark, reporter)
                opening.close()
            raise
        files.aside = True
        return Opened(files, mark, source.release, opening.pop_all())


def bring_images(opened: Opened, services: Sequence[Service], reporter: Reporter) -> None:
    """Build what `services` lack, alone: processes that want the same images find them then.

    They are built under the names that this playground has beside others, so those come first.
    """
    from envctl import wiring
    from envctl.wiring.environments import at_images
    from envctl.wiring.playgrounds import bring_images
    from envctl.workflows.share import share

    if not opened.mark.built:
        return
    files, names = opened.files, [service.name for service in services]
    wiring.register(files, files.note)
    with wiring.turn(files, files.note):
        share(files, wiring.deciding(files, dry_run=False), names, files.note)
    with at_images(opened.mark.project):
        bring_images(files, names, reporter)


def close_playground(opened: Opened, reporter: Reporter, *, keep: bool) -> None:
    """Remove all of it, or leave it to the user; what cannot go now the next run tries again."""
    from envctl.wiring.environments import clear

    with opened.held:
        if not keep:
            clear(opened.mark, reporter)


def _name(options: EnvironmentOptions, project: str) -> str:
    if options.name and not is_name(options.name):
        raise UsageError(f"{options.name!r} cannot be a playground's name", hint=NAME_HINT)
    start = as_name(project)[:_LONGEST].rstrip("-_") or "project"
    parts = (start, "test", secrets.token_hex(3), as_name(options.label))
    return options.name or "-".join(filter(None, parts))


def _folder(options: EnvironmentOptions) -> Path:
    folder = Path(options.folder).absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name the folder of a project")
    return folder


def _env_files(options: EnvironmentOptions) -> tuple[Path, ...]:
    paths = tuple(_folder(options) / file for file in options.env_files)
    for path in paths:
        if not path.is_file():
            raise UsageError(f"there is no file {path}", hint="env_files names files with settings")
    return paths


def _checked_out(options: EnvironmentOptions, reporter: Reporter) -> _Source:
    from envctl.wiring.project_files import Choices, ProjectFiles

    for name in ("own", "allow_host"):
        if getattr(options, name):
            raise UsageError(f"{name} goes with from_", hint="a checkout is all one's own")
    env_files = tuple(map(str, _env_files(options)))
    files, profiles = tuple(options.files), tuple(options.profiles)
    choices = Choices(_folder(options), files, profiles, env_files=env_files)
    here = ProjectFiles(choices, reporter.note)
    return _Source(
        here.project_name(),
        "",
        tuple(s.name for s in here.project().services if s.build),
        lambda name: ProjectFiles(replace(choices, name=name), reporter.note, starts=True),
    )


def _released(options: EnvironmentOptions, reporter: Reporter) -> _Source:
    from envctl.wiring.filling import Filling
    from envctl.wiring.released import Wanted, lay, source_of

    folder, here = _folder(options), _checkout(options, reporter)
    source = source_of(options.from_, here)
    chosen = source.chosen()
    wanted = Wanted(
        chosen,
        filling=Filling(_env_files(options), None, folder),
        allow_host=options.allow_host,
        own=tuple(dict.fromkeys(options.own)),
        here=here,
    )

    def laid(name: str) -> ProjectFiles:
        files = lay(source, replace(wanted, name=name), reporter.note)
        return files.with_profiles(tuple(options.profiles)) if options.profiles else files

    return _Source(source.project, chosen.version, wanted.own, laid)


def _checkout(options: EnvironmentOptions, reporter: Reporter) -> ProjectFiles | None:
    """Return the project that lies here; None where there is none."""
    from envctl.wiring.chosen import checkout_of
    from envctl.wiring.project_files import Choices

    said = Choices(_folder(options), tuple(options.files), tuple(options.profiles))
    return checkout_of(said, reporter.note, starts=True)
