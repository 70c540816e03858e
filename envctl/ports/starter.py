"""What `init` needs from outside: a project without settings, and a place for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from envctl.domain.project import Project
    from envctl.domain.starter import Value


@dataclass(frozen=True)
class Unsettled:
    """A project as its Compose files say it.

    `said` are the settings that it needs, or that only say what holds anyway; `examples` ones
    that could be of use. `written` is the model before interpolation, `checked` names services
    whose image has a healthcheck, `unfiltered` build contexts without ignore file.
    """

    said: Mapping[str, Value]
    examples: Mapping[str, Value]
    project: Project
    model: Mapping[str, Any]
    written: Mapping[str, Any]
    checked: Collection[str]
    unfiltered: Collection[str]


class Starter(Protocol):
    """Reads a project, and writes its first settings."""

    def path(self) -> str:
        """Return where the settings belong."""

    def exists(self) -> bool:
        """Whether there are settings already."""

    def reference(self) -> str:
        """Return the manual of the settings."""

    def read(self) -> Unsettled:
        """Return the project; ConfigurationError when Compose cannot read it."""

    def write(self, text: str) -> None:
        """Write the settings; Refused when somebody else has just done so."""
