"""Buildx: brings built images to the engine, all in one bake."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.process import Command, stream
from envctl.domain.lock import Used
from envctl.errors import BuildFailed, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from envctl.ports import Reporter

LAST_LINES = 30
_ENVIRONMENT: Mapping[str, str | None] = {
    # the same inputs are to give the same image, and an attestation carries the time of day
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    # contexts may lie anywhere, as in a Compose file
    "BUILDX_BAKE_ENTITLEMENTS_FS": "0",
    "BUILDX_METADATA_PROVENANCE": "min",
}


def bake(
    file: Mapping[str, Any], folder: Path, reporter: Reporter, allowed: Sequence[str] = ()
) -> dict[str, tuple[Used, ...]]:
    """Build the default group of a bake file; returns what each target was built upon.

    Relative paths start from `folder`; `allowed` are entitlements. BuildFailed carries the
    builder's last lines.
    """
    with tempfile.TemporaryDirectory(prefix="envctl-bake-") as place:
        path, metadata = Path(place, "bake.json"), Path(place, "metadata.json")
        path.write_text(json.dumps(file), encoding="utf-8")
        words = ["--file", str(path), "--metadata-file", str(metadata), "--progress", "plain"]
        words += [word for one in allowed for word in ("--allow", one)]
        command = Command(("docker", "buildx", "bake", *words), folder, _ENVIRONMENT)
        _run(command, file["group"]["default"]["targets"], reporter)
        return dict(_used(metadata))


def _run(command: Command, targets: Sequence[str], reporter: Reporter) -> None:
    lines: list[str] = []
    try:
        for line in stream(command):
            lines.append(line)
            reporter.output(line)
    except CommandFailed as error:
        last = tuple(lines[-LAST_LINES:])
        raise BuildFailed(f"cannot build {', '.join(targets)}", details=last) from error


def _used(metadata: Path) -> Iterator[tuple[str, tuple[Used, ...]]]:
    """Yield what the provenance of each target says; older builders say nothing."""
    try:
        said = json.loads(metadata.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for target, entry in said.items():
        if isinstance(entry, dict):
            provenance = entry.get("buildx.build.provenance") or {}
            yield target, tuple(_materials(provenance.get("materials") or ()))


def _materials(materials: Sequence[Mapping[str, Any]]) -> Iterator[Used]:
    from urllib.parse import unquote

    for entry in materials:
        uri = str(entry.get("uri", ""))
        digest = (entry.get("digest") or {}).get("sha256")
        if uri.startswith("pkg:docker/") and digest:
            name, _, tag = uri.removeprefix("pkg:docker/").partition("?")[0].partition("@")
            yield Used(unquote(f"{name}:{tag}" if tag else name), f"sha256:{digest}")
