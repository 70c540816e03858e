"""What was measured to go wrong with other ways to watch folders, and must not here."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyFD

from envctl.adapters.watch.inotify import InotifyFolders
from tests.adapters.watch.by_hand import watched_inodes
from tests.adapters.watch.ground import IGNORE, Ground, put, scope

pytestmark = pytest.mark.skipif(not hasattr(InotifyFD, "run"), reason="needs Linux")
MANY = 6_000
_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="lowers a limit of the system")


def inodes(ground: Ground) -> list[int]:
    watcher = ground.tree._watcher
    assert isinstance(watcher, InotifyFolders)
    return watched_inodes(watcher)


def kept(ground: Ground) -> list[int]:
    return sorted(os.stat(folder).st_ino for folder in ground.kept())


@contextmanager
def queue_of(events: int) -> Iterator[None]:
    """Give a short queue to who asks the kernel for one now; others have what they had."""
    former = _QUEUE.read_text()
    _QUEUE.write_text(str(events))
    try:
        yield
    finally:
        _QUEUE.write_text(former)


class Short(InotifyFolders):
    """With room for 16 events only."""

    def watch(self, folder: str) -> bool:
        if self._reader is None:
            with queue_of(16):
                return super().watch(folder)
        return super().watch(folder)


def test_thousands_of_folders_come_to_rest_and_are_heard(tmp_path: Path) -> None:
    """A look opens every folder; if that were heard, it would never end."""
    root = tmp_path / "shop/root"
    for number in range(MANY):
        (root / f"{number // 100}/{number}").mkdir(parents=True)
    with Ground(tmp_path, InotifyFolders) as ground:
        assert ground.tree.blind() == 0
        assert ground.settle() == {}
        put(root / "17/1742/late")
        assert list(ground.settle()) == ["root/17/1742/late"]


def test_what_leaves_the_tree_holds_nothing_up(tmp_path: Path) -> None:
    """The unpaired half of a move is an event like others: it is heard before what comes next."""
    with Ground(tmp_path, InotifyFolders) as ground:
        put(ground.root / "leaves")
        ground.settle()
        (ground.root / "leaves").rename(tmp_path / "outside")
        put(ground.root / "next")
        assert list(ground.settle()) == ["root/leaves", "root/next"]
        assert Path(ground.heard[0].path).name == "leaves"


def test_ignored_trees_have_no_watch_whenever_they_come(tmp_path: Path) -> None:
    for name in ("node_modules/a/b", "sub/cache/c", "src/a"):
        (tmp_path / "shop/root" / name).mkdir(parents=True)
    with Ground(tmp_path, InotifyFolders) as ground:
        assert inodes(ground) == kept(ground)
        put(ground.root / "new/cache/deep/file")
        put(ground.root / "new/kept/file")
        put(tmp_path / "elsewhere/x/y")
        (tmp_path / "elsewhere").rename(ground.root / "node_modules/moved")
        ground.settle()
        assert inodes(ground) == kept(ground)
        shutil.move(ground.root / "new", ground.root / "node_modules/new")
        ground.settle()
        assert inodes(ground) == kept(ground)


@as_root
def test_events_that_the_kernel_dropped_are_made_up_for_again_and_again(tmp_path: Path) -> None:
    with Ground(tmp_path, Short) as ground:
        for turn in range(3):
            for number in range(500):
                put(ground.root / f"{turn}/{number % 7}/{number}")
            ground.settle()
            assert inodes(ground) == kept(ground)
            shutil.rmtree(ground.root / f"{turn}/3")
            ground.settle()
        put(ground.root / "0/1/late")
        ground.settle()


@as_root
def test_a_flood_is_told_as_one(tmp_path: Path) -> None:
    watcher = Short(lambda: None)
    try:
        assert watcher.watch(str(tmp_path))
        lost = False
        deadline = time.monotonic() + 60
        while not lost and time.monotonic() < deadline:
            for number in range(500):
                (tmp_path / str(number)).touch()
            lost = watcher.heard()[1]
        assert lost
    finally:
        watcher.close()


class Full(InotifyFolders):
    """A system that watches no more than ten folders."""

    def watch(self, folder: str) -> bool:
        if len(self._descriptors) >= 10 and folder not in self._descriptors:
            return False
        return super().watch(folder)


def test_folders_over_the_limit_are_looked_at_and_nothing_is_lost(tmp_path: Path) -> None:
    for number in range(30):
        put(tmp_path / f"shop/root/{number}/file")
    with Ground(tmp_path, Full) as ground:
        assert ground.tree.blind() > 15
        said = ground.tree.why_blind()
        assert said.startswith(f"the system does not watch {ground.tree.blind()} of ")
        for number in range(0, 30, 3):
            put(ground.root / f"{number}/new/deep")
            (ground.root / f"{number}/file").unlink()
        ground.settle()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE, errno.ENOMEM, errno.EACCES])
def test_a_limit_of_the_system_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "refused")

    watcher = InotifyFolders(lambda: None)
    try:
        assert watcher.watch(str(tmp_path))
        monkeypatch.setattr(InotifyFD, "add_callback", refuse)
        (tmp_path / "sub").mkdir()
        assert not watcher.watch(str(tmp_path / "sub"))
        assert not watcher.watches(str(tmp_path / "sub"))
    finally:
        watcher.close()


def test_the_number_that_is_needed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / f"shop/root/{number}").mkdir(parents=True)
    monkeypatch.setattr(Full, "most", lambda _: 10)
    with Ground(tmp_path, Full, [scope(tmp_path / "shop/root", IGNORE)]) as ground:
        wanted = 2 * ground.tree.folders()
        assert ground.tree.why_blind().endswith(
            f"it watches 10: sudo sysctl fs.inotify.max_user_watches={wanted}"
        )
