"""What every table of `envctl.toml` has in common: an unknown key is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection


def check_table(data: Any, where: str) -> dict[str, Any]:
    """Return `data` if it is a table; `where` names its place."""
    if not isinstance(data, dict):
        raise ConfigurationError(f"{where}: {data!r} is not a table")
    return data


def check_keys(data: dict[str, Any], known: Collection[str], where: str) -> None:
    """Raise ConfigurationError for a key that is not known, with the nearest that is."""
    for key in data:
        if key not in known:
            raise _unknown(key, known, where)


def _unknown(key: str, known: Collection[str], where: str) -> ConfigurationError:
    import difflib

    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
    return ConfigurationError(f"{where}: unknown key {key!r}", hint=hint)
