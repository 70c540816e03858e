"""Who does something, and when: what records say of it."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING

from envctl.domain.stage_record import Who
from envctl.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_JOBS = ("CI_JOB_URL", "BUILD_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "CI_PIPELINE_URL")
"""Variables in which a CI system says where its job is to be seen: GitLab, Jenkins, ..."""
_GITHUB = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


def utc_now() -> str:
    """Return this machine's time as `2026-01-31T23:59:59Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def identity(folder: Path) -> Who:
    """Return who works in `folder`: the system's user, whom Git knows there, the CI job."""
    return Who(
        user=_user(), git=_git(folder), job=ci_job(os.environ), machine=platform.node() or "?"
    )


def ci_job(environment: Mapping[str, str]) -> str:
    """Return the address of the CI job; empty outside of one. No name or password is in it."""
    if all(environment.get(name) for name in _GITHUB):
        server, repository, run = (environment[name] for name in _GITHUB)
        return _public(f"{server}/{repository}/actions/runs/{run}")
    return _public(next((environment[name] for name in _JOBS if environment.get(name)), ""))


def _public(address: str) -> str:
    scheme, colon, rest = address.partition("://")
    if not colon:
        return ""
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _user() -> str:
    """The system's word, not that of variables, which anybody may set."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user of a container, who has a number only
        return str(os.getuid())


def _git(folder: Path) -> str:
    said = _settings(folder)
    name, mail = said.get("user.name", ""), said.get("user.email", "")
    return f"{name} <{mail}>" if mail else name


def _settings(folder: Path) -> dict[str, str]:
    """Return who Git says that it is; of several values the last counts, as for Git."""
    from envctl.adapters.process import Command, run

    words = ("git", "config", "--get-regexp", r"^user\.(name|email)$")
    try:
        lines = run(Command(words, folder), timeout=10.0).stdout.splitlines()
    except Unreachable:  # a machine without Git
        return {}
    return {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
