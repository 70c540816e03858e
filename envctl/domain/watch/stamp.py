"""What a path looks like on disk, as far as changes are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RACY = 100_000_000
"""Nanoseconds after which a file that changes again has another time stamp; kernels tick slower
than files are written, up to 10 ms each."""


class Kind(StrEnum):
    """What lies at a path; what is none of these is no concern of containers."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One look at a path; times in nanoseconds, `seen` is when the look was."""

    kind: Kind
    mode: int
    size: int = 0
    modified: int = 0
    changed: int = 0
    inode: int = 0
    seen: int = 0

    def same_as(self, former: Stamp) -> bool:
        """Whether nothing has changed for sure since the look `former`.

        A folder is its mode and inode. A file that had just changed then may have changed again
        within the same tick of the file system's clock, so that is no proof.
        """
        if (self.kind, self.mode, self.inode) != (former.kind, former.mode, former.inode):
            return False
        if self.kind is Kind.FOLDER:
            return True
        now = (self.size, self.modified, self.changed)
        then = (former.size, former.modified, former.changed)
        return now == then and former.changed + RACY < former.seen


@dataclass(frozen=True, slots=True)
class Change:
    """A path that is another than before; None where there was, or is, nothing."""

    path: str
    before: Stamp | None
    after: Stamp | None
