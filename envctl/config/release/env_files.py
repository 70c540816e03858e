"""Env files and label files of services: they are carried beside the Compose file, as they are.

So their own variables are filled in where and when the project's own files would have them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.literals import not_secret, secrets_in_env_file
from envctl.config.release.variables import has_variable

if TYPE_CHECKING:
    from envctl.domain.carried_file import CarriedFile, ReadFile

_REMEDY = "name a file of the project, or put its values into environment"
_INSTEAD = "use a secret or a variable, or name it in x-envctl: {not_secret: [%s]}"


@dataclass
class EnvFiles:
    """What became of a service's files: its entries by key, and the files by their new names."""

    entries: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)


def carried_env_files(service: str, body: dict[str, Any], read: ReadFile) -> EnvFiles:
    """Return what a release has instead of the service's `env_file` and `label_file`."""
    result = EnvFiles()
    allowed = not_secret(f"services.{service}", body)
    for key in ("env_file", "label_file"):
        for entry in _as_list(body.get(key)):
            path = str(entry["path"] if isinstance(entry, dict) else entry)
            found = None if has_variable(path) else read(path)
            if found is None or not (found.problem and _may_be_missing(entry, found)):
                said = ("services", service, key)
                kept = _kept(result, said, path, found, allowed)
                result.entries.setdefault(key, []).append(
                    {**entry, "path": kept} if isinstance(entry, dict) else kept
                )
    return result


def _as_list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said] if said else []


def _may_be_missing(entry: Any, found: CarriedFile) -> bool:
    return isinstance(entry, dict) and entry.get("required") is False and found.is_missing


def _kept(
    result: EnvFiles,
    place: tuple[str, str, str],
    path: str,
    found: CarriedFile | None,
    allowed: frozenset[str],
) -> str:
    """Carry the file; returns its name beside the Compose file."""
    problem = found.problem if found else "no release can carry"
    if found is None or (problem and not found.is_empty):
        complaint = Complaint(place, f"names {path}, which {problem}", _REMEDY)
        result.complaints.append(complaint)
        return path
    for name in dict.fromkeys(secrets_in_env_file(found.text)):
        if name not in allowed:
            what = f"names {path}, where {name} looks like a secret"
            result.complaints.append(Complaint(place, what, _INSTEAD % name))
    data = found.text.encode()
    kept = f"{place[2].replace('_file', '')}-{hashlib.sha256(data).hexdigest()[:16]}.env"
    result.files[kept] = data
    return kept
