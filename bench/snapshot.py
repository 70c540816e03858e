"""Save and restore PostgreSQL with 1 GB in it, beside its own tools and a plain copy of the volume.

`python -m bench.snapshot [ROUNDS]`. All three take turns. The plain copy stops the database
meanwhile, as it has to; each restore is timed until the database answers.
"""

from __future__ import annotations

import itertools
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.playgrounds import NAME, OURS, playground
from bench.timing import call, seconds

ROWS = 7_000_000
PROJECT = """\
services:
  db:
    image: postgres:15
    environment: {POSTGRES_PASSWORD: bench}
    command: [postgres, -c, max_wal_size=256MB]
    volumes: [data:/var/lib/postgresql/data]
    healthcheck:
      test: [CMD, psql, -h, 127.0.0.1, -U, postgres, -c, "select 1"]
      interval: 10s
      start_period: 120s
      start_interval: 100ms
  web:
    image: busybox:1.35
    init: true
    command: [sleep, "86400"]
volumes: {data: {}}
"""
FILL = """
create table accounts (id int primary key, branch int, balance int, filler text);
insert into accounts select n, n % 70, 0, md5(n::text) || md5((-n)::text)
    from generate_series(1, :rows) as n;
checkpoint;
"""
DB, DATA, COPY = f"{NAME}-db-1", f"{NAME}_data", f"{NAME}-copy"
PSQL = f"docker exec {DB} psql -h 127.0.0.1 -U postgres"
READY = f"until {PSQL} -c 'select 1' >/dev/null 2>&1; do sleep 0.05; done"
IN_COPIES = f"docker run --rm -v {DATA}:/data -v {COPY}:/copy busybox:1.35 sh -c"
WAYS = {
    "envctl": (
        shlex.join([*OURS, "snapshot", "save", "bench", "--replace"]),
        shlex.join([*OURS, "snapshot", "restore", "bench"]),
    ),
    "pg_dump -Fc / pg_restore": (
        f"docker exec {DB} pg_dump -U postgres -Fc >dump",
        f"{PSQL} -qc 'drop table accounts' && docker exec -i {DB} pg_restore -U postgres "
        "-d postgres <dump",
    ),
    "stop, cp -a, start": (
        f"docker stop {DB} && {IN_COPIES} 'rm -rf /copy/*; cp -a /data/. /copy/' && "
        f"docker start {DB} && {READY}",
        f"docker stop {DB} && {IN_COPIES} 'rm -rf /data/*; cp -a /copy/. /data/' && "
        f"docker start {DB} && {READY}",
    ),
}


@dataclass
class Times:
    """Seconds that a way took."""

    save: list[float] = field(default_factory=list)
    restore: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as home, playground(PROJECT) as folder:
        try:
            _measure(folder, Path(home), rounds)
        finally:
            subprocess.run(["docker", "volume", "rm", COPY], capture_output=True, check=False)


def _measure(folder: Path, home: Path, rounds: int) -> None:
    subprocess.run(
        ["docker", "exec", "-i", DB, "psql", "-U", "postgres", "-q", "-v", f"rows={ROWS}"],
        input=FILL, text=True, check=True,
    )  # fmt: skip
    web = _answer("docker", "inspect", "-f", "{{.Id}}", f"{NAME}-web-1")
    paused: list[float] = []
    times = {way: Times() for way in WAYS}
    for number in range(rounds + 1):
        for way, (save, restore) in WAYS.items():
            begun = time.time()
            saved = _shell(save, folder, home)
            paused += _paused(begun)  # now, for the engine remembers few events
            restored = _shell(restore, folder, home)
            rows = _answer(*shlex.split(PSQL), "-Atc", "select count(*) from accounts")
            print(f"{way}: {saved:.1f} s, {restored:.1f} s, {rows} rows", file=sys.stderr)
            if rows != str(ROWS):
                raise SystemExit(f"{way} brought {rows} rows back")
            if number:  # the first round is not counted
                times[way].save.append(saved)
                times[way].restore.append(restored)
    _print(times)
    size = _answer("docker", "exec", DB, "du", "-sh", "/var/lib/postgresql/data").split()[0]
    held = seconds(statistics.median(paused))
    print(f"\nIn the volume: {size}. envctl's save held the database still for {held}.")
    same = web == _answer("docker", "inspect", "-f", "{{.Id}}", f"{NAME}-web-1")
    print(f"The other service has the container that it had: {'yes' if same else 'no'}.")


def _shell(script: str, folder: Path, home: Path) -> float:
    return call(["env", f"XDG_DATA_HOME={home}", "sh", "-ec", script], folder)


def _answer(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _paused(begun: float) -> list[float]:
    """Return how long the database was paused since `begun`, by the engine's own events."""
    filters = [f"container={DB}", "event=pause", "event=unpause"]
    flags = [word for one in filters for word in ("--filter", one)]
    times = ["--since", str(begun), "--until", str(time.time())]
    lines = _answer("docker", "events", *times, *flags, "--format", "{{.TimeNano}}").split()
    return [(int(end) - int(start)) / 1e9 for start, end in itertools.pairwise(lines)][::2]


def _print(times: dict[str, Times]) -> None:
    print("| PostgreSQL with 1 GB | save | restore | save, ratio | restore, ratio |")
    print("|---|---|---|---|---|")
    ours = times["envctl"]
    for way, found in times.items():
        save, restore = statistics.median(found.save), statistics.median(found.restore)
        ratios = [statistics.median(ours.save) / save, statistics.median(ours.restore) / restore]
        shown = " | ".join("" if way == "envctl" else f"{ratio:.2f}" for ratio in ratios)
        print(f"| {way} | {seconds(save)} | {seconds(restore)} | {shown} |")


main()
