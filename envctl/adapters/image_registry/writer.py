"""Writes to a registry: what is there is not sent again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from envctl.adapters.image_registry.complaints import nonsense
from envctl.adapters.image_registry.reader import RegistryReader, pulling
from envctl.adapters.image_registry.session import Call, Session
from envctl.adapters.image_registry.uploads import Upload, location
from envctl.errors import EnvctlError, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from envctl.adapters.image_registry.credentials import Credentials
    from envctl.adapters.image_registry.patience import Patience
    from envctl.domain.oci import Content
    from envctl.ports.images import ImageRegistryReader

_CHUNK = 1 << 20


class Registry(RegistryReader):
    """A registry that can be written to."""

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> str:
        """Put a manifest under a tag, or its own digest; returns the digest."""
        answer = self._session.ask(
            Call(
                "PUT",
                f"/v2/{repository}/manifests/{reference}",
                _pushing(repository),
                (200, 201, 202),
                {"Content-Type": manifest.media_type},
                manifest.data,
            )
        )
        said = answer.headers.get("Docker-Content-Digest", "")
        if said and said != manifest.digest:
            raise nonsense(answer.request, f"{manifest.digest} was sent, and it says {said}")
        return manifest.digest

    def put_blob(self, repository: str, content: bytes) -> str:
        """Put a blob and return its digest."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        if not self.has_blob(repository, digest):
            self._send(repository, digest, len(content), lambda start: _pieces(content, start))
        return digest

    def mount_blob(self, repository: str, digest: str, source_repository: str) -> bool:
        """Let `repository` have a blob of another one, without sending it; False if it cannot."""
        url = f"/v2/{repository}/blobs/uploads/?mount={digest}&from={source_repository}"
        scopes = (*_pushing(repository), *pulling(source_repository))
        answer = self._session.ask(Call("POST", url, scopes, (201, 202, 404, 405)))
        if answer.status == 202:  # it wants the content instead, which nobody sends: tell it
            cancel = Call("DELETE", location(self._session, answer), scopes, (204, 404))
            try:
                self._session.ask(cancel)
            except EnvctlError:
                return False  # it forgets by itself, in time
        return answer.status == 201

    def copy_blob(
        self,
        source: ImageRegistryReader,
        source_repository: str,
        repository: str,
        digest: str,
        size: int,
    ) -> None:
        """Copy a blob from `source`, a piece at a time; mounted when it is the same registry."""
        if self.has_blob(repository, digest):
            return
        if source.host == self.host and self.mount_blob(repository, digest, source_repository):
            return
        self._send(
            repository,
            digest,
            size,
            lambda start: _sized(
                source.blob_chunks(source_repository, digest, start), size - start
            ),
        )

    def _send(
        self, repository: str, digest: str, size: int, read: Callable[[int], Iterable[bytes]]
    ) -> None:
        Upload(self._session, repository, digest, size, read).send()


def open_registry(
    host: str,
    patience: Patience | None = None,
    credentials: Callable[[str], Credentials] | None = None,
) -> Registry:
    """Return the registry at `host`; nothing is asked before something is."""
    return Registry(
        Session(host, patience, credentials) if credentials else Session(host, patience)
    )


def _pushing(repository: str) -> tuple[str, ...]:
    return (f"repository:{repository}:pull,push",)


def _pieces(content: bytes, start: int) -> Iterator[bytes]:
    yield from (content[at : at + _CHUNK] for at in range(start, len(content), _CHUNK))


def _sized(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield exactly `size` bytes: more or less would break the request instead of failing it."""
    for data in chunks:
        size -= len(data)
        if size < 0:
            break
        yield data
    if size:
        raise Failed("a blob has another size than its manifest says", hint="send the image again")
