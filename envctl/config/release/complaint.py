"""What stands against a release: all of it is told at once, each with the line to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[str, ...]
"""Where something is said in the model: `("services", "db", "environment", "PASSWORD")`."""
Locate = Callable[[Place], str]
"""Returns the file, and if it can be found the line, that says it: `compose.yaml:12`."""


@dataclass(frozen=True)
class Complaint:
    """One thing that no release may hold: where it is said, what is wrong, what to do."""

    place: Place
    what: str
    remedy: str

    def text(self, locate: Locate) -> str:
        """Return it as a line."""
        return f"{locate(self.place)}: {'.'.join(self.place)} {self.what}; {self.remedy}"


def refusal(complaints: Iterable[str]) -> Refused:
    """Return the error that tells all of them, each once."""
    lines = tuple(dict.fromkeys(complaints))
    things = "1 thing stands" if len(lines) == 1 else f"{len(lines)} things stand"
    return Refused(
        f"{things} against a release of these Compose files",
        hint="change the lines above; nothing was built or pushed",
        details=lines,
    )
