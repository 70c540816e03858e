"""A finding of `doctor`, or a piece of advice: what was seen, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is; only PROBLEM makes `doctor` fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was seen, and the command or edit that mends it."""

    subject: str
    level: Level
    seen: str
    cure: str = ""


def ok(subject: str, seen: str) -> Finding:
    """Return the finding that nothing is to be done."""
    return Finding(subject, Level.OK, seen)


def warning(subject: str, seen: str, cure: str) -> Finding:
    """Return the finding that something works, and could be better."""
    return Finding(subject, Level.WARNING, seen, cure)


def problem(subject: str, seen: str, cure: str) -> Finding:
    """Return the finding that something does not work."""
    return Finding(subject, Level.PROBLEM, seen, cure)


def some(names: list[str] | tuple[str, ...], most: int = 5) -> str:
    """Return `names` as a list to read, the ones over `most` as a number."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def count(number: int, noun: str) -> str:
    """Return `1 service` or `5 services`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
