"""The oldest engine, Compose and Buildx that envctl supports: what Debian 13 ships."""

from __future__ import annotations

import re
from dataclasses import dataclass

OLDEST = {"engine": "26.1.5", "compose": "2.26.1", "buildx": "0.13.1"}


@dataclass(frozen=True, order=True)
class Version:
    """A release number; what follows the third number is kept out of comparisons."""

    major: int
    minor: int = 0
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version | None:
    """Find a version in `text`, such as `v2.40.3+ds1` or `26.1.5+dfsg1`; None for none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return Version(*(int(part or 0) for part in found.groups())) if found else None


def is_supported(tool: str, text: str) -> bool:
    """Whether `text` names a version of `tool` that is new enough; a text without one is not."""
    version, oldest = parse_version(text), parse_version(OLDEST[tool])
    return version is not None and oldest is not None and version >= oldest
