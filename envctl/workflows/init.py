"""`init`: the first envctl.toml of a project, and what is worth saying about its Compose files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.advice import advise
from envctl.domain.starter import starter_text
from envctl.errors import Refused

if TYPE_CHECKING:
    from envctl.domain.findings import Finding
    from envctl.ports.starter import Starter


@dataclass(frozen=True)
class Beginning:
    """What is to be written, where, and what is worth saying."""

    path: str
    text: str
    advice: tuple[Finding, ...]


def prepare_init(starter: Starter) -> Beginning:
    """Return what `init` would write; writes nothing. Refused where there are settings already."""
    if starter.exists():
        hint = "edit it; envctl/config/reference.toml explains each setting"
        raise Refused(f"{starter.path()} exists already", hint=hint)
    found = starter.read()
    advice = advise(
        found.project,
        found.model,
        written=found.written,
        checked=found.checked,
        unfiltered=found.unfiltered,
    )
    text = starter_text(starter.reference(), found.said, found.examples)
    return Beginning(starter.path(), text, advice)
