"""Carry a plan out, step by step; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.kept import is_of, kept_name
from envctl.domain.plan import Action
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from envctl.domain.observed import Observed
    from envctl.domain.plan import Plan, Step, Wave
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.ports import Launch, Remover, Reporter, Stack, WritableMemory
    from envctl.ports.building import Builder, Images, InputKeeper, InputReader
    from envctl.ports.snapshots import Jobs, WritableSeedMark
    from envctl.workflows.restore import Restorer
    from envctl.workflows.settle import Settled, Settler

_NO_LAUNCH = (Action.RESUME, Action.RENAME, Action.REMOVE)


@dataclass(frozen=True)
class Wait:
    """What has to be ready before it goes on; `touched` are all that have to prove it."""

    services: Sequence[Service]
    touched: Collection[str]


@dataclass(frozen=True)
class Executor:
    """Holds the hands: what it is made of is what it can touch."""

    stack: Stack
    remover: Remover
    images: Images
    builder: Builder
    memory: WritableMemory
    inputs: InputReader
    keeper: InputKeeper
    settler: Settler
    reporter: Reporter
    restorer: Callable[[], Restorer]
    mark: WritableSeedMark
    jobs: Jobs
    repository: str

    def carry_out(
        self, project: Project, services: Sequence[Service], plan: Plan, observed: Observed
    ) -> Settled:
        """Do what `plan` says and wait for `services`; returns where they are, all good.

        Raises BuildFailed, CommandFailed or Unhealthy; what was done until then stays, and the
        same command completes it.
        """
        if observed.owed:
            self.mark.owe(observed.owed)
        self.bring_images(project, plan)
        if observed.due:
            self.restorer().carry_out(project, plan, observed.due)
        settled = self._start(project, services, plan, observed)
        self._run(plan.of(Action.SEED), observed)
        return settled

    def _start(
        self, project: Project, services: Sequence[Service], plan: Plan, observed: Observed
    ) -> Settled:
        waves = [wave for wave in plan.waves if not wave.of(Action.RESTORE, Action.SEED)]
        touched: set[str] = set()
        for wave in waves[:-1]:
            touched |= wave.subjects
            # what nobody waits for may fail without keeping the others from starting
            awaited = [s for s in services if s.name in wave.subjects & project.awaited()]
            self._run_wave(project, services, wave, observed, Wait(awaited, wave.subjects))
        if not waves:  # images or data only, and no container that wants them
            return self.settler.confirm(project, services, observed.containers)
        last = waves[-1]
        wait = Wait(services, touched | last.subjects)
        return self._run_wave(project, services, last, observed, wait)

    def _run(self, seeds: Sequence[Step], observed: Observed) -> None:
        """Run jobs; what is left of one whose caller was killed goes before."""
        for step in seeds:
            self.reporter.started([step])
            left = [c.id for c in observed.containers if c.oneoff and c.service == step.subject]
            self.remover.remove_containers(left, stop_first=())
            self.jobs.run(step.subject, self.reporter)
            self.mark.owe("")
            self.reporter.finished([step])

    def bring_images(self, project: Project, plan: Plan) -> None:
        """Pull, build and tag what `plan` says; touches no container."""
        for action in (Action.PULL, Action.BUILD, Action.TAG):
            if steps := [step for step in plan.images if step.action is action]:
                self.reporter.started(steps)
                self._bring(project, action, steps)
                self.reporter.finished(steps)

    def _bring(self, project: Project, action: Action, steps: Sequence[Step]) -> None:
        if action is Action.PULL:
            self._pull(steps)
        elif action is Action.BUILD:
            self.builder.build(project, steps, self.reporter)
            self._keep(project, steps)
        else:
            for step in steps:
                self.images.tag(step.source, step.target)

    def _pull(self, steps: Sequence[Step]) -> None:
        if named := [step.subject for step in steps if not step.source]:
            self.images.pull(named)
        for step in steps:
            if step.source:
                self.images.fetch(step.source)
                self.images.tag(step.source, step.target)

    def _keep(self, project: Project, builds: Sequence[Step]) -> None:
        """Name the images after their inputs, unless those changed while they were built."""
        kept = {step.subject: step for step in builds if step.source}
        now = self.inputs.digests(project, kept)
        same = [
            name
            for name, step in kept.items()
            if name in now and is_of(step.source, kept_name(self.repository, now[name]))
        ]
        self.keeper.keep(project, same)
        for name, step in kept.items():
            if name in same:
                self.images.tag(step.target, step.source)
            else:
                self.reporter.note(
                    f"files of {name} changed while it was built: the next up builds it again"
                )

    def _run_wave(
        self,
        project: Project,
        services: Sequence[Service],
        wave: Wave,
        observed: Observed,
        wait: Wait,
    ) -> Settled:
        self.reporter.started(wave.steps)
        self._mend(wave)
        if resumed := [step.subject for step in wave.of(Action.RESUME)]:
            self.stack.resume(resumed)
        for forced in (True, False):
            moved = [
                step.subject
                for step in wave.steps
                if step.forced is forced and step.action not in _NO_LAUNCH
            ]
            if moved:
                launch = self.stack.launch(moved, forced=forced, ordered=wave.ordered)
                self._see_through(
                    project, [s for s in services if s.name in moved], launch, observed
                )
        settled = self.settler.wait(project, wait.services, wait.touched, resumed)
        self.reporter.finished(wave.steps)
        return settled

    def _mend(self, wave: Wave) -> None:
        for step in wave.of(Action.RENAME):
            self.remover.rename(step.source, step.target)
        if removed := [step.source for step in wave.of(Action.REMOVE)]:
            self.remover.remove_containers(removed, stop_first=())

    def _see_through(
        self, project: Project, services: Sequence[Service], launch: Launch, observed: Observed
    ) -> None:
        code: int | None = None
        try:
            code = self.settler.watch_launch(project, services, launch, observed)
        finally:
            launch.stop()
            former = {c.id for c in observed.containers} if code != 0 else set()
            self._remember(project, services, former)
        if code:
            self.settler.raise_for(project, services, observed)
            raise CommandFailed(
                f"Compose could not start {_names(services)}: {_last_words(launch)}"
            )

    def _remember(
        self, project: Project, services: Sequence[Service], former: Collection[str]
    ) -> None:
        """Note which definition containers stem from: all that Compose has brought in line.

        After a launch that was cut short that is true of new ones only, not of those in `former`.
        """
        definitions = {s.name: s.definition for s in services}
        alive = self.settler.engine.containers(project.name)
        before = self.memory.recall()
        known = {c.id: before[c.id] for c in alive if c.id in before}
        made = [c for c in alive if c.service in definitions and c.id not in former]
        self.memory.remember(known | {c.id: definitions[c.service] for c in made})


def _names(services: Sequence[Service]) -> str:
    return ", ".join(s.name for s in services)


def _last_words(launch: Launch) -> str:
    lines = [line.strip() for line in launch.complaint().splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"
