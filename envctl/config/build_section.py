"""Turn the build section of a service into a Build."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from envctl.config.definition import canonical
from envctl.domain.service import Build

# what has a field of its own, says where something is, or changes no result
_NOT_SETTINGS = frozenset({
    "context", "additional_contexts", "dockerfile", "dockerfile_inline", "target", "args",
    "platforms", "secrets", "ssh", "tags", "no_cache", "no_cache_filter", "pull", "cache_from",
    "cache_to", "provenance", "sbom",
})  # fmt: skip
_LAYOUT = "oci-layout://"
_REFERENCE = re.compile(
    r"(?P<path>.+?)(?P<reference>(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?)"
)


def parse_build(body: dict[str, Any]) -> Build | None:
    """Return how the image of a service is built; None when it is not."""
    section = body.get("build")
    if not section:
        return None
    context = str(section.get("context") or ".")
    further = {k: str(v) for k, v in (section.get("additional_contexts") or {}).items()}
    layouts = {k: _layout(v)[0] for k, v in further.items() if v.startswith(_LAYOUT)}
    elsewhere = [v for v in further.values() if _is_remote(v) and not _is_image(v)]
    unclear = [path for path in layouts.values() if not PurePath(path).is_absolute()]
    return Build(
        context=context,
        dockerfile=str(section.get("dockerfile") or "Dockerfile"),
        definition=canonical(_settings(section, further)),
        extra_contexts=_pairs(
            {k: v for k, v in further.items() if not _is_image(v) and not _is_remote(v)}
        ),
        extra_services=_pairs(_without("service:", further)),
        extra_images=_pairs(_without("docker-image://", further)),
        extra_layouts=_pairs(layouts),
        arguments=_pairs(_arguments(section.get("args"))),
        remote=_is_remote(context) or bool(elsewhere or unclear),
        inline=str(section.get("dockerfile_inline") or ""),
        target=str(section.get("target") or ""),
        platforms=_platforms(body, section),
        secrets=tuple(sorted(_secret_id(entry) for entry in section.get("secrets") or ())),
        ssh=tuple(sorted(_ssh_id(entry) for entry in section.get("ssh") or ())),
    )


def _pairs(found: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(found.items()))


def _without(beginning: str, further: dict[str, str]) -> dict[str, str]:
    return {k: v.removeprefix(beginning) for k, v in further.items() if v.startswith(beginning)}


def _arguments(args: dict[str, Any] | None) -> dict[str, str]:
    """Build arguments with a value; Compose leaves null where it found none."""
    return {name: str(value) for name, value in (args or {}).items() if value is not None}


def _platforms(body: dict[str, Any], section: dict[str, Any]) -> tuple[str, ...]:
    wanted = section.get("platforms") or [body.get("platform")]
    return tuple(str(platform) for platform in wanted if platform)


def _settings(section: dict[str, Any], further: dict[str, str]) -> dict[str, Any]:
    """The rest of the section that can change the result, in an order that says nothing."""
    chosen = {k: _layout(v)[1] for k, v in further.items() if v.startswith(_LAYOUT)}
    chosen |= {k: v for k, v in further.items() if v.startswith("target:")}
    kept = {
        key: sorted(value, key=str) if isinstance(value, list) else value
        for key, value in section.items()
        if key not in _NOT_SETTINGS and not key.startswith("x-") and value
    }
    return {**kept, "contexts": chosen} if chosen else kept


def _secret_id(entry: Any) -> str:
    if isinstance(entry, dict):
        return str(entry.get("target") or entry.get("source") or "")
    return str(entry)


def _ssh_id(entry: Any) -> str:
    if isinstance(entry, dict):
        return str(entry.get("id") or "default")
    return str(entry).partition("=")[0]


def _layout(context: str) -> tuple[str, str]:
    """Return the folder of an OCI layout, and which image in it."""
    found = _REFERENCE.fullmatch(context.removeprefix(_LAYOUT))
    return (found["path"], found["reference"]) if found else ("", "")


def _is_remote(context: str) -> bool:
    return "://" in context or context.startswith("git@") or context.endswith(".git")


def _is_image(context: str) -> bool:
    return context.startswith(("docker-image://", "service:", "target:", _LAYOUT))
