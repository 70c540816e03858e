"""Whether a release means to Compose what the project's files mean, variables filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.domain.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envctl.config.release.complaint import Place

# what a release has in another way, on purpose
_ANOTHER_WAY = {
    "services": ("build", "develop", "image", "pull_policy", "profiles", "depends_on"),
    "configs": ("file", "content"),
    "secrets": ("file",),
}
_KINDS = ("services", "networks", "volumes", "configs", "secrets")
_REMEDY = (
    "a release does not know the variables of an include's env_file or .env, "
    "so write the value where it is used"
)


def other_meanings(
    effective: dict[str, Any], released: dict[str, Any], services: Collection[str]
) -> Iterator[Complaint]:
    """Yield where the two differ, both as `docker compose config` prints them.

    `services` are those of the release. Images, builds and the content of files are not compared.
    """
    for kind in _KINDS:
        before, after = effective.get(kind) or {}, released.get(kind) or {}
        names = services if kind == "services" else before.keys() & after.keys()
        for name in sorted(names):
            one, other = before.get(name) or {}, after.get(name) or {}
            if kind == "services":
                one, other = _as_mounted(one, other), _as_mounted(other, one)
            left_out = _ANOTHER_WAY.get(kind, ())
            for place, *values in _differing((), one, other):
                if place[0] not in left_out:
                    yield _complaint((kind, name, *place), *values)


def _differing(place: Place, one: Any, other: Any) -> Iterator[tuple[Place, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys(), key=str):
            yield from _differing((*place, str(key)), one.get(key), other.get(key))
    elif one != other:
        yield place, one, other


def _complaint(place: Place, one: Any, other: Any) -> Complaint:
    shown = [redact({place[-1]: value})[place[-1]] for value in (one, other)]
    what = f"means {shown[0]!r} to Compose, and {shown[1]!r} in a release"
    return Complaint(place, what, _REMEDY)


def _as_mounted(body: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Leave out the files that one of the two mounts and the other has as configs."""
    mounted = {v.get("target") for v in other.get("volumes") or [] if v.get("type") == "bind"}
    carried = {use.get("target") for use in other.get("configs") or []}
    own = {use.get("target") for use in body.get("configs") or []}
    said = {
        "volumes": [
            v
            for v in body.get("volumes") or []
            if not (v.get("type") == "bind" and v.get("target") in carried - own)
        ],
        "configs": [
            {k: v for k, v in use.items() if k != "mode"}
            for use in body.get("configs") or []
            if use.get("target") not in mounted
        ],
    }
    return {**body, **said}
