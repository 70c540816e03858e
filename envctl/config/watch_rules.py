"""Turn `develop.watch` of the effective Compose model into rules."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Any

from envctl.config.compose_model import meant
from envctl.domain.watch.rule import Hook, WatchAction, WatchRule
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

RULES = "the rules are described in https://docs.docker.com/reference/compose-file/develop/"
EXAMPLE = "give a service one: develop: {watch: [{action: sync, path: ./src, target: /srv/src}]}"


def parse_watch_rules(
    model: dict[str, Any], services: Collection[str], note: Callable[[str], None]
) -> tuple[WatchRule, ...]:
    """Return the rules of `services`, of all for none, in the order of the model.

    `note` is told what is left out: a folder that is mounted needs no copies. ConfigurationError
    for a rule that cannot be carried out, and where there is no rule at all.
    """
    found: list[WatchRule] = []
    for name, body in sorted(_services(model).items()):
        if not services or name in services:
            found += _of_service(name, body, note)
    if not found:
        who = f"of {', '.join(sorted(services))} has" if services else "has"
        raise ConfigurationError(f"no service {who} a develop.watch rule", hint=EXAMPLE)
    return tuple(found)


def _services(model: dict[str, Any]) -> dict[str, Any]:
    services: dict[str, Any] = meant(model).get("services") or {}
    return services


def _of_service(
    name: str, body: dict[str, Any], note: Callable[[str], None]
) -> Iterable[WatchRule]:
    develop = body.get("develop") or body.get("x-develop") or {}
    for number, entry in enumerate(develop.get("watch") or ()):
        place = f"services.{name}.develop.watch[{number}]"
        rule = _rule(name, place, entry)
        if rule.action is WatchAction.REBUILD and not body.get("build"):
            raise ConfigurationError(f"{place}: rebuild, but {name} is not built", hint=RULES)
        if rule.action.syncs and (mounted := _mounted(rule.path, body)):
            note(f"{place}: {rule.path} is mounted at {mounted} already, and not synced")
        else:
            yield rule


def _rule(service: str, place: str, entry: dict[str, Any]) -> WatchRule:
    said = str(entry.get("action") or "")
    if said not in tuple(WatchAction):
        known = ", ".join(WatchAction)
        raise ConfigurationError(f"{place}.action: {said!r} is none", hint=f"there are: {known}")
    action, target = WatchAction(said), _target(entry)
    path = str(entry.get("path") or "")
    if not path:
        raise ConfigurationError(f"{place}.path: it is missing", hint=RULES)
    if action.syncs and not target:
        raise ConfigurationError(f"{place}.target: it is missing", hint=RULES)
    hook = _hook(entry.get("exec") or {})
    if action is WatchAction.SYNC_EXEC and not hook:
        raise ConfigurationError(f"{place}.exec.command: it is missing", hint=RULES)
    return WatchRule(
        service=service,
        action=action,
        path=os.path.normpath(path),
        target=target,
        ignore=_texts(entry.get("ignore")),
        include=_texts(entry.get("include")),
        initial_sync=action.syncs and bool(entry.get("initial_sync", entry.get("x-initialSync"))),
        hook=hook if action is WatchAction.SYNC_EXEC else None,
        place=place,
    )


def _target(entry: dict[str, Any]) -> str:
    """Return where files go; to Compose too, what is not absolute begins at the root."""
    said = str(entry.get("target") or "")
    return posixpath.join("/", said) if said else ""


def _hook(body: dict[str, Any]) -> Hook | None:
    command = body.get("command")
    if not command:
        return None
    words = command if isinstance(command, list) else [command]
    environment = (body.get("environment") or {}).items()
    lines = [f"{key}={value}" for key, value in environment if value is not None]
    return Hook(
        command=tuple(map(str, words)),
        user=str(body.get("user") or ""),
        privileged=bool(body.get("privileged")),
        working_dir=str(body.get("working_dir") or ""),
        environment=tuple(lines),
    )


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value or ()))


def _mounted(path: str, body: dict[str, Any]) -> str:
    """Return where in the container `path` is mounted; empty where it is not."""
    for mount in body.get("volumes") or ():
        source = os.path.realpath(str(mount.get("source") or ""))
        if mount.get("type") == "bind" and (path == source or path.startswith(f"{source}/")):
            return str(mount.get("target"))
    return ""
