"""What people and programs do to files, one way or another, is in the containers afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.watching import BARE, SYNC, disk_tree, has, project, read, tree, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]


def same(playground: Playground, service: str = "web") -> None:
    """Wait until a container has what the disk has, and nothing else."""
    expected = without_top(disk_tree(playground.folder / service))

    def look() -> bool:
        return without_top(tree(playground.container(service), "/srv")) == expected

    eventually(look, "a container that is as the disk is")


def without_top(found: dict[str, tuple[str, str, int]]) -> dict[str, tuple[str, str, int]]:
    """Return all but the folder itself, which belongs to the image, and the repository."""
    return {n: e for n, e in found.items() if n and n.split("/")[0] != ".git"}


def test_files_are_saved_as_editors_do_it(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    page = playground.folder / "web/page"
    with watching(playground, ended):
        for number in range(5):
            playground.write("web/.page.new", f"renamed {number}").replace(page)
            has(playground, "web", "/srv/page", f"renamed {number}")
            page.rename(f"{page}~")  # a backup, then a new file
            playground.write("web/page", f"anew {number}")
            has(playground, "web", "/srv/page", f"anew {number}")
            with page.open("w") as file:  # in place, in two writes
                file.write("in ")
                file.flush()
                file.write(f"place {number}")
            has(playground, "web", "/srv/page", f"in place {number}")
        Path(f"{page}~").unlink()
        same(playground)


def test_a_program_that_never_stops_writing_holds_up_nobody(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended), writer(playground.folder / "web/log") as count:
        for number in range(10):
            before = count[0]
            eventually(lambda: count[0] > before, "something that is written")  # noqa: B023 - called here
            playground.write("web/page", f"{number}")
            has(playground, "web", "/srv/page", f"{number}")
        assert read(playground.container("web"), "/srv/log")


@contextmanager
def writer(path: Path) -> Iterator[list[int]]:
    """Write lines to a file that stays open, for as long as the block lasts."""
    count, enough = [0], threading.Event()

    def write() -> None:
        with path.open("w") as file:
            while not enough.wait(0.002):
                file.write(f"line {count[0]}\n")
                file.flush()
                count[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield count
    finally:
        enough.set()
        thread.join()


def test_another_branch_is_checked_out(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    folder = playground.folder / "web"

    def git(*words: str) -> None:
        own = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=one"]
        subprocess.run(["git", *own, *words], cwd=folder, capture_output=True, check=True)

    def write(branch: str, first: int, kinds: int) -> None:
        for number in range(first, first + 400):
            path = folder / f"{number % 20}/{number % 7}/{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{branch if number % kinds == 0 else 'both'} {number}")
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(branch)

    git("init")
    write("one", 0, 3)
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "two")
    for name in ("0", "1", "2"):
        shutil.rmtree(folder / name)
    (folder / "3").rename(folder / "moved")
    write("two", 200, 2)
    shutil.rmtree(folder / "0")
    (folder / "0").write_text("a file now")
    git("add", ".")
    git("commit", "-m", "two")
    git("checkout", "one")
    with watching(playground, ended):
        for branch in ("two", "one", "two"):
            git("checkout", branch)
            same(playground)


def test_a_large_file_arrives_whole_and_again_when_it_changes(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web=SYNC)
    large = playground.folder / "web/large"
    with watching(playground, ended):
        large.write_bytes(os.urandom(9 << 20))
        same(playground)
        with large.open("r+b") as file:
            file.seek(8 << 20)
            file.write(b"changed in place")
        same(playground)
        large.write_bytes(b"small now")
        same(playground)


@pytest.mark.parametrize("image", ["with a shell", "bare"])
def test_what_is_deleted_or_becomes_something_else(
    playground: Playground, ended: Ended, image: str
) -> None:
    project(playground, web=SYNC)
    web = playground.folder / "web"
    if image == "bare":
        playground.write("web/Dockerfile", BARE)
    for name in ("file", "to-folder", "to-link", "full/deep/a", "full/b", "becomes/a/b"):
        playground.write(f"web/{name}", name)
    (web / "link").symlink_to("page")
    with watching(playground, ended):
        (web / "file").unlink()
        shutil.rmtree(web / "full")
        (web / "to-folder").unlink()
        playground.write("web/to-folder/below", "below")
        (web / "to-link").unlink()
        (web / "to-link").symlink_to("to-folder")
        shutil.rmtree(web / "becomes")
        (web / "becomes").write_text("a file now")
        (web / "link").unlink()
        (web / "link").mkdir()
        same(playground)
        (web / "becomes").unlink()
        (web / "becomes").symlink_to("page")
        shutil.rmtree(web / "to-folder")
        (web / "to-folder").write_text("a file again")
        (web / "page").chmod(0o755)
        (web / "link").chmod(0o700)
        same(playground)


def test_a_folder_is_deleted_and_made_again(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    playground.write("web/deep/er/old", "old")
    with watching(playground, ended):
        for text in ("one", "two", "three"):
            shutil.rmtree(playground.folder / "web/deep")
            playground.write("web/deep/er/page", text)
            same(playground)
            playground.write("web/deep/er/page", f"{text} again")
            same(playground)
        (playground.folder / "web/deep").rename(playground.folder / "web/moved")
        playground.write("web/moved/er/page", "moved")
        same(playground)


def test_a_folder_in_which_somebody_stands_is_deleted_and_made_again(
    playground: Playground, ended: Ended
) -> None:
    """As a shell does: until it leaves, the system does not say that the folder is gone."""
    project(playground, web=SYNC)
    deep = playground.folder / "web/deep"
    playground.write("web/deep/page", "one")
    with watching(playground, ended):
        for text in ("two", "three"):
            standing = os.open(deep, os.O_RDONLY)
            shutil.rmtree(deep)
            playground.write("web/deep/page", text)
            same(playground)
            playground.write("web/deep/page", f"{text} again")
            same(playground)
            os.close(standing)
            playground.write("web/deep/page", f"{text} at last")
            same(playground)


def test_the_folder_of_a_rule_is_deleted_and_made_again(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web="- {action: sync, path: ./web/src, target: /srv/src}")
    playground.write("web/src/deep/old", "old")
    src = playground.folder / "web/src"
    with watching(playground, ended):
        for text in ("one", "two"):
            shutil.rmtree(src)
            has(playground, "web", "/srv/src/deep/old", None)
            has(playground, "web", "/srv/src/deep/page", None)
            playground.write("web/src/deep/page", text)
            has(playground, "web", "/srv/src/deep/page", text)
        src.rename(f"{src}-away")
        has(playground, "web", "/srv/src/deep/page", None)
        playground.write("web/src-away/deep/page", "three")
        Path(f"{src}-away").rename(src)
        has(playground, "web", "/srv/src/deep/page", "three")


def test_names_need_not_be_words(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    names = [" a b ", "one\ntwo", "ünï ☃", os.fsdecode(b"caf\xe9"), "-rf", "*", 'it\'s "q"']
    with watching(playground, ended):
        for name in names:
            folder = playground.folder / "web" / name
            folder.mkdir()
            (folder / name).write_text("one")
        same(playground)
        for name in names[::2]:
            shutil.rmtree(playground.folder / "web" / name)
        for name in names[1::2]:
            (playground.folder / "web" / name / name).unlink()
        same(playground)


def test_two_thousand_files_are_unpacked(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended):
        for number in range(2000):
            path = playground.folder / "web" / f"{number % 40}" / f"{number}"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{number}")
        same(playground)
        for number in range(30):
            shutil.rmtree(playground.folder / "web" / f"{number}")
        same(playground)


def test_a_mounted_folder_in_a_target_is_left_alone_on_both_sides(
    playground: Playground, ended: Ended
) -> None:
    """What is written to a mount, or removed there, is so on the host."""
    project(playground, web=SYNC)
    lines = '    volumes: ["./web/data:/srv/data", modules:/srv/modules]\nvolumes: {modules: {}}\n'
    with (playground.folder / "compose.yaml").open("a") as file:
        file.write(lines)
    kept = playground.write("web/data/kept", "of the host")
    playground.write("web/modules/one", "of the host")
    with watching(playground, ended):
        container = playground.container("web")
        container.exec_run(["sh", "-c", "echo theirs > /srv/modules/theirs"])
        for number in range(20):
            path = playground.write("web/data/again", f"{number}")
            path.unlink()
            playground.write("web/data/again", f"{number}")
        shutil.rmtree(playground.folder / "web/modules")
        playground.write("web/last", "text")
        eventually(lambda: read(container, "/srv/last") == "text", "the edit")
        assert kept.read_text() == "of the host"
        assert (playground.folder / "web/data/again").read_text() == "19"
        assert read(container, "/srv/modules/theirs") == "theirs\n"
