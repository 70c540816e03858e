"""Read the settings of a stage: variables and files that its release is filled in with, here."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.lacking_variables import in_words, read_lacking
from envctl.domain.compose_artifact import COMPOSE_FILE
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.compose_artifact import ComposeDefinition

_VALUES = "x-envctl-values"
_KINDS = ("secrets", "configs")


class StageSettings:
    """What fills in the definitions of a stage: its env files, then the environment.

    Paths of files are relative to `folder`, the project's.
    """

    def __init__(self, stage: str, env_files: Sequence[str], folder: Path) -> None:
        self._stage, self._folder = stage, folder
        self._env_files = tuple(str(folder / name) for name in env_files)

    def read(
        self, definition: ComposeDefinition, name: str
    ) -> tuple[dict[str, Any], dict[tuple[str, str], bytes]]:
        """Return the effective model of a definition, and what its secrets and configs hold.

        `name` is the Compose project's. ConfigurationError for settings that are lacking.
        """
        for path in self._env_files:
            if not Path(path).is_file():
                raise ConfigurationError(
                    f"stages.{self._stage}.env_file: there is no file {path}",
                    hint="settings are read where the deploy is started",
                )
        with tempfile.TemporaryDirectory(prefix="envctl-stage-") as folder:
            model = self._model(definition, name, Path(folder))
        return model, self._files(model, Path(folder))

    def _model(self, definition: ComposeDefinition, name: str, folder: Path) -> dict[str, Any]:
        for file, data in definition.env_files:
            (folder / file).write_bytes(data)
        (folder / COMPOSE_FILE).write_bytes(_with_values(definition.compose))
        options = ComposeOptions(
            folder,
            files=(COMPOSE_FILE,),
            env_files=self._env_files or (_nothing(folder),),
            name=name,
            project_folder=str(folder),
        )
        model, lacking = read_lacking(options)
        if lacking:
            raise ConfigurationError(
                f"the stage {self._stage} has no value for {', '.join(in_words(lacking))}",
                hint=f"set them in {self._where()} or in the environment; X= is an empty value",
            )
        return model

    def _where(self) -> str:
        return ", ".join(self._env_files) or f"a file, and name it: stages.{self._stage}.env_file"

    def _files(self, model: dict[str, Any], folder: Path) -> dict[tuple[str, str], bytes]:
        values = model.pop(_VALUES, None) or {}
        found = {}
        for kind in _KINDS:
            for key, body in (model.get(kind) or {}).items():
                said = body or {}
                if "environment" in said:
                    found[kind, key] = str(values[f"{kind}.{key}"]).replace("$$", "$").encode()
                elif "file" in said and (data := self._content(kind, key, said["file"], folder)):
                    found[kind, key] = data[0]
                if (kind, key) in found:  # where it lay has no part in what is deployed
                    model[kind][key] = {}
        return found

    def _content(self, kind: str, key: str, file: str, folder: Path) -> tuple[bytes] | None:
        """Return a file's content; None for a config that only the target's host has."""
        path = Path(file)
        if path.is_relative_to(folder):  # Compose takes it to be beside the definition
            path = self._folder / path.relative_to(folder)
        try:
            return (path.read_bytes(),)
        except OSError as error:
            if kind == "configs" and not path.exists():
                return None
            raise ConfigurationError(
                f"the stage {self._stage} lacks {kind}.{key}: {path} cannot be read: "
                f"{error.strerror or error}",
                hint=f"paths are relative to {self._folder}",
            ) from error


def _with_values(compose: bytes) -> bytes:
    """Return the definition with the values of variables that secrets and configs are made of."""
    model = json.loads(compose)
    values = {
        f"{kind}.{key}": f"${{{body['environment']}?}}"
        for kind in _KINDS
        for key, body in (model.get(kind) or {}).items()
        if isinstance(body, dict) and body.get("environment")
    }
    # as characters: halves of them, escaped, are nothing to a reader of YAML
    said = {**model, _VALUES: values}
    return json.dumps(said, ensure_ascii=False).encode() if values else compose


def _nothing(folder: Path) -> str:
    """Return an env file with nothing in it: Compose would look for one of its own."""
    path = folder / "nothing.env"
    path.write_bytes(b"")
    return str(path)
