"""Find everything that Compose may read for a project, so that its answer can be kept.

Compose resolves a path against one folder; here it is looked for in all folders that come into
question, and what is not there counts as well, because it may appear. More than Compose reads is
harmless, less never happens: where it could, the answer is Unclear, and nothing is kept.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.compose_references import References, Unclear, read_references, words_of
from envctl.adapters.path_state import path_stamp, path_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# the names that Compose looks for where none is given, and what it adds to them
DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = tuple(name.replace(".y", ".override.y") for name in DEFAULTS)
MOST_FOLDERS, MOST_PATHS = 40, 4000
# what may be a repository or an artifact elsewhere, or is not known before Compose has run
_ELSEWHERE = re.compile(r"[$:#\\\0]|^-$|^github\.com/|^git@|\.git(?![a-z])")
_SIMPLE_FILE = re.compile(r"^(?:export\s+)?COMPOSE_FILE\s*=\s*([\w./:+-]+)[ \t\r]*$", re.MULTILINE)
# in an env file, these change which files are read
_CHOOSING = {"COMPOSE_PATH_SEPARATOR", "COMPOSE_DISABLE_ENV_FILE", "COMPOSE_ENV_FILES"}


@dataclass
class Sources:
    """What an answer of Compose may depend on, besides its arguments."""

    states: dict[str, str] = field(default_factory=dict)
    """What each path holds, as `path_state` says it."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each path leads, links followed."""
    words: set[str] = field(default_factory=set)
    """What may be the name of a variable."""
    stamps: dict[str, str] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    """The Compose files among them."""

    def unchanged(self) -> bool:
        """Return whether nothing was written since they were found."""
        return all(path_stamp(path) == stamp for path, stamp in self.stamps.items()) and all(
            path_state(path) == state for path, state in self.states.items()
        )


def find_sources(
    folder: str, files: Sequence[str], env_files: Sequence[str], environment: Mapping[str, str]
) -> Sources:
    """Return what `docker compose config`, started in `folder`, may read; or raise Unclear.

    `files` and `env_files` are its arguments of these names.
    """
    search = _Search(folder, environment)
    asked = tuple(name for name in environment.get("COMPOSE_ENV_FILES", "").split(",") if name)
    settings = tuple(env_files) or asked or (".env",)
    search.read(files or search.chosen(settings), settings)
    search.follow()
    return search.found


class _Search:
    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        self.found = Sources()
        self._folder = folder
        self._environment = environment
        self._folders: set[str] = {folder, os.path.realpath(folder)}
        self._references = References()
        self._nested: list[References] = []

    def chosen(self, settings: Sequence[str]) -> Sequence[str]:
        """Return the Compose files that the environment or an env file names, else the default."""
        words: set[str] = set()
        named: list[str] = []
        for path in (path for name in settings for path in self._paths(self._folder, name)):
            if self._see(path).startswith("sha256:"):
                content = Path(path).read_bytes()
                words |= words_of(content)
                named += _named_files(content)
        if words & _CHOOSING or (named and "COMPOSE_DISABLE_ENV_FILE" in self._environment):
            raise Unclear("an env file changes which files are read")
        if (value := self._environment.get("COMPOSE_FILE")) is not None:
            return value.split(self._environment.get("COMPOSE_PATH_SEPARATOR") or os.pathsep)
        return named or self._default()

    def _default(self) -> list[str]:
        """Return what Compose finds on its own, and what it would if it were there."""
        for folder in (self._folder, *map(str, Path(self._folder).parents)):
            paths = {name: f"{folder}/{name}" for name in (*DEFAULTS, *OVERRIDES)}
            there = [name for name, path in paths.items() if not self._see(path).startswith("none")]
            if set(there) & set(DEFAULTS):
                return [paths[name] for name in there]
        return []

    def read(self, files: Sequence[str], settings: Sequence[str]) -> None:
        """Look at the Compose files that are read first, and at the env files named for them."""
        self._references.files.update((".env", *settings))
        paths = [path for name in files for path in self._models_at(self._folder, name)]
        for path in paths:
            self._read_model(path)
        for home in {_parent(path) for path in paths}:
            self.found.places[home] = os.path.realpath(home)
            for name in self._references.folders:
                self._folders.update(self._paths(home, name))

    def follow(self) -> None:
        """Look at everything that is referred to, in every folder that comes into question."""
        first, count = set(self.found.models), -1
        at_home = {_parent(path) for path in first} == {self._folder}
        while count != (count := len(self.found.models) + len(self._folders)):
            for folder in sorted(self._folders):
                for name in sorted(self._references.models):
                    for path in self._models_at(folder, name):
                        self._read_model(path, nested=path not in first)
        deep = not at_home or any(read.models for read in self._nested)
        if deep and any(read.places for read in self._nested):
            raise Unclear("Compose looks for links relative to where it was started")
        for folder in sorted(self._folders):
            self._read_others(folder)
        self.found.words |= self._references.words

    def _models_at(self, folder: str, name: str) -> list[str]:
        if _ELSEWHERE.search(name):
            raise Unclear(f"{name} may be anywhere")
        return self._paths(folder, name)

    def _read_model(self, path: str, *, nested: bool = False) -> None:
        if path in self.found.models or not self._see(path).startswith("sha256:"):
            return
        read = read_references(Path(path).read_bytes())
        if nested and read.moves:
            raise Unclear("Compose looks for these relative to where it was started")
        self._nested.append(read if nested else References())
        self.found.models.add(path)
        self._folders.add(_parent(path))
        self._references.add(read)

    def _read_others(self, folder: str) -> None:
        """Look at env files, label files and links, relative to `folder`."""
        for name in self._references.files:
            for path in self._paths(folder, name):
                if self._see(path).startswith("sha256:"):
                    self.found.words |= words_of(Path(path).read_bytes())
        for name in self._references.places:
            for path in self._paths(folder, name):
                self.found.places[path] = os.path.realpath(path)

    def _paths(self, folder: str, name: str) -> list[str]:
        """Return where `name` may be, cleaned as Compose cleans it: by its text alone."""
        if "$" in name or "\0" in name:
            raise Unclear(f"{name} is not known before Compose has run")
        paths = [name] if name.startswith("/") else [os.path.normpath(f"{folder}/{name}")]
        if name.startswith("~"):
            paths.append(os.path.normpath(f"{self._environment.get('HOME', '')}/{name[1:]}"))
        return paths

    def _see(self, path: str) -> str:
        if path not in self.found.states:
            if len(self.found.states) > MOST_PATHS or len(self._folders) > MOST_FOLDERS:
                raise Unclear("too many files")
            stamp = path_stamp(path)
            self.found.states[path] = path_state(path)
            if self.found.states[path].startswith("sha256:"):
                self.found.stamps[path] = stamp
        if not self.found.states[path]:
            raise Unclear(f"{path} cannot be read again")
        return self.found.states[path]


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _named_files(content: bytes) -> list[str]:
    """Return what COMPOSE_FILE names in an env file, if anything."""
    lines = content.decode("utf-8-sig").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    if "COMPOSE_FILE" not in text:
        return []
    found = _SIMPLE_FILE.findall(text)
    quotes = any(line.count(mark) % 2 for line in text.splitlines() for mark in "\"'")
    if len(found) != 1 or text.count("COMPOSE_FILE") != 1 or quotes:
        raise Unclear("COMPOSE_FILE is not written plainly")
    return str(found[0]).split(os.pathsep)
