"""`config`: the effective Compose model, safe to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.domain.redaction import redact

if TYPE_CHECKING:
    from envctl.ports import ProjectReader


def config(reader: ProjectReader, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return the effective model, secret-like values hidden unless `show_secrets`."""
    model = reader.model()
    hidden: dict[str, Any] = model if show_secrets else redact(model)
    return hidden
