"""What a bisect says: how far it is, and what it has found."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from envctl.domain.bisection import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.domain.commit import LoggedCommit
    from envctl.domain.release_diff import ReleaseDifference
    from envctl.workflows.bisect import Found, Tried
    from envctl.workflows.releases import NamedRelease

_SHOWN = 40
_TRUST = {
    Verdict.GOOD: "no run was good: that {good} is, was taken on trust",
    Verdict.BAD: "no run was bad: that {bad} is, was taken on trust",
}


class Lines:
    """Says how far it is, a line each on stderr."""

    def begins(self, number: int, about: int, named: NamedRelease) -> None:
        """Say which release is run now."""
        print(f"{number} of about {about}: {named.version}", file=sys.stderr, flush=True)

    def tried(self, one: Tried) -> None:
        """Say what was found out."""
        said = f"{one.named.version} is {one.verdict}: {one.reason}"
        print(said, file=sys.stderr, flush=True)


def print_found(
    found: Found, commits: Sequence[LoggedCommit] | None, difference: ReleaseDifference | None
) -> None:
    """Print the first bad release, and what came with it."""
    differing = difference.lines() if difference else ()
    for line in (*_result(found), *_commits(found, commits), *differing):
        print(line)
    for verdict in found.on_trust():
        said = _TRUST[verdict].format(good=found.good.version, bad=found.suspects[-1].version)
        print(f"note: {said}", file=sys.stderr)


def _result(found: Found) -> Iterator[str]:
    runs = f"after {found.runs} run{'' if found.runs == 1 else 's'}"
    if found.is_certain:
        yield f"{_named(found.suspects[0])} is the first bad release, {runs}"
    else:
        yield f"the first bad release is one of these, {runs}:"
        reasons = {one.named.digest: one.reason for one in found.tried}
        for one in found.suspects:
            why = f": {reasons[one.digest]}" if one.digest in reasons else ""
            yield f"  {_named(one)}{why}"
    yield f"{_named(found.good)} is the last good one"


def _named(named: NamedRelease) -> str:
    return f"{named.version} ({named.digest[:19]})"


def _commits(found: Found, commits: Sequence[LoggedCommit] | None) -> Iterator[str]:
    before, after = found.good.release.commit, found.suspects[-1].release.commit
    if commits is None:
        yield f"commits: {before[:12]}..{after[:12]}, which are not in a repository here"
        return
    yield f"commits: {before[:12]}..{after[:12]}"
    for commit in commits[:_SHOWN]:
        yield f"  {commit}"
    if commits[_SHOWN:]:
        yield f"  and {len(commits) - _SHOWN} more"


def as_found(
    found: Found, commits: Sequence[LoggedCommit] | None, difference: ReleaseDifference | None
) -> dict[str, Any]:
    """Return the same as JSON has it."""
    from envctl.cli.release_words import as_row

    suspects = [as_row(one) for one in found.suspects]
    return {
        "first_bad": suspects[0] if found.is_certain else None,
        "suspects": suspects,
        "last_good": as_row(found.good),
        "on_trust": [str(verdict) for verdict in found.on_trust()],
        "runs": [_as_run(one) for one in found.tried],
        "commits": None if commits is None else [asdict(commit) for commit in commits],
        "differences": asdict(difference) if difference else None,
    }


def _as_run(one: Tried) -> dict[str, Any]:
    return {
        "version": one.named.version,
        "digest": one.named.digest,
        "verdict": str(one.verdict),
        "reason": one.reason,
        "ran": one.ran,
    }
