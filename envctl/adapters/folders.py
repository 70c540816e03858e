"""Whether a folder is still there."""

from __future__ import annotations

import os
import stat


class FolderReader:
    """Looks at folders of this machine."""

    def real(self, folder: str) -> str:
        """Return the path without links in it, as far as it exists."""
        return os.path.realpath(folder)

    def is_gone(self, folder: str) -> bool:
        """Whether there certainly is no such folder; one that cannot be looked at is not gone."""
        try:
            return not stat.S_ISDIR(os.stat(folder).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except (OSError, ValueError):
            return False
