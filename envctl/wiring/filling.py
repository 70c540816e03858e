"""Fill a release in with settings, where nobody has those of a stage."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.lacking_variables import in_words, read_lacking
from envctl.adapters.released_folder import ReleasedFolder
from envctl.config.release.development import development_of
from envctl.config.release.env_text import env_text
from envctl.config.release.variables import names_in, passed_on
from envctl.config.release.writing import compose_bytes
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.domain.compose_artifact import ComposeDefinition

ENV, _GIVEN, _DEFAULTS, _ANSWERS = ".env", "given.env", "defaults.env", "answers.env"
KEPT = (_GIVEN, "secrets")
"""What has to stay beside it, for the next time."""
_VALUES = "x-envctl-values"
_SET = "="


@dataclass(frozen=True)
class Filling:
    """What a person gives: files with variables, and answers.

    `ask` is given what is wanted, None where nobody can be asked. Paths in the files are
    relative to `base`.
    """

    env_files: tuple[Path, ...] = ()
    ask: Callable[[str], str] | None = None
    base: Path = Path()


@dataclass(frozen=True)
class Filled:
    """The effective model, and which variables have their values from the environment."""

    model: dict[str, Any]
    from_environment: tuple[str, ...]


def fill_in(
    definition: ComposeDefinition, folder: Path, filling: Filling, home: Path | None = None
) -> Filled:
    """Write `.env` in `folder`, and files of secrets, so that the definition has all its values.

    They are, the later ones first: the environment's, those of the given files, what was given
    here before, the project's development values. `home` is where the files will be read, if not
    in `folder`. ConfigurationError names all that is lacking.
    """
    return _Filler(definition, ReleasedFolder(folder), filling, home or folder).fill()


class _Filler:
    def __init__(
        self, definition: ComposeDefinition, folder: ReleasedFolder, filling: Filling, home: Path
    ) -> None:
        self._definition, self._folder, self._filling = definition, folder, filling
        self._home = home
        self._wanted = development_of(definition)

    def fill(self) -> Filled:
        defaults = {**self._wanted.variables, **self._development_files()}
        self._folder.write(_DEFAULTS, env_text(defaults).encode())
        if self._home != self._folder.path:
            self._folder.write(_GIVEN, ReleasedFolder(self._home).read(_GIVEN))
        model, lacking = self._read()
        if lacking:
            self._folder.write(_ANSWERS, env_text(self._answers(lacking)).encode())
            model, _ = self._read(_ANSWERS)
        values = {**_values(model), **self._carried(model)}
        given = {k: v for k, v in values.items() if v != defaults.get(k)}
        self._folder.write(_GIVEN, env_text(given).encode())
        self._folder.write(ENV, env_text({**defaults, **values}).encode())
        model.pop(_VALUES, None)
        return Filled(model, tuple(name for name in sorted(values) if name in os.environ))

    def _development_files(self) -> dict[str, str]:
        """Write the secrets that the project has a value for; returns where, by variable."""
        return {
            one.variable: self._secret("development", one.key, one.text.encode())
            for one in self._wanted.files
            if one.text is not None
        }

    def _secret(self, kind: str, key: str, data: bytes) -> str:
        # whoever runs in the container reads it; the folder itself is its owner's alone
        path = self._folder.write(f"secrets/{kind}/{key}", data, mode=0o644)
        return str(self._home / path.relative_to(self._folder.path))

    def _read(self, *last: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the effective model, and which variables have no value."""
        for name, data in self._definition.env_files:
            self._folder.write(f"filling/{name}", data)
        compose = json.loads(self._definition.compose)
        text = compose_bytes({**compose, _VALUES: self._questions(compose)})
        self._folder.write("filling/compose.yaml", text)
        own = [str(self._folder.path / n) for n in (_DEFAULTS, _GIVEN) if self._has(n)]
        answers = [str(self._folder.path / name) for name in last]
        files = (*own, *map(str, self._filling.env_files), *answers)
        folder = str(self._folder.path / "filling")
        options = ComposeOptions(Path(folder), ("compose.yaml",), files, project_folder=folder)
        return read_lacking(replace(options, name="release"))

    def _questions(self, compose: dict[str, Any]) -> dict[str, str]:
        """Return by variable what says whether it is set, and its value."""
        texts = [self._definition.compose, *(data for _, data in self._definition.env_files)]
        names = {n for text in texts for n in names_in(text.decode())} | passed_on(compose)
        names = {n for n in names if not _is_composes(n)}
        whole = dict.fromkeys(self._wanted.named, "?")
        return {n: f"${{{n}+{_SET}}}${{{n}{whole.get(n, '-')}}}" for n in {*names, *whole}}

    def _has(self, name: str) -> bool:
        return (self._folder.path / name).exists()

    def _answers(self, lacking: Mapping[str, str]) -> dict[str, str]:
        ask = self._filling.ask
        if ask is None:
            raise ConfigurationError(
                f"the release needs {', '.join(in_words(lacking))}, and nothing here says it",
                hint="--env-file FILE with lines NAME=value; X= is an empty value. The project can "
                "give everyone development values: x-envctl: {development: …} at the top of its "
                "Compose file, and in a secret",
            )
        found = {}
        for name, what in sorted(lacking.items()):
            if secret := self._wanted.file_of(name):
                found[name] = self._secret(
                    "given", secret.key, ask(f"the secret {secret.key}").encode()
                )
            else:
                found[name] = ask(f"{name} ({what})" if what else name)
        return found

    def _carried(self, model: dict[str, Any]) -> dict[str, str]:
        """Copy files of secrets that somebody named, so that the playground has all it needs."""
        found = {}
        for one in self._wanted.files:
            said = ((model.get("secrets") or {}).get(one.key) or {}).get("file", "")
            path = Path(said)
            if said and not path.is_relative_to(self._home / "secrets"):
                found[one.variable] = self._secret("given", one.key, self._content(one.key, path))
                model["secrets"][one.key]["file"] = found[one.variable]
        return found

    def _content(self, key: str, path: Path) -> bytes:
        inside = self._folder.path / "filling"  # Compose takes it to be beside the definition
        if path.is_relative_to(inside):
            path = self._filling.base.absolute() / path.relative_to(inside)
        try:
            return path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"the secret {key} cannot be read from {path}: {error.strerror or error}",
                hint="name its file in the environment or in --env-file FILE",
            ) from error


def _is_composes(name: str) -> bool:
    """Whether Compose gives the variable a value of its own, such as the playground's name."""
    return name.startswith("COMPOSE_")


def _values(model: dict[str, Any]) -> dict[str, str]:
    """Return the variables that are set, as the model was filled in with them."""
    said = {k: str(v).replace("$$", "$") for k, v in (model.get(_VALUES) or {}).items()}
    return {k: v.removeprefix(_SET) for k, v in said.items() if v.startswith(_SET)}
