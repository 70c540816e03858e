"""Find out whose a playground's name is: in the registry first, then on the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.checkout import is_same_checkout
from envctl.adapters.engine_address import engine_address
from envctl.adapters.registry import FileRegistry
from envctl.domain.deployment import STAGE
from envctl.domain.playground import Owner, choose_name
from envctl.errors import EnvctlError, Refused

if TYPE_CHECKING:
    from envctl.domain.playground import Checkout


def playground_name(base: str, checkout: Checkout) -> str:
    """Return what the playground of `checkout` is called; writes nothing.

    Without an engine, which whoever needs one will say, that is the first name.
    """
    try:
        owners = NameOwners(FileRegistry(engine_address()), checkout)
    except EnvctlError:
        return choose_name(base, checkout, _nobody, _nobody)
    return choose_name(base, checkout, owners.registered, owners.seen)


def require_no_stage(name: str) -> None:
    """Raise Refused where `name` is what a stage is called here: its data is no playground's."""
    from envctl.adapters.engine_http import EngineHttp

    filters = {"label": [f"com.docker.compose.project={name}", STAGE]}
    rows = EngineHttp().get_json("/containers/json", all=True, filters=filters)
    if rows:
        stage = rows[0]["Labels"][STAGE]
        raise Refused(
            f"{name} is the stage {stage} of a project, and no playground",
            hint="give the playground another name: --name",
        )


class NameOwners:
    """Whose names are, for one checkout."""

    def __init__(self, registry: FileRegistry, checkout: Checkout) -> None:
        self._registry = registry
        self._checkout = checkout

    def registered(self, name: str) -> Owner:
        """Return the owner as the registry knows it; folders that are gone own nothing."""
        known = self._registry.find(name)
        return self._owner([known.folder] if known else [])

    def seen(self, name: str) -> Owner:
        """Return the owner, even where it started its containers by plain Compose."""
        if (owner := self.registered(name)) is not Owner.NOBODY:
            return owner
        try:
            return self._owner(_working_folders(name))
        except EnvctlError:
            return Owner.NOBODY

    def _owner(self, folders: list[str]) -> Owner:
        present = [folder for folder in folders if Path(folder).is_dir()]
        if any(is_same_checkout(self._checkout, folder) for folder in present):
            return Owner.MINE
        return Owner.OTHER if present else Owner.NOBODY


def _working_folders(name: str) -> list[str]:
    """Return the folders that the containers of playground `name` were started in.

    Those of a stage were started in no folder, which is the root: it is another's name.
    """
    from envctl.adapters.engine_http import EngineHttp

    filters = {"label": [f"com.docker.compose.project={name}"]}
    rows = EngineHttp().get_json("/containers/json", all=True, filters=filters)
    labels = (row.get("Labels") or {} for row in rows)
    found = {label.get("com.docker.compose.project.working_dir", "") for label in labels}
    return sorted(found - {""})


def _nobody(name: str) -> Owner:
    return Owner.NOBODY
