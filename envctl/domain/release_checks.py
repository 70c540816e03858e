"""What has to be true of a project's files before a release can be made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.commit import folders_above, is_below
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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


def require_chosen_by_commit(variables: Sequence[str]) -> None:
    """Refuse variables of this machine that choose what the project is."""
    if variables:
        names = ", ".join(variables)
        raise Refused(
            f"{names} in the environment would make another release here than elsewhere",
            hint=f"unset {' '.join(variables)}; envctl.toml has compose, profiles and env_files",
        )


def require_from_commit(
    contexts: Mapping[str, Mapping[str, Iterable[str]]],
    files: Iterable[str],
    committed: Collection[str],
    top: str,
) -> None:
    """Refuse what another clone of the commit would not have: ignored files, empty folders.

    `contexts` has, by service and folder, the paths in it that the engine sees, `files` what is
    read besides. `committed` are the files of the commit, and their folders.
    """
    found = dict.fromkeys(_stowaway("", path, committed) for path in files)
    for service, folders in contexts.items():
        for folder, paths in folders.items():
            if not is_below(folder, top):
                found[f"{folder} (of {service}): it is not in the repository {top}"] = None
                continue
            for path in paths:
                if reason := _stowaway(folder, f"{folder}/{path}", committed):
                    found[f"{reason} (in the context of {service})"] = None
    if lines := list(filter(None, found)):
        raise Refused(
            "a release would be made of files that are in no commit",
            details=tuple(shown(lines)),
            hint="commit them, or leave them out: with .dockerignore, or compose in envctl.toml",
        )


def _stowaway(folder: str, full: str, committed: Collection[str]) -> str:
    """Return the path that is in no commit: `full`, or the folder above that it is in."""
    # as Git's answer is read, where a name is no UTF-8
    full = full.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if full in committed:
        return ""
    above = [one for one in folders_above(full) if is_below(one, folder) and one != folder]
    outer = [one for one in above if one not in committed] if folder else []
    return outer[-1] if outer else full


def shown(lines: Iterable[str]) -> list[str]:
    """Return the first of `lines`, and how many more there are."""
    every = list(lines)
    more = len(every) - _SHOWN
    return every[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])


def _count(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"
