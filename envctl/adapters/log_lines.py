"""Turn what the engine sends of a container's output into lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.ports import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.domain.observed import Container


def log_lines(container: Container, chunks: Iterable[bytes]) -> Iterator[LogLine]:
    """Yield the lines in `chunks`, each with the engine's time stamp; the last may lack its end.

    Without a terminal a chunk is one message. The engine cuts long lines into messages of 16 KiB
    and stamps each of them: the stamps within a line are left out.
    """
    pieces = _split(chunks) if container.tty else chunks
    begun: LogLine | None = None
    for piece in pieces:
        time, _, text = piece.decode("utf-8", "replace").partition(" ")
        whole = begun.text + text if begun else text
        line = LogLine(container.service, container.name, begun.time if begun else time, whole)
        begun = None if text.endswith("\n") else line
        if begun is None:
            yield _ended(line)
    if begun is not None:
        yield _ended(begun)


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """With a terminal chunks begin and end anywhere, and every line has one stamp."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (piece + b"\n" for piece in whole)
    if rest:
        yield rest


def _ended(line: LogLine) -> LogLine:
    return LogLine(line.service, line.container, line.time, line.text.rstrip("\r\n"))
