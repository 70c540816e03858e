"""The stages of `envctl.toml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from envctl.config.duration import duration
from envctl.config.strict import check_keys, check_table
from envctl.domain.project import NAME_HINT, is_name
from envctl.domain.record_artifact import LONGEST_STAGE
from envctl.domain.stage import Https, Stage
from envctl.domain.target_address import HINT, parse_target
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from envctl.domain.target import Target

STAGE_KEYS = (
    "target", "overlay", "env_file", "after", "soak", "requires_check", "follow", "min_healthy",
    "drain", "hosts", "https",
)  # fmt: skip
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SERVICE = re.compile(r"[A-Za-z0-9_.-]+(?::([0-9]+))?", re.ASCII)
_URL = re.compile(r"https://[^\s/@]+(?:/[^\s]*)?")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def stages_of(data: dict[str, Any], where: str) -> tuple[Stage, ...]:
    """Return the stages in the order of the file."""
    here = f"{where}: stages"
    tables = check_table(data.get("stages", {}), here)
    stages = tuple(_stage(name, table, here) for name, table in tables.items())
    before = {stage.name: stage.after for stage in stages}
    for name in before:
        _check_order(name, before, f"{here}.{name}: after")
    return stages


def _stage(name: str, table: Any, where: str) -> Stage:
    if not is_name(name):
        raise ConfigurationError(f"{where}: {name!r} cannot be a stage's name", hint=NAME_HINT)
    if len(name) > LONGEST_STAGE:
        raise ConfigurationError(
            f"{where}: {name!r} has {len(name)} characters",
            hint=f"a stage's name has at most {LONGEST_STAGE}, as it is part of tags and names",
        )
    here = f"{where}.{name}"
    check_keys(check_table(table, here), STAGE_KEYS, here)
    _check_partners(table, here)
    return Stage(
        name,
        overlay=_text(table, "overlay", here, "path of a Compose file"),
        target=_target(table.get("target", ""), f"{here}: target"),
        env_files=_env_files(table.get("env_file", []), f"{here}: env_file"),
        after=_text(table, "after", here, "name of a stage"),
        soak=_seconds(table, "soak", Stage.soak, here),
        requires_check=_switch(table, "requires_check", here),
        follow=_switch(table, "follow", here),
        min_healthy=_seconds(table, "min_healthy", Stage.min_healthy, here),
        drain=_seconds(table, "drain", Stage.drain, here),
        hosts=_hosts(table, f"{here}: hosts"),
        https=_https(table, f"{here}: https"),
    )


def _check_partners(table: dict[str, Any], where: str) -> None:
    """Refuse what means nothing alone."""
    for key, partner, why in (
        ("soak", "after", "name the stage that releases run on before this one"),
        ("requires_check", "after", "name the stage whose check has to pass"),
        ("https", "hosts", "name the hosts that are served with certificates"),
    ):
        if key in table and partner not in table:
            raise ConfigurationError(
                f"{where}: {key}: it means nothing without {partner}", hint=why
            )


def _check_order(name: str, before: dict[str, str], where: str) -> None:
    """Refuse a stage that is after none of the file's, or after itself."""
    way = [name]
    while after := before[way[-1]]:
        if after not in before:
            if len(way) > 1:
                return  # it is told of that other stage
            others = ", ".join(other for other in before if other != name)
            hint = f"there are: {others}" if others else "it is the only one"
            raise ConfigurationError(f"{where}: {after!r} is no stage of this file", hint=hint)
        if after in way:
            if after != name:
                return
            circle = " after ".join([*way, name])
            raise ConfigurationError(f"{where}: a circle: {circle}", hint="one has to be first")
        way.append(after)


def _text(table: dict[str, Any], key: str, where: str, what: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or (key in table and not value):
        raise ConfigurationError(f"{where}: {key}: {value!r} is no {what}")
    return value


def _switch(table: dict[str, Any], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{where}: {key}: {value!r} is neither true nor false")
    return value


def _seconds(table: dict[str, Any], key: str, default: float, where: str) -> float:
    return duration(table[key], f"{where}: {key}", zero=True) if key in table else default


def _target(value: Any, where: str) -> Target:
    if not isinstance(value, str):
        raise ConfigurationError(f"{where}: {value!r} is no target", hint=HINT)
    return parse_target(value, where)


def _env_files(value: Any, where: str) -> tuple[str, ...]:
    files = [value] if isinstance(value, str) else value
    return _paths(files, where, "is neither a path nor a list of paths")


def _paths(value: Any, where: str, trouble: str, least: int = 0) -> tuple[str, ...]:
    listed = isinstance(value, list) and len(value) >= least
    if listed and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ConfigurationError(f"{where}: {value!r} {trouble}")


def _hosts(table: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    hosts = check_table(table.get("hosts", {}), where)
    if "hosts" in table and not hosts:
        raise ConfigurationError(f"{where}: it is empty", hint='write "shop.example.com" = "web"')
    return tuple((_host(name, where), _service(hosts[name], f"{where}: {name}")) for name in hosts)


def _host(name: str, where: str) -> str:
    if _HOST.fullmatch(name):
        return name
    raise ConfigurationError(
        f"{where}: {name!r} is no host name", hint="write it in lower case, with no port"
    )


def _service(value: Any, where: str) -> str:
    found = _SERVICE.fullmatch(value) if isinstance(value, str) else None
    if found and (found[1] is None or 0 < int(found[1]) < 65536):
        return str(value)
    raise ConfigurationError(
        f"{where}: {value!r} is no service",
        hint='write the name of a service, or "web:8080" with its port',
    )


def _https(table: dict[str, Any], where: str) -> Https:
    if "https" not in table:
        return Https()
    data = check_table(table["https"], where)
    check_keys(data, ("certificates", "acme", "email", "ca"), where)
    if ("certificates" in data) is ("acme" in data):
        raise ConfigurationError(
            f"{where}: certificates are either files or from an ACME server",
            hint='write certificates = ["shop.pem"], or acme = "https://.../directory"',
        )
    return _by_acme(data, where) if "acme" in data else _by_files(data, where)


def _by_files(data: dict[str, Any], where: str) -> Https:
    for key in ("email", "ca"):
        if key in data:
            raise ConfigurationError(f"{where}: {key}: it is for an ACME server only")
    trouble = "is not a list of paths"
    paths = _paths(data["certificates"], f"{where}: certificates", trouble, least=1)
    return Https(certificates=paths)


def _by_acme(data: dict[str, Any], where: str) -> Https:
    for key, pattern, what in (
        ("acme", _URL, "address of an ACME server's directory, with https://"),
        ("email", _EMAIL, "email address"),
    ):
        value = data.get(key)
        if key in data and not (isinstance(value, str) and pattern.fullmatch(value)):
            raise ConfigurationError(f"{where}: {key}: {value!r} is no {what}")
    authority = _text(data, "ca", where, "path of a PEM file")
    return Https(directory=data["acme"], email=data.get("email", ""), authority=authority)
