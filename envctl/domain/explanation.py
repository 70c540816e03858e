"""Why an image is, or is not, built again: two documents of inputs and what differs in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envctl.domain.difference import Difference
from envctl.domain.inputs import Entry
from envctl.domain.redaction import HIDDEN, names_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envctl.domain.inputs import Inputs

_SHOWN = 20


@dataclass(frozen=True)
class KnownInputs:
    """All that went into an image: the document of its inputs, and every path of its contexts.

    What looks like a secret is hidden in it; the digest is that of the inputs as they were.
    """

    digest: str
    document: Mapping[str, Any]
    trees: Mapping[str, tuple[Entry, ...]]


def known(inputs: Inputs) -> KnownInputs:
    """Return inputs as they are now, whole."""
    document = json.loads(inputs.document.text())
    document["arguments"] = {
        name: HIDDEN if names_secret(name) else value
        for name, value in document["arguments"].items()
    }
    return KnownInputs(inputs.digest, document, inputs.entries)


def as_text(inputs: KnownInputs) -> str:
    """Return inputs as they are kept; `from_text` reads them."""
    said = {"digest": inputs.digest, "document": inputs.document, "trees": inputs.trees}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> KnownInputs:
    """Return inputs that were kept; ValueError for anything else."""
    said = json.loads(text)
    try:
        trees = {k: tuple(Entry(*map(str, e)) for e in v) for k, v in said["trees"].items()}
        return KnownInputs(str(said["digest"]), dict(said["document"]), trees)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are no inputs of an image") from error


def differences(before: KnownInputs, after: KnownInputs) -> tuple[Difference, ...]:
    """Return all that differs: settings first, then images, then files by their paths."""
    found = (*_settings(before.document, after.document), *_files(before.trees, after.trees))
    if not found and before.digest != after.digest:
        return (Difference("a build argument that looks like a secret", HIDDEN, HIDDEN),)
    return found


_WORDS = {
    "scheme": "the way inputs are counted",
    "platforms": "platform",
    "target": "target",
    "dockerfile": "the Dockerfile",
    "arguments": "build argument",
    "settings": "build setting",
    "secrets": "secrets",
    "ssh": "ssh",
    "bases": "image",
    "services": "service as context",
    "ignore": "ignore rules",
}


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for key, words in _WORDS.items():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    title = f"{words} {name}".rstrip()
                    yield Difference(title, *(_shown(one, name) for one in (old, new)))
        else:
            yield Difference(words, _text(old), _text(new))


def _shown(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return ""
    return _text(values[name])


def _text(value: Any) -> str:
    """Return a value in a few words; an empty text is shown as such, for it is a value."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if len(text) == 64 and not text.strip("0123456789abcdef"):
        return text[:12]
    return text or '""'


def _files(
    before: Mapping[str, tuple[Entry, ...]], after: Mapping[str, tuple[Entry, ...]]
) -> Iterator[Difference]:
    for context in sorted({*before, *after}):
        old = {entry.path: entry for entry in before.get(context, ())}
        new = {entry.path: entry for entry in after.get(context, ())}
        where = f"{context}: " if context else ""
        for path in sorted({*old, *new}):
            if old.get(path) != new.get(path):
                pair = (old.get(path), new.get(path))
                yield Difference(f"{where}{path}", *map(_entry, pair))


def _entry(entry: Entry | None) -> str:
    if entry is None:
        return ""
    words = {"file": "file", "exec": "executable", "link": "link to", "dir": "folder"}
    content = entry.content[:12] if entry.kind in ("file", "exec") else entry.content
    return f"{words.get(entry.kind, entry.kind)} {content}".rstrip()
