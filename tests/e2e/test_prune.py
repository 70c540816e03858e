"""`prune` on a real engine: what nobody needs goes, what is somebody's stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.adapters.engine_address import engine_address
from envctl.adapters.registry import WritableFileRegistry
from envctl.domain.playground import Playground as Known
from tests.e2e.conftest import Answer, Playground, new_name
from tests.e2e.populace import Populace, populace

pytestmark = pytest.mark.engine

DAY = 86400


@pytest.fixture
def made() -> Iterator[Populace]:
    """Playgrounds of this test."""
    with populace() as made:
        yield made


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritableFileRegistry:
    """The registry of this test's user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return WritableFileRegistry(engine_address())


@pytest.fixture
def here(tmp_path: Path) -> Playground:
    """A folder without a project, of the same user."""
    (tmp_path / "here").mkdir()
    return Playground(tmp_path / "here", "", {"XDG_STATE_HOME": str(tmp_path / "state")})


def inhabited(
    made: Populace, registry: WritableFileRegistry, folder: Path, *, running: bool = False
) -> str:
    """Return a playground of three things that envctl is told to have made."""
    name = new_name()
    volume = made.add_volume(name)
    made.add_network(name)
    host = {"Binds": [f"{volume}:/data"]}
    made.add_container(name, "web", str(folder), started=running, HostConfig=host)
    registry.enter(Known(name, "", str(folder), "shop", created=1.0))
    return name


def remains(made: Populace, name: str) -> int:
    return sum(made.remains(name).values())


def pruned(here: Playground, *words: str) -> set[str]:
    """Return the names that go, without doing it."""
    answer = here.envctl("prune", "--dry-run", "--json", *words)
    assert answer.code == 0, answer.stderr
    return {step["subject"] for step in json.loads(answer.stdout)["steps"]}


def test_a_checkout_that_was_deleted_takes_its_playground_with_it(
    tiny: Playground, here: Playground
) -> None:
    tiny.up()
    assert "nothing to do" in here.envctl("prune", "--yes").stdout
    assert len(tiny.containers()) == 3
    folder = tiny.folder.resolve()
    shutil.rmtree(folder)
    planned = here.envctl("prune", "--dry-run").stdout
    assert planned == (
        f"remove {tiny.name}: its folder {folder} is gone; "
        "3 containers (2 running), 1 network, 1 volume of data\n"
    )
    assert len(tiny.containers()) == 3
    answer = here.envctl("prune", "--yes", "--json")
    assert answer.code == 0, answer.stderr
    assert [step["subject"] for step in json.loads(answer.stdout)["steps"]] == [tiny.name]
    assert tiny.containers() == []
    assert Populace().remains(tiny.name) == {"containers": 0, "volumes": 0, "networks": 0}
    state = Path(here.environment["XDG_STATE_HOME"])
    assert [path for path in state.rglob(f"{tiny.name}*") if path.is_file()] == []


def test_what_envctl_did_not_make_is_listed_and_left_alone(
    here: Playground, made: Populace
) -> None:
    name = new_name()
    made.add_container(name, "web", "/nowhere", started=False)
    answer = here.envctl("--name", name, "prune", "--yes", "--older-than", "0s")
    assert (answer.code, answer.stdout) == (0, "nothing to do\n")
    said = f"note: left alone: {name}: not made by envctl on this machine\n"
    assert answer.stderr == said
    assert remains(made, name) == 1


def test_age_takes_what_lies_still_and_nothing_that_runs(
    here: Playground, made: Populace, registry: WritableFileRegistry
) -> None:
    still = inhabited(made, registry, here.folder)
    runs = inhabited(made, registry, here.folder, running=True)
    assert pruned(here) == set()
    assert pruned(here, "--older-than", "1d") == set()
    assert pruned(here, "--older-than", "0s") == {still}
    answer = here.envctl("prune", "--older-than", "0s", "--yes")
    assert answer.code == 0, answer.stderr
    assert f"left alone: {runs}: it runs" in answer.stderr
    assert (remains(made, still), remains(made, runs)) == (0, 3)
    assert [p.name for p in registry.all()] == [runs]


def test_what_was_stopped_a_moment_ago_was_used_a_moment_ago(
    here: Playground, made: Populace, registry: WritableFileRegistry
) -> None:
    """The registry may not know: it ran since `up`, and Compose stopped it."""
    name = inhabited(made, registry, here.folder)
    os.utime(registry.path(name), (DAY, DAY))
    assert pruned(here, "--older-than", "1h") == set()


def test_without_a_terminal_nothing_goes_unless_told(
    here: Playground, made: Populace, registry: WritableFileRegistry
) -> None:
    name = inhabited(made, registry, Path("/nowhere"))
    answer = here.envctl("prune")
    assert (answer.code, answer.stdout) == (5, "")
    assert answer.stderr.splitlines() == [
        f"remove {name}: its folder /nowhere is gone; 1 container, 1 network, 1 volume of data",
        "error: 1 playground with all data would go for good",
        "hint: --yes does it without asking, --dry-run shows it",
    ]
    assert remains(made, name) == 3


@pytest.mark.parametrize(("said", "code", "left"), [("\n", 5, 3), ("n\n", 5, 3), ("y\n", 0, 0)])
def test_on_a_terminal_it_asks_and_takes_only_a_yes(
    here: Playground,
    made: Populace,
    registry: WritableFileRegistry,
    said: str,
    code: int,
    left: int,
) -> None:
    import pty

    name = inhabited(made, registry, Path("/nowhere"))
    main, side = pty.openpty()
    with os.fdopen(main, "r+b", buffering=0) as screen:
        asking = subprocess.Popen(
            [sys.executable, "-m", "envctl", "prune"],
            cwd=here.folder, env=here.environ({}), stdin=side, stdout=side, stderr=side,
        )  # fmt: skip
        os.close(side)
        seen = b""
        while b"[y/N]" not in seen:
            seen += screen.read(4096)
        screen.write(said.encode())
        try:
            while screen.read(4096):
                pass
        except OSError:  # the other side is closed
            pass
        assert asking.wait(timeout=60) == code
    assert f"remove {name}: its folder /nowhere is gone".encode() in seen
    assert remains(made, name) == left


def test_what_another_command_works_on_is_left_alone(
    here: Playground, made: Populace, registry: WritableFileRegistry
) -> None:
    busy = inhabited(made, registry, Path("/nowhere"))
    free = inhabited(made, registry, Path("/nowhere"))
    with registry.turn(busy, lambda: None):
        answer = here.envctl("prune", "--yes")
    assert answer.code == 0
    assert f"note: {busy}: another envctl works on it, left alone" in answer.stderr
    assert (remains(made, busy), remains(made, free)) == (3, 0)


def test_killed_in_the_middle_the_next_one_completes_it(
    here: Playground,
    made: Populace,
    registry: WritableFileRegistry,
    ended: list[subprocess.Popen[str]],
) -> None:
    names = [inhabited(made, registry, Path("/nowhere")) for _ in range(3)]
    process = here.start("prune", "--yes")
    ended.append(process)
    assert process.stderr
    assert process.stderr.readline().startswith("remove ")
    process.kill()
    process.communicate()
    assert sum(remains(made, name) for name in names) > 0
    answer = here.envctl("prune", "--yes")
    assert answer.code == 0, answer.stderr
    assert [remains(made, name) for name in names] == [0, 0, 0]
    assert registry.all() == ()


def test_a_volume_that_somebody_else_uses_stays_and_is_told(
    here: Playground, made: Populace, registry: WritableFileRegistry
) -> None:
    name, stranger = inhabited(made, registry, Path("/nowhere")), new_name()
    host = {"Binds": [f"{name}_data:/data"]}
    made.add_container(stranger, "web", started=False, HostConfig=host)
    answer = here.envctl("prune", "--yes")
    assert answer.code == 1
    assert f"{name}: the container {stranger}-web-1" in answer.stderr
    assert remains(made, name) == 3


def test_notes_of_what_is_nowhere_any_more_are_removed(
    here: Playground, registry: WritableFileRegistry
) -> None:
    gone, there = new_name(), new_name()
    registry.enter(Known(gone, "", "/nowhere", "shop", created=1.0))
    registry.enter(Known(there, "", str(here.folder), "shop", created=1.0))
    answer: Answer = here.envctl("prune", "--yes")
    assert answer.code == 0
    expected = f"forget {gone}: nothing of it is on the engine, its folder /nowhere is gone"
    assert expected in answer.stderr
    assert [p.name for p in registry.all()] == [there]


def test_a_checkout_that_moved_keeps_its_data(tiny: Playground, here: Playground) -> None:
    tiny.up("db")
    moved = tiny.folder.with_name("moved")
    tiny.folder.rename(moved)
    tiny = Playground(moved, tiny.name, tiny.environment)
    tiny.up("db")
    assert tiny.envctl("down").code == 0
    assert pruned(here) == set()
    assert Populace().remains(tiny.name)["volumes"] == 1


def test_an_age_that_is_none_is_a_mistake(here: Playground) -> None:
    answer = here.envctl("prune", "--older-than", "soon")
    assert answer.code == 2
    assert "'soon' is no age" in answer.stderr
