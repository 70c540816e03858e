"""What went into images, as it is kept for `explain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from envctl.adapters import input_records
from envctl.adapters.input_records import FileInputKeeper, InputRecords, packed, unpacked
from envctl.domain.explanation import known
from envctl.domain.inputs import Entry, InputDocument, Inputs
from envctl.domain.project import Project

PROJECT = Project("shop", ())


class Reader:
    """Reads the inputs that it is set to."""

    def __init__(self, *targets: str) -> None:
        documents = [InputDocument(("linux/amd64",), "a" * 64, {"": "b"}, t) for t in targets]
        tree = {"": (Entry("main.py", "file", "c" * 64),)}
        self.found = {
            document.target: Inputs(document, document.digest, lambda: tree)
            for document in documents
        }

    def documents(self, project: Project, services: Iterable[str]) -> Mapping[str, Inputs]:
        return {name: self.found[name] for name in services}


def test_what_was_kept_is_found_by_the_beginning_of_its_digest(tmp_path: Path) -> None:
    reader = Reader("api")
    FileInputKeeper(reader, tmp_path / "new").keep(PROJECT, ["api"])
    inputs = reader.found["api"]
    records = InputRecords(tmp_path / "new")
    assert records.find(["0" * 32, inputs.digest[:32]]) == known(inputs)
    assert records.find(["0" * 32]) is None


def test_a_broken_record_was_never_there(tmp_path: Path) -> None:
    reader = Reader("api")
    FileInputKeeper(reader, tmp_path).keep(PROJECT, ["api"])
    (path,) = tmp_path.iterdir()
    for data in (path.read_bytes()[:-9], b"", b"{}"):
        path.write_bytes(data)
        assert InputRecords(tmp_path).find([reader.found["api"].digest]) is None


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_records, "MOST", 2)
    FileInputKeeper(Reader("a", "b", "c"), tmp_path).keep(PROJECT, ["a", "b", "c"])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    FileInputKeeper(Reader("api"), tmp_path / "file").keep(PROJECT, ["api"])


def test_what_is_packed_is_the_same_bytes_for_the_same_inputs() -> None:
    inputs = known(Reader("api").found["api"])
    assert packed(inputs) == packed(inputs)
    assert unpacked(packed(inputs)) == inputs
