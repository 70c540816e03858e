"""The engine of a fake target, as a stage sees it, with Compose before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from envctl.domain.deployment import (
    DEFINITION,
    DEPLOYMENT,
    PORTS,
    PROJECT,
    RELEASE,
    RESTING,
    ROLE,
    SERVING,
    STAGE,
    Deployment,
    Link,
    StageNames,
)
from envctl.domain.observed import Container
from envctl.domain.service import Role, Service
from envctl.domain.volume import Volume
from envctl.errors import CommandFailed, EnvctlError, Failed, Unreachable
from envctl.ports import LogLine
from tests.target.effects import Effects
from tests.target.releases import Nature, digits
from tests.target.world import Box, World


@dataclass
class FakeLaunch:
    """A start by Compose, which is over at once."""

    said: str = ""

    def poll(self) -> int:
        return 1 if self.said else 0

    def stop(self) -> None:
        """Nothing: it has ended."""

    def complaint(self) -> str:
        return self.said


@dataclass
class FakeReader:
    """The engine as who waits for containers sees it; time passes only when somebody waits."""

    world: World
    effects: Effects

    def containers(self, project: str) -> tuple[Container, ...]:
        self.effects.look()
        boxes = [b for b in self.world.boxes.values() if b.project == project]
        return described(self.world, boxes)

    def logs(
        self, container: Container, *, tail: int | None = None, since: int | None = None
    ) -> list[LogLine]:
        return []

    @contextmanager
    def changes(self, project: str) -> Iterator[FakeReader]:
        self.effects.look()
        yield self

    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        self.world.live()

    def monotonic(self) -> float:
        return self.world.now


@dataclass
class FakeStage:
    """Looks at one stage."""

    world: World
    effects: Effects
    names: StageNames

    def containers(self) -> tuple[Container, ...]:
        """Return all containers that bear the stage's labels, sorted by name."""
        self.effects.look()
        return described(self.world, self.boxes())

    def boxes(self) -> list[Box]:
        wanted = {PROJECT: self.names.project, STAGE: self.names.stage}
        return [b for b in self.world.boxes.values() if wanted.items() <= b.labels.items()]

    def volumes(self, names: Iterable[str]) -> frozenset[str]:
        self.effects.look()
        return frozenset(names) & self.world.volumes.keys()

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        self.effects.look()
        images = self.world.images
        known = {image: image for image in images.values()} | images
        return {name: known[name] for name in names if name in known}

    def prints(self) -> Mapping[str, Mapping[str, str]]:
        self.effects.look()
        return {box.name: {"image": box.image} for box in self.boxes()}

    def ports_given(self) -> frozenset[int]:
        self.effects.look()
        return frozenset(port for box in self.world.boxes.values() for port in box.ports)


@dataclass
class FakeHands(FakeStage):
    """Changes one stage; what the engine does with one container is one effect."""

    def pull(self, reference: str, name: str, ids: Sequence[str]) -> None:
        with self.effects.one(f"pull {name}"):
            if not self.world.registry_up or self.effects.registry_lost:
                raise Unreachable(f"cannot pull {reference} on the target")
            found = reference.rpartition("@")[2]
            if found not in ids:
                raise Failed(f"{reference} is {found} there")
            self.world.images[reference] = found
        self.tag(reference, name)

    def tag(self, source: str, name: str) -> None:
        with self.effects.one(f"tag {name}"):
            self.world.images[name] = self.image_ids([source])[source]

    def create_volume(self, volume: Volume) -> None:
        with self.effects.one(f"create volume {volume.name}"):
            self.world.volumes.setdefault(volume.name, f"volume-{self.world.number()}")

    def create(self, deployment: Deployment, *, anew: bool) -> FakeLaunch:
        return self._compose(deployment, deployment.name, None, forced=anew)

    def launch(
        self, deployment: Deployment, project: str, services: Sequence[str], *, forced: bool
    ) -> FakeLaunch:
        return self._compose(deployment, project, services, forced=forced)

    def connect(self, container: str, link: Link) -> None:
        with self.effects.one(f"connect {link.service} {link.network}"):
            if link.network not in self.world.networks:
                raise CommandFailed(f"network {link.network} not found")
            self._box(container).networks.add(link.network)

    def start(self, containers: Sequence[str]) -> None:
        for container in containers:
            self._let(container, SERVING)
            self._start(self._box(container))

    def stop(self, containers: Sequence[str]) -> None:
        for container in containers:
            if container in self.world.boxes:
                self._stop(self._box(container))
                self._let(container, RESTING)

    def _let(self, container: str, policy: str) -> None:
        box = self._box(container)
        if not box.is_job and box.policy != policy:
            with self.effects.one(f"let {box.name} be {policy}"):
                box.policy = policy

    def remove(self, containers: Sequence[str]) -> None:
        for container in containers:
            box = self._box(container)
            self._stop(box)
            with self.effects.one(f"remove {box.name}"):
                self.world.boxes.pop(container, None)

    def forget_images(self, names: Sequence[str]) -> None:
        """Take names off images, and remove those that have none left; not what is in use."""
        images = self.world.images
        for name in names:
            others = [n for n, i in images.items() if i == images.get(name) and n != name]
            last = not [n for n in others if "@" not in n]
            used = any(box.image == images.get(name) for box in self.world.boxes.values())
            if name in images and not (last and used):
                with self.effects.one(f"forget {name}"):
                    for gone in (name, *(others if last else ())):
                        del images[gone]

    def remove_deployment(self, name: str) -> None:
        for box in [b for b in self.world.boxes.values() if b.project == name]:
            with self.effects.one(f"remove {box.name}"):
                self.world.boxes.pop(box.id, None)
        network = f"{name}_default"
        if network not in self.world.networks:
            return
        for box in self.boxes():
            if network in box.networks:
                with self.effects.one(f"disconnect {box.name} {network}"):
                    box.networks.discard(network)
        with self.effects.one(f"remove network {network}"):
            self.world.networks.discard(network)

    # --- what Compose does

    def _compose(
        self,
        deployment: Deployment,
        project: str,
        services: Sequence[str] | None,
        *,
        forced: bool,
    ) -> FakeLaunch:
        """Compose is told by its exit code what went wrong; only who called it can be killed."""
        part = deployment.apps if project == deployment.name else deployment.data
        try:
            self._network(f"{project}_default")
            for service in part.services:
                if services is None:
                    self._make(deployment, project, service, anew=forced)
                elif service.name in services:
                    self._up(deployment, project, service, forced=forced)
        except EnvctlError as error:
            return FakeLaunch(error.message)
        return FakeLaunch()

    def _network(self, name: str) -> None:
        if name not in self.world.networks:
            with self.effects.one(f"create network {name}"):
                self.world.networks.add(name)

    def _make(self, deployment: Deployment, project: str, service: Service, *, anew: bool) -> None:
        here = self._of(project, service.name)
        if anew:
            self.remove([box.id for box in here])
        if anew or not here:
            self._create(deployment, project, service)

    def _up(self, deployment: Deployment, project: str, service: Service, *, forced: bool) -> None:
        wanted = _definition(deployment, service)
        here = sorted(self._of(project, service.name), key=lambda b: b.definition == wanted)
        for surplus in here[:-1]:
            self.remove([surplus.id])
        box = here[-1] if here else self._create(deployment, project, service)
        if here and (forced or box.definition != wanted):
            former, box = box, self._create(deployment, project, service, prefix="new_")
            self.remove([former.id])
            with self.effects.one(f"rename {box.name}"):
                box.name = box.name.removeprefix("new_")
        if box.state != "running":
            self._let(box.id, SERVING)
            self._start(box)

    def _create(
        self, deployment: Deployment, project: str, service: Service, prefix: str = ""
    ) -> Box:
        is_data = service.role is Role.DATA
        name = f"{'db' if is_data else 'web'}"
        image = next(i for i in deployment.images if name in i.services)
        with self.effects.one(f"create {project}-{service.name}-1"):
            if image.name not in self.world.images:
                raise CommandFailed(f"No such image: {image.name}")
            box = Box(
                id=f"id-{self.world.number()}",
                name=f"{prefix}{project}-{service.name}-1",
                project=project,
                service=service.name,
                labels=self._labels(deployment, service),
                image=self.world.images[image.name],
                definition=_definition(deployment, service),
                nature=Nature.GOOD if is_data else self._nature(deployment),
                is_job=service.role is Role.JOB,
                ports=_ports(deployment, service),
                networks={f"{project}_default"},
            )
            self.world.boxes[box.id] = box
        return box

    def _labels(self, deployment: Deployment, service: Service) -> dict[str, str]:
        labels = {PROJECT: self.names.project, STAGE: self.names.stage, ROLE: str(service.role)}
        if service.role is Role.DATA:
            return {**labels, DEFINITION: dict(deployment.definitions)[service.name]}
        labels |= {DEPLOYMENT: deployment.name, RELEASE: deployment.deployed.release}
        ports = _ports(deployment, service)
        return {**labels, PORTS: ",".join(map(str, ports))} if ports else labels

    def _nature(self, deployment: Deployment) -> Nature:
        return self.world.releases[deployment.deployed.release].nature

    # --- what the engine does

    def _of(self, project: str, service: str) -> list[Box]:
        boxes = self.world.boxes.values()
        return [b for b in boxes if (b.project, b.service) == (project, service)]

    def _box(self, container: str) -> Box:
        self.effects.look()
        if container not in self.world.boxes:
            raise CommandFailed(f"No such container: {container}")
        return self.world.boxes[container]

    def _start(self, box: Box) -> None:
        with self.effects.one(f"start {box.name}"):
            if lacking := box.networks - self.world.networks:
                raise CommandFailed(f"network {lacking} not found")
            for other in self.world.boxes.values():
                if (
                    other is not box
                    and other.state == "running"
                    and set(other.ports) & {*box.ports}
                ):
                    raise CommandFailed(f"port {other.ports} is taken by {other.name}")
            box.state, box.code, box.started = "running", 0, self.world.now
            box.starts = self.world.number()

    def _stop(self, box: Box) -> None:
        if box.state == "running":
            with self.effects.one(f"stop {box.name}"):
                box.state, box.code = "exited", 0


def described(world: World, boxes: Iterable[Box]) -> tuple[Container, ...]:
    """Return containers as the engine describes them, sorted by name."""
    found = (box.container(world.now, world.networks) for box in boxes)
    return tuple(sorted(found, key=lambda c: c.name))


def _definition(deployment: Deployment, service: Service) -> str:
    if service.role is Role.DATA:
        return dict(deployment.definitions)[service.name]
    return digits(f"{deployment.name} {service.name}")[:8]


def _ports(deployment: Deployment, service: Service) -> tuple[int, ...]:
    return tuple(port for s in deployment.servers if s.service == service.name for port in s.ports)
