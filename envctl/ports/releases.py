"""What the workflows need from outside to make a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from envctl.domain.commit import Commit, Uncommitted
    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.inputs import Inputs
    from envctl.domain.project import Project


class Commits(Protocol):
    """Looks at the repository that a project's files are in."""

    def commit(self) -> Commit | None:
        """Return the commit that is checked out; None without one."""

    def uncommitted(self) -> tuple[Uncommitted, ...]:
        """Return what is changed or new anywhere in the repository, and not ignored."""

    def committed(self, places: Sequence[str]) -> frozenset[str]:
        """Return the files at or below `places` that Git keeps an eye on, and all their folders.

        Paths are absolute, links followed. What is ignored is not among them.
        """

    def top(self) -> str:
        """Return the folder of the repository, links followed; empty without one."""


class InputDocuments(Protocol):
    """Reads all that goes into images."""

    def documents(self, project: Project, services: Iterable[str]) -> Mapping[str, Inputs]:
        """Return the inputs of built services; those are left out that cannot be read here."""


class Definitions(Protocol):
    """The Compose definitions of a project, as releases carry them."""

    def files(self) -> Collection[str]:
        """Return the Compose files that they are made of: absolute paths, links followed."""

    def check(self, floating: Collection[str]) -> None:
        """Refuse, all at once, what must not be in a release.

        `floating` are the services with images of somebody else's that nobody has pinned.
        """

    def define(self, stage: str, images: Mapping[str, str]) -> ComposeDefinition:
        """Return the definition of a stage; `images` are what the services run, by digest."""
