"""`promote`: let a stage have a release, where the one-way rule allows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.following import holds_off, is_there, why_not_back, why_nothing_comes
from envctl.domain.one_way import what_forbids
from envctl.domain.plan import Action
from envctl.domain.plan_promote import plan_promotion, services_of
from envctl.domain.stage_record import Event, Kind
from envctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.domain.one_way import Obstacle
    from envctl.domain.plan import Plan, Step
    from envctl.domain.release import Release, ReleaseImage
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState
    from envctl.ports.ledger import Ledger, LedgerReader
    from envctl.ports.target import HeldLock
    from envctl.workflows.releases import NamedRelease, Shelf

_AT_ONCE = 8


@dataclass(frozen=True)
class Promotion:
    """A promotion that is planned, what forbids it, and what the ledgers said then."""

    named: NamedRelease
    plan: Plan
    obstacles: tuple[Obstacle, ...]
    states: Mapping[str, StageState]
    rejected: Mapping[str, str]


@dataclass(frozen=True)
class Following:
    """What comes to a stage by itself; where it is nothing, `why` says so, unless it is there.

    What has obstacles does not come yet.
    """

    promotion: Promotion | None = None
    why: str = ""

    @property
    def may_come(self) -> bool:
        """Whether there is something, and nothing keeps it."""
        return self.promotion is not None and not self.promotion.obstacles

    def lines(self, stage: str) -> tuple[str, ...]:
        """Return in words why nothing comes, or not yet."""
        if self.promotion is None:
            return (f"nothing new follows on {stage}: {self.why}",) if self.why else ()
        version = self.promotion.named.version
        return tuple(f"{version} does not follow yet: {one}" for one in self.promotion.obstacles)


@dataclass(frozen=True)
class PromotionPlanner:
    """Plans promotions to one stage; reads only. `commit` gives the commit that is checked out."""

    stage: Stage
    ledger: LedgerReader
    shelf: Shelf
    commit: Callable[[], str]

    def plan(self, said: str = "", *, hotfix: bool = False) -> Promotion:
        """Plan to promote the release that `said` means; by itself the one that comes next."""
        return self._planned(lambda states: self.choose(said, states), hotfix=hotfix)

    def following(self) -> Following:
        """Return what comes to the stage by itself, as `domain/following.py` decides."""
        states = self.ledger.states(self._stages())
        if why := why_nothing_comes(self.stage, states):
            return Following(why=why)
        try:
            named = self.choose("", states)
        except UsageError as error:  # of this commit there is no release, or more than one
            return Following(why=error.message)
        own = states[self.stage.name]
        if is_there(own, named.digest):
            return Following()
        if why := why_not_back(self.stage, own, named.digest, named.version):
            return Following(why=why)
        promotion = self._planned(lambda _: named, hotfix=False)
        obstacles = (*holds_off(self.stage, own), *promotion.obstacles)
        return Following(replace(promotion, obstacles=obstacles))

    def _planned(
        self, choose: Callable[[Mapping[str, StageState]], NamedRelease], *, hotfix: bool
    ) -> Promotion:
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # they wait for the registry, not for each other
            rejected, now = pool.submit(self.ledger.rejected), pool.submit(self.ledger.now)
            states = self.ledger.states(self._stages())
            named = choose(states)
            found = self._named(named.release)
        own, version = states[self.stage.name], named.version
        steps = plan_promotion(self.stage.name, own, named.release, version, found, hotfix=hotfix)
        obstacles = what_forbids(
            self.stage,
            named.digest,
            version,
            states,
            rejected.result(),
            now.result(),
            hotfix=hotfix,
        )
        return Promotion(named, steps, obstacles, states, rejected.result())

    def holds(self, promotion: Promotion) -> bool:
        """Whether the ledgers still say what they said when it was planned."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rejected = pool.submit(self.ledger.rejected)
            states = self.ledger.states(self._stages())
        return (states, rejected.result()) == (promotion.states, promotion.rejected)

    def _stages(self) -> list[str]:
        return [self.stage.name, *([self.stage.after] if self.stage.after else [])]

    def choose(self, said: str, states: Mapping[str, StageState]) -> NamedRelease:
        """Return the release that `said` means, else what the stage before runs, else HEAD's."""
        if said:
            return self.shelf.find(said)
        if not self.stage.after:
            return self._of_commit()
        running = states[self.stage.after].running
        if running is None:
            raise Refused(
                f"{self.stage.after} runs nothing that could come to {self.stage.name}",
                hint=f"envctl promote {self.stage.after}, then envctl deploy {self.stage.after}",
            )
        return self.shelf.find(running.release)

    def _of_commit(self) -> NamedRelease:
        commit = self.commit()
        if not commit:
            raise UsageError(
                "there is no commit here, so it is not clear which release is meant",
                hint="name one: --release VERSION; envctl releases lists them",
            )
        found = [named for named in self.shelf.all() if named.release.commit == commit]
        if not found:
            raise UsageError(
                f"there is no release of this commit, {commit[:12]}",
                hint="envctl release makes one; --release names another",
            )
        if len({named.digest for named in found}) > 1:
            versions = ", ".join(named.version for named in found)
            raise UsageError(
                f"there are several releases of this commit: {versions}",
                hint="name one: --release VERSION",
            )
        return found[0]

    def _named(self, release: Release) -> Mapping[str, str]:
        """Return what people find under the stage's name now."""
        services, registry = services_of(release), self.shelf.registry
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(
                lambda s: registry.digest(self.shelf.place.for_people(s), self.stage.name),
                services,
            )
            return dict(zip(services, found, strict=True))


@dataclass(frozen=True)
class Promoter:
    """Carries promotions out; `name` lets people find an image of a service under a name."""

    stage: Stage
    ledger: Ledger
    name: Callable[[str, ReleaseImage, str], None]

    def carry_out(
        self, promotion: Promotion, held: HeldLock, *, reason: str = "", hotfix: bool = False
    ) -> None:
        """Do what was planned, under the stage's lock; Refused where the rule forbids it."""
        require_allowed(self.stage, promotion)
        held.check()
        if promotion.plan.of(Action.RECORD):
            self.ledger.append(
                self.stage.name,
                Event(
                    Kind.PROMOTED,
                    promotion.named.digest,
                    promotion.named.version,
                    reason=reason,
                    hotfix=hotfix,
                ),
            )
        self._move_names(promotion.named.release, promotion.plan.of(Action.TAG))

    def _move_names(self, release: Release, steps: tuple[Step, ...]) -> None:
        def move(step: Step) -> None:
            if image := release.image_of(step.subject):
                self.name(step.subject, image, step.target)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(move, steps):
                pass


def require_allowed(stage: Stage, promotion: Promotion) -> None:
    """Raise Refused, with all reasons, where something forbids the promotion."""
    if not promotion.obstacles:
        return
    raise Refused(
        f"{promotion.named.version} may not come to {stage.name}: "
        f"{'; '.join(one.what for one in promotion.obstacles)}",
        hint="; ".join(dict.fromkeys(one.allows for one in promotion.obstacles)),
    )
