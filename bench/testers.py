"""A tester's first minutes: the shop as integration runs it, its images on the engine."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.playgrounds import ENVCTL, NAME
from bench.stages.shop import SECRETS, deployed_shop
from bench.timing import Pair, Side, call
from tests.e2e.conftest import free_port
from tests.e2e.staging import Staged

ROUNDS = 7


def from_a_release() -> None:
    """Compare `up --from` with plain Compose on the same release, written out as files."""
    with deployed_shop() as staged, _desk(staged) as (folder, ours, theirs):
        up, their_up = (*ours, "up", "--from", _address(staged)), (*theirs, "up", "-d", "--wait")
        away = Side(up, before=(*ours, "down", "--volumes"))
        their_away = Side(their_up, before=(*theirs, "down", "--volumes", "--timeout", "1"))
        try:
            first = Pair(away, their_away)
            first.run(folder, ROUNDS)
            what = "`up --from integration` of the shop, beside `up -d --wait` of the same files"
            print(first.row(what), flush=True)
            again = Pair(Side(up), Side(their_up))
            again.run(folder, ROUNDS)
            print(again.row("the same, nothing to do"), flush=True)
        finally:
            call(away.before, folder)
            call(their_away.before, folder)


@contextmanager
def _desk(staged: Staged) -> Iterator[tuple[Path, tuple[str, ...], tuple[str, ...]]]:
    """Yield a folder with the plain files, and how both tools are called there."""
    with tempfile.TemporaryDirectory() as name:
        folder, plain = Path(name), Path(name, "plain")
        secret = str(staged.playground.folder / SECRETS)
        staged.done("show", "0.0", "--stage", "integration", "--compose", str(plain))
        (plain / ".env").write_text(f"SHOP_PORT={free_port()}\nDB_PASSWORD_FILE={secret}\n")
        project = ("--project-name", f"{NAME}-plain", "--project-directory", str(plain))
        yield folder, (ENVCTL, "--name", NAME), ("docker", "compose", *project)


def _address(staged: Staged) -> str:
    said = tomllib.loads((staged.playground.folder / "envctl.toml").read_text())
    return f"{said['registry']}/{said['name']}@integration"


SECTIONS: dict[str, Callable[[], None]] = {"testers": from_a_release}
