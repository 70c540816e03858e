"""Which image a name means now: what its registry says, as the engine hears it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from envctl.adapters.registry_words import in_words
from envctl.domain.lock import Look, Pin
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envctl.adapters.engine_http import EngineHttp

_AT_ONCE = 8
# what a registry that answers says of an image that it does not have, or not for everybody
_NONE = re.compile(r"not found|unknown|denied|unauthorized|requested access", re.IGNORECASE)


class EngineImageFinder:
    """Asks through the engine: it knows the mirrors, certificates and proxies that pulls use.

    `credentials` gives the header value with which the engine is to ask for an image.
    """

    def __init__(self, http: EngineHttp, credentials: Callable[[str], str]) -> None:
        self._http = http
        self._credentials = credentials

    def find(self, names: Iterable[str]) -> Mapping[str, Look]:
        """Return what each of `names` means; see the port."""
        wanted = tuple(names)
        if not wanted:
            return {}
        with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
            return dict(zip(wanted, pool.map(self._look, wanted), strict=True))

    def _look(self, name: str) -> Look:
        try:
            headers = {"X-Registry-Auth": self._credentials(name)}
            said = self._http.get_json(f"/distribution/{name}/json", headers=headers)
            return Look(Pin(digest=said["Descriptor"]["digest"]))
        except CommandFailed as error:
            return self._here(name, error.message.partition("refused: ")[2])

    def _here(self, name: str, words: str) -> Look:
        """What the engine itself has of an image that no registry gives."""
        unsure, words = not _NONE.search(words), in_words(words)
        image = self._http.get_json(f"/images/{name}/json", missing_ok=True)
        if image is None:
            return Look(None, f"{name} is not on this engine, and its registry: {words}", unsure)
        digest = _repository_digest(image, name)
        # an engine that knows images by their manifests says so of those it made itself, too
        if digest and digest != image["Id"]:
            return Look(Pin(digest=digest), f"{name} as it is on this engine: {words}", unsure)
        said = f"{name} is locked by its ID, other machines need that very image: {words}"
        return Look(Pin(id=str(image["Id"])), said)


def _repository_digest(image: Mapping[str, Any], name: str) -> str:
    """Return the digest that the image had in the registry it was pulled from."""
    plain = name.partition("@")[0]
    head, slash, last = plain.rpartition("/")
    repository = head + slash + last.partition(":")[0]
    for reference in image.get("RepoDigests") or ():
        where, _, digest = str(reference).partition("@")
        if where.removeprefix("docker.io/").removeprefix("library/") == repository.removeprefix(
            "docker.io/"
        ).removeprefix("library/"):
            return digest
    return ""
