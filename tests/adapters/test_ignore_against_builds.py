"""What the matcher says arrives in a build is what a real build gets."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from envctl.adapters.ignore_file import ignore_rules
from envctl.adapters.stat_cache import StatCache
from envctl.adapters.tree_walk import read_tree
from envctl.domain.inputs import Entry
from envctl.errors import ConfigurationError

CASES = int(os.environ.get("ENVCTL_IGNORE_CASES", "25"))

# few, short and awkward, so that patterns meet them
NAMES = ["a", "b", "ab", "abc", ".a", "a.b", "b^a", "!a", "#a", "a b", "a-b", "[a]", "a*b", "a\\b",
         "é", "a+", "(a)", "a$", " a"]  # fmt: skip
name = st.one_of(st.sampled_from(NAMES[:4]), st.sampled_from(NAMES))
path = st.lists(name, min_size=1, max_size=4).map("/".join)
tree = st.dictionaries(path, st.sampled_from(["file", "exec", "link", "dir"]), max_size=12)

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


@pytest.mark.engine
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tree, ignore_file)
def test_a_build_gets_what_the_matcher_lets_through(tree: dict[str, str], rules: str) -> None:
    with tempfile.TemporaryDirectory(prefix="envctl-ignore-") as folder:
        context, dockerfile = Path(folder, "context"), Path(folder, "Dockerfile")
        dockerfile.write_text("FROM scratch\nCOPY . /\n")
        _plant(context, tree)
        (context / ".dockerignore").write_bytes(rules.encode())
        note(f"ignore file: {rules!r}")
        assert _let_through(context, dockerfile) == _arrived(context, dockerfile)


def _plant(context: Path, tree: Mapping[str, str]) -> None:
    """Make what can be made of `tree`: a name that is taken as something else is left out."""
    context.mkdir()
    for path, kind in tree.items():
        place = context / path
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


def _let_through(context: Path, dockerfile: Path) -> set[Entry] | str:
    try:
        rules = ignore_rules(context, dockerfile)
        return set(read_tree(context, rules, StatCache(context, str(rules.rules))))
    except ConfigurationError as error:
        note(f"refused here: {error}")
        return "refused"


def _arrived(context: Path, dockerfile: Path) -> set[Entry] | str:
    command = ["docker", "buildx", "build", "--quiet", "--output", "type=tar,dest=-"]
    built = subprocess.run(
        [*command, "--file", dockerfile, context], capture_output=True, timeout=120, check=False
    )
    if built.returncode != 0:
        complaint = built.stderr.decode()
        note(f"refused by the engine: {complaint}")
        assert "pattern" in complaint
        return "refused"
    with tarfile.open(fileobj=io.BytesIO(built.stdout)) as archive:
        return {_entry(archive, member) for member in archive}


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    path = member.name.rstrip("/")
    if member.isdir():
        return Entry(path, "dir")
    if member.issym():
        return Entry(path, "link", member.linkname)
    content = archive.extractfile(member)
    assert content is not None
    kind = "exec" if member.mode & 0o111 else "file"
    return Entry(path, kind, hashlib.sha256(content.read()).hexdigest())
