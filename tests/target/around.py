"""What is around the engine of a fake target: edge, store, lock, registry, deployments."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from envctl.domain.deployment import Deployment, StageNames
from envctl.domain.edge import Backing, Certificate, EdgeStage, Mode, Route
from envctl.domain.edge_state import EdgeState, Offered
from envctl.domain.https import HttpsFiles
from envctl.domain.oci import Content
from envctl.domain.stage_record import Deployed
from envctl.domain.target import Holder, HostFacts
from envctl.errors import Failed, Refused, Unhealthy, Unreachable
from envctl.ports.stage import Prints
from tests.target.effects import REGISTRY, Effects
from tests.target.releases import FakeRelease, Nature
from tests.target.world import World


@dataclass
class FakeEdge:
    """The edge; what it serves is what the real one would serve, each change at one moment."""

    world: World
    effects: Effects

    def stages(self) -> tuple[EdgeStage, ...]:
        self.effects.look()
        return self.world.edge.stages()

    def runs(self) -> bool:
        self.effects.look()
        return self.world.edge_runs

    def ensure(self) -> bool:
        if self.world.edge_runs:
            return True
        with self.effects.one("edge start"):
            self.world.edge_runs = True
        return False

    def answering(self, ports: Collection[int]) -> frozenset[int]:
        self.effects.look()
        if not self.world.edge_runs:
            raise Unreachable("the edge does not run")
        up = [b for b in self.world.boxes.values() if b.state == "running"]
        heard = {port for b in up if b.nature is not Nature.MUTE for port in b.ports}
        return frozenset(heard & set(ports))

    def mode_of(self, port: int) -> Mode:
        self.effects.look()
        boxes = self.world.boxes.values()
        if not any(b.state == "running" and port in b.ports for b in boxes):
            raise Unhealthy(f"nothing answers at port {port} of 127.0.0.1")
        return Mode.HTTP

    def offer(
        self, stage: str, routes: Sequence[Route], backing: Backing, https: HttpsFiles
    ) -> None:
        offered = Offered(backing, tuple(routes))
        self._change("offer", lambda state: state.offered(stage, offered))

    def switch(self, stage: str, deployment: str) -> None:
        self._change("switch", lambda state: state.switched(stage, deployment))

    def withdraw(self, stage: str, deployment: str) -> None:
        self._change("withdraw", lambda state: state.withdrawn(stage, deployment))

    def busy(self, stage: str, deployment: str) -> int:
        self.effects.look()
        left = self.world.busy.get(deployment, 0)
        self.world.busy[deployment] = max(left - 1, 0)
        return left

    def certificates(self, stage: str) -> tuple[Certificate, ...]:
        self.effects.look()
        return ()

    def confirm(self, stage: str) -> None:
        self.effects.look()
        if not self.world.edge_runs:
            raise Unreachable("the edge does not run")
        active = next((s.active for s in self.world.edge.stages() if s.stage == stage), "")
        served = next((s for s in self.world.edge.stages() if s.stage == stage), None)
        wanted = {route.service for route in served.routes} if served else set()
        boxes = [b for b in self.world.boxes.values() if b.project == active]
        for service in wanted:
            up = [b for b in boxes if b.service == service and b.state == "running"]
            if not up or any(b.nature is Nature.DEAF for b in up):
                raise Unhealthy(f"{stage} does not answer through the edge: {service}")

    def _change(self, name: str, change: Callable[[EdgeState], EdgeState]) -> None:
        self.effects.look()
        if not self.world.edge_runs:
            raise Unreachable("the edge does not run")
        with self.effects.one(f"edge {name}"):  # built upon what is there then, as the real one
            self.world.edge = change(self.world.edge)


@dataclass
class FakeStore:
    """The store of a stage."""

    world: World
    effects: Effects
    stage: str
    volume: str = "store"

    @property
    def files(self) -> dict[str, bytes]:
        return self.world.stores.setdefault(self.stage, {})

    def names(self, folder: str) -> tuple[str, ...]:
        self.effects.look()
        inside = (path for path in self.files if path.startswith(f"{folder}/"))
        return tuple(sorted({path[len(folder) + 1 :].partition("/")[0] for path in inside}))

    def folders(self, folder: str) -> tuple[str, ...]:
        self.effects.look()
        return ()

    def read(self, path: str) -> bytes | None:
        self.effects.look()
        return self.files.get(path)

    def write(self, files: Mapping[str, bytes], *, mode: int = 0o600) -> None:
        with self.effects.one(f"write {' '.join(files)}"):
            self.files.update(files)

    def remove(self, path: str) -> None:
        with self.effects.one(f"forget {path}"):
            gone = [n for n in self.files if n == path or n.startswith(f"{path}/")]
            for name in gone:
                del self.files[name]


@dataclass
class FakeHeld:
    """A lock that is held."""

    world: World
    effects: Effects
    stage: str
    by: Holder

    def check(self) -> None:
        self.effects.look()
        if self.world.locks.get(self.stage) is not self.by:
            raise Refused("the lock is lost")

    def host_facts(self) -> Callable[[], HostFacts]:
        return lambda: HostFacts(1 << 40, frozenset())


@dataclass
class FakeLock:
    """The lock of a stage; it is free as soon as its holder's command is over, however it ends."""

    world: World
    effects: Effects
    stage: str
    who: str

    @contextmanager
    def held(
        self, doing: str, *, wait: float | None, waiting: Callable[[Holder], None]
    ) -> Iterator[FakeHeld]:
        if other := self.world.locks.get(self.stage):
            raise Refused(f"somebody else changes the stage: {other}")
        mine = Holder(self.who, "here", self.world.time(), doing)
        try:
            with self.effects.one("lock"):
                self.world.locks[self.stage] = mine
            yield FakeHeld(self.world, self.effects, self.stage, mine)
        finally:
            if self.world.locks.get(self.stage) is mine:
                del self.world.locks[self.stage]

    def holder(self) -> Holder | None:
        return self.world.locks.get(self.stage)

    def force(self) -> Holder | None:
        return self.world.locks.pop(self.stage, None)


@dataclass
class FakeImageRegistry:
    """The registry, as far as ledgers need it."""

    world: World
    effects: Effects
    host: str = "r.example"

    def time(self) -> str:
        self._look()
        return self.world.time()

    def tags(self, repository: str) -> tuple[str, ...]:
        self._look()
        return tuple(sorted(self.world.tags))

    def manifest(self, repository: str, reference: str) -> Content | None:
        self._look()
        found = self.world.tags.get(reference)
        return Content(found[0], self.world.blobs[found[1]]) if found else None

    def has_blob(self, repository: str, digest: str) -> bool:
        self._look()
        return digest in self.world.blobs

    def blob(self, repository: str, digest: str, limit: int) -> bytes:
        self._look()
        return self.world.blobs[digest]

    def put_blob(self, repository: str, content: bytes) -> str:
        return self._keep("blob", content)

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> str:
        digest = self._keep("manifest", manifest.data)
        with self.effects.one(f"{REGISTRY} tag {reference}"):
            self.world.tags[reference] = (manifest.media_type, digest)
        return digest

    def _keep(self, what: str, data: bytes) -> str:
        self._look()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if digest not in self.world.blobs:
            with self.effects.one(f"{REGISTRY} {what}"):
                self.world.blobs[digest] = data
        return digest

    def _look(self) -> None:
        self.effects.look(REGISTRY)
        if not self.world.registry_up:
            raise Unreachable("the registry does not answer")


@dataclass
class FakeDrawing:
    """A release with the present settings of a stage."""

    release: FakeRelease
    names: StageNames
    settings: str
    store: FakeStore

    @property
    def deployed(self) -> Deployed:
        return self.release.deployed(self.names, self.settings)

    def deployment(self, taken: Collection[int]) -> Deployment:
        return self.release.deployment(self.names, self.settings, taken)

    def keep(self, deployment: Deployment) -> None:
        """Put all that it takes into the store; its document last."""
        self.store.write({"settings/web": self.settings.encode()})
        self.store.write({"salt": b"salt"})
        self.store.write({f"deployments/{deployment.name}": pickle.dumps(deployment)})


@dataclass
class FakeDrawings:
    """The deployments of one stage."""

    registry: FakeImageRegistry
    store: FakeStore
    names_there: StageNames

    @cached_property
    def world(self) -> World:
        return self.registry.world

    def draw(self, release: str) -> FakeDrawing:
        self.registry.time()  # it is read from there
        if release not in self.world.releases:
            raise Failed(f"there is no release {release}")
        settings = self.world.settings.get(self.names_there.stage, "")
        return FakeDrawing(self.world.releases[release], self.names_there, settings, self.store)

    def stored(self, name: str) -> Deployment | None:
        data = self.store.read(f"deployments/{name}")
        return pickle.loads(data) if data else None  # noqa: S301 (it was written above)

    def names(self) -> frozenset[str]:
        return frozenset(self.store.names("deployments"))

    def file(self, path: str) -> bytes | None:
        return self.store.read(path)

    def prints(self, name: str) -> Prints:
        data = self.store.read(f"prints/{name}")
        return dict(pickle.loads(data)) if data else {}  # noqa: S301

    def keep_prints(self, name: str, prints: Prints) -> None:
        self.store.write({f"prints/{name}": pickle.dumps(prints)})

    def forget(self, name: str) -> None:
        self.store.remove(f"prints/{name}")
        self.store.remove(f"deployments/{name}")
