"""A kept answer is given only while Compose would give the same one.

Every case of the corpus is kept, then changed in every single way below. Where the cache still
gives an answer after a change, Compose is asked, and has to agree.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.compose_sources import DEFAULTS, OVERRIDES
from envctl.adapters.model_cache import Answer, ModelCache
from tests.corpus.cases import HERE, cases
from tests.corpus.compare import Call, compose_says, settled

pytestmark = pytest.mark.engine
NAMES = [name for name, _ in cases("valid")]
# which files or variables Compose uses cannot be said for certain, so nothing is kept
UNCLEAR = {
    "include-within-include-with-watch",
    "names-of-variables-are-computed.yaml",
    "names-of-variables-are-computed-set.toml",
    "variables-in-paths",
    "variables-in-paths-set.toml",
}
# the others are tried by `make never-stale`
QUICK = {
    "env-files", "extends-another-file", "files-named-in-env", "folder-below.toml", "include",
    "include-with-watch", "interpolation-sets.toml", "label-files", "overridden",
    "several-folders.toml",
}  # fmt: skip
TRIED = {n for n in NAMES if n in QUICK or os.environ.get("ENVCTL_NEVER_STALE")} - UNCLEAR
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VALUE = re.compile(rb"([=:]\s*)[^\s\[\]{}:,#]+")
_MODEL = b"services: {added: {image: added}}\n"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Call:
    """One case, alone in its folder, its variables set."""
    found = dict(cases("valid"))[request.param]
    home = next(
        p for p in (found.folder, *found.folder.parents) if p.parent in (HERE, HERE / "valid")
    )
    copy = tmp_path / "project"
    if home.parent == HERE:
        copy.mkdir()
        shutil.copy(found.folder / found.files[0], copy)
    else:
        shutil.copytree(home, copy, symlinks=True)
    for name, value in {"XDG_CACHE_HOME": f"{tmp_path}/cache", **found.environment}.items():
        monkeypatch.setenv(name, value)
    folder = copy if home.parent == HERE else copy / found.folder.relative_to(home)
    return replace(found, folder=folder)


def options(call: Call) -> ComposeOptions:
    return ComposeOptions(call.folder, call.files, (), call.profiles)


def known(call: Call) -> Answer | None:
    chosen = options(call)
    return ModelCache(chosen.folder, chosen.arguments(), chosen.files).find()


def is_right(call: Call, answer: Answer | None) -> bool:
    """Whether Compose agrees; no answer is always right, as Compose is then asked."""
    if answer is None:
        return True
    said = compose_says(call)
    return said.code == 0 and settled(said.model) == settled(answer.model)


Change = Mapping[Path, bytes | None]
"""New contents by path; None takes a file away."""


def changes(root: Path, *, named: bool) -> Iterator[tuple[str, Change]]:
    """Yield what can happen to the files below `root`, one thing at a time.

    Where Compose has files to look for (`named` is false), each new one is a change of its own.
    """
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for path in files:
        content = path.read_bytes()
        yield f"more in {path}", {path: content + b"\nADDED: x\n"}
        yield f"less in {path}", {path: content[: len(content) // 2]}
        yield f"other values in {path}", {path: _VALUE.sub(rb"\1other", content)}
        yield f"{path} gone", {path: None}
    folders = [root, *sorted(path for path in root.rglob("*") if path.is_dir())]
    settings = "".join(f"{word}=added\n" for word in sorted(words_below(root))).encode()
    for folder in folders:
        yield f"{folder}/.env", _new({folder / ".env": settings})
        models = _new(dict.fromkeys((folder / n for n in (*DEFAULTS, *OVERRIDES)), _MODEL))
        alone = [] if named or folder != root else [{path: _MODEL} for path in models]
        yield from ((f"new {', '.join(map(str, new))}", new) for new in [*alone, models])


def _new(files: Change) -> Change:
    return {path: content for path, content in files.items() if not path.exists()}


def words_below(root: Path) -> set[str]:
    """Return every word of every file, in comments too."""
    texts = (path.read_text() for path in root.rglob("*") if path.is_file())
    return {word for text in texts for word in _WORD.findall(text)}


@contextmanager
def changed(change: Change) -> Iterator[None]:
    before = {path: path.read_bytes() if path.exists() else None for path in change}
    _put(change)
    yield
    _put(before)


def _put(change: Change) -> None:
    for path, content in change.items():
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


@pytest.mark.parametrize("call", sorted(TRIED), indirect=True)
def test_no_change_goes_unnoticed(call: Call, tmp_path: Path) -> None:
    root = tmp_path / "project"
    ComposeReader(options(call), lambda _: None).model()
    assert known(call)
    for what, change in list(changes(root, named=bool(call.files))):
        with changed(change):
            assert is_right(call, known(call)), what
    for word in sorted(words_below(root)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(word, f"other than {os.environ.get(word)}")
            assert is_right(call, known(call)), word
    assert known(call)


@pytest.mark.parametrize("call", sorted(UNCLEAR), indirect=True)
def test_what_is_unclear_is_never_kept(call: Call) -> None:
    ComposeReader(options(call), lambda _: None).model()
    assert known(call) is None
