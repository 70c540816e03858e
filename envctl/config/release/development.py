"""What a project says its releases are to be run with where nobody has the settings of a stage.

x-envctl: {development: {SMTP_URL: "smtp://mail:25"}}
secrets: {password: {file: password.txt, x-envctl: {development: not-a-secret}}}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from envctl.domain.compose_artifact import ComposeDefinition

_FILE_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?\?[^{}]*)?\})", re.ASCII)
_NAME = re.compile(r"^[A-Za-z_]\w*$", re.ASCII)


@dataclass(frozen=True)
class SecretFile:
    """A secret that is a file named by a variable; `text` is what it holds in development."""

    key: str
    variable: str
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Development:
    """The values of variables by their names, and the secrets whose files variables name.

    `named` are variables whose values are secrets and configs: Compose asks for none of them.
    """

    variables: dict[str, str] = field(default_factory=dict, repr=False)
    files: tuple[SecretFile, ...] = ()
    named: tuple[str, ...] = ()

    def file_of(self, variable: str) -> SecretFile | None:
        """Return the secret whose file `variable` names."""
        return next((one for one in self.files if one.variable == variable), None)


def development_of(definition: ComposeDefinition) -> Development:
    """Return what a definition says; ConfigurationError where it is no text.

    A dollar is written twice, as everywhere in a Compose file.
    """
    model = json.loads(definition.compose)
    variables = _variables(_development("", model) or {})
    files = []
    for key, body in _parts(model, "secrets"):
        text = _text(f"secrets.{key}.x-envctl.development", _development(f"secrets.{key}.", body))
        if found := _FILE_VARIABLE.fullmatch(str(body.get("file", ""))):
            files.append(SecretFile(key, found["plain"] or found["name"], text))
        elif text is not None and body.get("environment"):
            variables[str(body["environment"])] = text
    return Development(
        variables, tuple(files), (*_named(model, "configs"), *_named(model, "secrets"))
    )


def _parts(model: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(k, v) for k, v in (model.get(kind) or {}).items() if isinstance(v, dict)]


def _named(model: dict[str, Any], kind: str) -> list[str]:
    found = (str(body.get("environment") or "") for _, body in _parts(model, kind))
    return [name for name in found if _NAME.match(name)]


def _development(where: str, body: dict[str, Any]) -> Any:
    own = body.get("x-envctl") or {}
    if not isinstance(own, dict):
        raise ConfigurationError(f"{where}x-envctl: {own!r} is not a mapping")
    return own.get("development")


def _variables(said: Any) -> dict[str, str]:
    if not isinstance(said, dict):
        raise ConfigurationError("x-envctl.development is not a mapping of variables to values")
    for name in said:
        if not _NAME.match(str(name)):
            raise ConfigurationError(f"x-envctl.development: {name!r} is no name of a variable")
    return {k: _text(f"x-envctl.development.{k}", v) or "" for k, v in said.items()}


def _text(where: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str | int | float):
        return None if value is None else str(value).replace("$$", "$")
    raise ConfigurationError(f"{where} is neither a text nor a number")
