"""Hide what looks like a secret in a Compose model, before a person sees it."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "********"

_NAME = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|credential|dsn|salt|\bauth\b|_auth\b|cookie"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
# names that speak of a secret and hold only the way to it
_POINTER_NAME = re.compile(
    r"(_file|_path|_dir|_url|_ttl|_name|_id|_expiry|_timeout|_length)$", re.IGNORECASE
)
_URL_PASSWORD = re.compile(
    r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)(?P<secret>[^\s/@]+)(?=@)", re.IGNORECASE
)
_ARGUMENT = re.compile(
    rf"(?P<head>[\w-]*(?:{_NAME})[\w-]*[=: ]\s*)(?P<secret>[^\s'\",;&]+)", re.IGNORECASE
)
_KNOWN_SHAPE = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|glpat-[\w-]{20,}|xox[abpr]-[\w-]{10,}|sk_live_\w{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_REFERENCES = ("secrets", "configs", "volumes", "networks", "depends_on")


def redact(model: Any) -> Any:
    """Return a copy of `model` in which secret-like values are `********`.

    Hidden are values under names such as password, token or api_key, passwords inside URLs and
    arguments, known token shapes, and the literal content of `secrets` and `configs`.
    """
    if isinstance(model, dict):
        return {key: _redact_entry(key, value) for key, value in model.items()}
    if isinstance(model, list):
        return [_redact_words(model, i) for i in range(len(model))]
    return redact_text(model) if isinstance(model, str) else model


def redact_text(text: str) -> str:
    """Return `text` with passwords in URLs and arguments, and known token shapes, hidden."""
    text = _URL_PASSWORD.sub(rf"\g<head>{HIDDEN}", text)
    text = _ARGUMENT.sub(_hide_argument, text)
    return _KNOWN_SHAPE.sub(HIDDEN, text)


def _redact_entry(key: str, value: Any) -> Any:
    if key in _REFERENCES and isinstance(value, dict):
        return {name: _redact_definition(entry) for name, entry in value.items()}
    if key in _REFERENCES or not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return redact(value)
    return HIDDEN if _names_secret(key) and value != "" else redact(value)


def _redact_definition(entry: Any) -> Any:
    """Top-level secrets and configs: their name says nothing, their content all."""
    if not isinstance(entry, dict):
        return redact(entry)
    return {k: HIDDEN if k == "content" else redact(v) for k, v in entry.items()}


def _redact_words(words: list[Any], index: int) -> Any:
    """A word that follows `--password` is the password."""
    before = words[index - 1] if index else ""
    follows = isinstance(before, str) and before.startswith("-") and "=" not in before
    word = words[index]
    if follows and _names_secret(before) and isinstance(word, str) and not word.startswith("-"):
        return HIDDEN
    return redact(word)


def _hide_argument(found: re.Match[str]) -> str:
    name = found["head"].rstrip("=: \t")
    return found[0] if _POINTER_NAME.search(name) else f"{found['head']}{HIDDEN}"


def _names_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _POINTER_NAME.search(name)
