"""What the matcher says arrives in a build is what a real build gets."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from envctl.adapters.ignore_file import ignore_rules
from envctl.adapters.stat_cache import StatCache
from envctl.adapters.tree_walk import read_tree
from envctl.domain.inputs import Entry
from envctl.errors import ConfigurationError

CASES = int(os.environ.get("ENVCTL_IGNORE_CASES", "40"))
BATCH = 40
REFUSED = "refused"
Seen = frozenset[Entry] | str
"""What is in a context, or that its ignore file is refused."""


class Case(NamedTuple):
    """A context, its `.dockerignore`, and the one that is named after the Dockerfile."""

    tree: dict[str, str]
    rules: str | None
    own: str | None


# few, short and awkward, so that patterns meet them
NAMES = ["a", "b", "ab", "abc", ".a", "a.b", "b^a", "!a", "#a", "a b", "a-b", "[a]", "a*b", "a\\b",
         "é", "a+", "(a)", "a$", " a"]  # fmt: skip
name = st.one_of(st.sampled_from(NAMES[:4]), st.sampled_from(NAMES))
path = st.lists(name, min_size=1, max_size=4).map("/".join)
kind = st.sampled_from(["file", "file", "exec", "link", "dir", "pipe"])
tree = st.dictionaries(path, kind, max_size=12)

glob = st.sampled_from(["*", "**", "?", "a*", "*b", "**a", "b**", "[ab]", "[^a]", "[a-b]*", "a?c",
                        "***", "\\a", "\\.a", "a\\*b", "..", ".", ""])  # fmt: skip
segments = st.lists(st.one_of(name, glob), min_size=1, max_size=4).map("/".join)
raw = st.text(st.sampled_from("ab.*?/!^[]-\\# +"), max_size=8)
mark = st.sampled_from(["", "", "!", "! ", "/", "./", "!/", "!!", "  "])
line = st.builds("{}{}{}".format, mark, st.one_of(segments, segments, raw),
                 st.sampled_from(["", "", "", "/", "/**", "/*", " ", "\r"]))  # fmt: skip
# an exception means something only after what it is an exception from
ignore_file = st.lists(line, max_size=5).map("\n".join) | st.builds(
    "{}\n{}\n{}".format, st.sampled_from(["*", "**", "a", "*/*"]), segments.map("!{}".format), line
)


case = st.builds(
    Case,
    tree,
    # the file named after the Dockerfile is the only one that counts, where there is one
    st.one_of(ignore_file, ignore_file, st.none()),
    st.one_of(st.none(), st.none(), ignore_file),
)


@pytest.mark.engine
def test_builds_get_what_the_matcher_lets_through() -> None:
    cases = _cases(CASES)
    batches = [cases[at : at + BATCH] for at in range(0, len(cases), BATCH)]
    different = [found for batch in batches for found in _different(batch)]
    assert not different, f"{len(different)} of {len(cases)} cases"


def _cases(number: int) -> list[Case]:
    """Return as many random cases, the same each time."""
    drawn: list[Case] = []

    @settings(
        max_examples=number,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case)
    def draw(found: Case) -> None:
        drawn.append(found)

    draw()
    return drawn


def _different(cases: list[Case]) -> list[tuple[Case, Seen, Seen]]:
    """Return the cases that a build sees differently, what is expected of it and what it got."""
    with tempfile.TemporaryDirectory(prefix="envctl-ignore-") as name:
        folders = [Path(name, str(number)) for number in range(len(cases))]
        for found, folder in zip(cases, folders, strict=True):
            _plant(folder, found)
        expected = {folder: _let_through(folder) for folder in folders}
        arrived = _arrived(Path(name), expected)
        return [
            (found, expected[folder], arrived[folder])
            for found, folder in zip(cases, folders, strict=True)
            if expected[folder] != arrived[folder]
        ]


def _plant(folder: Path, case: Case) -> None:
    """Make what can be made of a tree: a name that is taken as something else is left out."""
    context = folder / "context"
    context.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    for path, kind in case.tree.items():
        place = context / path
        if any((p.exists() and not p.is_dir()) or p.is_symlink() for p in [place, *place.parents]):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "dir":
            place.mkdir(exist_ok=True)
        elif not place.exists():
            _plant_leaf(place, kind, path)
    for ignoring, rules in ((context / ".dockerignore", case.rules), (_own(folder), case.own)):
        if rules is not None:
            ignoring.write_bytes(rules.encode())


def _plant_leaf(place: Path, kind: str, text: str) -> None:
    if kind == "link":
        place.symlink_to("a")
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.write_text(text)
        place.chmod(0o755 if kind == "exec" else 0o644)


def _own(folder: Path) -> Path:
    return folder / "Dockerfile.dockerignore"


def _let_through(folder: Path) -> Seen:
    context = folder / "context"
    try:
        rules = ignore_rules(context, folder / "Dockerfile")
        return frozenset(read_tree(context, rules, StatCache(context, str(rules.rules))))
    except ConfigurationError:
        return REFUSED


def _arrived(root: Path, expected: Mapping[Path, Seen]) -> dict[Path, Seen]:
    """Build what should be built in one go; each alone where that fails, or is expected to."""
    alone = [folder for folder, seen in expected.items() if seen == REFUSED]
    together = [folder for folder in expected if folder not in alone]
    if not _built(root, together):
        alone = list(expected)
    refused = {folder for folder in alone if not _built(root, [folder])}
    return {folder: REFUSED if folder in refused else _content(folder) for folder in expected}


def _built(root: Path, folders: list[Path]) -> bool:
    """Build each folder into an archive beside it; False when the builder refuses a pattern."""
    targets = {
        folder.name: {
            "context": f"{folder.name}/context",
            "dockerfile": str(folder / "Dockerfile"),
            "output": [f"type=tar,dest={folder.name}/arrived.tar"],
        }
        for folder in folders
    }
    if not targets:
        return True
    (root / "bake.json").write_text(json.dumps({"target": targets}))
    words = ["docker", "buildx", "bake", "--progress", "quiet", "--file", "bake.json", *targets]
    around = {**os.environ, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"}
    built = subprocess.run(
        words, cwd=root, env=around, capture_output=True, text=True, timeout=300, check=False
    )
    assert built.returncode == 0 or "pattern" in built.stderr, built.stderr
    return built.returncode == 0


def _content(folder: Path) -> Seen:
    with tarfile.open(folder / "arrived.tar") as archive:
        return frozenset(_entry(archive, member) for member in archive)


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    path = member.name.rstrip("/")
    if member.isdir():
        return Entry(path, "dir")
    if member.isfifo():
        return Entry(path, "pipe")
    if member.issym():
        return Entry(path, "link", member.linkname)
    content = archive.extractfile(member)
    assert content is not None
    kind = "exec" if member.mode & 0o111 else "file"
    return Entry(path, kind, hashlib.sha256(content.read()).hexdigest())
