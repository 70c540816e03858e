"""Rows whose cells are words, beside those of times in `bench.timing`."""

from __future__ import annotations


def show(what: str, ours: str, theirs: str = "", ratio: str = "") -> None:
    """Print a row of the table."""
    print(f"| {what} | {ours} | {theirs} | {ratio} |", flush=True)


def share(failed: int, total: int) -> str:
    """Return how many of how many."""
    return f"{failed:,} of {total:,}"
