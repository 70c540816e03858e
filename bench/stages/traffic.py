"""Requests that are lost while things change, at a steady rate; and what bad releases do."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from bench.stages.projects import FULL, Bench, Plain, bench, plain
from bench.stages.tables import share, show
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.image_registry.session import Call, Session
from tests.e2e.image_names import image_names
from tests.e2e.staging import (
    BAD_MIGRATION,
    COMPOSE,
    DIES_LATER,
    EXITS_AT_ONCE,
    NEVER_HEALTHY,
)
from tests.e2e.traffic import Visitors, visitors

RATE = 100
REQUESTS = 10_000 if FULL else 2_500
"""How many requests there are at least, of all kinds together."""
AROUND = 1.0
AFTERWARDS = 3.0
HOST = "127.0.0.1"
TWO_PORTS = COMPOSE.replace(
    '["${WEB_PORT:-8000}:8000"]', '["${WEB_PORT:-8000}:8000", "${TAKEN:-8001}:8000"]'
)


@dataclass
class Lost:
    """Requests that failed, of how many, by what went on meanwhile."""

    failed: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)

    def during(self, what: str, port: int, act: Callable[[], object]) -> None:
        """Count while something is done, and a moment before and after."""
        with visitors(HOST, port, rate=RATE) as seen:
            time.sleep(AROUND)
            act()
            time.sleep(AROUND)
        self.failed[what] += sum(seen.failures.values())
        self.made[what] += seen.total

    def cell(self, what: str) -> str:
        """Return it in words."""
        return f"{share(self.failed[what], self.made[what])} lost"


DEPLOY, UNHEALTHY = "a deploy", "a deploy that fails its healthcheck"
MIGRATION, ROLLBACK = "a deploy whose migration fails", "a rollback"


def lost_requests() -> None:
    """Count what visitors lose at a steady rate during all that may happen."""
    ours, theirs = Lost(), Lost()
    with bench() as here, plain(here.as_plain()) as there:
        _release_all(here)
        _serve(here, "1.0")
        there.serve("1.0")
        _their_round(theirs, there)
        while sum(ours.made.values()) < REQUESTS:
            _our_round(ours, here)
    for what in (DEPLOY, UNHEALTHY, MIGRATION, ROLLBACK):
        show(f"{RATE} requests/s during {what}", ours.cell(what), theirs.cell(what))


def _release_all(here: Bench) -> None:
    here.staged.release("1.0")
    here.staged.release("2.0")
    here.staged.release("2.1", **NEVER_HEALTHY)
    here.staged.release("2.2", **BAD_MIGRATION)


def _serve(here: Bench, version: str) -> None:
    here.staged.promote(version)
    here.staged.deploy()


def _our_round(ours: Lost, here: Bench) -> None:
    staged = here.staged

    def fails(version: str) -> None:
        staged.promote(version)
        _must_fail(staged.run("deploy", "integration", "--yes", "--timeout", "6").code)

    ours.during(UNHEALTHY, here.port, lambda: fails("2.1"))
    ours.during(MIGRATION, here.port, lambda: fails("2.2"))
    ours.during(DEPLOY, here.port, lambda: _serve(here, "2.0"))
    back = ("rollback", "integration", "1.0", "--yes")
    ours.during(ROLLBACK, here.port, lambda: staged.done(*back))


def _must_fail(code: int) -> None:
    if code != 6:
        raise SystemExit(f"a bad release ended with {code}, not with 6")


def _their_round(theirs: Lost, there: Plain) -> None:
    for what, tag in ((DEPLOY, "2.0"), (ROLLBACK, "1.0"), (UNHEALTHY, "2.1"), (MIGRATION, "2.2")):
        theirs.during(what, there.port, partial(there.run, tag, "up", "--detach"))
        if what in (UNHEALTHY, MIGRATION):
            there.serve("1.0")


@dataclass(frozen=True)
class Bad:
    """A bad release: what is wrong with it, and how it is made so."""

    what: str
    version: str
    files: dict[str, str] = field(default_factory=dict)
    compose: str = COMPOSE
    missing: bool = False


BAD = (
    Bad("exits at once", "3.0", EXITS_AT_ONCE),
    Bad("healthy, dies after 2 s", "3.1", DIES_LATER),
    Bad("never healthy", "3.2", NEVER_HEALTHY),
    Bad("an image is missing", "3.3", missing=True),
    Bad("a port is taken", "3.4", compose=TWO_PORTS),
)


def bad_releases() -> None:
    """Deploy releases that cannot work, with visitors, and see what serves afterwards."""
    with bench() as here, plain(here.as_plain()) as there, _taken() as port:
        for playground in (here.staged.playground, there.playground):
            playground.environment["TAKEN"] = str(port)
        settings = here.staged.playground.folder / "integration.env"
        settings.write_text(f"{settings.read_text()}TAKEN={port}\n")
        here.staged.release("1.0")
        _serve(here, "1.0")
        for bad in BAD:
            _make(here, bad)
            _compare(here, there, bad)


def _make(here: Bench, bad: Bad) -> None:
    here.staged.playground.write("compose.yaml", bad.compose)
    before = _names(here)
    # no image of another project is the same, so that one that is to be missing is
    here.staged.release(bad.version, own=here.staged.name, **bad.files)
    here.staged.promote(bad.version)
    if bad.missing:
        for name, _ in _names(here) - before:
            EngineHttp().delete(f"/images/{name}", force=True)
        _lose(here, bad.version)


def _compare(here: Bench, there: Plain, bad: Bad) -> None:
    there.playground.write("compose.yaml", here.as_plain())
    there.serve("1.0")
    there.playground.write("compose.yaml", here.as_plain(bad.compose))
    deploy = ("deploy", "integration", "--yes", "--timeout", "8")
    ours = _outcome(here.port, lambda: here.staged.run(*deploy).code)
    up = ("up", "--detach", "--wait", "--wait-timeout", "8")
    theirs = _outcome(there.port, lambda: there.run(bad.version, *up).returncode)
    show(f"a bad release: {bad.what}", ours, theirs)


def _outcome(port: int, act: Callable[[], int]) -> str:
    with visitors(HOST, port, rate=RATE) as seen:
        time.sleep(AROUND)
        code = act()
        time.sleep(AFTERWARDS)
    failed = share(sum(seen.failures.values()), seen.total)
    return f"says {code}; {_serving(seen)} serves; {failed} lost"


def _serving(seen: Visitors) -> str:
    return seen.order[-1] if seen.order[-1] in seen.answers else "nothing"


def _names(here: Bench) -> set[tuple[str, str]]:
    """Return what the engine calls images of the project, and their IDs."""
    return {both for both in image_names(EngineHttp()) if here.staged.name in both[0]}


def _lose(here: Bench, version: str) -> None:
    """Take what was built for a version from the registry, as somebody who tidies up does."""
    shown = here.staged.json("show", version)
    built = [image for image in shown["images"] if image["input"]]
    home = f"team/{here.staged.name}"
    for image in built:
        for repository in (home, *(f"{home}/{service}" for service in image["services"])):
            url = f"/v2/{repository}/manifests/{image['digest']}"
            scopes = (f"repository:{repository}:*",)
            Session(here.registry.host).ask(Call("DELETE", url, scopes, (202,)))


@contextmanager
def _taken() -> Iterator[int]:
    """Yield a port that somebody else listens on."""
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104
        yield int(listener.getsockname()[1])
