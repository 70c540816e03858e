"""One contract for everything that tells of folders: in the end what is known is what is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.adapters.watch.inotify import InotifyFolders
from envctl.adapters.watch.observer import ObservedFolders
from envctl.domain.watch.stamp import Change, Kind, Stamp
from tests.adapters.watch.ground import Ground, Unwatched, plain, put, scope

# watchdog's observer says so of its own watches on Linux, where it is only tested
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")
NEVER = Stamp(Kind.FILE, -1)
WATCHERS = [InotifyFolders, ObservedFolders, Unwatched]


def changes_of(ground: Ground) -> dict[str, Change]:
    """Return what has changed for sure: what had just been written may be reported once more."""
    return {
        path: change
        for path, change in ground.settle().items()
        if plain({path: change.before or NEVER}) != plain({path: change.after or NEVER})
    }


@pytest.fixture(params=WATCHERS, ids=lambda kind: kind.__name__)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    for name in ("a", "d/b", "d/e/c"):
        put(tmp_path / "shop/root" / name)
    with Ground(tmp_path, request.param) as made:
        yield made


def test_files_come_change_and_go(ground: Ground) -> None:
    put(ground.root / "a", "another text")
    put(ground.root / "new")
    (ground.root / "d/b").unlink()
    assert set(changes_of(ground)) == {"root/a", "root/new", "root/d/b"}


def test_a_save_by_a_temporary_file_is_a_change_of_the_file_alone(ground: Ground) -> None:
    put(ground.root / ".a.swp", "another text").replace(ground.root / "a")
    (change,) = changes_of(ground).values()
    assert change.before
    assert change.after


def test_modes_and_times_count(ground: Ground) -> None:
    (ground.root / "a").chmod(0o700)
    os.utime(ground.root / "d/b", ns=(1, 1))
    assert set(changes_of(ground)) == {"root/a", "root/d/b"}


def test_folders_come_with_all_in_them_and_go_so(ground: Ground) -> None:
    put(ground.root / "x/y/z/file")
    assert set(changes_of(ground)) == {f"root/{p}" for p in ("x", "x/y", "x/y/z", "x/y/z/file")}
    shutil.rmtree(ground.root / "x")
    assert all(change.after is None for change in changes_of(ground).values())


def test_a_folder_that_moves_is_known_by_its_new_name(ground: Ground) -> None:
    (ground.root / "d").rename(ground.root / "moved")
    ground.settle()
    put(ground.root / "moved/e/late")
    (ground.root / "moved/b").unlink()
    assert set(changes_of(ground)) == {"root/moved/e/late", "root/moved/b"}


def test_a_folder_that_leaves_is_not_heard_of_and_one_that_comes_is(ground: Ground) -> None:
    outside = ground.base.parent / "outside"
    (ground.root / "d").rename(outside)
    ground.settle()
    put(outside / "b", "not ours")
    assert changes_of(ground) == {}
    outside.rename(ground.root / "back")
    assert changes_of(ground)["root/back/b"].before is None
    put(ground.root / "back/e/late")
    assert list(changes_of(ground)) == ["root/back/e/late"]


def test_one_kind_becomes_another(ground: Ground) -> None:
    shutil.rmtree(ground.root / "d")
    put(ground.root / "d")
    (ground.root / "a").unlink()
    put(ground.root / "a/inside")
    ground.settle()
    (ground.root / "d").unlink()
    (ground.root / "d").symlink_to("a")
    changes = changes_of(ground)
    assert changes["root/d"].after
    assert changes["root/d"].after.kind is Kind.LINK
    assert "root/d/inside" not in ground.tree.known()


def test_a_folder_that_is_made_anew_at_once_is_watched(ground: Ground) -> None:
    shutil.rmtree(ground.root / "d")
    put(ground.root / "d/b")
    ground.settle()
    put(ground.root / "d/late")
    assert list(changes_of(ground)) == ["root/d/late"]


def test_the_root_may_go_and_come_again(ground: Ground) -> None:
    shutil.rmtree(ground.root)
    ground.settle()
    put(ground.root / "first")
    ground.settle()
    put(ground.root / "late")
    assert list(changes_of(ground)) == ["root/late"]


@pytest.mark.parametrize("watcher", WATCHERS)
def test_a_root_may_be_a_file_and_come_late(tmp_path: Path, watcher: type[InotifyFolders]) -> None:
    one = scope(tmp_path / "shop/conf/app.conf")
    with Ground(tmp_path, watcher, [one]) as ground:
        put(ground.base / "conf/app.conf")
        ground.settle()
        put(ground.base / "conf/beside")
        put(ground.base / "conf/new", "other").replace(ground.base / "conf/app.conf")
        assert list(changes_of(ground)) == ["conf/app.conf"]


@pytest.mark.parametrize("name", [b"with space", b"line\nend", "ä".encode(), b"\xff", b"x" * 255])
def test_any_name_is_a_name(ground: Ground, name: bytes) -> None:
    put(ground.root / os.fsdecode(name))
    assert list(changes_of(ground)) == [f"root/{os.fsdecode(name)}"]


def test_pipes_are_nobody_s_concern(ground: Ground) -> None:
    os.mkfifo(ground.root / "pipe")
    (ground.root / "a").unlink()
    os.mkfifo(ground.root / "a")
    assert [change.after for change in changes_of(ground).values()] == [None]
