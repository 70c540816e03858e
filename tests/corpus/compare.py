"""Ask Compose and envctl what the same files mean, and say where they differ.

`python -m tests.corpus.compare FOLDER...` does so for every Compose file in folders of any origin,
and prints the counts; `make corpus FIXTURES="FOLDER..."` is the job.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from envctl.adapters.compose_yaml import read_yaml
from envctl.cli.main import run
from envctl.errors import ConfigurationError, EnvctlError, Unreachable, UsageError
from envctl.wiring.project_files import Choices, ProjectFiles

_SPELLED = {"Path": "path", "Rate": "rate", "Weight": "weight"}


@dataclass(frozen=True)
class Call:
    """One way to name a project: the folder to stand in, files, profiles, variables."""

    folder: Path
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """Return what Compose and envctl both take."""
        files = [word for name in self.files for word in ("--file", name)]
        return [*files, *(word for name in self.profiles for word in ("--profile", name))]


@dataclass(frozen=True)
class Said:
    """An exit code, the model when that is 0, and the complaint when it is not."""

    code: int
    model: Any = None
    complaint: str = ""


def compose_says(call: Call, output: str = "yaml", name: str = "") -> Said:
    """Return what `docker compose config` says, of a project of this name if one is given."""
    named = ["--project-name", name] if name else []
    done = subprocess.run(
        ["docker", "compose", *call.arguments(), *named, "config", "--format", output],
        cwd=call.folder,
        env={**os.environ, **call.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        return Said(done.returncode, complaint=done.stderr)
    return Said(0, read_yaml(done.stdout) if output == "yaml" else json.loads(done.stdout))


def settled(model: Any) -> Any:
    """Return `model` with what Compose prints in any order put into one."""
    for body in (model or {}).get("services", {}).values():
        if ssh := (body.get("build") or {}).get("ssh"):
            ssh.sort()
    return model


def envctl_says(call: Call) -> Said:
    """Return what `envctl config` says, called as the command line calls it."""
    out, err = io.StringIO(), io.StringIO()
    words = ["--directory", str(call.folder), *call.arguments()]
    with _environment(call.environment), redirect_stdout(out), redirect_stderr(err):
        code = run([*words, "config", "--json", "--show-secrets"])
    return Said(code, None if code else json.loads(out.getvalue()), err.getvalue())


@dataclass(frozen=True)
class Compared:
    """Whether Compose takes the files, and in what envctl differs; empty for nothing."""

    valid: bool
    difference: str


def compare(call: Call) -> Compared:
    """Ask both, envctl a second time for what it keeps, and with no memory of former calls."""
    with tempfile.TemporaryDirectory() as own:
        homes = {"XDG_CACHE_HOME": f"{own}/cache", "XDG_STATE_HOME": f"{own}/state"}
        here = replace(call, environment={**homes, **call.environment})
        expected = compose_says(here)
        return Compared(not expected.code, _difference(here, expected))


def _difference(call: Call, expected: Said) -> str:
    for when in ("asked", "kept")[: 1 if expected.code else 2]:
        said = envctl_says(call)
        if _is_renamed(said, expected):
            expected = compose_says(call, name=said.model["name"])
        if bool(said.code) != bool(expected.code):
            return f"{when}: Compose ends with {expected.code}, envctl with {said.code}"
        if settled(said.model) != settled(expected.model):
            return f"{when}: another model"
        if said.code and not _is_told_well(said):
            return f"{when}: badly told: {said.complaint}"
    return "" if expected.code else _in_other_words(call, expected.model) or _unreadable(call)


def _is_renamed(said: Said, expected: Said) -> bool:
    """Whether envctl gives this checkout a name of its own, as it does to a Git worktree."""
    if said.code or expected.code or said.model["name"] == expected.model["name"]:
        return False
    return bool(said.model["name"].startswith(f"{expected.model['name']}-"))


def _is_told_well(said: Said) -> bool:
    codes = (ConfigurationError.exit_code, UsageError.exit_code, Unreachable.exit_code)
    lines = [line for line in said.complaint.splitlines() if not line.startswith("note: ")]
    return said.code in codes and [line[:6] for line in lines] == ["error:", "hint: "]


def _in_other_words(call: Call, model: Any) -> str:
    """Compare with Compose's JSON, so that a mistake in reading YAML cannot hide."""
    said = compose_says(call, "json", model["name"])
    if said.code:  # Compose cannot say every model as JSON: keys of SSH, for one
        return ""
    told = {k: v for k, v in model.items() if k != "models"}  # which are left out there
    return "" if _plain(said.model) == _plain(told) else "read otherwise than as JSON"


def _plain(value: Any) -> Any:
    """Take away what Compose's two formats differ in: extensions, empty values, some capitals."""
    if isinstance(value, dict):
        kept = {k: _plain(v) for k, v in value.items() if not k.startswith("x-")}
        spelled = {_SPELLED.get(k, k): v for k, v in kept.items()}
        return {k: v for k, v in spelled.items() if v not in (None, {}, [], "", 0)}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _unreadable(call: Call) -> str:
    """Return why decisions cannot be made from the model, if so."""
    with _environment(call.environment):
        try:
            ProjectFiles(Choices(call.folder, call.files, call.profiles), lambda _: None).project()
        except EnvctlError as error:
            return f"no project: {error.message}"
    return ""


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def calls_below(folder: Path) -> list[Call]:
    """Return a call for every YAML file below `folder`, and one for every folder with a default."""
    files = sorted(path for path in folder.rglob("*.y*ml") if path.suffix in (".yaml", ".yml"))
    named = [Call(path.parent, (path.name,)) for path in files]
    defaults = {path.parent for path in files if path.stem in ("compose", "docker-compose")}
    return [*named, *(Call(path) for path in sorted(defaults))]


def main(folders: list[str]) -> int:
    """Print the counts of each folder, and each call that differs."""
    differing = 0
    for name in folders:
        counts: Counter[str] = Counter()
        calls = calls_below(Path(name).absolute())
        with ProcessPoolExecutor() as workers:
            for call, found in zip(calls, workers.map(compare, calls), strict=True):
                kind = "valid" if found.valid else "rejected"
                counts["differing" if found.difference else kind] += 1
                if found.difference:
                    path = call.folder.joinpath(*call.files)
                    print(f"  {path}: {found.difference}", flush=True)
        differing += counts["differing"]
        same = f"{counts['valid']} the same model, {counts['rejected']} rejected by both"
        print(f"{name}: {len(calls)} calls, {same}, {counts['differing']} differing")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
