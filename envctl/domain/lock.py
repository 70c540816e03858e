"""`envctl.lock`: which images exactly the names mean that a project builds upon and runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCK_FILE = "envctl.lock"
VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEAD = """\
# Which images exactly the names in this project mean. Written by `envctl lock`; commit it.
# `envctl lock --update` takes what the registries have now.
"""


@dataclass(frozen=True)
class Pin:
    """One image: by the digest that its registry knows it by, or by its ID on the engine."""

    digest: str = ""
    id: str = ""

    @property
    def value(self) -> str:
        """What goes into an input digest."""
        return self.digest or self.id

    def __str__(self) -> str:
        return self.digest or f"the image {self.id[:19]}, which no registry has"


@dataclass(frozen=True)
class Lock:
    """Pins by name as written in the project's files."""

    pins: Mapping[str, Pin] = field(default_factory=dict)

    def contexts(self, names: Iterable[str]) -> dict[str, str]:
        """Return, as a builder takes it, what to use for those of `names` that a registry has."""
        pins = {name: self.pins[name].digest for name in names if name in self.pins}
        return {
            _familiar(name): f"docker-image://{name.partition('@')[0]}@{digest}"
            for name, digest in pins.items()
            if digest
        }

    def references(self, names: Iterable[str]) -> dict[str, str]:
        """Return, for those of `names` that a registry has, a reference of just that image."""
        pins = {name: self.pins[name].digest for name in names if name in self.pins}
        return {name: f"{_repository(name)}@{digest}" for name, digest in pins.items() if digest}

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """Return what pins those of `names` that are pinned."""
        return {name: self.pins[name].value for name in names if name in self.pins}


@dataclass(frozen=True)
class Used:
    """An image that a build began with, as the builder's provenance names it."""

    name: str
    digest: str


@dataclass(frozen=True)
class Order:
    """One image to be built: by the definition of `service`, under `tags`.

    `contexts` say by which reference the images are to be had that its Dockerfile names.
    """

    service: str
    tags: tuple[str, ...]
    contexts: Mapping[str, str] = field(default_factory=dict)


def is_pinned(name: str) -> bool:
    """Whether `name` says by itself which image exactly it means."""
    return bool(_DIGEST.fullmatch(name.partition("@")[2]))


def parse_lock(data: Mapping[str, Any], where: str) -> Lock:
    """Return what a lock file says; ConfigurationError for anything but what `lock` writes."""
    if data.get("version") != VERSION:
        raise _wrong(where, f"version {data.get('version')!r} is not known here")
    if unknown := set(data) - {"version", "images"}:
        raise _wrong(where, f"unknown key {min(unknown)!r}")
    images = data.get("images", {})
    if not isinstance(images, dict):
        raise _wrong(where, "images is not a table")
    return Lock({name: _pin(name, said, where) for name, said in images.items()})


def _pin(name: str, said: Any, where: str) -> Pin:
    if isinstance(said, dict) and len(said) == 1 and set(said) <= {"digest", "id"}:
        value = next(iter(said.values()))
        if isinstance(value, str) and _DIGEST.fullmatch(value):
            return Pin(**said)
    raise _wrong(where, f"images: {name!r} has neither a digest nor an id")


def _wrong(where: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: {what}",
        hint="take it from the commit; or remove it, and envctl lock writes it anew",
    )


def lock_text(lock: Lock) -> str:
    """Return the lock file; the same pins give the same bytes."""
    lines = [f"{_HEAD}version = {VERSION}\n", "[images]"]
    for name, pin in sorted(lock.pins.items()):
        key = "digest" if pin.digest else "id"
        # what JSON writes of a string TOML reads, but for one character
        quoted = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
        lines.append(f'{quoted} = {{ {key} = "{pin.value}" }}')
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Look:
    """What was found of an image: its pin, or none, and in words what there is to say of it.

    `unsure` says that its registry did not answer, so that it may have another one by now.
    """

    pin: Pin | None
    said: str = ""
    unsure: bool = False


@dataclass(frozen=True)
class Change:
    """One line of the lock that is, or should be, another; `cause` says why."""

    name: str
    former: Pin | None
    now: Pin | None
    cause: str

    def __str__(self) -> str:
        word = "drop" if self.now is None else "lock" if self.former is None else "update"
        return f"{word} {self.name}: {self.cause}"


def new_lock(
    lock: Lock, wanted: Iterable[str], found: Mapping[str, Pin]
) -> tuple[Lock, tuple[Change, ...]]:
    """Return the lock of `wanted`, and what changes: `found` goes before what is locked.

    A wanted name that is neither locked nor found is left out: whoever asks has to say so.
    """
    names = set(wanted)
    pins = {n: found.get(n) or lock.pins[n] for n in names if n in found or n in lock.pins}
    changes = [
        change
        for name in sorted(names | set(lock.pins))
        if (change := _change(name, lock.pins.get(name), pins.get(name), name in names))
    ]
    return Lock(pins), tuple(changes)


def _change(name: str, former: Pin | None, now: Pin | None, wanted: bool) -> Change | None:
    if former == now:
        return None
    if now is None:
        return Change(name, former, None, "nothing uses it") if not wanted else None
    if former is None:
        return Change(name, None, now, str(now))
    return Change(name, former, now, f"{now}, before {former}")


def not_here(lock: Lock, names: Iterable[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return, in words, the images without a registry that are others on this engine.

    `ids` are those of the images that the engine has.
    """
    locked = {n: lock.pins[n].id for n in sorted(set(names)) if n in lock.pins and lock.pins[n].id}
    return tuple(
        f"{name} is {ids.get(name) or 'not on this engine'}, {LOCK_FILE} says {wanted}"
        for name, wanted in locked.items()
        if ids.get(name) != wanted
    )


def strangers(lock: Lock, pins: Iterable[str], used: Iterable[Used]) -> tuple[str, ...]:
    """Return, in words, the images that a build took although the lock names others.

    `pins` are the locked names that the build was to use. Images without a registry have no
    digest that a builder could name: they are compared with the engine's before the build.
    """
    locked = {_plain(n): lock.pins[n].digest for n in pins if n in lock.pins}
    return tuple(
        f"{one.name} was {one.digest}, {LOCK_FILE} says {digest}"
        for one in used
        if (digest := locked.get(_plain(one.name))) and digest != one.digest
    )


def _familiar(name: str) -> str:
    """Return the name as a builder looks a context up: without what is meant anyway."""
    return _plain(name).removesuffix(":latest")


def _repository(name: str) -> str:
    """Return a name without tag and digest; a colon before the last slash is a port's."""
    head, slash, last = name.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]


def _plain(name: str) -> str:
    """Leave out what may be left out of a name, a digest included."""
    plain = name.partition("@")[0].removeprefix("docker.io/").removeprefix("library/")
    return plain if ":" in plain.rpartition("/")[2] else f"{plain}:latest"
