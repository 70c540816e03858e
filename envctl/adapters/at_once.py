"""Do several things at once."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
AT_ONCE = 16
"""Calls that are under way at a time: most of what they take is waiting for the kernel."""


def all_at_once(do: Callable[[str], object], names: Sequence[str]) -> None:
    """Try all, then raise what the first that failed raised.

    The threads do not outlive the program: who interrupts it need not wait for a slow engine.
    """
    todo, done = queue.SimpleQueue[str](), queue.SimpleQueue[Exception | None]()
    for name in names:
        todo.put(name)

    def work() -> None:
        with suppress(queue.Empty):
            while True:
                done.put(_tried(do, todo.get_nowait()))

    for _ in names[:AT_ONCE]:
        threading.Thread(target=work, daemon=True).start()
    if failures := [error for error in [done.get() for _ in names] if error]:
        raise failures[0]


def begun(do: Callable[[], T]) -> Callable[[], T]:
    """Begin `do` beside what comes next; what is returned waits for its end.

    It returns what `do` returned, or raises what that raised.
    """
    from concurrent.futures import Future

    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(do())
        except Exception as error:  # noqa: BLE001 - raised by who waits for it
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future.result


def _tried(do: Callable[[str], object], name: str) -> Exception | None:
    try:
        do(name)
    except Exception as error:  # noqa: BLE001 - raised by who waits for all of them
        return error
    return None
