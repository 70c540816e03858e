"""What deploys need from the reverse proxy in front of a target's stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from envctl.domain.edge import Backing, Certificate, EdgeStage, Mode, Route
    from envctl.domain.https import HttpsFiles


class EdgeReader(Protocol):
    """Looks at the edge of a target; changes nothing."""

    def stages(self) -> tuple[EdgeStage, ...]:
        """Return what it serves; nothing where there is no edge."""

    def runs(self) -> bool:
        """Whether it runs; where it does not, nothing answers."""

    def certificates(self, stage: str) -> tuple[Certificate, ...]:
        """Return what a stage's names are served with, and what is still to come."""


class Edge(EdgeReader, Protocol):
    """Changes what the edge serves; every method can be repeated."""

    def ensure(self) -> bool:
        """Make sure that it runs, with what it is to serve; return whether it ran already.

        It may be about to start: what needs its answer waits for it, and raises Unreachable.
        """

    def answering(self, ports: Collection[int]) -> frozenset[int]:
        """Return at which ports of the host's loopback address something answers, by now.

        Where Docker forwards a port, every connection is accepted; one that nobody takes is closed
        at once, any other stays open for a while, or something is said on it.
        """

    def mode_of(self, port: int) -> Mode:
        """Return what answers at a port of the host's loopback address: HTTP, or just TCP."""

    def offer(
        self, stage: str, routes: Sequence[Route], backing: Backing, https: HttpsFiles
    ) -> None:
        """Let the edge know a further deployment of a stage, and its ways in; it is not served yet.

        Beside it stays the active one only. Nothing that is served is interrupted. Failed, with
        the edge as it was, where a port is taken or a route is another stage's.
        """

    def switch(self, stage: str, deployment: str) -> None:
        """Serve another deployment from now on, for all ways in at one moment; on disk first."""

    def confirm(self, stage: str) -> None:
        """Raise Unhealthy unless every way in reaches the active deployment."""

    def busy(self, stage: str, deployment: str) -> int:
        """Return how many requests and connections a deployment is still busy with."""

    def withdraw(self, stage: str, deployment: str) -> None:
        """Forget a deployment; with the last one, or the active one, the stage's ways in go."""
