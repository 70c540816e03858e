"""Twenty services on another machine, reached through a stock SSH server."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bench.stages.projects import (
    FULL,
    STACK_DOCKERFILE,
    Bench,
    Plain,
    bench,
    idle_stack,
    plain,
    stack,
)
from bench.stages.tables import share, show
from bench.timing import row, timed
from tests.e2e.hosts import Host, hosts_trouble, running_hosts

SERVICES = 20
RUNS = 50 if FULL else 5
NEAR, FAR = "near", "far"


@dataclass
class Runs:
    """The runs of one command: the seconds of those that worked, and how many did not."""

    took: list[float] = field(default_factory=list)
    failed: int = 0

    def add(self, code: int, seconds: float) -> None:
        """Count a run."""
        if code:
            self.failed += 1
        else:
            self.took.append(seconds)

    def cell(self) -> str:
        """Return it in words."""
        return f"{share(self.failed, self.failed + len(self.took))} runs failed"


def ssh() -> None:
    """Deploy twenty services there and here, and there with Compose over SSH."""
    if trouble := hosts_trouble():
        show("a deploy over SSH", f"not measured: {trouble}")
        return
    with tempfile.TemporaryDirectory() as folder, running_hosts(Path(folder)) as hosts:
        far = hosts.environment
        with (
            bench(
                (NEAR, FAR),
                compose=stack(SERVICES, 1),
                dockerfile=STACK_DOCKERFILE,
                images=1,
                targets={FAR: hosts.one.target},
                environment=far,
            ) as here,
            plain(idle_stack(SERVICES), {**far, "DOCKER_HOST": hosts.one.target}) as there,
        ):
            _compare(here, there, hosts.one)


def _compare(here: Bench, there: Plain, host: Host) -> None:
    near, far, theirs = Runs(), Runs(), Runs()
    here.staged.release("1.0")
    for stage in (NEAR, FAR):
        here.staged.promote("1.0", stage)
        here.staged.deploy(stage)
    before = host.connections()
    connections = 0
    for number in range(RUNS):
        near.add(*_deploy(here, NEAR, number))
        before = host.connections()
        far.add(*_deploy(here, FAR, number))
        connections = max(connections, host.connections() - before)
        there.playground.environment["GREETING"] = str(number)
        up = there.words("up", "--detach")
        theirs.add(*timed(up, there.playground.folder, there.environ()))
    what = f"a deploy of {SERVICES} services over SSH"
    show(f"{what}, beside `DOCKER_HOST=ssh://... up -d`", far.cell(), theirs.cell())
    show("SSH connections of one deploy, at most", str(connections))
    if far.took and theirs.took:
        print(row(f"{what}: those that worked", far.took, theirs.took), flush=True)
    if far.took and near.took:
        print(row(f"{what}, beside the same on this machine's engine", far.took, near.took))


def _deploy(here: Bench, stage: str, number: int) -> tuple[int, float]:
    """Deploy the release with another setting, which makes all containers anew."""
    playground = here.staged.playground
    settings = f"WEB_PORT={here.staged.ports[stage]}\nGREETING={number}\n"
    playground.write(f"{stage}.env", settings)
    words = playground.words("deploy", stage, "--yes")
    return timed(words, playground.folder, playground.environ({}))
