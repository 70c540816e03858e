"""Names of files that are no plain words: what is meant is met, on a real engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.watch.container_files import MANY, WHOLE, EngineFiles
from envctl.domain.watch.orders import Put
from envctl.domain.watch.stamp import Kind
from tests.adapters.watch.boxes import Box, contents, puts
from tests.e2e.file_trees import on_disk

pytestmark = pytest.mark.engine

NAMES = {
    "spaces": " a name ",
    "newline": "one\ntwo",
    "tab": "a\tb",
    "umlaut": "ünïcödé ☃",
    "decomposed": "u\u0308",
    "not UTF-8": os.fsdecode(b"caf\xe9-\xff"),
    "quotes": 'it\'s "quoted"',
    "backslash": "a\\b\\x00",
    "glob": "*?[a]{b}",
    "percent": "100%25+&=#;",
    "dash": "-rf",
    "dots": "...",
    "docker's own": ".wh.name",
    "long": "long" * 60,
    "equals": "1=2 path=3",
}
FEW, PLENTY = 3, max(MANY, WHOLE) + 5


@pytest.mark.parametrize("name", NAMES)
def test_what_is_meant_is_met(each_box: Box, files: EngineFiles, tmp_path: Path, name: str) -> None:
    bring_and_take_away(each_box, files, tmp_path, NAMES[name], FEW)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_meant_is_met_where_it_is_many(
    box: Box, files: EngineFiles, tmp_path: Path, name: str
) -> None:
    bring_and_take_away(box, files, tmp_path, NAMES[name], PLENTY)


def bring_and_take_away(box: Box, files: EngineFiles, folder: Path, word: str, count: int) -> None:
    for number in range(count):
        (folder / word / f"{number}").mkdir(parents=True)
        (folder / word / f"{number}" / word).write_text(f"{number}")
        (folder / word / f"{number}" / "link").symlink_to(word)
    files.put(box.id, contents(box, folder))
    ours, theirs = on_disk(folder), box.tree()
    del ours[""], theirs[""]
    assert theirs == ours
    assert sorted(files.names(box.id, box.top)) == sorted(ours)
    assert files.kind(box.id, box.at(f"{word}/0/{word}")) is Kind.FILE
    other = Put(box.at(f"{word}/0/{word}"), f"{folder}/{word}/1/{word}")
    expected = [p for p in puts(box, folder) if p.target != other.target]
    assert files.differing(box.id, [*expected, other]) == {other.target}
    files.remove(box.id, [box.at(f"{word}/{n}/{word}") for n in range(count - 1)], whole=True)
    assert [n for n in box.tree() if n.endswith(f"/{word}")] == [f"{word}/{count - 1}/{word}"]
    files.remove(box.id, [box.at(word)], whole=True)
    assert set(box.tree()) == {""}
