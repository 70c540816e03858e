"""Fakes of the ports: an engine in memory, and the small ones around it.

`FakeEngine` runs the same contract suite as the real adapters (tests/adapters).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from envctl.domain.lock import Lock
from envctl.domain.moves import Ground
from envctl.domain.observed import Container, Guest, Probe
from envctl.domain.plan import Step
from envctl.domain.playground import Claim
from envctl.domain.project import Project
from envctl.domain.readiness import ServiceState
from envctl.domain.service import Service
from envctl.domain.survey import Disk, Survey
from envctl.errors import BuildFailed, CommandFailed
from envctl.ports import LogLine, Reporter

Moments = tuple[tuple[str, str, int], ...]
"""What a container shows from one look to the next: state, health, exit code; the last stays."""

HEALTHY: Moments = (("running", "starting", 0), ("running", "healthy", 0))
RUNNING: Moments = (("running", "", 0),)
DONE: Moments = (("running", "", 0), ("exited", "", 0))


def crash(code: int) -> Moments:
    """Return a life that ends at once with `code`."""
    return (("running", "", 0), ("exited", "", code))


class FakeClock:
    """Time passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class FakeEngine:
    """Containers, images and their changes, for one project; implements every engine port."""

    project: Project
    clock: FakeClock = field(default_factory=FakeClock)
    lives: dict[str, Moments] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    output: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refuse_launch: str = ""
    broken_builds: frozenset[str] = frozenset()
    slow_launch: int = 0
    interrupt_after: int | None = None
    restarts: int = 0
    unreadable: frozenset[str] = frozenset()
    network: bool = False
    data: tuple[str, ...] = ()
    strangers: tuple[Guest, ...] = ()
    _containers: dict[str, Container] = field(default_factory=dict)
    _age: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    # --- reading

    def containers(self, project: str) -> tuple[Container, ...]:
        if project != self.project.name:
            return ()
        return tuple(
            sorted((self._now(c) for c in self._containers.values()), key=lambda c: c.name)
        )

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.images[name] for name in names if name in self.images}

    def networks(self, project: str) -> tuple[str, ...]:
        return (f"{project}_default",) if self.network and project == self.project.name else ()

    def volumes(self, project: str) -> tuple[str, ...]:
        return self.data if project == self.project.name else ()

    def lasting_volumes(self, project: str) -> tuple[str, ...]:
        return ()

    def guests(
        self, project: str, networks: Collection[str], volumes: Collection[str]
    ) -> tuple[Guest, ...]:
        return self.strangers

    def logs(
        self, container: Container, *, tail: int | None = None, since: int | None = None
    ) -> list[LogLine]:
        if container.service in self.unreadable:
            raise CommandFailed("this log driver has no reader")
        texts = self.output.get(container.service, [])
        lines = [
            LogLine(container.service, container.name, f"2026-01-01T00:00:{i:02}Z", text)
            for i, text in enumerate(texts)
        ]
        return lines[len(lines) - tail :] if tail is not None else lines

    @contextmanager
    def changes(self, project: str) -> Iterator[FakeEngine]:
        yield self

    def wait(self, seconds: float) -> None:
        """Pass the time, in which every container lives on by one moment."""
        if self.interrupt_after is not None:
            self.interrupt_after -= 1
            if self.interrupt_after < 0:
                self.interrupt_after = None
                raise KeyboardInterrupt
        self.clock.now += seconds
        self._age = {name: age + 1 for name, age in self._age.items()}

    def host(self) -> str:
        return "localhost"

    # --- changing

    def launch(self, services: Sequence[str], *, forced: bool, ordered: bool) -> FakeLaunch:
        flags = f"{' forced' if forced else ''}{' ordered' if ordered else ''}"
        self.calls.append(f"launch {' '.join(services)}{flags}")
        if not self.refuse_launch:
            self.network = True
            for name in services:
                self._start(self.project.service(name), forced=forced)
        return FakeLaunch(self, self.slow_launch)

    def resume(self, services: Sequence[str]) -> None:
        self.calls.append(f"resume {' '.join(services)}")
        for key, container in self._containers.items():
            if container.service in services:
                self._containers[key] = replace(container, state="")

    def remove(self) -> None:
        self.calls.append("remove")
        self._containers, self.network = {}, False

    def disconnect(self, network: str, container: str) -> None:
        self.calls.append(f"disconnect {container} from {network}")
        self.strangers = tuple(g for g in self.strangers if g.name != container)

    def rename(self, container: str, name: str) -> None:
        self.calls.append(f"rename {container} {name}")
        (former,) = [c for c in self._containers.values() if c.id == container]
        del self._containers[former.name]
        self._containers[name] = replace(former, name=name)
        self._age[name] = self._age.pop(former.name)

    def remove_containers(self, ids: Sequence[str], *, stop_first: Collection[str]) -> None:
        for name, container in list(self._containers.items()):
            if container.id in ids:
                verb = "stop and remove" if container.id in stop_first else "kill"
                self.calls.append(f"{verb} {name}")
                del self._containers[name]

    def remove_networks(self, names: Sequence[str]) -> None:
        if names:
            self.calls.append(f"remove networks {' '.join(names)}")
            self.network = False

    def remove_volumes(self, names: Sequence[str]) -> None:
        if names:
            self.calls.append(f"remove volumes {' '.join(names)}")
            self.data = tuple(name for name in self.data if name not in names)

    def pull(self, services: Sequence[str]) -> None:
        self.calls.append(f"pull {' '.join(services)}")
        for name in services:
            self.images[self.project.service(name).image] = f"sha256:pulled-{name}"

    def fetch(self, reference: str) -> None:
        self.calls.append(f"fetch {reference}")
        self.images[reference] = f"sha256:fetched-{reference}"

    def build(self, project: Project, steps: Sequence[Step], reporter: Reporter) -> None:
        self.calls.append(f"build {' '.join(step.subject for step in steps)}")
        for step in steps:
            if step.subject in self.broken_builds:
                raise BuildFailed(f"cannot build {step.subject}", details=("no such file",))
            self._count += 1
            self.images[step.target] = f"sha256:built-{step.subject}-{self._count}"
            reporter.output(f"built {step.subject}")

    def tag(self, source: str, target: str) -> None:
        self.calls.append(f"tag {source} {target}")
        self.images[target] = self.images[source]

    # --- for the tests

    def put(self, service: Service, **changes: object) -> Container:
        """Place a container that was there before, in a state that does not move."""
        container = self._new(service)
        container = replace(container, **changes)  # type: ignore[arg-type]
        self._containers[container.name] = container
        self._age[container.name] = 100
        return container

    def _start(self, service: Service, *, forced: bool) -> None:
        for index in range(service.replicas):
            name = f"{self.project.name}-{service.name}-{index + 1}"
            former = self._containers.get(name)
            new = self._new(service, index)
            same = former and not forced and former.image_id == new.image_id
            if same and former:
                new = replace(former, started_at=new.started_at, state="", health="")
            self._containers[name] = new
            self._age[name] = 0

    def _new(self, service: Service, index: int = 0) -> Container:
        self._count += 1
        return Container(
            id=f"id-{self._count}",
            name=f"{self.project.name}-{service.name}-{index + 1}",
            service=service.name,
            state="",
            image=service.image,
            image_id=self.images.get(service.image, ""),
            started_at=f"start-{self._count}",
        )

    def _now(self, container: Container) -> Container:
        if container.state:  # a fixed state
            return container
        service = self.project.service(container.service)
        life = self.lives.get(service.name, HEALTHY if service.has_healthcheck else RUNNING)
        state, health, code = life[min(self._age[container.name], len(life) - 1)]
        probes = (Probe(1, "connection refused"),) if health == "unhealthy" else ()
        shown = replace(container, state=state, health=health, exit_code=code, probes=probes)
        return replace(shown, restart_count=self.restarts if state == "restarting" else 0)


@dataclass
class FakeLaunch:
    """A start that takes `left` looks."""

    engine: FakeEngine
    left: int
    stopped: bool = False

    def poll(self) -> int | None:
        if self.left > 0:
            self.left -= 1
            return None
        return 1 if self.engine.refuse_launch else 0

    def stop(self) -> None:
        self.stopped = True

    def complaint(self) -> str:
        return self.engine.refuse_launch


@dataclass
class FakeInputs:
    """Digests by service; `after` replaces them from the second look on, as an edit would."""

    names: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] | None = None

    def digests(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        found = {name: self.names[name] for name in services if name in self.names}
        if self.after is not None:
            self.names, self.after = self.after, None
        return found


@dataclass
class FakeKeeper:
    """Remembers whose inputs it was to keep."""

    kept: list[str] = field(default_factory=list)

    def keep(self, project: Project, services: Sequence[str]) -> None:
        self.kept += services


@dataclass
class FakeSources:
    """A repository in which some services have files that nobody committed."""

    dirty: frozenset[str] = frozenset()

    def unclean(self, project: Project, services: Iterable[str]) -> frozenset[str]:
        return self.dirty & set(services)


@dataclass
class FakePublished:
    """A registry that has some kept images; `asked` is what was looked for."""

    images: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def find(self, kept: Iterable[str]) -> Mapping[str, str]:
        wanted = sorted(kept)
        self.asked += wanted
        return {name: self.images[name] for name in wanted if name in self.images}


@dataclass
class FakeLock:
    """A lock in memory; None means that there is no file."""

    lock: Lock | None = None

    def read(self) -> Lock:
        return self.lock or Lock()

    def exists(self) -> bool:
        return self.lock is not None

    def write(self, lock: Lock) -> None:
        self.lock = lock


@dataclass
class FakeSurveyor:
    """An engine with playgrounds on it; measuring the disk takes `seconds`."""

    found: Survey = field(default_factory=Survey)
    disk: Disk = field(default_factory=Disk)
    seconds: float = 0.0
    changed: float = 0.0
    calls: list[str] = field(default_factory=list)

    def survey(self) -> Survey:
        self.calls.append("survey")
        return self.found

    def measure(self) -> FakeSurveyor:
        self.calls.append("measure")
        return self

    def wait(self, seconds: float | None) -> Disk | None:
        return self.disk if seconds is None or seconds >= self.seconds else None

    def last_change(self, ids: Iterable[str]) -> float:
        self.calls.append(f"last change of {' '.join(ids)}")
        return self.changed

    def host(self) -> str:
        return "localhost"


@dataclass
class FakeFolders:
    """Folders by name; `links` lead to others."""

    gone: frozenset[str] = frozenset()
    links: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def real(self, folder: str) -> str:
        return self.links.get(folder, folder)

    def is_gone(self, folder: str) -> bool:
        self.asked.append(folder)
        return folder in self.gone


@dataclass
class FakeMemory:
    """Keeps what it is told."""

    known: Mapping[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)

    def recall(self) -> Mapping[str, str]:
        return self.known

    def remember(self, known: Mapping[str, str]) -> None:
        self.known = dict(known)
        self.marks &= set(known)

    def edited(self) -> frozenset[str]:
        return frozenset(self.marks)

    def mark_edited(self, container: str) -> None:
        self.marks.add(container)


@dataclass
class FakeGround:
    """What others have, and what this playground was given."""

    now: Ground = field(default_factory=Ground)
    given: tuple[Claim, ...] = ()
    calls: list[str] = field(default_factory=list)

    def remembered(self) -> tuple[Claim, ...]:
        return self.given

    def look(self, kinds: Collection[str]) -> Ground:
        self.calls.append(f"look {' '.join(sorted(kinds))}")
        return self.now

    @contextmanager
    def deciding(self) -> Iterator[None]:
        self.calls.append("decide")
        yield
        self.calls.append("decided")

    def remember(self, claims: tuple[Claim, ...]) -> None:
        self.calls.append("remember")
        self.given = claims


@dataclass
class FakeReporter:
    """Writes down what it is told."""

    lines: list[str] = field(default_factory=list)
    bytes_copied: dict[str, int] = field(default_factory=dict)

    def started(self, steps: Sequence[Step]) -> None:
        self.lines += [f"start {step}" for step in steps]

    def finished(self, steps: Sequence[Step]) -> None:
        self.lines += [f"end {step.action} {step.subject}" for step in steps]

    def output(self, line: str) -> None:
        self.lines.append(f"out {line}")

    def states(self, states: Sequence[ServiceState]) -> None:
        """Nothing: states are read from what the workflow returns."""

    def copied(self, step: Step, done: int, total: int) -> None:
        self.bytes_copied[step.subject] = done

    def note(self, text: str) -> None:
        self.lines.append(f"note {text}")
