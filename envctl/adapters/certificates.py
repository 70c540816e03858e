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
    https = stage.https
    trusted = _authority(stage.name, folder / https.authority) if https.authority else b""
    return HttpsFiles(found, https.directory, https.email, trusted)


def _authority(stage: str, path: Path) -> bytes:
    where = f"stages.{stage}.https.ca"
    data = _bytes(path, where)
    if _MARKS[0] not in data:
        raise ConfigurationError(f"{where}: {path} is no PEM file with a certificate")
    return data


def _bytes(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{where}: {path} cannot be read: {error.strerror}") from error


def _read(stage: str, path: Path) -> tuple[str, bytes]:
    where = f"stages.{stage}.https.certificates"
    data = _bytes(path, where)
    if not all(mark in data for mark in _MARKS):
        raise ConfigurationError(
            f"{where}: {path} is no PEM file with a certificate and its key",
            hint="put the chain and the key into one file: cat fullchain.pem key.pem",
        )
    return path.name, data
