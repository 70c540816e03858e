"""Bind mounts: files of the project go into the release as configs, its folders cannot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.literals import not_secret
from envctl.config.release.paths import Whose, whose
from envctl.config.release.variables import has_variable
from envctl.config.release.writing import escaped
from envctl.domain.redaction import is_known_shape

if TYPE_CHECKING:
    from envctl.config.release.complaint import Place
    from envctl.domain.carried_file import CarriedFile, ReadFile

_COPY_IT = "copy it into the image, or mount a path of the host that does not begin in the project"
_VARIABLE = "carries nothing where the variable is not set; give it no default in the project"
_SHORT = {
    "type": (),
    "source": (),
    "target": (),
    "read_only": (),
    "volume": ("nocopy",),
    "bind": ("selinux", "create_host_path"),
}
"""What the short form of a mount can say."""
EXECUTABLE = 0o555


@dataclass
class Mounts:
    """What became of a service's `volumes`: what is mounted still, and what is carried inside."""

    volumes: list[Any] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)


def carried_mounts(service: str, body: dict[str, Any], read: ReadFile) -> Mounts:
    """Return what a release has instead of the service's `volumes`."""
    mounts = Mounts()
    allowed = not_secret(f"services.{service}", body)
    for entry in body.get("volumes") or []:
        place = ("services", service, "volumes", _name(entry))
        source = str(entry.get("source") or "") if isinstance(entry, dict) else ""
        if not _is_path(entry, source):
            mounts.volumes.append(_as_written(entry))
        elif has_variable(source):
            mounts.complaints += _of_variable(place, source)
            mounts.volumes.append(_as_written(entry))
        elif found := read(source):
            _carry(mounts, place, entry, found, bool(body.get("read_only")), allowed)
        else:
            mounts.volumes.append(entry)
    return mounts


def _name(entry: Any) -> str:
    return str(entry.get("target") or "") if isinstance(entry, dict) else str(entry)


def _is_path(entry: Any, source: str) -> bool:
    """Whether a path is mounted, or what may be one: Compose takes a variable for a volume."""
    return isinstance(entry, dict) and (entry.get("type") == "bind" or has_variable(source))


def _of_variable(place: Place, source: str) -> list[Complaint]:
    return [Complaint(place, f"mounts {source}", _VARIABLE)] * (whose(source) is Whose.PROJECT)


def _as_written(entry: Any) -> Any:
    """Return a mount with a variable in its source in the short form again.

    Whether it is a path or a volume is only known when the variable is filled in, and Compose
    decides that for the short form alone.
    """
    if not isinstance(entry, dict) or not has_variable(str(entry.get("source") or "")):
        return entry
    if entry.get("type") != "volume" or not _fits_in_short(entry):
        return entry
    options = ["ro"] if entry.get("read_only") else []
    options += ["nocopy"] if (entry.get("volume") or {}).get("nocopy") else []
    options += filter(None, [(entry.get("bind") or {}).get("selinux")])
    said = [entry["source"], entry.get("target"), ",".join(options)]
    return ":".join(filter(None, said))


def _fits_in_short(entry: dict[str, Any]) -> bool:
    return all(
        key in _SHORT and (not isinstance(said, dict) or set(said) <= set(_SHORT[key]))
        for key, said in entry.items()
    )


def _carry(
    mounts: Mounts,
    place: Place,
    entry: dict[str, Any],
    found: CarriedFile,
    read_only: bool,
    allowed: frozenset[str],
) -> None:
    problem = found.problem
    if not problem and read_only:
        problem = "cannot be put into a service with read_only: true"
    if not problem and is_known_shape(found.text) and str(entry.get("target")) not in allowed:
        problem = "holds what looks like a secret"
    if problem:
        complaint = Complaint(place, f"mounts {entry['source']}, which {problem}", _COPY_IT)
        mounts.complaints.append(complaint)
        return
    key = f"file-{hashlib.sha256(found.text.encode()).hexdigest()[:16]}"
    mounts.configs[key] = {"content": escaped(found.text)}
    mode = {"mode": EXECUTABLE} if found.executable else {}
    mounts.uses.append({"source": key, "target": entry.get("target"), **mode})
