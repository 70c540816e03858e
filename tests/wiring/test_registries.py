"""The registry that a command gets, where the project names none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from envctl.adapters.image_registry import embedded
from envctl.domain.stage_record import Event, Kind, StageState
from envctl.errors import Unreachable
from envctl.wiring import stages
from envctl.wiring.project_files import Choices, ProjectFiles
from envctl.wiring.registries import (
    be_hasty,
    opened_shelf,
    reading_place,
    shelf,
    was_never_started,
)

pytestmark = pytest.mark.process  # Git is asked who works here


@dataclass(frozen=True)
class Container:
    """The registry's container: never made, or there and stopped."""

    was_made: bool = False
    starts: bool = True

    def __call__(self) -> Container:
        return self

    def reach(self, *, start: bool) -> str:
        if not self.was_made:
            return ""
        return self.ensure() if start else self._fail()

    def ensure(self) -> str:
        return "127.0.0.1:1" if self.starts else self._fail()

    def _fail(self) -> str:
        raise Unreachable("the registry does not run")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "envctl.toml").write_text('name = "shop"\n[stages.live]\n')
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    return tmp_path


def _files(folder: Path, *, starts: bool = True) -> ProjectFiles:
    return ProjectFiles(Choices(folder), lambda _: None, starts=starts)


def test_one_that_was_never_made_has_nothing_and_takes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ContainerRegistry", Container())
    files = _files(folder)
    assert was_never_started(shelf(files))
    ledger = stages.ledger(files)
    assert ledger.state("live") == StageState()
    with pytest.raises(Unreachable, match="no registry was started on this machine yet") as caught:
        ledger.append("live", Event(Kind.UNLOCKED))
    assert caught.value.hint.startswith("envctl release starts it")


def test_one_that_was_stopped_is_started_but_for_a_dry_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ContainerRegistry", Container(was_made=True))
    place, _ = reading_place(_files(folder))
    assert place.host == "127.0.0.1:1"
    with pytest.raises(Unreachable, match="does not run"):
        reading_place(_files(folder, starts=False))


def test_who_can_do_without_it_goes_on_with_one_that_does_not_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ContainerRegistry", Container(was_made=True, starts=False))
    monkeypatch.setattr(embedded, "FIRST_PORT", 1)
    notes: list[str] = []
    found = opened_shelf(_files(folder), notes.append, start=True, offline=True)
    assert notes == ["the registry is not there: the registry does not run"]
    assert not was_never_started(found)
    with pytest.raises(Unreachable):
        opened_shelf(_files(folder), notes.append, start=True, offline=False)


def test_a_command_has_one_registry_for_all_that_asks_it(tmp_path: Path) -> None:
    (tmp_path / "envctl.toml").write_text('name = "shop"\nregistry = "r.example/shop"\n')
    files = ProjectFiles(Choices(tmp_path), lambda _: None)
    be_hasty(files)
    _, registry = reading_place(files)
    assert stages.ledger(files).registry is registry
    assert stages.ledger_look(files).registry is registry
