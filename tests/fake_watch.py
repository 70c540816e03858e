"""The outside of `watch` in memory: a disk, containers with files, and a clock that is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envctl.domain.observed import Container, Mount
from envctl.domain.watch.orders import Put
from envctl.domain.watch.rule import Hook
from envctl.domain.watch.stamp import Change, Kind, Stamp
from envctl.errors import CommandFailed, Unreachable
from envctl.ports.watch import Blocked, Content, Gone, Heard, Hint, News

FOLDER = "/"
"""What stands for a folder among texts of files."""


@dataclass
class FakeClock:
    """A clock that stands still until it is told."""

    now: float = 1000.0
    asleep: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def slept(self) -> float:
        return self.asleep


@dataclass
class FakeDisk:
    """Files by path, with what they say; mirrors FileReader and FolderTree."""

    files: dict[str, str] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Stamp] = field(default_factory=dict)
    hints: list[Hint] = field(default_factory=list)
    lost: bool = False
    blind_to: set[str] = field(default_factory=set)
    closed: bool = False
    deaf: bool = False

    def start(self, ring: Callable[[], None]) -> None:
        self.look_everywhere()

    def save(self, path: str, text: str = FOLDER, *, finished: bool = True) -> None:
        """Write a file, in folders that are made if need be."""
        above = path.rpartition("/")[0]
        if above and self.files.get(above) != FOLDER:
            self.save(above)
        self._drop(path)
        self.files[path] = text
        self.made[path] = self.made.get(path, 0) + 1
        self._tell(path, finished=finished)

    def delete(self, path: str) -> None:
        """Remove a file, or a folder with all in it."""
        self._drop(path)
        self.files.pop(path, None)
        self._tell(path)

    def _drop(self, path: str) -> None:
        for below in [p for p in self.files if p.startswith(f"{path}/")]:
            del self.files[below]

    def _tell(self, path: str, *, finished: bool = True) -> None:
        if not self.deaf:
            self.hints.append(Hint(path, finished))

    def heard(self) -> Heard:
        heard, self.hints = Heard(self.hints, self.lost), []
        self.lost = False
        return heard

    def look(self, paths: Iterable[str]) -> tuple[Change, ...]:
        changes = []
        for path in sorted(set(paths)):
            inside = [p for p in {**self.seen, **self.files} if p.startswith(f"{path}/")]
            for one in (path, *sorted(inside)):
                before, after = self.seen.get(one), self._stamp(one)
                if before != after:
                    changes.append(Change(one, before, after))
                if after is None:
                    self.seen.pop(one, None)
                else:
                    self.seen[one] = after
        return tuple(changes)

    def look_everywhere(self) -> tuple[Change, ...]:
        return self.look([*self.seen, *self.files])

    def known(self) -> Mapping[str, Stamp]:
        return self.seen

    def _stamp(self, path: str) -> Stamp | None:
        if (text := self.files.get(path)) is None:
            return None
        kind = Kind.FOLDER if text == FOLDER else Kind.FILE
        return Stamp(kind, 0o644, len(text), inode=self.made.get(path, 0))

    def blind(self) -> int:
        return len(self.blind_to)

    def why_blind(self) -> str:
        return f"{len(self.blind_to)} folders are not watched"

    def look_blindly(self) -> tuple[Change, ...]:
        return self.look(self.blind_to)

    def close(self) -> None:
        self.closed = True

    def read(self, path: str) -> Content | None:
        text = self.files.get(path)
        if text is None:
            return None
        kind = Kind.FOLDER if text == FOLDER else Kind.FILE
        data = text.encode()
        return Content(path, kind, 0o644, 0, 0, 0, len(data), data, key=data or b"empty")


@dataclass
class FakeEngine:
    """Containers and what is in them."""

    disk: FakeDisk
    project: str = "shop"
    rows: dict[str, Container] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    away: bool = False
    refusing: str = ""
    mute: bool = False
    """What is asked for is done, and then no answer comes."""
    codes: dict[str, int] = field(default_factory=dict)
    tell: Callable[[News], None] = lambda _: None
    _starts: int = 0

    def run_container(
        self,
        key: str,
        service: str = "api",
        files: Mapping[str, str] | None = None,
        mounts: tuple[Mount, ...] = (),
    ) -> None:
        """Have a container run, with what its image has in it."""
        self.rows[key] = Container(
            key,
            f"{self.project}-{key}",
            service,
            "running",
            started_at=self._start(),
            mounts=mounts,
        )
        self.files[key] = dict(files or {})
        self.news()

    def remove_container(self, key: str) -> None:
        del self.rows[key], self.files[key]
        self.news()

    def set_state(self, key: str, state: str, exit_code: int = 0) -> None:
        """Stop a container, or start it again as somebody else would."""
        former = self.rows[key]
        started = self._start() if state == "running" else former.started_at
        self.rows[key] = Container(
            key, former.name, former.service, state, started_at=started, exit_code=exit_code
        )
        self.news()

    def news(self) -> None:
        self.tell(News(tuple(self.rows.values())))

    def _start(self) -> str:
        self._starts += 1
        return f"start {self._starts}"

    def start(self, tell: Callable[[News], None]) -> None:
        self.tell = tell
        self.news()

    def close(self) -> None:
        self.tell = lambda _: None

    def connect(self) -> FakeFiles:
        return FakeFiles(self)


@dataclass
class FakeFiles:
    """Mirrors EngineFiles."""

    engine: FakeEngine

    def _of(self, container: str) -> dict[str, str]:
        if self.engine.away:
            raise Unreachable("no engine answers")
        if container not in self.engine.files:
            raise Gone("No such container")
        if self.engine.refusing:
            raise CommandFailed(self.engine.refusing)
        return self.engine.files[container]

    def _answer(self) -> None:
        if self.engine.mute:
            raise Unreachable("no engine answers")

    def put(self, container: str, files: Iterable[tuple[str, Content]]) -> None:
        there = self._of(container)
        for target, content in files:
            text = FOLDER if content.kind is Kind.FOLDER else (content.data or b"").decode()
            if target in there and (there[target] == FOLDER) is not (text == FOLDER):
                raise Blocked("cannot overwrite")
            there[target] = text
            self.engine.done.append(f"{container}: put {target}")
        self._answer()

    def remove(self, container: str, targets: Sequence[str], *, whole: bool) -> Collection[str]:
        there = self._of(container)
        for target in targets:
            below = [p for p in there if p.startswith(f"{target}/")]
            if target not in there or (below and not whole):
                continue
            for path in (target, *below):
                there.pop(path, None)
            self.engine.done.append(f"{container}: remove {target}")
        self._answer()
        return ()

    def kind(self, container: str, target: str) -> Kind | None:
        text = self._of(container).get(target.removesuffix("/."))
        return None if text is None else Kind.FOLDER if text == FOLDER else Kind.FILE

    def names(self, container: str, folder: str) -> tuple[str, ...]:
        below = f"{folder}/"
        return tuple(p[len(below) :] for p in self._of(container) if p.startswith(below))

    def differing(self, container: str, puts: Sequence[Put]) -> Collection[str]:
        there = self._of(container)
        return {
            p.target for p in puts if there.get(p.target) != self.engine.disk.files.get(p.source)
        }

    def run(self, container: str, hook: Hook) -> tuple[int, str]:
        self._of(container)
        words = " ".join(hook.command)
        self.engine.done.append(f"{container}: run {words}")
        return self.engine.codes.get(words, 0), "said\nlast words"

    def restart(self, container: str) -> str:
        self._of(container)
        self.engine.done.append(f"{container}: restart")
        self.engine.set_state(container, "running")
        return self.engine.rows[container].started_at


@dataclass
class InlineWorker:
    """Mirrors ThreadWorker, without a thread: works when it is told to."""

    work: Callable[[Sequence[Any]], bool]
    posted: list[Any] = field(default_factory=list)
    over: bool = False
    failed: bool = False

    def post(self, message: Any) -> None:
        if not self.over:
            self.posted.append(message)

    def close(self, seconds: float = 0.0) -> None:
        self.over = True

    def is_idle(self) -> bool:
        return self.over or not (self.posted or self.failed)

    def go(self) -> None:
        if self.is_idle():
            return
        taken, self.posted = self.posted, []
        try:
            self.failed = not self.work(taken)
        except Gone:
            self.over = True


@dataclass
class Spoken:
    """A reporter that keeps what it is told."""

    lines: list[str] = field(default_factory=list)

    def synced(self, service: str, targets: Sequence[str], seconds: float) -> None:
        self.lines.append(f"synced {service}: {' '.join(targets)}")

    def did(self, service: str, what: str, seconds: float) -> None:
        self.lines.append(f"{service}: {what}")

    def trouble(self, subject: str, what: str) -> None:
        self.lines.append(f"trouble {subject}: {what}")

    def note(self, text: str) -> None:
        self.lines.append(f"note: {text}")
