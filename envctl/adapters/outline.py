"""Which build arguments a Dockerfile declares, by the word of the builder itself.

Answers are kept below `$XDG_CACHE_HOME/envctl/outlines`, by all that they depend on. No answer,
from an old builder or without a base image at hand, is not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.memory import home_folder, write_atomically
from envctl.adapters.tools import buildx_identity
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIMEOUT = 60.0
"""Seconds that the builder may take; it may have to ask a registry about a base image."""
MOST_ANSWERS = 500
_AT_ONCE = 8


@dataclass(frozen=True)
class Question:
    """What to ask about; `images` are contexts that are images, `folders` names of other contexts.

    `bases` are the pins of images that it builds upon, which can declare arguments too.
    """

    dockerfile: bytes
    target: str = ""
    platform: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    images: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()
    bases: tuple[tuple[str, str], ...] = ()


def ask_outlines(questions: Iterable[Question]) -> Mapping[Question, frozenset[str] | None]:
    """Return the declared build arguments; None where nobody could say."""
    answers = {question: _kept(question) for question in questions}
    todo = [question for question, answer in answers.items() if answer is None]
    if todo:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers |= dict(zip(todo, pool.map(_asked, todo), strict=True))
    return answers


def outlines_folder() -> Path:
    """Return where the answers are."""
    home = os.environ.get("XDG_CACHE_HOME") or str(home_folder() / ".cache")
    return Path(home) / "envctl" / "outlines"


def _path(question: Question) -> Path:
    around = [buildx_identity(), os.environ.get("BUILDX_BUILDER")]
    said = [*astuple(question)[1:], *around]
    key = hashlib.sha256(question.dockerfile + b"\0" + json.dumps(said).encode())
    return outlines_folder() / f"{key.hexdigest()[:32]}.json"


def _kept(question: Question) -> frozenset[str] | None:
    with suppress(OSError, ValueError, TypeError):
        return frozenset(map(str, json.loads(_path(question).read_bytes())["declared"]))
    return None


def _asked(question: Question) -> frozenset[str] | None:
    with suppress(EnvctlError, OSError, ValueError, TypeError, KeyError):
        declared = _outline(question)
        _keep(_path(question), json.dumps({"declared": sorted(declared)}))
        return declared
    return None


def _outline(question: Question) -> frozenset[str]:
    """Ask the builder, which gets the Dockerfile and an empty folder; ValueError for no answer."""
    import tempfile

    from envctl.adapters.process import Command, run

    with tempfile.TemporaryDirectory(prefix="envctl-outline-") as folder:
        Path(folder, "Dockerfile").write_bytes(question.dockerfile)
        Path(folder, "empty").mkdir()
        answer = run(Command(_words(question, folder)), timeout=TIMEOUT)
    if answer.code != 0:
        raise ValueError(answer.stderr)
    return frozenset(str(found["name"]) for found in json.loads(answer.stdout).get("args") or ())


def _words(question: Question, folder: str) -> tuple[str, ...]:
    words = ["docker", "buildx", "build", "--call=outline,format=json", "--progress=quiet"]
    words += ["--file", f"{folder}/Dockerfile"]
    words += ["--target", question.target] if question.target else []
    words += ["--platform", question.platform] if question.platform else []
    for name, value in question.arguments:
        words += ["--build-arg", f"{name}={value}"]
    for name, image in question.images:
        words += ["--build-context", f"{name}=docker-image://{image}"]
    for name in question.folders:
        words += ["--build-context", f"{name}={folder}/empty"]
    return (*words, f"{folder}/empty")


def _keep(path: Path, text: str) -> None:
    with suppress(OSError):  # a cache that cannot be written costs time only
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, text)
        with os.scandir(path.parent) as found:
            aged = sorted(((entry.stat().st_mtime, entry.path) for entry in found), reverse=True)
        for _, old in aged[MOST_ANSWERS:]:
            Path(old).unlink(missing_ok=True)
