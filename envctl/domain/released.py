"""A playground that runs a release: of which, from where, and what is from a checkout instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Released:
    """What a playground from a release is.

    `origin` is how it was asked for, `registry` and `project` where its releases are, with
    `registry` empty for this machine's own; `stage` is the stage whose release and definition
    it has, empty for a release that was named. `started_in` are the folders that it was asked for
    in. `own` are services of the checkout in the folder `sources`.
    """

    origin: str
    registry: str
    project: str
    stage: str
    version: str
    digest: str
    started_in: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    sources: str = ""

    def __str__(self) -> str:
        of = f"{self.version} ({self.stage})" if self.stage else self.version
        return f"{of} with {', '.join(self.own)}" if self.own else of

    def is_same_source(self, other: Released) -> bool:
        """Whether both are of one registry's project, and of the same stage or release."""
        return self._source() == other._source()

    def _source(self) -> tuple[str, ...]:
        return (self.registry, self.project, self.stage or f":{self.digest}")
