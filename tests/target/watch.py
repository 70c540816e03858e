"""Watches a stage while commands change it: what may not be, not even for a moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from envctl.domain.stage import Stage
from tests.target.truth import is_available, served, strangers
from tests.target.world import World


@dataclass
class Watch:
    """Begin one for each command; `wrong` says what it saw."""

    world: World
    stage: Stage
    wrong: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = self.world.copy()
        self.volumes = dict(self.world.volumes)
        self.was_available = is_available(self.world, self.stage)
        self._look_at_edge()

    def __call__(self, effect: str) -> None:
        """Look at the world after an effect."""
        self._look_at_edge()
        if self.was_available and not is_available(self.world, self.stage):
            self.wrong.append(f"nothing healthy is served after: {effect}")
        if not self.volumes.items() <= self.world.volumes.items():
            self.wrong.append(f"a volume is gone or new after: {effect}")

    def over(self) -> list[str]:
        """Return all that was wrong, at the end of the command."""
        self.before.now = self.world.now  # what ends by itself has ended there too
        if strangers(self.world, self.stage) != strangers(self.before, self.stage):
            self.wrong.append("something of another stage was changed")
        return self.wrong

    def _look_at_edge(self) -> None:
        here = served(self.world, self.stage)
        if (now := here.active if here else "") != (self.active[-1] if self.active else None):
            self.active.append(now)
