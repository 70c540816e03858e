"""A stage: integration, production, ..."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.target import LOCAL

if TYPE_CHECKING:
    from envctl.domain.target import Target


@dataclass(frozen=True)
class Https:
    """How a stage's host names get certificates.

    `certificates` are PEM files with chain and key, relative to the project's folder;
    `directory` is the URL of an ACME server, `email` whom it may write to, `authority` the PEM file
    of what signed the server's own certificate, where not every machine trusts it.
    """

    certificates: tuple[str, ...] = ()
    directory: str = ""
    email: str = ""
    authority: str = ""


@dataclass(frozen=True)
class Stage:
    """A stage as `envctl.toml` describes it.

    `overlay` is the Compose file that is merged over the project's own there; empty for none.
    `env_files` have the settings that are read when it is deployed, later ones win. `after` names
    the stage that a release has to have run on before, for `soak` seconds, and with a check that
    passed where `requires_check`. `min_healthy` is how many seconds a new release has to stay
    healthy before it serves, `drain` how many its predecessor has to finish what it is doing.
    `hosts` maps host names to services (`web` or `web:8080`, with the container's port).
    """

    name: str
    overlay: str = ""
    target: Target = LOCAL
    env_files: tuple[str, ...] = ()
    after: str = ""
    soak: float = 0.0
    requires_check: bool = False
    follow: bool = False
    min_healthy: float = 5.0
    drain: float = 30.0
    hosts: tuple[tuple[str, str], ...] = ()
    https: Https = field(default_factory=Https)
