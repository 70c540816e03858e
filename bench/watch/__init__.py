"""`envctl watch` beside `docker compose watch`: how soon edits arrive, and what that needs.

Each tool watches the same files with a container of its own; what is in it is seen from outside,
through its file system, so that nothing has to run in it.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.watch.bursts import overflow, switch
from bench.watch.saves import save, writers
from bench.watch.scale import idle, tree

SECTIONS: dict[str, Callable[[], None]] = {
    "watch-save": save,
    "watch-writers": writers,
    "watch-switch": switch,
    "watch-tree": tree,
    "watch-idle": idle,
    "watch-overflow": overflow,
}
