"""A stage: integration, production, ..."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage as `envctl.toml` describes it.

    `overlay` is the Compose file that is merged over the project's own there; empty for none.
    """

    name: str
    overlay: str = ""
