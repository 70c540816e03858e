"""What sharing an engine with other playgrounds needs from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from envctl.ports import ProjectReader

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from envctl.domain.moves import Ground
    from envctl.domain.playground import Claim

Note = Callable[[str], None]
"""Takes something that the user should know."""


class SharedProject(ProjectReader, Protocol):
    """A project whose model stands beside those of other playgrounds."""

    def claims(self) -> tuple[Claim, ...]:
        """Return what the playground has; `project` follows it, `model` is as written."""

    def adopt(self, claims: tuple[Claim, ...]) -> bool:
        """Go on with these; returns whether the project is another by it."""


class GroundReader(Protocol):
    """Looks at what the playgrounds of an engine share."""

    def remembered(self) -> tuple[Claim, ...]:
        """Return what the playground was given before."""

    def look(self, kinds: Collection[str]) -> Ground:
        """Return what others have, of these kinds."""


class GroundKeeper(GroundReader, Protocol):
    """The same, and keeps what was decided."""

    def deciding(self) -> AbstractContextManager[None]:
        """Let nobody else decide meanwhile."""

    def remember(self, claims: tuple[Claim, ...]) -> None:
        """Keep what the playground was given."""
