"""What happened to stages, as programs and people read it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.stage_record import Record, Who
    from envctl.domain.target import Holder

HISTORY = ("WHEN", "WHAT", "RELEASE", "WHO", "FROM", "WHY", "HOW IT ENDED")


def as_record(record: Record) -> dict[str, Any]:
    """Return a record as JSON has it, with its digest."""
    from dataclasses import asdict

    from envctl.domain.record_format import record_digest

    return {"digest": record_digest(record), **asdict(record)}


def history_row(record: Record) -> tuple[str, ...]:
    """Return a record as a row of the table."""
    event, who = record.event, record.who
    marks = [word for word, holds in (("HOTFIX", event.hotfix), ("late", record.late)) if holds]
    what = f"{event.kind} ({', '.join(marks)})" if marks else str(event.kind)
    return (
        record.at.replace("T", " ").removesuffix("Z"),
        what,
        event.version,
        who.git.partition(" <")[0] or who.user,
        who.job or who.machine,
        event.reason,
        _ended(record),
    )


def _ended(record: Record) -> str:
    event = record.event
    if event.command:
        return f"{event.outcome}: {event.command}"
    if event.outcome:
        return event.outcome
    replaced = record.replaced
    if event.deployment and replaced and replaced.name != event.deployment.name:
        return f"in place of {replaced.version}"
    return ""


def by_whom(who: Who) -> str:
    """Return who did something, and from where."""
    return f"{who.git or who.user} ({who.job or who.machine})"


def waiting_for(note: Callable[[str], None]) -> Callable[[Holder], None]:
    """Return what says whom one waits for."""
    return lambda holder: note(f"waiting for {holder}")


def ask(lines: Sequence[str], what: str) -> None:
    """Show a plan, and go on only when somebody says so."""
    from envctl.errors import Refused

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        hint = "--yes does it without asking, --dry-run shows it"
        raise Refused(what, hint=hint, details=tuple(lines))
    print(*lines, f"{what}. Go on? [y/N] ", sep="\n", end="", file=sys.stderr)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nobody said yes")
