"""What a release asks of the machine that runs it, told all at once and refused.

A stage trusts its releases: their own team made them. A tester runs what a registry has, so what
reaches out of the containers is refused unless they say that they trust whoever made it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.config.release.complaint import Place

_LONGEST = 120


@dataclass(frozen=True)
class Demand:
    """Something of this machine that a definition asks for: where it says so, and what it is."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{'.'.join(map(shown, self.place))}: {self.what}"


def require_harmless(
    demands: Iterable[Demand], release: str, command: str = "envctl up --from …"
) -> None:
    """Raise Refused, which tells all of them, if there are any.

    `release` is what asks for them, `command` what takes `--allow-host`.
    """
    lines = tuple(dict.fromkeys(map(str, demands)))
    if not lines:
        return
    things = "something" if len(lines) == 1 else f"{len(lines)} things"
    raise Refused(
        f"{release} asks for {things} of this machine that a release has no need of",
        hint=f"{command} --allow-host allows it, if you trust whoever made the release; "
        "nothing was started",
        details=lines,
    )


def shown(value: object) -> str:
    """Return `value` to be read on one line: whoever made it up does not write to the terminal."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping as it is, and nothing for anything else."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any]:
    """Return a list as it is, one thing as a list of it, and nothing for nothing."""
    if isinstance(value, list):
        return value
    return [] if value is None or value in ("", {}, False) else [value]
