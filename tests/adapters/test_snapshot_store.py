"""One contract for snapshots in memory and in files; and what only files can suffer."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from envctl.adapters.snapshot_store import FileSnapshots
from envctl.domain.snapshot import Mounted, SavedVolume, Snapshot
from envctl.errors import Failed, UsageError
from envctl.ports.snapshots import Snapshots
from tests.fake_snapshots import FakeSnapshots, archive

ONE, TWO = archive({"a": b"one"}), archive({"a": b"two", "b": b"more"})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["fake", "files"])
def store(request: pytest.FixtureRequest, home: Path) -> Snapshots:
    return FakeSnapshots() if request.param == "fake" else FileSnapshots("shop")


def test_a_data_folder_that_cannot_be_made_is_said(home: Path) -> None:
    (home / "envctl").write_text("a file is in the way")
    store = FileSnapshots("x")
    with pytest.raises(Failed, match=r"cannot write .*: Not a directory"), store.draft():
        pass


def keep(store: Snapshots, name: str, **contents: bytes) -> Snapshot:
    mounted = (Mounted("db", "postgres:15", "sha256:1", "15"),)
    with store.draft() as draft:
        saved = [SavedVolume(k, *draft.write(k, iter([c])), mounted) for k, c in contents.items()]
        draft.keep(Snapshot(name, 1_700_000_000, "shop-2", tuple(saved)))
    return store.find(name)


def test_nothing_is_there_at_first(store: Snapshots) -> None:
    assert store.all() == ()
    with pytest.raises(UsageError, match="there is no snapshot 'seed'") as caught:
        store.find("seed")
    assert caught.value.hint == "there are: none"


def test_what_is_kept_is_found_as_it_was(store: Snapshots) -> None:
    kept = keep(store, "seed", data=ONE, up=TWO)
    assert (kept.name, kept.created, kept.playground) == ("seed", 1_700_000_000, "shop-2")
    assert [(v.key, v.size) for v in kept.volumes] == [("data", len(ONE)), ("up", len(TWO))]
    assert kept.volumes[0].sha256 == hashlib.sha256(ONE).hexdigest()
    assert kept.volumes[0].mounted == (Mounted("db", "postgres:15", "sha256:1", "15"),)
    assert store.all() == (kept,)


def test_snapshots_are_sorted_by_name(store: Snapshots) -> None:
    for name in ("b", "a", "c"):
        keep(store, name, data=ONE)
    assert [s.name for s in store.all()] == ["a", "b", "c"]


def test_what_is_not_kept_is_not_there(store: Snapshots) -> None:
    with suppress(KeyboardInterrupt), store.draft() as draft:
        draft.write("data", [ONE])
        raise KeyboardInterrupt
    assert store.all() == ()


def test_a_name_is_taken_over_when_the_new_one_is_whole(store: Snapshots) -> None:
    first = keep(store, "seed", data=ONE)
    with pytest.raises(Failed, match="the copy of data is not whole"):
        keep(store, "seed", data=TWO[:-512])
    assert store.find("seed") == first
    assert keep(store, "seed", data=TWO).volumes[0].size == len(TWO)


def test_what_is_removed_is_gone(store: Snapshots) -> None:
    keep(store, "seed", data=ONE)
    store.remove("seed")
    assert store.all() == ()
    with pytest.raises(UsageError):
        store.remove("seed")


# --- files


@pytest.fixture
def files(home: Path) -> Iterator[FileSnapshots]:
    store = FileSnapshots("shop")
    yield store
    assert sorted(p.name for p in (store.folder / "data").glob("*")) == sorted(
        s.data for s in store.all()
    ), "nothing is left but what a snapshot needs"


def test_only_the_user_can_read_them(files: FileSnapshots) -> None:
    keep(files, "seed", data=ONE)
    for path in files.folder.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_what_a_killed_save_left_goes_with_the_next(files: FileSnapshots) -> None:
    kept = keep(files, "seed", data=ONE)
    left = files.folder / "data" / "0123456789abcdef"
    left.mkdir()
    (left / "data.tar").write_bytes(ONE)
    keep(files, "other", data=ONE)
    assert not left.exists()
    assert (files.folder / "data" / kept.data / "data.tar").read_bytes() == ONE


def test_a_save_that_is_under_way_is_left_alone_by_others(files: FileSnapshots) -> None:
    with files.draft() as draft:
        size, digest = draft.write("data", [ONE])
        keep(FileSnapshots("shop"), "other", data=TWO)
        saved = SavedVolume("data", size, digest, ())
        draft.keep(Snapshot("seed", 0, "shop", (saved,)))
    assert [s.name for s in files.all()] == ["other", "seed"]


@pytest.mark.parametrize("end", [100, 512, 600, len(TWO) - 1024, len(TWO) - 512])
def test_an_archive_that_ends_early_is_not_kept(files: FileSnapshots, end: int) -> None:
    with pytest.raises(Failed, match="is not whole"):
        keep(files, "seed", data=TWO[:end])


def test_an_unreadable_manifest_is_no_snapshot(files: FileSnapshots) -> None:
    keep(files, "seed", data=ONE)
    (files.folder / "broken.json").write_text("{")
    (files.folder / "odd.json").write_text("[1]")
    assert [s.name for s in files.all()] == ["seed"]


def test_projects_do_not_see_each_others(files: FileSnapshots) -> None:
    keep(files, "seed", data=ONE)
    assert FileSnapshots("other").all() == ()
