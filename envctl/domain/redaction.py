"""Hide what looks like a secret in a Compose model, before a person sees it."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "********"

_NAME = (
    r"passw(?:or)?d|passphrase|(?<!proxy_)(?<!by)(?<!com)pass\b|pwd|secret|token|api[_-]?key"
    r"|private[_-]?key|access[_-]?key|signing[_-]?key|encryption[_-]?key|credential|dsn|salt"
    r"|\bauth\b|_auth\b|basic_?auth|authorization|cookie"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
# names that speak of a secret and hold only the way to it, or a setting of it
_POINTER_NAME = re.compile(
    r"[_-](?:file|path|dir|url|ttl|name|(?<!secret[_-])id|expiry|timeout|length|host|port|method"
    r"|type|enabled|domain|seconds|minutes|hours|days)$|^(?:old)?pwd$|^-*max[_-]",
    re.IGNORECASE,
)
# up to the last @ of the word, as a password may hold one; a number and a slash are a port
_URL_PASSWORD = re.compile(
    r"(?P<head>\b[a-z][a-z0-9+.-]{0,30}+://[^\s/:@]*+:)(?P<secret>(?!\d+/)[^\s'\"]{1,4096})(?=@)",
    re.IGNORECASE,
)
# every name is read once, from its first letter: a long line must not take long
_NAMED = rf"(?<![\w-])(?=[\w-]*?(?:{_NAME}))(?P<name>[\w-]++)"
_VALUE = r"""(?P<secret>(?:(?:bearer|basic|digest|token)\s+)?(?:"[^"]*"|'[^']*'|[^\s'"&;]+))"""
# password=..., "password": ..., password: ..., x-api-key:...; a colon alone may be an image's tag
_ASSIGNED = re.compile(
    rf"(?P<head>{_NAMED}"
    rf"(?:[\"']?\s*+=\s*+|[\"']\s*+:\s*+|:\s++|(?<=x-api-key):|(?<=token):(?=[^\s/.]{{16}}))){_VALUE}",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"(?P<head>(?<!\S)(?=-){_NAMED}\s++)(?!-){_VALUE}", re.IGNORECASE)
# a word that is an assignment as a whole: its value goes up to the end, spaces and all
_WORD = re.compile(r"(?P<head>(?P<name>[\w.-]++)=)[\s\S]+")
_TOOL = re.compile(
    r"(?P<head>\b(?:curl\b.{0,999}?\s(?:-u|--user)[=\s]*['\"]?[^\s:]+:|redis-cli\b.{0,999}?\s-a\s+"
    r"|(?:mysql|mariadb)[\w-]*\b.{0,999}?\s-p|sshpass\s+-p\s*))(?P<name>)(?P<secret>[^\s'\"]+)"
)
_REFERENCE = re.compile(r"\$\$?(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})")
_KNOWN_SHAPE = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|glpat-[\w-]{20,}|xox[abpr]-[\w-]{10,}|sk_live_\w{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_REFERENCES = ("secrets", "configs", "volumes", "networks", "depends_on")
_BETWEEN = "\x1f"  # a space to the expressions above, and in no argument


def redact(model: Any) -> Any:
    """Return a copy of `model` in which secret-like values are `********`.

    Hidden are values under names such as password, token or api_key, passwords inside URLs and
    arguments, known token shapes, and the literal content of `secrets` and `configs`. What only
    names a variable (`$DB_PASSWORD`) stays.
    """
    if isinstance(model, dict):
        return {key: _redact_entry(key, value) for key, value in model.items()}
    if isinstance(model, list):
        return _redact_list(model)
    return redact_text(model) if isinstance(model, str) else model


def redact_text(text: str) -> str:
    """Return `text` with passwords in URLs and arguments, and known token shapes, hidden."""
    if "@" in text:
        text = _URL_PASSWORD.sub(rf"\g<head>{HIDDEN}", text)
    for expression in (_ASSIGNED, _OPTION, _TOOL):
        text = expression.sub(_hide_argument, text)
    return _KNOWN_SHAPE.sub(HIDDEN, text)


def _redact_entry(key: str, value: Any) -> Any:
    if key in _REFERENCES and isinstance(value, dict):
        return {name: _redact_definition(entry) for name, entry in value.items()}
    if isinstance(value, dict) or (key in _REFERENCES and isinstance(value, list)):
        return redact(value)
    if value in (None, "") or isinstance(value, bool) or not names_secret(key):
        return redact(value)
    return [_redact_entry(key, item) for item in value] if isinstance(value, list) else HIDDEN


def _redact_definition(entry: Any) -> Any:
    """Top-level secrets and configs: their name says nothing, their content all."""
    if not isinstance(entry, dict):
        return redact(entry)
    return {k: HIDDEN if k == "content" else _redact_entry(k, v) for k, v in entry.items()}


def _redact_list(items: list[Any]) -> list[Any]:
    """Words of a command, or anything: a word is judged with the one before it."""
    hidden = [_redact_word(items, i) for i in range(len(items))]
    if not all(isinstance(item, str) and _BETWEEN not in item for item in hidden):
        return hidden
    return _TOOL.sub(_hide_argument, _BETWEEN.join(hidden)).split(_BETWEEN) if hidden else []


def _redact_word(words: list[Any], index: int) -> Any:
    """A word that follows `--password` is the password."""
    before, word = words[index - 1] if index else "", words[index]
    follows = isinstance(before, str) and before.startswith("-") and "=" not in before
    if not isinstance(word, str):
        return redact(word)
    if follows and names_secret(before) and not word.startswith("-"):
        return word if _REFERENCE.fullmatch(word) else HIDDEN
    if (found := _WORD.fullmatch(word)) and names_secret(found["name"]):
        value = word.removeprefix(found["head"])
        return word if _REFERENCE.fullmatch(value) else f"{found['head']}{HIDDEN}"
    return redact_text(word)


def _hide_argument(found: re.Match[str]) -> str:
    value = found["secret"].strip("'\"")
    if _POINTER_NAME.search(found["name"]) or _REFERENCE.fullmatch(value):
        return found[0]
    return f"{found['head']}{HIDDEN}"


def names_secret(name: str) -> bool:
    """Whether a variable or key called `name` holds a secret, and not only the way to one."""
    return bool(_SECRET_NAME.search(name)) and not _POINTER_NAME.search(name)


def is_known_shape(text: str) -> bool:
    """Whether `text` has in it what can be nothing but a key or a token."""
    return bool(_KNOWN_SHAPE.search(text))
