"""What environment is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

Keep = Literal["never", "failed", "always"]
"""Whether an environment stays for a look: never, where a test failed, always."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentOptions:
    """What environment is asked for; the defaults are the whole project as it is checked out.

    folder: The project's folder, or one below it; relative paths of the others begin there.
    from_: What to run instead of the checkout: a stage (what it runs now) or a release of this
        project, or, with no checkout needed, `REGISTRY/PROJECT@STAGE` or
        `REGISTRY/PROJECT:RELEASE`. Nothing is built then.
    own: With `from_`: services that are taken from the checkout all the same.
    services: What to start, with what it needs; everything when empty.
    profiles: Compose profiles to use, instead of those in envctl.toml.
    files: Compose files, instead of envctl.toml.
    env_files: Files with NAME=value lines. With `from_` the settings of the release, else what
        Compose fills variables in from, instead of `.env`.
    name: What to call the playground; nothing may be called so yet. When empty, the name is
        made up, and another one each time.
    label: The end of a name that is made up.
    timeout: How many seconds services may take to be healthy or done; None for what envctl.toml
        says, else five minutes.
    allow_host: With `from_`: whether the release may ask for what is this machine's.
    keep: Whether the environment stays when it is stopped.
    """

    folder: str | PathLike[str] = "."
    from_: str = ""
    own: Sequence[str] = ()
    services: Sequence[str] = ()
    profiles: Sequence[str] = ()
    files: Sequence[str] = ()
    env_files: Sequence[str | PathLike[str]] = ()
    name: str = ""
    label: str = ""
    timeout: float | None = None
    allow_host: bool = False
    keep: Keep = "never"
