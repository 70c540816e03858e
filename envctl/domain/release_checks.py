"""What has to be true of a project's files before a release can be made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.commit import is_below
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.domain.commit import Commit, Uncommitted

_SHOWN = 10


def require_committed(
    commit: Commit | None, uncommitted: Sequence[Uncommitted], folder: str
) -> Commit:
    """Return the commit that a release is made of; Refused where the files are in none."""
    if commit is None:
        raise Refused(
            f"{folder} is at no commit: a release says which commit it is made of",
            hint="git init, git add, git commit",
        )
    if uncommitted:
        raise Refused(
            f"{_count(len(uncommitted), 'file')} in no commit: a release is made of commits only",
            details=tuple(shown(one.path for one in uncommitted)),
            hint="commit them, or have Git ignore what is no source",
        )
    return commit


def require_from_commit(
    contexts: Mapping[str, Mapping[str, Iterable[str]]],
    ignored: Sequence[Uncommitted],
    top: str,
) -> None:
    """Refuse images made of files that Git was told to leave out, or does not know.

    `contexts` has, by service and folder, the paths in it that the engine sees. Another clone of
    the commit would not have these files.
    """
    left_out = {one.path for one in ignored}
    found: dict[str, None] = {}
    for service, folders in contexts.items():
        for folder, paths in folders.items():
            if not is_below(folder, top):
                found[f"{folder} (of {service}): it is not in the repository {top}"] = None
                continue
            for path in paths:
                if reason := _stowaway(f"{folder}/{path}", path, left_out):
                    found[f"{reason} (in the context of {service})"] = None
    if found:
        raise Refused(
            "images would be made of files that are in no commit",
            details=tuple(shown(found)),
            hint="leave them out with .dockerignore, or commit them",
        )


def _stowaway(full: str, path: str, left_out: set[str]) -> str:
    """Return the path that is in no commit: `full`, or the folder above that it is in."""
    parts = path.split("/")
    if ".git" in parts:
        return full[: len(full) - len(path)] + "/".join(parts[: parts.index(".git") + 1])
    above = full
    while len(above) > len(full) - len(path):
        if above in left_out:
            return above
        above = above.rpartition("/")[0]
    return ""


def shown(lines: Iterable[str]) -> list[str]:
    """Return the first of `lines`, and how many more there are."""
    every = list(lines)
    more = len(every) - _SHOWN
    return every[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])


def _count(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"
