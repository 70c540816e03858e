"""What a stage on this machine's engine takes: to go back, to promote, to look, to do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.stages.projects import FULL, STACK_DOCKERFILE, Bench, Plain, bench, plain, stack
from bench.stages.records import fill
from bench.stages.tables import show
from bench.stages.watch import Seen, watch
from bench.timing import call, row
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.deployment import PROJECT

SERVICES = 8
ROUNDS = 15 if FULL else 5
STAGES = ("integration", "staging", "production")
RECORDS = (10, 1000)
VERSIONS = ("1.0", "2.0")
FORMER = "`rollback` beside `up -d --wait` with the former tags"


@contextmanager
def eight() -> Iterator[tuple[Bench, Plain]]:
    """Yield a stage of eight services that has had two releases, and the same as plain Compose."""
    text = stack(SERVICES, SERVICES)
    with (
        bench(compose=text, dockerfile=STACK_DOCKERFILE, images=SERVICES) as here,
        plain(here.as_plain()) as there,
    ):
        for version in VERSIONS:
            here.staged.release(version)
            here.staged.promote(version)
            here.staged.deploy()
            there.serve(version)
        yield here, there


def rollback() -> None:
    """Measure the way back from a release to the former one, and forth again."""
    ours: list[Seen] = []
    theirs: list[Seen] = []
    switched: tuple[list[float], list[float]] = ([], [])
    with eight() as (here, there):
        before = here.registry.moved()
        for number in range(ROUNDS):
            wanted = VERSIONS[number % 2]
            ours.append(_back(here, wanted))
            theirs.append(_up(there, wanted))
            switched[0].append(ours[-1].until(wanted))
            switched[1].append(theirs[-1].until(wanted))
        moved = here.registry.moved() - before
    print(row(f"{FORMER}, {SERVICES} services: until the former release answers", *switched))
    whole = [[seen.whole for seen in side] for side in (ours, theirs)]
    print(row(f"{FORMER}, {SERVICES} services: the whole command", *whole))
    silence = [[seen.silence() for seen in side] for side in (ours, theirs)]
    print(row("the longest time between two answers meanwhile", *silence))
    show("bytes from and to the registry for a rollback (records)", f"{moved // ROUNDS:,}")


def _back(here: Bench, version: str) -> Seen:
    playground = here.staged.playground
    words = playground.words("rollback", "integration", version, "--yes")
    return watch(words, playground.folder, playground.environ({}), here.port, version)


def _up(there: Plain, version: str) -> Seen:
    words = there.words("up", "--detach", "--wait")
    return watch(words, there.playground.folder, there.environ(version), there.port, version)


def promotion() -> None:
    """Measure a promotion beside pulling, tagging and pushing images that Docker has already."""
    with eight() as (here, there):
        playground, ours, theirs = here.staged.playground, [], []
        before, moved = 0, []
        for number in range(ROUNDS + 1):
            version = VERSIONS[number % 2]
            before = here.registry.moved()
            words = playground.words("promote", "integration", "--release", version)
            ours.append(call(words, playground.folder, playground.environ({})))
            moved.append(here.registry.moved() - before)
            script = ["sh", "-ec", _by_hand(here, version)]
            theirs.append(call(script, there.playground.folder))
    what = f"promotion of {SERVICES} images beside `docker pull`, `tag` and `push` of each"
    print(row(what, ours[1:], theirs[1:]))
    size = f"{sum(moved[1:]) // ROUNDS:,}"
    show("bytes from and to the registry for a promotion (manifests, a record)", size)


def _by_hand(here: Bench, version: str) -> str:
    lines = []
    for number in range(SERVICES):
        source = here.image(f"s{number}", version)
        target = here.image(f"s{number}", "by-hand")
        lines.append(f"docker pull {source}; docker tag {source} {target}; docker push {target}")
    return "\n".join(lines)


def nothing_to_do() -> None:
    """Measure a deploy of what runs already."""
    with eight() as (here, there):
        playground, ours, theirs = here.staged.playground, [], []
        before = _containers(here)
        for _number in range(ROUNDS + 1):
            words = playground.words("deploy", "integration", "--yes")
            ours.append(call(words, playground.folder, playground.environ({})))
            up = there.words("up", "--detach", "--wait")
            theirs.append(call(up, there.playground.folder, there.environ("2.0")))
        touched = before.symmetric_difference(_containers(here))
    what = f"`deploy`, nothing to do, {SERVICES} services, beside `up -d --wait`"
    print(row(what, ours[1:], theirs[1:]))
    show("containers that were touched", str(len(touched)))


def _containers(here: Bench) -> set[str]:
    """Return what would differ if a container of the project had been touched."""
    http = EngineHttp()
    label = [f"{PROJECT}={here.staged.name}"]
    rows = http.get_json("/containers/json", all=True, filters={"label": label})
    found = [http.get_json(f"/containers/{row['Id']}/json") for row in rows]
    return {f"{one['Id']} {one['State']['Status']} {one['State']['StartedAt']}" for one in found}


def status() -> None:
    """Measure a look at three stages, as their ledgers grow."""
    with bench(STAGES) as here, plain(here.as_plain()) as there:
        here.staged.release("1.0")
        for stage in STAGES:
            here.staged.promote("1.0", stage)
            here.staged.deploy(stage)
        there.serve("1.0")
        for records in RECORDS:
            for stage in STAGES:
                fill(here, stage, records)
            _look(here, there, records)


def _look(here: Bench, there: Plain, records: int) -> None:
    playground, ours, theirs = here.staged.playground, [], []
    for _ in range(ROUNDS + 1):
        words = playground.words("status")
        ours.append(call(words, playground.folder, playground.environ({})))
        thrice = ["sh", "-ec", "\n".join([" ".join(there.words("ps"))] * len(STAGES))]
        theirs.append(call(thrice, there.playground.folder, there.environ("1.0")))
    what = (
        f"`status` of three stages of {records:,} records each, beside `docker compose ps` thrice"
    )
    print(row(what, ours[1:], theirs[1:]), flush=True)
