"""A Compose model as text: JSON that every YAML reader takes, the same bytes for the same model."""

from __future__ import annotations

import json
import re
from typing import Any

# YAML takes these for ends of lines, or for no text at all, unless they are escaped
_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def compose_bytes(model: dict[str, Any]) -> bytes:
    """Return `model` as a Compose file."""
    text = json.dumps(model, sort_keys=True, indent=2, ensure_ascii=False)
    return (_UNREADABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n").encode()


def escaped(text: str) -> str:
    """Return `text` so that Compose, which fills in variables, gives it back as it is."""
    return text.replace("$", "$$")
