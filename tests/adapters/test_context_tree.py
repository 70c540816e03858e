from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from envctl.adapters.context_tree import ContextReader, Pins
from envctl.adapters.file_digest import file_digest
from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.errors import ConfigurationError


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A context with one thing of each kind."""
    root = tmp_path / "context"
    (root / "src" / "empty").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / "src" / "main.py").write_text("print()\n")
    (root / "src" / "link").symlink_to("main.py")
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    return root


Contexts = tuple[tuple[str, str], ...]


def no_images(names: Iterable[str]) -> Mapping[str, str]:
    """An engine without images."""
    return {}


def platform() -> str:
    """An engine as most are."""
    return "linux/amd64"


def reader(pins: Pins = no_images) -> ContextReader:
    return ContextReader(pins, platform)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM", raising=False)


def project(
    context: Path, dockerfile: str = "Dockerfile", definition: str = "{}", extra: Contexts = ()
) -> Project:
    section = Build(str(context), dockerfile, definition, extra)
    return Project("shop", (Service("api", "shop/api:dev", build=section),))


def kept(
    context: Path, dockerfile: str = "Dockerfile", definition: str = "{}", extra: Contexts = ()
) -> str:
    built = project(context, dockerfile, definition, extra)
    return reader().digests(built, ["api"])["api"]


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(text)


@pytest.mark.parametrize(
    "change",
    [
        write("src/main.py", "print(1)\n"), write("new", ""), write("Dockerfile", "FROM other\n"),
        lambda root: (root / "run").chmod(0o644), lambda root: (root / "src/main.py").chmod(0o755),
        lambda root: (root / "new").mkdir(), lambda root: (root / "src/empty").rmdir(),
        lambda root: (root / "run").rename(root / "ran"), lambda root: (root / "run").unlink(),
        lambda root: (root / "src").rename(root / "source"),
        lambda root: relink(root / "src/link", "other"),
        lambda root: ((root / "src/link").unlink(), (root / "src/link").write_text("print()\n")),
        lambda root: ((root / "src/empty").rmdir(), (root / "src/empty").touch()),
        lambda root: os.mkfifo(root / "pipe"), lambda root: os.mknod(root / "s", stat.S_IFSOCK),
    ],
)  # fmt: skip
def test_what_a_build_can_see_changes_the_digest(
    context: Path, change: Callable[[Path], object]
) -> None:
    before = kept(context)
    change(context)
    assert kept(context) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda root: os.utime(root / "run", (1, 1)), lambda root: os.utime(root / "src", (1, 1)),
        lambda root: (root / "run").chmod(0o711), lambda root: (root / "src").chmod(0o700),
    ],
)  # fmt: skip
def test_what_a_build_cannot_tell_leaves_the_digest(
    context: Path, change: Callable[[Path], object]
) -> None:
    before = kept(context)
    change(context)
    assert kept(context) == before


def test_a_clone_elsewhere_has_the_same_digest(context: Path, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere" / "deeper"
    shutil.copytree(context, clone, symlinks=True, copy_function=shutil.copy)
    assert kept(clone) == kept(context)


def test_the_order_in_which_files_came_to_be_does_not_matter(tmp_path: Path) -> None:
    for folder, names in (("one", "abcdefgh"), ("other", "hgfedcba")):
        root = tmp_path / folder
        root.mkdir()
        for name in ("Dockerfile", *names):
            (root / name).write_text(name)
    assert kept(tmp_path / "one") == kept(tmp_path / "other")


def test_a_link_out_of_the_context_is_not_followed(context: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (context / "out").symlink_to(tmp_path / "outside")
    before = kept(context)
    (tmp_path / "outside" / "new").touch()
    assert kept(context) == before


def test_ignored_files_do_not_count(context: Path) -> None:
    (context / ".dockerignore").write_text("*.log\nlogs\n")
    before = kept(context)
    (context / "a.log").touch()
    (context / "logs").mkdir()
    (context / "logs" / "a").touch()
    assert kept(context) == before


def test_an_ignored_folder_counts_with_what_is_brought_back(context: Path) -> None:
    (context / ".dockerignore").write_text("logs\n!logs/keep\n")
    before = kept(context)
    (context / "logs").mkdir()
    assert kept(context) == before
    (context / "logs" / "keep").touch()
    assert kept(context) != before


def test_the_ignore_file_of_the_dockerfile_goes_before_that_of_the_context(context: Path) -> None:
    (context / ".dockerignore").write_text("")
    (context / "Dockerfile.dockerignore").write_text("a\n")
    before = kept(context)
    (context / "a").touch()
    assert kept(context) == before


def test_a_dockerfile_elsewhere_has_its_ignore_file_beside_it(
    context: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("FROM scratch\n")
    (tmp_path / "other.dockerignore").write_text("a\n")
    before = kept(context, "../other")
    (context / "a").touch()
    assert kept(context, "../other") == before
    (tmp_path / "other").write_text("FROM busybox\n")
    assert kept(context, "../other") != before


def test_an_ignored_dockerfile_still_counts(context: Path) -> None:
    (context / ".dockerignore").write_text("Dockerfile\n")
    before = kept(context)
    (context / "Dockerfile").write_text("FROM other\n")
    assert kept(context) != before


def test_the_build_section_counts(context: Path) -> None:
    assert kept(context, definition='{"target":"a"}') != kept(context)


def test_the_platform_counts(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(context)
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "linux/arm64")
    assert kept(context) != before


def test_further_contexts_count_with_their_own_ignore_file(context: Path, tmp_path: Path) -> None:
    extra = tmp_path / "lib"
    extra.mkdir()
    (extra / ".dockerignore").write_text("b\n")
    lib = (("lib", str(extra)),)
    before = kept(context, extra=lib)
    (extra / "b").touch()
    assert kept(context, extra=lib) == before
    (extra / "a").touch()
    assert kept(context, extra=lib) != before


def test_an_inline_dockerfile_needs_no_file(context: Path) -> None:
    (context / "Dockerfile").unlink()
    section = Build(str(context), "Dockerfile", inline="FROM scratch")
    built = Project("shop", (Service("api", "a", build=section),))
    assert "api" in reader().digests(built, ["api"])


def test_images_that_are_not_built_or_built_elsewhere_have_no_digest(context: Path) -> None:
    remote = Build(str(context), "Dockerfile", "{}", remote=True)
    services = (Service("db", "postgres:15"), Service("api", "a", build=remote))
    assert reader().digests(Project("shop", services), ["api", "db"]) == {}


def test_only_what_is_asked_for_is_read(context: Path) -> None:
    broken = Service("broken", "b", build=Build("/nowhere/at/all", "Dockerfile", "{}"))
    both = Project("shop", (*project(context).services, broken))
    assert list(reader().digests(both, ["api"])) == ["api"]


def test_a_context_that_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kept(tmp_path / "gone")
    assert caught.value.message == (
        f"services.api.build: the context {tmp_path / 'gone'} is not a folder"
    )


def test_a_missing_dockerfile_is_told(context: Path) -> None:
    (context / "Dockerfile").unlink()
    with pytest.raises(ConfigurationError, match=r"there is no Dockerfile at .*/Dockerfile$"):
        kept(context)


def test_a_wrong_ignore_file_is_told_with_its_line(context: Path) -> None:
    (context / ".dockerignore").write_text("a\n[\n")
    with pytest.raises(ConfigurationError, match=r"\.dockerignore, line 2: '\[' is not a pattern"):
        kept(context)


def test_the_digest_of_a_file_is_that_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(str(tmp_path / "a")) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_what_is_no_regular_file_has_no_digest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "gone", tmp_path / "pipe"):
        assert file_digest(str(path)) is None


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def test_another_base_image_is_another_input(context: Path) -> None:
    (context / "Dockerfile").write_text("ARG BASE=debian:12\nFROM $BASE\n")
    built = project(context)

    def having(image_id: str) -> ContextReader:
        return reader(lambda names: dict.fromkeys(names, image_id))

    one, same, two = (having(i).digests(built, ["api"]) for i in ("id-1", "id-1", "id-2"))
    assert one == same
    assert one != two


def test_a_service_that_serves_as_context_is_an_input(context: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Dockerfile").write_text("FROM scratch\n")
    base = Service("base", "base:1", build=Build(str(other), "Dockerfile", "{}"))
    upon = Build(str(context), "Dockerfile", "{}", extra_services=(("base", "base"),))
    both = Project("shop", (Service("api", "api:1", build=upon), base))
    before = reader().digests(both, ["api"])
    (other / "new").write_text("x")
    assert reader().digests(both, ["api"]) != before


def test_a_lower_case_dockerfile_will_do(context: Path) -> None:
    (context / "Dockerfile").rename(context / "dockerfile")
    assert kept(context)


def test_folders_may_be_as_deep_as_a_path_can_be_long(context: Path) -> None:
    before = kept(context)
    there = os.open(context, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=there)
        there, above = os.open("d", os.O_RDONLY, dir_fd=there), there
        os.close(above)
    os.close(there)
    assert kept(context) != before
    for _ in range(1499):  # deeper than what pytest removes
        (context / "d" / "d").rename(context / "above")
        (context / "d").rmdir()
        (context / "above").rename(context / "d")


def test_an_ignored_folder_deep_down_counts_with_all_above_it(context: Path) -> None:
    (context / ".dockerignore").write_text("a\n!a/b/c/keep\n")
    (context / "a" / "b" / "c").mkdir(parents=True)
    (context / "a" / "b" / "other").mkdir()
    (context / "a" / "b" / "c" / "keep").touch()
    entries = reader().documents(project(context), ["api"])["api"].entries[""]
    below = [entry.path for entry in entries if entry.path.startswith("a")]
    assert below == ["a", "a/b", "a/b/c", "a/b/c/keep"]


def test_a_folder_in_place_of_the_ignore_file_ignores_nothing(context: Path) -> None:
    (context / ".dockerignore").mkdir()
    before = kept(context)
    (context / "a").touch()
    assert kept(context) != before


@pytest.mark.parametrize(
    ("link", "counts"), [("rules", False), ("/sub/../rules", False), ("../rules", True)]
)
def test_an_ignore_file_that_is_a_link_is_found_inside_its_folder(
    context: Path, tmp_path: Path, link: str, counts: bool
) -> None:
    for folder in (context, tmp_path):
        (folder / "rules").write_text("a\n")
    (context / ".dockerignore").symlink_to(link)
    if link.startswith("../"):
        (context / "rules").unlink()
    before = kept(context)
    (context / "a").touch()
    assert (kept(context) != before) == counts


def test_an_ignore_file_that_is_a_link_to_itself_ignores_nothing(context: Path) -> None:
    (context / ".dockerignore").symlink_to(".dockerignore")
    before = kept(context)
    (context / "a").touch()
    assert kept(context) != before


def test_names_that_are_no_text_count(context: Path) -> None:
    digests = {kept(context)}
    for name in (b"/n\xff", b"/n\xfe"):
        Path(os.fsdecode(os.fsencode(context) + name)).touch()
        digests.add(kept(context))
    assert len(digests) == 3


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A context that is looked at by somebody whom file permissions stop."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "context")
        (root / "sub").mkdir(parents=True)
        for path in ("Dockerfile", ".dockerignore", "file", "sub/file"):
            (root / path).touch()
        Path(name).chmod(0o755)
        us = os.geteuid()
        try:
            if us == 0:
                os.seteuid(65534)
            yield root
        finally:
            os.seteuid(us)


@pytest.mark.parametrize("path", ["Dockerfile", ".dockerignore", "file", "sub"])
def test_what_cannot_be_read_is_told_with_what_to_do(foreign: Path, path: str) -> None:
    us = os.geteuid()
    os.seteuid((foreign / path).stat().st_uid)
    (foreign / path).chmod(0)
    os.seteuid(us)
    with pytest.raises(ConfigurationError) as caught:
        kept(foreign)
    assert caught.value.message == (
        f"services.api.build: cannot read {foreign / path}: Permission denied"
    )
    assert caught.value.hint.startswith("make it readable for you")


def test_the_entries_are_those_of_the_moment(context: Path) -> None:
    inputs = reader().documents(project(context), ["api"])["api"]
    (context / "new").touch()
    assert "new" in [entry.path for entry in inputs.entries[""]]
