"""What the registry in memory does: manifests, blobs, uploads, tags."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.fake_registry_http import PATH, Broken, Handler

if TYPE_CHECKING:
    from tests.fake_registry import Repository

INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


class Api(Handler):
    """A request to the registry."""

    def _route(self) -> None:
        if self.parts.path == "/v2/":
            self._json({})
            return
        found = PATH.fullmatch(self.parts.path)
        if not found:
            self._refuse(404, "NAME_UNKNOWN")
            return
        kind = found["kind"].rpartition("/")[2]
        action = getattr(self, f"_{self.command.lower()}_{kind}", None)
        if action is None:
            self._refuse(405, "UNSUPPORTED")
            return
        action(found["name"], found["what"])

    def _get_manifests(self, name: str, reference: str) -> None:
        with self.registry.lock:
            repository = self.registry.repository(name)
            digest = repository.tags.get(reference, reference)
            found = repository.manifests.get(digest)
        if digest != reference and self.registry.spend("broken_tag_reads"):
            self._refuse(500, "UNKNOWN", "unknown error")
            return
        if not found:
            self._refuse(404, "MANIFEST_UNKNOWN")
            return
        self._content(found[1], digest, found[0])

    _head_manifests = _get_manifests

    def _content(self, content: bytes, digest: str, media_type: str, start: int = 0) -> None:
        faults = self.registry.faults
        body = content.replace(b"{", b"{ ", 1) if faults.wrong_content else content
        body = b"?" + body[1:] if body == content and faults.wrong_content else body
        headers = {"Content_Type": media_type}
        headers |= {} if faults.no_digest else {"Docker_Content_Digest": digest}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        self._answer(206 if start else 200, body[start:], **headers)

    def _put_manifests(self, name: str, reference: str) -> None:
        content = self._body()
        digest, media_type = digest_of(content), self.headers.get("Content-Type", "")
        with self.registry.lock:
            repository = self.registry.repository(name)
            missing = _missing(repository, content)
            if not missing:
                repository.manifests[digest] = (media_type, content)
                if ":" not in reference:
                    repository.tags[reference] = digest
                    repository.born.setdefault(reference, self.registry.listings)
        if missing:
            self._refuse(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", missing)
        elif ":" in reference and reference != digest:
            self._refuse(400, "DIGEST_INVALID")
        else:
            self._answer(201, Docker_Content_Digest=digest, Location=self.path)

    def _delete_manifests(self, name: str, reference: str) -> None:
        with self.registry.lock:
            repository = self.registry.repository(name)
            known = repository.manifests.pop(reference, None)
            repository.tags = {t: d for t, d in repository.tags.items() if d != reference}
        self._answer(202) if known else self._refuse(404, "MANIFEST_UNKNOWN")

    def _get_tags(self, name: str, _: str) -> None:
        faults = self.registry.faults
        with self.registry.lock:
            self.registry.listings += 1
            if name not in self.registry.repositories:
                self._refuse(404, "NAME_UNKNOWN")
                return
            repository = self.registry.repository(name)
            now = self.registry.listings - faults.listing_lag
            tags = sorted(tag for tag in repository.tags if repository.born[tag] < now)
        if faults.ignores_paging:
            self._json({"name": name, "tags": tags or None})
            return
        size = int(self.query.get("n", 100))
        rest = [tag for tag in tags if tag > self.query.get("last", "")]
        more = (len(rest) > size and faults.says_more) or faults.circular
        last = rest[size - 1] if len(rest) >= size else "a"
        link = f'</v2/{name}/tags/list?n={size}&last={last}>; rel="next"'
        self._json({"name": name, "tags": rest[:size]}, **({"Link": link} if more else {}))

    def _get_referrers(self, name: str, digest: str) -> None:
        if not self.registry.faults.referrers:
            self._refuse(404, "UNSUPPORTED")
            return
        with self.registry.lock:
            known = self.registry.repository(name).manifests.items()
            found = [
                {"mediaType": kind, "digest": own, "size": len(content)}
                for own, (kind, content) in known
                if (json.loads(content).get("subject") or {}).get("digest") == digest
            ]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}
        self._answer(200, json.dumps(index).encode(), Content_Type=INDEX)

    def _get_blobs(self, name: str, digest: str) -> None:
        with self.registry.lock:
            known = digest in self.registry.repository(name).blobs
            content = self.registry.content.get(digest, b"")
        if not known:
            self._refuse(404, "BLOB_UNKNOWN")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and not self.registry.faults.ignores_range else 0
        if start and start >= len(content):
            self._refuse(416, "RANGE_INVALID")
            return
        self._content(content, digest, "application/octet-stream", start)

    _head_blobs = _get_blobs

    def _post_uploads(self, name: str, _: str) -> None:
        mounted, source = self.query.get("mount", ""), self.query.get("from", "")
        with self.registry.lock:
            can = mounted in self.registry.repository(source).blobs if source else False
            if can and not self.registry.faults.no_mounts:
                self.registry.repository(name).blobs.add(mounted)
                self._answer(
                    201, Docker_Content_Digest=mounted, Location=f"/v2/{name}/blobs/{mounted}"
                )
                return
            key = f"upload-{next(self.registry.numbers)}"
            self.registry.uploads[key] = bytearray()
        self._answer(202, Location=f"/v2/{name}/blobs/uploads/{key}?_state=secret", Range="0-0")

    def _get_uploads(self, name: str, key: str) -> None:
        self._upload_state(204, name, key)

    def _patch_uploads(self, name: str, key: str) -> None:
        registry = self.registry
        if key not in registry.uploads:
            self._refuse(404, "BLOB_UPLOAD_UNKNOWN")
            return
        said = re.match(r"(\d+)-", self.headers.get("Content-Range", ""))
        if said and int(said[1]) != len(registry.uploads[key]):
            self._answer(416)
            return
        half = int(self.headers.get("Content-Length") or 0) // 2
        drops = registry.spend("dropped_uploads")
        for piece in self._pieces():
            registry.uploads[key] += piece[:half] if drops else piece
            if drops:
                if registry.faults.forgets_uploads:
                    registry.uploads.pop(key)
                raise Broken
        self._upload_state(202, name, key)

    def _put_uploads(self, name: str, key: str) -> None:
        body, digest = self._body(), self.query.get("digest", "")
        with self.registry.lock:
            content = bytes(self.registry.uploads.pop(key, b"")) + body
            right = digest_of(content) == digest
            if right:
                self.registry.content[digest] = content
                self.registry.repository(name).blobs.add(digest)
        if self.registry.spend("lost_commits"):
            raise Broken
        if right:
            self._answer(201, Docker_Content_Digest=digest, Location=f"/v2/{name}/blobs/{digest}")
        else:
            self._refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")

    def _delete_uploads(self, _: str, key: str) -> None:
        with self.registry.lock:
            known = self.registry.uploads.pop(key, None)
        self._answer(204) if known is not None else self._refuse(404, "BLOB_UPLOAD_UNKNOWN")

    def _upload_state(self, status: int, name: str, key: str) -> None:
        if (content := self.registry.uploads.get(key)) is None:
            self._refuse(404, "BLOB_UPLOAD_UNKNOWN")
            return
        where = f"/v2/{name}/blobs/uploads/{key}?_state=secret"
        self._answer(status, Location=where, Range=f"0-{max(0, len(content) - 1)}")


def _missing(repository: Repository, content: bytes) -> list[str]:
    """Return what a manifest names that is not there."""
    with suppress(ValueError, AttributeError):
        manifest = json.loads(content)
        blobs = [manifest["config"], *manifest.get("layers", [])] if "config" in manifest else []
        absent = [one["digest"] for one in blobs if one["digest"] not in repository.blobs]
        children = [one["digest"] for one in manifest.get("manifests", [])]
        return absent + [one for one in children if one not in repository.manifests]
    return ["this is no manifest"]
