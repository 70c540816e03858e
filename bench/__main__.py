"""Each figure beside the other tool's, in one run: `python -m bench [SECTION...]`.

The two commands of a pair take turns, as whole processes, after one round that is not counted.
"""

from __future__ import annotations

import compileall
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import envctl
from bench import stages, testers, watch
from bench.images import BAKE, BUILD, CACHED, built, context, peak_memory
from bench.playgrounds import ENVCTL, OURS, THEIRS, beside, chain, playground, playgrounds
from bench.timing import Pair, Side

SERVICES = 8
UP, UP_AND_WAIT = (*OURS, "up"), (*THEIRS, "up", "--detach", "--wait")
AWAY, DOWN = (*OURS, "down", "--volumes"), (*THEIRS, "down", "--volumes")
PS, COMPOSE_PS = (*OURS, "ps"), (*THEIRS, "ps")
PLAYGROUNDS = 20
GROWTH = (1, 20, 50)
CONTEXTS = ((20_000, 11_100), (100_000, 20_000))
"""How many files, of how many bytes each."""


def main() -> None:
    """Print the tables that are asked for; all of them for none."""
    # an installed package comes compiled; a checkout may be told never to write what it compiled
    compileall.compile_dir(Path(envctl.__file__).parent, quiet=1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # what was made is removed
    for name in _named(sys.argv[1:]) or SECTIONS:
        print(f"\n### {name}\n\n| what | envctl | docker compose | ratio |\n|---|---|---|---|")
        SECTIONS[name]()


def _named(words: Sequence[str]) -> list[str]:
    """Return the sections that words name: by their names, or by the part before the dash."""
    found = [n for word in words for n in SECTIONS if word in (n, n.partition("-")[0])]
    if words and not found:
        raise SystemExit(f"there are: {', '.join(SECTIONS)}")
    return found


def daily() -> None:
    """Measure what a developer types all day, on eight healthy services."""
    with playground(beside(SERVICES)) as folder:
        _show(folder, 15, "`envctl --help`", Pair(Side((ENVCTL, "--help"))))
        _show(folder, 15, "`up`, nothing to do", Pair(Side(UP), Side(UP_AND_WAIT)))
        _show(folder, 15, "`ps`", Pair(Side(PS), Side(COMPOSE_PS)))
        config = Pair(Side((*OURS, "config")), Side((*THEIRS, "config")))
        _show(folder, 15, "`config`", config)
        first = Pair(Side(UP, before=AWAY), Side(UP_AND_WAIT, before=AWAY))
        _show(folder, 7, "first `up`", first)


def away() -> None:
    """Measure how a playground goes and comes again, on a dependency chain of eight."""
    for deaf, rounds in ((False, 5), (True, 1)):
        kind = "that do not hear that they are to stop" if deaf else "that end when asked to"
        with playground(chain(SERVICES, deaf=deaf)) as folder:
            down = Pair(Side(AWAY, before=UP), Side(DOWN, before=UP))
            _show(folder, rounds, f"`down --volumes`, services {kind}", down, 0)
            reset = Pair(Side((*OURS, "reset"), before=UP))
            reset.run(folder, rounds, 0)
            reset.other = down.other
            print(reset.row(f"`reset` beside `down -v` alone, services {kind}"), flush=True)


def growth() -> None:
    """Measure how each grows with the number of services."""
    for count in GROWTH:
        with playground(beside(count)) as folder:
            idle = Pair(Side(UP), Side(UP_AND_WAIT))
            _show(folder, 5, f"`up`, nothing to do, {count} services", idle)
            _show(folder, 5, f"`ps`, {count} services", Pair(Side(PS), Side(COMPOSE_PS)))
            first = Pair(Side(UP, before=AWAY), Side(UP_AND_WAIT, before=AWAY))
            _show(folder, 2, f"first `up`, {count} services", first, 0)
            gone = Pair(Side(AWAY, before=UP), Side(DOWN, before=UP))
            _show(folder, 2, f"`down --volumes`, {count} services", gone, 0)


def many() -> None:
    """Measure a look at all playgrounds of an engine."""
    with playgrounds(PLAYGROUNDS) as folder:
        pair = Pair(Side((ENVCTL, "list")), Side(("docker", "compose", "ls", "--all")))
        _show(folder, 15, f"`list` beside `ls --all`, {PLAYGROUNDS} playgrounds", pair)


def images() -> None:
    """Measure what it costs that no image has to be built."""
    with built(SERVICES) as folder:
        pair = Pair(Side(BUILD), Side(BAKE))
        what = f"`build` beside `docker buildx bake`, nothing to do, {SERVICES} services"
        _show(folder, 15, what, pair)


def contexts() -> None:
    """Measure the same for one image whose context has many files."""
    for files, size in CONTEXTS:
        with context(files, size) as folder:
            pair = Pair(Side(BUILD), Side(CACHED))
            pair.run(folder, 7, 2)
            amount = f"{files:,} unchanged files, {files * size / 1e6:,.0f} MB"
            memory = f"`build` needs {peak_memory(folder, 3)} of memory"
            print(pair.row(f"`build` beside `docker build`, {amount}; {memory}"), flush=True)


def _show(folder: Path, rounds: int, what: str, pair: Pair, unmeasured: int = 1) -> None:
    pair.run(folder, rounds, unmeasured)
    print(pair.row(what), flush=True)


SECTIONS: dict[str, Callable[[], None]] = {
    "daily": daily,
    "away": away,
    "many": many,
    "growth": growth,
    "images": images,
    "contexts": contexts,
    **stages.SECTIONS,
    **watch.SECTIONS,
    **testers.SECTIONS,
}

main()
