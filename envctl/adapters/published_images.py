"""Images that were built elsewhere, in the project's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.kept import tag_of
from envctl.errors import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envctl.domain.registry_place import RegistryPlace
    from envctl.ports.images import ImageRegistryReader


class RegistryImages:
    """Looks in the repository of a project; `place` is asked only when something is missing.

    A registry that is not there is no reason to stop work: what it may have is built here, and
    `note` says so.
    """

    def __init__(
        self,
        place: Callable[[], RegistryPlace | None],
        registry: Callable[[str], ImageRegistryReader],
        note: Callable[[str], None],
    ) -> None:
        self._place, self._registry, self._note = place, registry, note

    def find(self, kept: Iterable[str]) -> Mapping[str, str]:
        """Return, by the name an image is kept under, where the registry has it."""
        by_tag = {tag_of(name): name for name in kept}
        place = self._place()
        if place is None:
            return {}
        try:
            found = self._registry(place.host).digests(place.repository, by_tag)
        except (Unreachable, Refused) as error:
            self._note(f"what the registry may have is built here: {error.message}")
            return {}
        return {by_tag[tag]: place.reference(digest) for tag, digest in found.items()}
