"""Commands on a stage that are killed on their way, and what has to hold then and afterwards."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.stage_record import Kind
from envctl.workflows.ledger_look import LedgerLook
from tests.e2e.conftest import Answer, eventually
from tests.e2e.staging import COMPOSE, Staged
from tests.e2e.traffic import Visitors, visitors
from tests.ledgers import client

if TYPE_CHECKING:
    from envctl.domain.stage_record import Record, StageState
    from tests.fake_registry import FakeRegistry, Repository

_log = logging.getLogger(__name__)
STAGE = "integration"
WANTED = os.environ.get("ENVCTL_FAULTS", "")
"""Which moments are tried: `all`, or numbers like `12,13`; a few where it is empty."""
LONGEST = 180.0
LOCK_ENDS = 20.0
NEXT = ("deploy", STAGE, "--yes", "--wait", "60")
"""The next command. A lock that was made and not started is nobody's after some seconds."""
WEB = """\
#!/bin/sh
mkdir -p /tmp/www && echo "$(cat /app/www/index.html) $GREETING" >/tmp/www/index.html
exec httpd -f -p 8000 -h /tmp/www
"""
RATE = 60
WRITES = ("POST", "PUT", "PATCH", "DELETE")
RELEASES = ("1.0", "2.0")


@dataclass
class Killing:
    """A stage with two releases whose data services differ, too; `greeting` is a setting of it.

    Another greeting makes another deployment of the same release, so that none has to be made.
    It answers at `address`; `engine` is that of its target where it is not this machine's.
    """

    staged: Staged
    registry: FakeRegistry
    address: str = "127.0.0.1"
    engine: str = ""
    greeting: int = 1
    is_brought: bool = False
    promoted: dict[str, Repository] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the releases, and promote the first one."""
        for version in RELEASES:
            edition = f"    environment: {{EDITION: '{version}'}}\n    volumes: [data:/data]\n"
            text = COMPOSE.replace("    volumes: [data:/data]\n", edition)
            self.staged.playground.write("compose.yaml", text)
            self.staged.release(version, web=WEB)
        self.greet(1)
        self.staged.promote(RELEASES[0])
        self.promoted = self.kept_registry()

    def kept_registry(self) -> dict[str, Repository]:
        """Return what is in the registry now."""
        with self.registry.lock:
            return deepcopy(self.registry.repositories)

    def restore_registry(self) -> None:
        """Let the registry be as it was when the first release was promoted."""
        with self.registry.lock:
            self.registry.repositories = deepcopy(self.promoted)

    def greet(self, number: int) -> None:
        """Change the stage's settings."""
        self.greeting, self.is_brought = number, False
        lines = f"WEB_PORT={self.staged.ports[STAGE]}\nTOKEN_FILE=token.txt\nGREETING={number}\n"
        self.staged.playground.write(f"{STAGE}.env", lines)

    def answer(self, version: str) -> str:
        """Return what a release answers, with the present settings."""
        return f"{version} {self.greeting}"

    def bring(self, version: str) -> None:
        """Have a release run with the present settings, the ordinary way."""
        if self.state().version != version:
            self.staged.promote(version)
        self.staged.done(*NEXT)
        self.is_brought = True

    def come(self) -> tuple[str, str, str]:
        """Have the other release come, with other settings; returns it, and what is to be seen."""
        former = self.version()
        (version,) = {*RELEASES} - {former}
        old = self.answer(former)
        self.greet(self.greeting + 1)
        self.staged.promote(version)
        return version, old, self.answer(version)

    @property
    def look(self) -> LedgerLook:
        """The stage's ledger, past envctl's commands."""
        place = RegistryPlace(self.registry.address, f"team/{self.staged.name}")
        return LedgerLook(
            registry=client(self.registry.address),
            place=place,
            project=self.staged.name,
            clock=lambda: datetime.now(UTC).isoformat(),
        )

    def state(self) -> StageState:
        """Return where the ledger says that the stage is."""
        return self.look.state(STAGE)

    def version(self) -> str:
        """Return the version that runs."""
        running = self.state().running
        return running.version if running else ""

    def has_way_back(self) -> bool:
        """Whether a rollback leads to the other release with the same settings."""
        state = self.state()
        former = state.good[0].version if state.good else ""
        return self.is_brought and {former, self.version()} == {*RELEASES}

    def records(self) -> tuple[Record, ...]:
        """Return the ledger, the newest record first."""
        return self.look.history(STAGE)

    def recovered(self, answer: Answer, opened: Record | None) -> str:
        """Check that a command says truly what became of one that was cut short; returns that."""
        if opened is None:
            assert "was cut short" not in answer.stderr, answer.stderr
            return "nothing was open"
        (after,) = [r for r in self.records() if r.sequence == opened.sequence + 1]
        finished = after.event.kind is not Kind.FAILED
        said = "finished" if finished else "undone"
        _log.info("the next command: %s", answer.stderr)
        assert f"was cut short: it is {said}" in answer.stderr, answer.stderr
        words = after.event.reason if finished else after.event.outcome
        assert f"{said} by the next command" in words, after
        return said

    def opened(self) -> Record | None:
        """Return the record that has no end yet."""
        last = self.records()[0]
        return last if self.state().opened else None

    def next_command(self, words: tuple[str, ...] = NEXT) -> tuple[str, Visitors]:
        """Give the next command; returns what it says of the one before, and the visits."""
        opened = self.opened()
        with self.visitors() as seen:
            answer = self.staged.run(*words)
        assert answer.code == 0, answer.stderr
        return self.recovered(answer, opened), seen

    def runs_already(self) -> None:
        """Check that one more deploy has nothing to do, and records nothing."""
        before = len(self.registry.requests)
        assert "runs already" in self.staged.done(*NEXT)
        assert not [r for r in self.registry.requests[before:] if r.startswith(WRITES)]

    def visitors(self) -> AbstractContextManager[Visitors]:
        """Return visitors of the stage, for as long as the block lasts."""
        return visitors(self.address, self.staged.ports[STAGE], rate=RATE)

    def is_well(self, version: str) -> None:
        """Check that all is as an undisturbed deploy leaves it."""
        (said,) = self.staged.json("status")
        assert (said["state"], said["drift"], said["open"]) == ("healthy", [], ""), said
        assert said["running"]["version"] == version, said
        wanted = self.expected(said["running"]["name"])
        with suppress(AssertionError):  # said below, with both
            eventually(lambda: self.containers() == wanted, "the lock's end", LOCK_ENDS)
        assert self.containers() == wanted, self.containers()

    def expected(self, deployment: str) -> dict[str, str]:
        """Return the containers that an undisturbed deploy leaves, and how they are."""
        return {
            f"{self.staged.name}-{STAGE}-db-1": "running",
            f"{deployment}-web-1": "running",
            f"{deployment}-worker-1": "running",
            f"{deployment}-migrate-1": "exited",
        }

    def containers(self) -> dict[str, str]:
        """Return the containers of the stage but those that are kept for a rollback, and its own.

        A lock that was never started is nobody's: it stays until somebody else takes the lock.
        """
        labels = [f"dev.envctl.project={self.staged.name}", f"dev.envctl.stage={STAGE}"]
        http = EngineHttp(Endpoint(self.engine) if self.engine else None)
        found = http.get_json("/containers/json", all=True, filters={"label": labels})
        kept = {one.name for one in self.state().good}
        own = [(f"/{self.staged.name}-{STAGE}-{what}", "created") for what in ("store", "lock")]
        return {
            row["Names"][0].removeprefix("/"): row["State"]
            for row in found
            if (row["Names"][0], row["State"]) not in own
            and (row["Labels"].get("dev.envctl.deployment") not in kept or is_up(row["State"]))
        }

    def run(self, *words: str, meet: Callable[[subprocess.Popen[str]], None]) -> Answer:
        """Run a command to its end, which `meet` may bring about."""
        process = self.staged.playground.start(*words)
        try:
            meet(process)
            stdout, stderr = process.communicate(timeout=LONGEST)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        return Answer(process.returncode, stdout, stderr)


def is_up(state: str) -> bool:
    """Whether a container does something."""
    return state in ("running", "restarting", "paused")


def judge(seen: Visitors, *allowed: list[str]) -> None:
    """Check that nobody was turned away, and that what served changed in an allowed way."""
    assert not seen.failures, seen
    assert seen.order in allowed, seen


def chosen(moments: int, samples: int, number: int) -> Iterator[int]:
    """Yield the moments to try: those that are wanted, or a few over the whole, others each day.

    `number` is that of the scenario, so that they do not all try the same.
    """
    _log.info("%d moments", moments)
    if WANTED:
        yield from count(1) if WANTED == "all" else map(int, WANTED.split(","))
        return
    step = moments / samples
    turn = (datetime.now(UTC).toordinal() * 7 + number * 3) % moments
    yield from sorted({(turn + round(n * step)) % moments + 1 for n in range(samples)})


def after(said: str, old: str, new: str, before: Visitors) -> list[list[str]]:
    """Return what may be seen while a deploy recovers: it goes on from what was last served."""
    last = before.order[-1]
    if said == "finished":
        return [[new]] if last == new else [[new], [old, new]]
    return [[old, new], [new, old, new]] if said == "undone" else [[last, new], [new]]


def tried(moments: Iterator[int], trial: Callable[[int], str], mend: Callable[[], None]) -> None:
    """Try moments, all until one is not met; failures are told at the end, `mend` goes on."""
    failures = []
    for at in moments:
        try:
            if not trial(at) and WANTED == "all":
                break
        except (AssertionError, subprocess.TimeoutExpired) as error:
            _log.info("that was wrong: %s", error)
            failures.append(error)
            mend()
    if failures:
        raise ExceptionGroup("killed", failures)


@contextmanager
def context(what: str) -> Iterator[None]:
    """Name what was done in the failure of a check; `--log-cli-level=info` tells each."""
    _log.info(what)
    try:
        yield
    except AssertionError as error:
        error.add_note(what)
        raise
