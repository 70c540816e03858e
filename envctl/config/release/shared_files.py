"""Top-level configs and secrets: the content of configs is carried, that of secrets never."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.literals import not_secret
from envctl.config.release.mounts import EXECUTABLE
from envctl.config.release.paths import Whose, whose
from envctl.config.release.variables import has_variable
from envctl.config.release.writing import escaped
from envctl.domain.redaction import is_known_shape

if TYPE_CHECKING:
    from envctl.domain.carried_file import ReadFile


def carried_config(key: str, body: Any, read: ReadFile) -> tuple[Any, bool, list[Complaint]]:
    """Return what a release has instead of a config, and whether its file can be executed."""
    if not isinstance(body, dict):
        return body, False, []
    if "file" not in body:
        return body, False, _of_content(key, body)
    place, path = ("configs", key, "file"), str(body["file"])
    if has_variable(path):
        return body, False, _of_variable(key, path)
    found = read(path)
    if found is None:
        return body, False, []
    problem = found.problem
    if not problem and is_known_shape(found.text) and key not in not_secret(f"configs.{key}", body):
        problem = "holds what looks like a secret"
    if problem:
        remedy = "name a text file of the project, or one of the host"
        return body, False, [Complaint(place, f"is {path}, which {problem}", remedy)]
    rest = {k: v for k, v in body.items() if k != "file"}
    return {**rest, "content": escaped(found.text)}, found.executable, []


def _of_content(key: str, body: dict[str, Any]) -> list[Complaint]:
    if not is_known_shape(str(body.get("content") or "")) or key in not_secret(
        f"configs.{key}", body
    ):
        return []
    return [
        Complaint(("configs", key, "content"), "holds what looks like a secret", "use a secret")
    ]


def _of_variable(key: str, path: str) -> list[Complaint]:
    if whose(path) is not Whose.PROJECT:
        return []
    remedy = "give the variable no default in the project"
    return [Complaint(("configs", key, "file"), f"is {path}, which no release carries", remedy)]


def released_secret(key: str, body: Any, read: ReadFile) -> Any:
    """Return what a release has instead of a secret: a variable, where the project has the file."""
    if not isinstance(body, dict) or "file" not in body:
        return body
    path = str(body["file"])
    if whose(path) is not Whose.PROJECT and (has_variable(path) or read(path) is None):
        return body
    variable = re.sub(r"\W", "_", key, flags=re.ASCII).upper()
    variable = f"_{variable}" if variable[:1].isdigit() else variable
    return {**body, "file": f"${{{variable}_FILE:?the file with the secret {key}}}"}


def with_modes(uses: Any, executable: set[str]) -> list[Any]:
    """Return the configs that a service uses, those that can be executed with that mode."""
    return [
        {**use, "mode": EXECUTABLE}
        if isinstance(use, dict) and use.get("source") in executable and "mode" not in use
        else use
        for use in uses or []
    ]
