"""`doctor`: look at all that envctl needs, and say what to do about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.diagnosis import diagnose
from envctl.domain.findings import Level
from envctl.errors import ProblemsFound

if TYPE_CHECKING:
    from envctl.domain.findings import Finding
    from envctl.ports import Machine


def doctor(machine: Machine) -> tuple[Finding, ...]:
    """Return the findings, good ones too."""
    return diagnose(machine.facts())


def check(findings: tuple[Finding, ...]) -> None:
    """Raise ProblemsFound when one of `findings` is a problem."""
    if problems := [f.subject for f in findings if f.level is Level.PROBLEM]:
        raise ProblemsFound(f"not well: {', '.join(problems)}")
