"""The input digest changes for each single input of an image, and for nothing else."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.adapters.context_tree import ContextReader
from envctl.config.build_section import parse_build
from envctl.domain.project import Project
from envctl.domain.service import Service

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM ${BASE} AS first
ARG USED
FROM first AS last
ARG USED
COPY --from=busybox:1 /bin/busybox /bin/
RUN --mount=from=tools:1,target=/t true
COPY --from=lib . /lib
"""
DOCKERFILE_NO_SYNTAX = DOCKERFILE.partition("\n")[2]
PINS = {
    name: f"sha256:{name}"
    for name in ("docker/dockerfile:1", "debian:12", "busybox:1", "tools:1", "other:1")
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM", raising=False)


@dataclass
class World:
    """All that the digest of one image may depend on; it is changed in place."""

    root: Path
    section: dict[str, Any]
    pins: dict[str, str] = field(default_factory=lambda: dict(PINS))
    platform: str = "linux/amd64"

    @property
    def context(self) -> Path:
        return self.root / "context"

    @property
    def dockerfile(self) -> Path:
        """It lies outside the context, so that it counts for itself."""
        return self.root / "Dockerfile"

    @property
    def own(self) -> Path:
        return self.root / "Dockerfile.dockerignore"

    def look(self) -> str:
        """Return the input digest."""
        body = {"build": {**self.section, "context": str(self.context)}}
        body["build"]["dockerfile"] = str(self.dockerfile)
        if self.section.get("additional_contexts"):
            body["build"]["additional_contexts"] = {
                name: str(self.root / folder)
                for name, folder in self.section["additional_contexts"].items()
            }
        service = Service("api", "api", build=parse_build(body))
        reader = ContextReader(self._pins, lambda: self.platform)
        return reader.digests(Project("shop", (service,)), ["api"])["api"]

    def _pins(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.pins[name] for name in names if name in self.pins}


name = st.sampled_from(["a", "b", "ab", ".c", "é", "a b", "d", "a\nb"])
path = st.lists(name, min_size=1, max_size=3).map("/".join)
tree = st.dictionaries(path, st.sampled_from(["file", "exec", "link", "dir"]), max_size=8)
section = st.fixed_dictionaries(
    {"additional_contexts": st.just({"lib": "lib"})},
    optional={
        "target": st.sampled_from(["first", "last"]),
        "platforms": st.just(["linux/amd64"]),
        "secrets": st.just([{"source": "token", "target": "token"}]),
        "ssh": st.just(["default"]),
        "network": st.just("host"),
        "labels": st.just({"a": "b"}),
    },
)
rules = st.none() | st.lists(st.sampled_from(["a", "!a/b", "**/b", "d"]), max_size=3).map("\n".join)
plan = st.tuples(tree, section, rules, rules, st.sampled_from([{}, {"USED": ""}, {"USED": "1"}]))
Plan = tuple[dict[str, str], dict[str, Any], str | None, str | None, dict[str, str]]


@contextmanager
def world(plan: Plan) -> Iterator[World]:
    """Yield a world with one thing of each kind in folders that no rule is about, and more."""
    tree, section, rules, own, arguments = plan
    with tempfile.TemporaryDirectory() as folder:
        # without a syntax image what is declared is certain, and no builder has to be asked
        chosen = deepcopy({**section, **({"args": arguments} if arguments else {})})
        made = World(Path(folder), chosen)
        text = DOCKERFILE_NO_SYNTAX if arguments else DOCKERFILE
        made.dockerfile.write_text(text)
        for root in (made.context, made.root / "lib"):
            _plant(root, tree)
        for ignoring, text_of in ((made.context / ".dockerignore", rules), (made.own, own)):
            if text_of is not None:
                ignoring.write_text(text_of)
        yield made


def _plant(root: Path, tree: Mapping[str, str]) -> None:
    (root / "kept" / "empty").mkdir(parents=True)
    (root / "kept" / "file").write_text("text")
    (root / "kept" / "run").write_text("text")
    (root / "kept" / "run").chmod(0o755)
    (root / "kept" / "link").symlink_to("file")
    for path, kind in tree.items():
        place = root / path
        if any((p.exists() and not p.is_dir()) or p.is_symlink() for p in [place, *place.parents]):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "dir":
            place.mkdir(exist_ok=True)
        elif kind == "link" and not place.exists():
            place.symlink_to("a")
        elif not place.exists():
            place.write_text(path)
            place.chmod(0o755 if kind == "exec" else 0o644)


Change = Callable[[World], object]


def inside(change: Callable[[Path], object]) -> list[Change]:
    """Do it in the main context, and in the further one."""
    return [lambda w: change(w.context / "kept"), lambda w: change(w.root / "lib" / "kept")]


def relinked(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def replaced(path: Path, make: Callable[[Path], object]) -> None:
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    make(path)


def pinned_otherwise(name: str) -> Change:
    def change(world: World) -> None:
        world.pins[name] += "-other"

    return change


def another_target(world: World) -> None:
    world.section["target"] = "first" if world.section.get("target") == "last" else "last"


def another_rule(world: World) -> None:
    """In the file that is in force; it is in no context where it is the Dockerfile's own."""
    file = world.own if world.own.exists() else world.context / ".dockerignore"
    file.write_text("*.never\n" + (file.read_text() if file.exists() else ""))


def first_own_rules(world: World) -> None:
    """From now on they go before those of the context."""
    before = world.own.read_text() if world.own.exists() else "nothing\n"
    world.own.write_text(before + "kept/file\n")


def added(key: str, entry: object) -> Change:
    def change(world: World) -> None:
        world.section[key] = [*world.section.get(key, []), entry]

    return change


def lib_elsewhere(world: World) -> None:
    world.section["additional_contexts"] = {"lib": "lib/kept"}


def lib_called_otherwise(world: World) -> None:
    world.section["additional_contexts"] = {"library": "lib"}


def one_more_context(world: World) -> None:
    world.section["additional_contexts"]["more"] = "lib"


def same_sized_content(path: Path) -> None:
    before = path.stat()
    path.write_text("TEXT")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


COUNTS: dict[str, list[Change]] = {
    "Dockerfile": [
        lambda w: w.dockerfile.write_text(w.dockerfile.read_text() + "# more\n"),
        lambda w: w.dockerfile.write_bytes(w.dockerfile.read_bytes().replace(b"\n", b"\r\n")),
    ],
    "ignore rules": [another_rule, first_own_rules],
    "target": [another_target],
    "platform": [
        lambda w: w.section.update(platforms=["linux/arm64"]),
        lambda w: w.section.update(platforms=["linux/amd64", "linux/arm64"]),
    ],
    "secret": [added("secrets", {"source": "token", "target": "more"})],
    "ssh": [added("ssh", "more=/a/key")],
    "further contexts": [lib_elsewhere, lib_called_otherwise, one_more_context],
    "base images": [*map(pinned_otherwise, ["debian:12", "busybox:1", "tools:1"])],
    "settings": [
        lambda w: w.section.update(network="none"),
        lambda w: w.section.update(labels={"a": "c"}),
        lambda w: w.section.update(shm_size="1g"),
        lambda w: w.section.update(extra_hosts={"a": ["1.2.3.4"]}),
    ],
    "path": inside(lambda root: (root / "file").rename(root / "File")),
    "folder": inside(lambda root: root.rename(root.with_name("keep"))),
    "gone": inside(lambda root: (root / "file").unlink()),
    "new": inside(lambda root: (root / "new").touch()),
    "kind": [
        *inside(lambda root: replaced(root / "empty", Path.touch)),
        *inside(lambda root: replaced(root / "link", lambda p: p.write_text("file"))),
        *inside(lambda root: replaced(root / "file", Path.mkdir)),
        *inside(lambda root: replaced(root / "file", lambda p: p.symlink_to("text"))),
        *inside(lambda root: replaced(root / "link", os.mkfifo)),
    ],
    "exec bit": [
        *inside(lambda root: (root / "file").chmod(0o744)),
        *inside(lambda root: (root / "run").chmod(0o644)),
    ],
    "link target": [
        *inside(lambda root: relinked(root / "link", "run")),
        *inside(lambda root: relinked(root / "link", "./file")),
    ],
    "content": [
        *inside(lambda root: same_sized_content(root / "file")),
        *inside(lambda root: (root / "file").write_text("")),
    ],
    "empty folder": [
        *inside(lambda root: (root / "empty" / "more").mkdir()),
        *inside(lambda root: (root / "empty").rmdir()),
    ],
}


@pytest.mark.parametrize("what", COUNTS)
@settings(max_examples=15, deadline=None)
@given(plan=plan, data=st.data())
def test_each_input_counts(what: str, plan: Plan, data: st.DataObject) -> None:
    with world(plan) as made:
        before = made.look()
        data.draw(st.sampled_from(COUNTS[what]))(made)
        assert made.look() != before


@settings(max_examples=25, deadline=None)
@given(plan)
def test_a_build_argument_counts_with_its_value_and_an_empty_one_is_not_an_absent_one(
    plan: Plan,
) -> None:
    with world((*plan[:-1], {"USED": "x"})) as made:
        digests = set()
        for arguments in ({"USED": "1"}, {"USED": "2"}, {"USED": ""}, {}):
            made.section["args"] = arguments
            digests.add(made.look())
        assert len(digests) == 4
        made.section["args"] = {"USED": None}  # what Compose leaves where nobody gave a value
        assert made.look() in digests


@settings(max_examples=15, deadline=None)
@given(plan)
def test_the_base_image_that_an_argument_chooses_counts(plan: Plan) -> None:
    with world((*plan[:-1], {"BASE": "other:1"})) as made, pytest.MonkeyPatch.context() as patch:
        # BASE is declared before the first stage, which the builder would have to be asked about
        patch.setattr("envctl.adapters.declared.ask_outlines", dict.fromkeys)
        before = made.look()
        made.pins["debian:12"] = "sha256:unused"
        assert made.look() == before
        made.pins["other:1"] = "sha256:other"
        assert made.look() != before


@settings(max_examples=15, deadline=None)
@given(plan)
def test_the_image_that_reads_the_dockerfile_counts(plan: Plan) -> None:
    with world((*plan[:-1], {})) as made:
        before = made.look()
        made.pins["docker/dockerfile:1"] = "sha256:other"
        assert made.look() != before


@settings(max_examples=15, deadline=None)
@given(plan)
def test_the_ignore_file_of_the_dockerfile_goes_before_that_of_the_context(plan: Plan) -> None:
    with world(plan) as made:
        made.own.write_text("kept/file\n.dockerignore\n")
        before = made.look()
        (made.context / ".dockerignore").write_text("kept/run\n")
        (made.context / "kept" / "file").write_text("other")
        assert made.look() == before
        (made.context / "kept" / "run").write_text("other")
        assert made.look() != before


def cloned(world: World) -> None:
    """Everything anew in another place, made in another order, with other times."""
    elsewhere = world.root / "some" / "where else"
    for name in ("context", "lib", "Dockerfile", "Dockerfile.dockerignore"):
        _copied(world.root / name, elsewhere / name)
    world.root = elsewhere


def _copied(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir(parents=True)
        inside = sorted(source.iterdir(), reverse=True)
        random.Random(1).shuffle(inside)  # noqa: S311 - an order, no secret
        for item in inside:
            _copied(item, target / item.name)
    elif source.exists():
        shutil.copyfile(source, target)
        target.chmod(source.stat().st_mode & 0o100 | 0o600)


def all_paths(change: Callable[[Path], object]) -> Change:
    return lambda w: [change(path) for path in w.root.rglob("*") if not path.is_symlink()]


def with_mode(mode: int) -> Change:
    """As a umask would have left it; the exec bit of a file stays what it was."""
    return all_paths(lambda path: path.chmod(path.stat().st_mode & mode | 0o600))


def owned_by_others(world: World) -> None:
    if os.geteuid() == 0:
        for path in world.root.rglob("*"):
            os.chown(path, 1234, 1234, follow_symlinks=False)


def with_secrets_from_elsewhere(world: World) -> None:
    for secret in world.section.get("secrets", []):
        secret["source"] = "another"
    world.section["ssh"] = [f"{name}=/a/key" for name in world.section.get("ssh", [])]


DOES_NOT_COUNT: dict[str, Change] = {
    "times": all_paths(lambda path: os.utime(path, (1, 1))),
    "times of links": lambda w: os.utime(w.context / "kept/link", (1, 1), follow_symlinks=False),
    "a narrow umask": with_mode(0o700),
    "a wide umask": all_paths(
        lambda path: path.chmod(0o777 if path.stat().st_mode & 0o100 else 0o666)
    ),
    "owner": owned_by_others,
    "place, and the order in which files were made": cloned,
    "where secrets are": with_secrets_from_elsewhere,
    "names": lambda w: w.section.update(tags=["a:1", "b:2"]),
    "caches": lambda w: w.section.update(cache_from=["a"], cache_to=["b"], no_cache=True),
    "pulling": lambda w: w.section.update(pull=True),
    "provenance": lambda w: w.section.update(provenance="max", sbom=True),
    "what is for others": lambda w: w.section.update({"x-more": {"a": "b"}}),
    "another way to say the same platform": lambda w: (
        w.section.update(platforms=["linux/x86_64"]) if "platforms" in w.section else None
    ),
    "pins of what it is not built upon": pinned_otherwise("other:1"),
    "remarks in ignore rules": lambda w: (
        w.own.write_text(f"# a remark\n\n{w.own.read_text()}") if w.own.exists() else None
    ),
    "a look, and what it recorded": lambda w: w.look(),
}


@pytest.mark.parametrize("what", DOES_NOT_COUNT)
@settings(max_examples=15, deadline=None)
@given(plan=plan)
def test_nothing_else_counts(what: str, plan: Plan) -> None:
    with world(plan) as made:
        before = made.look()
        DOES_NOT_COUNT[what](made)
        assert made.look() == before


@settings(max_examples=15, deadline=None)
@given(plan)
def test_what_is_ignored_does_not_count(plan: Plan) -> None:
    with world(plan) as made:
        made.own.write_text("kept\n!kept/link\n")
        before = made.look()
        same_sized_content(made.context / "kept" / "file")
        (made.context / "kept" / "empty").rmdir()
        assert made.look() == before
        relinked(made.context / "kept" / "link", "run")
        assert made.look() != before


_LOOK = """
import json, os, sys
from envctl.adapters.context_tree import ContextReader
from envctl.config.build_section import parse_build
from envctl.domain.project import Project
from envctl.domain.service import Service
os.umask(int(sys.argv[1], 8))
service = Service("api", "api", build=parse_build(json.loads(sys.argv[2])))
reader = ContextReader(lambda names: {}, lambda: "linux/amd64")
print(reader.digests(Project("shop", (service,)), ["api"])["api"])
"""


def _in_a_process(body: object, umask: str, around: dict[str, str]) -> str:
    words = [sys.executable, "-c", _LOOK, umask, json.dumps(body)]
    done = subprocess.run(words, env=around, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.process
def test_locale_time_zone_and_umask_do_not_count(tmp_path: Path) -> None:
    root = tmp_path / "context"
    _plant(root, {"é": "file", "ä/ö": "link", "Z": "dir", "a": "file", "_": "exec"})
    Path(os.fsdecode(os.fsencode(root) + b"/n\xff")).touch()
    (root / ".dockerignore").write_text("\u00fc*\n")
    (root / "\u00fcber").touch()
    body = {"build": {"context": str(root), "dockerfile_inline": "FROM scratch\n"}}
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    strict = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arounds = [
        {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", **strict}, strict,
        {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"}, {**_latin(tmp_path), **strict},
    ]  # fmt: skip
    digests = set()
    for number, around in enumerate(arounds):
        cache = {"XDG_CACHE_HOME": str(tmp_path / f"cache{number % 3}")}
        umask = ("022", "077")[number % 2]
        digests.add(_in_a_process(body, umask, {**plain, **cache, **around}))
    assert len(digests) == 1


def _latin(folder: Path) -> dict[str, str]:
    """Return a locale whose text is not UTF-8, where one can be made here."""
    words = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / "latin")]
    if shutil.which("localedef") is None:
        return {}
    if subprocess.run(words, capture_output=True, check=False).returncode:
        return {}
    return {"LOCPATH": str(folder), "LC_ALL": "latin"}
