"""Read `envctl.toml`, strictly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from envctl.config.duration import duration
from envctl.config.project_releases import registry_of, source_of
from envctl.config.project_stages import stages_of
from envctl.config.strict import check_keys, check_table
from envctl.domain.project import NAME_HINT, is_name
from envctl.domain.seed import NO_SEED, Seed
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.domain.stage import Stage


@dataclass(frozen=True)
class ProjectFile:
    """The settings of `envctl.toml`; `reference.toml` beside this module describes each.

    Paths are relative to the file's folder; `ready_timeout` is in seconds.
    """

    name: str = ""
    compose: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    ready_timeout: float = 300.0
    seed: Seed = NO_SEED
    registry: str = ""
    source: str = ""
    stages: tuple[Stage, ...] = ()


def load_project_file(path: Path) -> ProjectFile:
    """Return what `path` says, defaults for what it leaves out; nothing but defaults without it.

    Raises ConfigurationError with the path of the key and, for an unknown one, the nearest known.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ProjectFile()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    import tomllib  # most projects have no such file

    try:
        return parse_project_file(tomllib.loads(text), str(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from error


def parse_project_file(data: dict[str, Any], where: str) -> ProjectFile:
    """Return the settings in `data`; `where` names the file in errors."""
    check_keys(data, [f.name for f in fields(ProjectFile)], where)
    return ProjectFile(
        name=_name(data.get("name", ""), where),
        compose=_strings(data, "compose", where),
        env_files=_strings(data, "env_files", where),
        profiles=_strings(data, "profiles", where),
        ready_timeout=duration(data["ready_timeout"], f"{where}: ready_timeout")
        if "ready_timeout" in data
        else ProjectFile.ready_timeout,
        seed=_seed(data.get("seed", {}), where),
        registry=registry_of(data, where),
        source=source_of(data, where),
        stages=stages_of(data, where),
    )


def _seed(data: Any, where: str) -> Seed:
    check_table(data, f"{where}: seed")
    check_keys(data, [f.name for f in fields(Seed)], f"{where}: seed")
    if len(data) > 1:
        raise ConfigurationError(
            f"{where}: seed: there is one at most", hint="name a snapshot or a job"
        )
    for key, value in data.items():
        if not (isinstance(value, str) and value):
            raise ConfigurationError(f"{where}: seed: {key}: {value!r} is no name")
    return Seed(**data)


def _name(value: Any, where: str) -> str:
    if value == "" or (isinstance(value, str) and is_name(value)):
        return str(value)
    raise ConfigurationError(f"{where}: name: {value!r} cannot be a project's name", hint=NAME_HINT)


def _strings(data: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ConfigurationError(f"{where}: {key}: {value!r} is not a list of strings")
