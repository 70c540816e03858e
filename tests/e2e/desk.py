"""A tester's machine: a folder with nothing in it, and what they ask for there."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import Playground, _remove
from tests.e2e.staging import Staged

TOKEN = "a-testers-own"


@dataclass
class Desk:
    """Somebody with the address of a registry, and an env file with what nobody else says."""

    machine: Playground
    registry: str
    project: str

    def address(self, what: str) -> str:
        """Return how the releases of the project are written, `@stage` or `:release`."""
        return f"{self.registry}/team/{self.project}{what}"

    def up(self, what: str, *words: str) -> str:
        """Start what is meant and expect it to work; returns what was said on stderr."""
        answer = self.machine.envctl(
            "up", "--from", self.address(what), "--env-file", "my.env", *words
        )
        assert answer.code == 0, answer.stderr
        return answer.stderr

    def refused(self, what: str, *words: str) -> tuple[int, str]:
        """Ask for what is not to be had; returns the exit code and what was said."""
        answer = self.machine.envctl("up", "--from", what, *words)
        assert "Traceback" not in answer.stderr
        assert containers(self.project) == {}, "nothing may run"
        return answer.code, answer.stderr

    def json(self, *words: str) -> Any:
        """Run a command that may fail; returns what it said as JSON."""
        return json.loads(self.machine.envctl(*words, "--json").stdout)


@contextmanager
def desk_of(folder: Path, staged: Staged) -> Iterator[Desk]:
    """Yield a tester whose playgrounds are gone afterwards, with all that was of them."""
    here = folder / "desk"
    here.mkdir()
    state = str(folder / "testers-state")
    machine = _Nameless(here, "", {"XDG_STATE_HOME": state, "XDG_DATA_HOME": state})
    (here / "token.txt").write_text(TOKEN)
    (here / "my.env").write_text("TOKEN_FILE=token.txt\n")
    made = Desk(machine, registry_of(staged), staged.name)
    try:
        yield made
    finally:
        for name in playgrounds(staged.name):
            _remove(name)


def registry_of(staged: Staged) -> str:
    """Return the host of a project's registry."""
    said = tomllib.loads((staged.playground.folder / "envctl.toml").read_text())
    return str(said["registry"]).partition("/")[0]


class _Nameless(Playground):
    def words(self, *arguments: str) -> list[str]:
        """Return the call of envctl, which finds out itself which playground is meant."""
        return [sys.executable, "-m", "envctl", *arguments]


def playgrounds(project: str) -> set[str]:
    """Return the names of the playgrounds of releases of a project that have anything."""
    found = set()
    http = EngineHttp()
    for row in http.get_json("/containers/json", all=True):
        found.add(row["Labels"].get("com.docker.compose.project", ""))
    for row in http.get_json("/volumes")["Volumes"] or []:
        found.add((row["Labels"] or {}).get("com.docker.compose.project", ""))
    return {name for name in found if name.startswith(f"{project}-from-")}


def containers(project: str, of: str = "") -> dict[str, str]:
    """Return the images of the containers of such playgrounds by their names."""
    names = {f"{project}-from-{of}"} if of else playgrounds(project)
    rows = EngineHttp().get_json("/containers/json", all=True)
    own = [r for r in rows if r["Labels"].get("com.docker.compose.project") in names]
    return {row["Names"][0][1:]: row["ImageID"] for row in own}
