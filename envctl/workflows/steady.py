"""Wait until a release is healthy, and see that it stays so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Unhealthy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.workflows.settle import Settler


@dataclass(frozen=True)
class Steady:
    """Judges whether services stay as they are: the same containers, healthy, not restarted."""

    settler: Settler

    def prove(self, project: Project, services: Sequence[Service], seconds: float) -> None:
        """Return when `services` are ready and have been so for `seconds`; Unhealthy otherwise."""
        names = {s.name for s in services}
        begun = _lives(self.settler.wait(project, services, names).containers, names)
        clock = self.settler.clock
        deadline = clock.monotonic() + seconds
        with self.settler.engine.changes(project.name) as changes:
            while (left := deadline - clock.monotonic()) > 0:
                changes.wait(min(left, 0.5))
                now = _lives(self.settler.wait(project, services, ()).containers, names)
                if changed := sorted({name for name, *_ in begun ^ now}):
                    raise Unhealthy(
                        f"{', '.join(changed)}: healthy at first, then ended within {seconds:g} s",
                        hint="what it printed is in its log; nothing was switched",
                    )


def _lives(containers: Sequence[Container], names: set[str]) -> frozenset[tuple[str, str, str]]:
    """Return each container's run: another one has another start."""
    return frozenset((c.service, c.id, c.started_at) for c in containers if c.service in names)
