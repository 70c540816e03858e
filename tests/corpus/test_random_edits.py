"""Random projects, edited at random: what envctl says is what Compose says, every time.

A project is several folders of Compose files that include and extend each other and read env files
and label files, some of which are missing, reached through links, or named in several ways.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.model_cache import ModelCache
from tests.corpus.compare import Call, compose_says, settled

pytestmark = pytest.mark.engine
PROJECTS = int(os.environ.get("ENVCTL_RANDOM_PROJECTS", "6"))
EDITS = 6
VARIABLES = ("ONE", "TWO", "THREE")
FOLDERS = (".", "a", "a/b", "c")


class Project:
    """A project in a folder, and the dice that it is made and changed with."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder, self.dice = folder, dice
        for place in FOLDERS:
            (folder / place).mkdir(parents=True, exist_ok=True)
            self._write(place, "base.yaml", self._services("base", place, extends=False))
            for name, chance in (("x.env", 1), ("l.labels", 1), ("y.env", 0.5), (".env", 0.5)):
                if dice.random() < chance:
                    self._write(place, name, self._settings())
        for number, place in enumerate(FOLDERS):
            text = self._includes(number) + self._services(f"s{number}", place, extends=True)
            self._write(place, "compose.yaml", text)
        if dice.random() < 0.3:
            (folder / "link").symlink_to("a")

    def _write(self, place: str, name: str, text: str) -> None:
        (self.folder / place / name).write_text(text)

    def _settings(self) -> str:
        names = self.dice.sample(VARIABLES, self.dice.randint(1, 3))
        return "".join(f"{name}={self._value()}\n" for name in names)

    def _value(self) -> str:
        word = self.dice.choice(VARIABLES)
        plain = f"v{self.dice.randint(0, 99)}"
        return self.dice.choice(
            [plain, f"${{{word}:-{plain}}}", f"'{plain}'", f'"{plain} ${word}"']
        )

    def _includes(self, number: int) -> str:
        later = [place for place in FOLDERS[number + 1 :] if self.dice.random() < 0.4]
        return "include:\n" + "".join(
            f"  - {self._include(FOLDERS[number], place)}\n" for place in later
        ) if later else ""  # fmt: skip

    def _include(self, here: str, place: str) -> str:
        path = self._path(here, place, "compose.yaml")
        more = [
            f"env_file: {self._path(here, self.dice.choice(FOLDERS), 'x.env')}",
            f"project_directory: {os.path.relpath(self.dice.choice(FOLDERS), here)}",
        ]
        chance = 0.2 if here == "." else 0.05
        chosen = [entry for entry in more if self.dice.random() < chance]
        return f"{{path: {path}, {', '.join(chosen)}}}" if chosen else path

    def _path(self, here: str, place: str, name: str) -> str:
        """Spell a path as a person might."""
        relative = os.path.relpath(f"{place}/{name}", here)
        through = f"{os.path.relpath('.', here)}/{place}/{name}"
        whole = str(self.folder / place / name)
        return self.dice.choices([relative, f"./{relative}", through, whole], [6, 3, 2, 1])[0]

    def _services(self, name: str, place: str, *, extends: bool) -> str:
        files = (
            f"{{path: {self._path(place, self.dice.choice(FOLDERS), 'y.env')}, required: false}}"
        )
        parts = [
            f"    env_file: [{files}]",
            f"    env_file: {self._path(place, place, 'x.env')}",
            f"    label_file: {self._path(place, place, 'l.labels')}",
            f"    environment: [{self.dice.choice(VARIABLES)}, 'K=${self.dice.choice(VARIABLES)}']",
        ]
        if self.dice.random() < 0.2:
            parts.append("    develop: {watch: [{path: ./src, action: restart}]}")
        if extends:
            base = self._path(place, self.dice.choice(FOLDERS), "base.yaml")
            parts.append(f"    extends: {{file: {base}, service: base}}")
        kept = {part.split(":")[0]: part for part in parts if self.dice.random() < 0.5}
        image = f"    image: i:${{{self.dice.choice(VARIABLES)}:-0}}"
        return "\n".join(["services:", f"  {name}:", image, *kept.values(), ""])

    def edit(self) -> None:
        """Do one thing that may change the meaning."""
        self.dice.choice(
            [self._change_a_file, self._change_a_file, self._remove_a_file, self._add_a_file,
             self._set_a_variable, self._set_a_variable, self._unset_a_variable,
             self._move_the_link]
        )()  # fmt: skip

    def _any_file(self) -> Path:
        return self.dice.choice(sorted(p for p in self.folder.rglob("*") if p.is_file()))

    def _change_a_file(self) -> None:
        path = self._any_file()
        digits = str(self.dice.randint(100, 999))
        text = path.read_text()
        is_model = path.suffix == ".yaml"
        path.write_text(text.replace(":-0", f":-{digits}") if is_model else f"{text}ONE={digits}\n")

    def _remove_a_file(self) -> None:
        path = self._any_file()
        if path.name != "base.yaml":
            path.unlink()

    def _add_a_file(self) -> None:
        place = self.dice.choice(FOLDERS)
        name = self.dice.choice(["x.env", "y.env", ".env", "l.labels", "compose.override.yaml"])
        is_model = name.endswith(".yaml")
        self._write(place, name, "services: {new: {image: n}}" if is_model else self._settings())

    def _set_a_variable(self) -> None:
        os.environ[self.dice.choice(VARIABLES)] = f"e{self.dice.randint(0, 9)}"

    def _unset_a_variable(self) -> None:
        os.environ.pop(self.dice.choice(VARIABLES), None)

    def _move_the_link(self) -> None:
        """Make the folder that is watched a link, or another one."""
        source = self.folder / self.dice.choice(FOLDERS) / "src"
        source.unlink(missing_ok=True)
        source.symlink_to(self.dice.choice(("one", "two")))


@pytest.mark.parametrize("seed", range(PROJECTS))
def test_what_is_said_is_what_compose_says(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in VARIABLES:  # so that they are as before in the end
        monkeypatch.setenv(name, "")
        os.environ.pop(name)
    dice = random.Random(seed)  # noqa: S311 - a test that can be repeated
    project = Project(tmp_path / "project", dice)
    files = dice.choice([(), (), ("compose.yaml",), ("a/compose.yaml", "c/compose.yaml")])
    call = Call(project.folder, files)
    for _ in range(EDITS):
        assert_agrees(call)
        project.edit()
        assert_agrees(call)


def assert_agrees(call: Call) -> None:
    """Let Compose judge where the cache answers; where it does not, keep what Compose says."""
    options = ComposeOptions(call.folder, call.files)
    known = ModelCache(options.folder, options.arguments(), options.files).find()
    said = compose_says(call)
    if known is not None:
        assert said.code == 0
        assert settled(known.model) == settled(said.model)
    elif said.code == 0:
        ComposeReader(options, lambda _: None).model()
