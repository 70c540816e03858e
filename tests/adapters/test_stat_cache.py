"""The record of contents is never wrong: it answers what reading every file again would."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.adapters import stat_cache
from envctl.adapters.stat_cache import RACY, StatCache, contexts_folder
from envctl.adapters.tree_walk import read_tree
from envctl.domain.ignore import IgnoreMatcher
from envctl.domain.inputs import Entry

NOTHING_IGNORED = IgnoreMatcher(())
LATER = 10 * RACY


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a few files."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (root / name).write_text(name)
    return root


def look(root: Path, now: int = 0) -> list[Entry]:
    return sorted(read_tree(root, NOTHING_IGNORED, StatCache(root, now=now)))


def later() -> int:
    """A moment from which all that was done by now is old."""
    return time.time_ns() + LATER


def read_again(root: Path) -> list[Entry]:
    """The same, in the plainest way."""
    found = []
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found.append(Entry(name, "link", str(path.readlink())))
        elif path.is_dir():
            found.append(Entry(name, "dir"))
        else:
            kind = "exec" if path.stat().st_mode & 0o111 else "file"
            found.append(Entry(name, kind, hashlib.sha256(path.read_bytes()).hexdigest()))
    return sorted(found)


def the_record() -> Path:
    (found,) = (p for p in contexts_folder().iterdir() if not p.name.startswith("."))
    return found


NAMES = ("a", "b", "c", "d/a", "d/b", "d/e/a")
name = st.sampled_from(NAMES)
letter = st.sampled_from("xyz")


def _cleared(path: Path) -> Path:
    """Make room for something at `path`, whatever is there or in the way."""
    for place in (path, *path.parents):
        if place.is_symlink() or place.is_file():
            place.unlink()
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def written(name: str, text: str) -> Callable[[Path], object]:
    return lambda root: _cleared(root / name).write_text(text)


def in_place(name: str, text: str) -> Callable[[Path], object]:
    """Same size, same inode, and the time put back to what it was: as bad as it gets."""

    def change(root: Path) -> None:
        path = root / name
        if path.is_file() and not path.is_symlink():
            before = path.stat()
            with path.open("r+") as file:
                file.write(text)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return change


def renamed_over(name: str, text: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        path = root / name
        before = path.lstat() if path.is_file() and not path.is_symlink() else None
        new = root.parent / "new"
        new.write_text(text)
        if before:
            os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
        new.replace(path if before else _cleared(path))

    return change


def hard_linked(name: str, other: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        if (root / name).is_file() and name != other and not (root / name).is_symlink():
            spare = root.parent / "spare"
            os.link(root / name, spare)
            spare.replace(_cleared(root / other))
            spare.unlink(missing_ok=True)

    return change


def swapped(name: str, other: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        one, two = root / name, root / other
        if one.is_file() and two.is_file() and name != other:
            spare = root.parent / "spare"
            one.rename(spare)
            two.rename(one)
            spare.rename(two)

    return change


def chmodded(name: str, mode: int) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        if (root / name).is_file() and not (root / name).is_symlink():
            (root / name).chmod(mode)

    return change


edit = st.one_of(
    st.builds(written, name, letter),
    st.builds(in_place, name, letter),
    st.builds(renamed_over, name, letter),
    st.builds(hard_linked, name, name),
    st.builds(swapped, name, name),
    st.builds(chmodded, name, st.sampled_from([0o644, 0o755, 0o600])),
    st.builds(lambda n, t: lambda root: _cleared(root / n).symlink_to(t), name, letter),
    st.builds(lambda n: lambda root: _cleared(root / n).mkdir(), name),
    st.builds(lambda n: lambda root: _cleared(root / n), name),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.lists(edit, max_size=4), st.integers(0, 3)), max_size=12))
def test_what_is_answered_is_what_reading_all_again_would(
    rounds: list[tuple[list[Callable[[Path], object]], int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        for edits, looks in rounds:
            for change in edits:
                change(root)
            for _ in range(looks):
                assert look(root) == read_again(root)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(edit, max_size=4), max_size=12))
def test_a_file_is_trusted_after_a_while_and_a_change_is_seen_all_the_same(
    rounds: list[list[Callable[[Path], object]]],
) -> None:
    """All looks are told that it is much later, so that everything read is recorded at once.

    The times of a file system that counts in nanoseconds tell the changes apart, once its clock
    has ticked.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        for edits in rounds:
            _tick(Path(folder, "clock"))
            for change in edits:
                change(root)
            for _ in range(2):
                assert look(root, later()) == read_again(root)


def _tick(clock: Path) -> None:
    """Wait until the file system gives another time than before."""
    clock.touch()
    before = clock.stat().st_ctime_ns
    while clock.stat().st_ctime_ns == before:
        os.utime(clock)


def test_what_did_not_change_is_not_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = look(tree, later())
    monkeypatch.setattr(stat_cache, "_content", _fail)
    assert look(tree, later()) == first


def _fail(handle: int) -> str:
    raise AssertionError("was read")


def test_a_young_file_is_not_trusted(tree: Path) -> None:
    """Not even where every one of its stamps stays the same."""
    look(tree)
    assert look(tree) == read_again(tree)
    assert stat_cache._record(the_record_or_none()) == {}
    at = (tree / "a").stat().st_ctime_ns
    look(tree, at + RACY - 1)
    assert "a" not in stat_cache._record(the_record_or_none())
    look(tree, at + RACY)
    assert "a" in stat_cache._record(the_record())


def the_record_or_none() -> Path:
    return the_record() if contexts_folder().exists() else contexts_folder()


def test_a_file_that_changes_while_it_is_read_is_not_recorded(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = stat_cache._content

    def meddled(handle: int) -> str:
        digest = plain(handle)
        if os.fstat(handle).st_ino == (tree / "a").stat().st_ino:
            (tree / "a").write_text("longer than before")
        return digest

    monkeypatch.setattr(stat_cache, "_content", meddled)
    look(tree, later())
    assert sorted(stat_cache._record(the_record())) == ["b", "sub/c"]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), path.symlink_to("b")),
        lambda path: path.rename(path.with_name("moved")),
        lambda path: [path.unlink(), *map(os.mkfifo, [path])],
        lambda path: (path.unlink(), path.parent.rename(path.parent.parent / "away")),
    ],
)
def test_what_is_no_file_any_more_when_it_is_read_was_never_there(
    tree: Path, change: Callable[[Path], object]
) -> None:
    cache = StatCache(tree)
    for path in ("a", "sub/c"):
        cache.ask(path, (tree / path).stat())
    change(tree / "sub/c")
    assert [path for path, _, _ in cache.contents()] == ["a"]


def test_what_cannot_be_read_is_told_by_its_path(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(handle: int) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(stat_cache, "_content", broken)
    with pytest.raises(OSError, match=r"Input/output error: '.*/tree/"):
        look(tree)


def test_a_file_that_is_gone_is_forgotten(tree: Path) -> None:
    look(tree, later())
    (tree / "a").unlink()
    look(tree, later())
    assert sorted(stat_cache._record(the_record())) == ["b", "sub/c"]


def test_two_views_of_a_folder_have_a_record_each(tree: Path) -> None:
    for rules in ("", "a"):
        read_tree(tree, NOTHING_IGNORED, StatCache(tree, rules, later()))
    assert len(list(contexts_folder().iterdir())) == 2


def test_a_name_that_is_no_text_is_recorded_like_any_other(tree: Path) -> None:
    Path(os.fsdecode(os.fsencode(tree) + b"/n\xff\nm")).write_text("x")
    first = look(tree, later())
    assert "n\udcff\nm" in stat_cache._record(the_record())
    assert look(tree, later()) == first


def _damages(whole: bytes) -> Iterator[bytes]:
    yield b""
    for at in (1, len(stat_cache.FORMAT), stat_cache._HEAD, len(whole) // 2, len(whole) - 1):
        yield whole[:at]  # torn
        yield whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]  # a bit turned
        yield whole[:at] + b"\0" * (len(whole) - at)  # what a file system leaves after a crash
    yield whole + b"more"
    yield whole.replace(stat_cache.FORMAT, stat_cache.FORMAT.replace(b"2", b"1"))
    yield b"\xff" * 100


def test_a_damaged_record_is_none_and_is_made_anew(tree: Path) -> None:
    right = look(tree, later())
    whole = the_record().read_bytes()
    for damaged in _damages(whole):
        the_record().write_bytes(damaged)
        assert stat_cache._record(the_record()) == {}
        assert look(tree, later()) == right
        assert stat_cache._record(the_record()) == stat_cache._record(the_record())
        assert len(stat_cache._record(the_record())) == 3


@pytest.mark.parametrize("place", ["cache", "cache/envctl", "cache/envctl/contexts"])
def test_a_place_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, tree: Path, place: str
) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("in the way")
    assert look(tree, later()) == look(tree, later()) == read_again(tree)
    assert (tmp_path / place).read_text() == "in the way"


def test_a_record_that_is_a_folder_costs_nothing_but_time(tree: Path) -> None:
    look(tree, later())
    record = the_record()
    record.unlink()
    record.mkdir()
    assert look(tree, later()) == read_again(tree)
    assert list(contexts_folder().iterdir()) == [record]


def test_a_full_disk_leaves_the_record_as_it_was(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(tree, later())
    before = the_record().read_bytes()
    (tree / "new").write_text("new")
    monkeypatch.setattr(stat_cache, "_write_all", _full)
    assert look(tree, later()) == read_again(tree)
    assert the_record().read_bytes() == before
    assert list(contexts_folder().iterdir()) == [the_record()]


def _full(file: object, data: bytes) -> None:
    raise OSError(28, "No space left on device")


def test_threads_that_look_at_once_leave_a_whole_record(tree: Path) -> None:
    for number in range(200):
        (tree / f"f{number}").write_text(str(number))
    right = read_again(tree)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: look(tree, later()), range(24)))
    assert all(answer == right for answer in answers)
    assert list(contexts_folder().iterdir()) == [the_record()]
    assert len(stat_cache._record(the_record())) == 203


_LOOKS = """
import sys, time
from pathlib import Path
from envctl.adapters.stat_cache import StatCache
from envctl.adapters.tree_walk import read_tree
from envctl.domain.ignore import IgnoreMatcher
from envctl.domain.inputs import tree_digest
root = Path(sys.argv[1])
for number in range(int(sys.argv[2])):
    (root / f"mine-{sys.argv[3]}").write_text(str(number))
    cache = StatCache(root, now=time.time_ns() + 20_000_000_000)
    found = read_tree(root, IgnoreMatcher(()), cache)
    print(tree_digest(found), flush=True)
"""


def _looking(root: Path, times: int, who: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _LOOKS, str(root), str(times), who]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


@pytest.mark.process
def test_processes_that_look_at_once_leave_a_whole_record(tree: Path) -> None:
    for number in range(200):
        (tree / f"f{number}").write_text(str(number))
    running = [_looking(tree, 20, who) for who in "xyz"]
    assert [len(process.communicate(timeout=120)[0].split()) for process in running] == [20] * 3
    assert stat_cache._record(the_record())
    assert look(tree) == read_again(tree)
    assert list(contexts_folder().iterdir()) == [the_record()]


@pytest.mark.process
def test_a_writer_that_is_killed_leaves_the_old_record_or_the_new_one(tree: Path) -> None:
    """It is killed as soon as its half-written file is seen, again and again."""
    for number in range(3000):
        (tree / f"f{number}").write_text(str(number))
    look(tree, later())
    cut = 0
    for _ in range(8):
        process = _looking(tree, 10_000, "x")
        cut += _killed_in_the_middle(process)
        assert stat_cache._record(the_record())
        assert look(tree) == read_again(tree)
    assert cut, "no writer was killed in the middle"


def _killed_in_the_middle(process: subprocess.Popen[str]) -> bool:
    """Kill a process while it writes; whether it left something half-written."""
    try:
        while not (seen := _half_written()):
            assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return bool(seen & _half_written())


def _half_written() -> set[str]:
    return {path.name for path in contexts_folder().iterdir() if path.name.startswith(".")}


def test_what_a_killed_writer_left_is_removed_when_nobody_can_be_writing_it(tree: Path) -> None:
    look(tree, later())
    old, young = contexts_folder() / ".old", contexts_folder() / ".young"
    for leftover in (old, young):
        leftover.write_text("half")
    os.utime(old, (1, 1))
    (tree / "new").write_text("new")
    look(tree, later())
    assert (old.exists(), young.exists()) == (False, True)


def test_old_records_and_those_beyond_the_newest_are_removed(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stat_cache, "MOST_RECORDS", 3)
    contexts_folder().mkdir(parents=True)
    for number in range(4):
        (contexts_folder() / f"r{number}").write_text("")
        os.utime(contexts_folder() / f"r{number}", (time.time() - number - 1,) * 2)
    os.utime(contexts_folder() / "r0", (1, 1))
    look(tree, later())
    kept = {path.name for path in contexts_folder().iterdir()}
    assert {"r1", "r2"} < kept
    assert not {"r0", "r3"} & kept
