"""Read the certificates of a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.https import HttpsFiles
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.domain.stage import Stage

_MARKS = (b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----")


def read_certificates(stage: Stage, folder: Path) -> HttpsFiles:
    """Return what the edge needs for the stage's names; paths are relative to `folder`."""
    found = tuple(_read(stage.name, folder / path) for path in stage.https.certificates)
    return HttpsFiles(found, stage.https.directory, stage.https.email)


def _read(stage: str, path: Path) -> tuple[str, bytes]:
    where = f"stages.{stage}.https.certificates"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{where}: {path} cannot be read: {error.strerror}") from error
    if not all(mark in data for mark in _MARKS):
        raise ConfigurationError(
            f"{where}: {path} is no PEM file with a certificate and its key",
            hint="put the chain and the key into one file: cat fullchain.pem key.pem",
        )
    return path.name, data
