"""Where a playground's release comes from: what a stage runs, or one that is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.playground import as_name
from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

WAYS = "REGISTRY/PROJECT@STAGE or REGISTRY/PROJECT:RELEASE"
_PROJECT = r"[a-z0-9][a-z0-9._-]*"
_DIGEST = re.compile(r"^sha256:[0-9a-f]{6,64}$")
_WORD = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$")


@dataclass(frozen=True)
class Origin:
    """A project's registry, and a stage or a release of it; the other one is empty.

    `registry` is as `envctl.toml` has it, empty for this machine's own; `project` is empty where
    the address has none, so that it is the one of the checkout.
    """

    registry: str = ""
    project: str = ""
    stage: str = ""
    release: str = ""

    def __str__(self) -> str:
        where = f"{self.registry}/{self.project}" if self.project else ""
        if not where:
            return self.stage or self.release
        mark = "@" if self.stage or self.release.startswith("sha256:") else ":"
        return f"{where}{mark}{self.stage or self.release}"

    def playground(self, project: str) -> str:
        """Return what a playground of it is called; `project` is the project's name.

        Not `PROJECT-STAGE`: that is what the stage itself is called where it is on this engine.
        """
        short = self.release.removeprefix("sha256:")[:12]
        tail = re.sub(r"[^a-z0-9_-]+", "-", (self.stage or short).lower()).strip("-")
        return f"{as_name(project)}-from-{tail}"


def parse_origin(said: str, stages: Collection[str] = (), *, here: bool = True) -> Origin:
    """Return what `said` means; `stages` are those of the checkout, `here` says there is one.

    In a checkout a bare word is a stage, else a release. UsageError tells how it is written.
    """
    if "/" not in said:
        if not here:
            raise UsageError(
                f"--from {said}: there is no project here that has a stage or release",
                hint=f"give the registry's address: {WAYS}",
            )
        release = "" if said in stages else _checked(said, said)
        return Origin(stage="" if release else said, release=release)
    where, mark, what = _split(said)
    registry, _, project = where.rpartition("/")
    if not registry or not project:
        raise _unclear(said)
    if mark == "@" and not _DIGEST.match(what):
        return Origin(registry, project, stage=_checked(what, said))
    return Origin(registry, project, release=_checked(what, said))


def parse_project(said: str, stage: str = "") -> Origin:
    """Return the project that `said` means, all its releases or those of one stage.

    UsageError tells how it is written.
    """
    registry, _, project = said.removeprefix("oci://").rpartition("/")
    if not registry or "://" in registry or not re.fullmatch(_PROJECT, project):
        raise UsageError(
            f"--from {said}: this is no address of a project",
            hint="write REGISTRY/PROJECT; --stage S means the releases that ran there",
        )
    return Origin(registry, project, stage)


def _split(said: str) -> tuple[str, str, str]:
    """Cut at the first mark after the last slash: a registry's port has one, too."""
    path, _, last = said.removeprefix("oci://").rpartition("/")
    found = re.match(rf"^({_PROJECT})([@:])(.+)$", last)
    if not found or "://" in path:
        raise _unclear(said)
    return f"{path}/{found[1]}", found[2], found[3]


def _checked(word: str, said: str) -> str:
    if not (_WORD.match(word) or _DIGEST.match(word)):
        raise _unclear(said)
    return word


def _unclear(said: str) -> UsageError:
    return UsageError(f"--from {said}: this is no address of releases", hint=f"write {WAYS}")
