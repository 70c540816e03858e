"""Hands out what playgrounds are made of that belong to a process, and go with it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from envctl.errors import EnvctlError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.adapters.engine_exec import Ran
    from envctl.adapters.run_marks import RunMark, RunMarks
    from envctl.ports import Reporter


def marks() -> RunMarks:
    """Return what says which playgrounds belong to a process."""
    from envctl import wiring
    from envctl.adapters.run_marks import RunMarks

    return RunMarks(wiring.registry())


@contextmanager
def marked(mark: RunMark, note: Callable[[str], None]) -> Iterator[None]:
    """Mark a playground as this process's own; without a state folder go on, with a note."""
    with ExitStack() as held:
        try:
            held.enter_context(marks().held(mark))
        except OSError as error:
            note(f"{mark.name} cannot be marked as a test's ({error.strerror}): going on without")
        yield


@contextmanager
def at_images(project: str) -> Iterator[None]:
    """Be the only process that brings images for a project's tests, so that none builds twice."""
    with ExitStack() as held:
        with suppress(OSError):  # without a state folder the same may be built twice
            held.enter_context(marks().at_images(project))
        yield


def require_unused(name: str) -> None:
    """Raise Refused where there is anything called so: what is removed later has to be new."""
    from envctl import wiring

    engine = wiring.engine_reader()
    if wiring.registry().find(name) or engine.containers(name) or engine.volumes(name):
        hint = "leave the name out, or take one that no playground has"
        raise Refused(f"there is a playground {name} already", hint=hint)


def clear(mark: RunMark, reporter: Reporter) -> None:
    """Remove all that there is of such a playground: data, names of images, snapshots too."""
    from envctl import wiring
    from envctl.adapters.engine_images import untag_images
    from envctl.adapters.snapshot_store import FileSnapshots
    from envctl.wiring.playgrounds import remove

    with wiring.turn_of(mark.name, reporter.note):
        remove(mark.name, reporter, volumes=True)
    if mark.built:
        untag_images(mark.name, mark.built)
    snapshots = FileSnapshots(mark.project)
    for snapshot in snapshots.all():
        if snapshot.name.startswith(own_snapshot(mark.name, "")):
            snapshots.remove(snapshot.name)


def clear_left(reporter: Reporter) -> None:
    """Remove what killed processes left on this engine, as far as that can be."""

    def cleared(mark: RunMark) -> bool:
        try:
            clear(mark, reporter)
        except EnvctlError as error:
            reporter.note(f"{mark.name} is left of a former run: {error.message}")
            return False
        return True

    marks().sweep(cleared)


def own_snapshot(playground: str, name: str) -> str:
    """Return what a snapshot of such a playground is called among those of its project."""
    return f"{playground}.{name}"


def run_inside(container: str, command: Sequence[str], *, user: str, silence: float | None) -> Ran:
    """Run a command in a running container; see the adapter."""
    from envctl.adapters.engine_exec import run_inside
    from envctl.adapters.engine_http import EngineHttp

    return run_inside(EngineHttp(), container, command, user=user, silence=silence)
