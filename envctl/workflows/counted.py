"""Count bytes as they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def counted(chunks: Iterable[bytes], copied: Callable[[int], None]) -> Iterator[bytes]:
    """Pass `chunks` on and say how many bytes that makes."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        copied(done)
