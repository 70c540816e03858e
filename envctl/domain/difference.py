"""One thing that differs between two others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """What differs, before and after; an empty text where it was not there, or is no more."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.what}: new, {self.after}"
        if not self.after:
            return f"{self.what}: gone, was {self.before}"
        return f"{self.what}: {self.before} -> {self.after}"
