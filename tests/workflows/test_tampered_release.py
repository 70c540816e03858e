"""A release that somebody changed in its registry is refused, whatever of it they changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from envctl.domain.compose_artifact import ComposeDefinition
from envctl.domain.oci import MANIFEST, canonical_json, digest_of
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.release import BASE
from envctl.errors import Failed, Unreachable
from envctl.workflows.releases import Shelf
from tests.fake_registry import FakeRegistry, Repository
from tests.ledgers import client
from tests.releases import put_release

EVIL = ComposeDefinition(canonical_json({"services": {"web": {"privileged": True}}}))


@dataclass
class World:
    """A registry with two releases, and what its files are filed under."""

    server: FakeRegistry
    shelf: Shelf

    @property
    def repository(self) -> Repository:
        return self.server.repository("shop")

    def tag(self, version: str) -> str:
        return next(tag for tag in self.repository.tags if tag.startswith(f"r.{version}."))

    def read(self) -> ComposeDefinition:
        return self.shelf.definition(self.shelf.find("1.0").release)

    def manifest(self) -> str:
        """The digest of the definition's manifest."""
        return dict(self.shelf.find("1.0").release.definitions)[BASE].digest

    def compose(self) -> str:
        """The digest of its Compose file."""
        content = self.repository.manifests[self.manifest()][1]
        return str(json.loads(content)["layers"][0]["digest"])


@pytest.fixture(params=[False, True], ids=["says digests", "says none"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with FakeRegistry() as server:
        for version in ("1.0", "1.1"):
            put_release(server.address, "shop", version)
        server.faults.no_digest = request.param
        place = RegistryPlace(server.address, "shop")
        yield World(server, Shelf(client(server.address), place, bytes))


def test_as_it_was_put_there_it_is_read(world: World) -> None:
    assert world.read().compose == b'{"version":"1.0"}'


def test_a_tag_that_leads_to_another_release(world: World) -> None:
    world.repository.tags[world.tag("1.0")] = world.repository.tags[world.tag("1.1")]
    with pytest.raises(Failed, match="is not the release that its name says"):
        world.read()


def test_another_index_under_the_tag(world: World) -> None:
    digest = world.repository.tags[world.tag("1.0")]
    kind, content = world.repository.manifests[digest]
    world.repository.manifests[digest] = (kind, content.replace(b"Ada", b"Eve"))
    with pytest.raises((Failed, Unreachable), match=r"the content has|is not the release"):
        world.read()


def test_another_manifest_of_the_definition(world: World) -> None:
    for blob in EVIL.blobs():
        client(world.server.address).put_blob("shop", blob.data)
    world.repository.manifests[world.manifest()] = (MANIFEST, EVIL.manifest().data)
    with pytest.raises(Unreachable, match=f"the content has the digest {EVIL.manifest().digest}"):
        world.read()


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "another": lambda _: EVIL.compose,
    "longer": lambda content: content + b"\n",
    "shorter": lambda content: content[:-1],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_compose_file(world: World, change: str) -> None:
    digest = world.compose()
    content = CHANGES[change](world.server.content[digest])
    world.server.content[digest] = content
    with pytest.raises(Unreachable, match=f"the content has the digest {digest_of(content)}"):
        world.read()


def test_a_compose_file_without_an_end_is_not_read_to_it(world: World) -> None:
    world.server.content[world.compose()] = bytes(17 << 20)
    with pytest.raises(Failed, match=f"has more than {16 << 20} bytes"):
        world.read()


def test_a_definition_that_is_gone(world: World) -> None:
    del world.repository.manifests[world.manifest()]
    with pytest.raises(Failed, match="is gone from the registry"):
        world.read()


def test_a_file_that_would_be_written_elsewhere(world: World) -> None:
    """Whoever makes a whole release anew has the right digests, and yet no way out."""
    said = json.loads(EVIL.manifest().data)
    said["layers"].append({
        "mediaType": "application/vnd.docker.compose.envfile", "digest": digest_of(b"A=1"),
        "size": 3, "annotations": {"com.docker.compose.envfile": "../../.bashrc"},
    })  # fmt: skip
    release = world.shelf.find("1.0").release
    content = canonical_json(said)
    world.repository.manifests[digest_of(content)] = (MANIFEST, content)
    where = replace(dict(release.definitions)[BASE], digest=digest_of(content))
    with pytest.raises(Failed, match=r"'\.\./\.\./\.bashrc' is no name of a file in one"):
        world.shelf.definition(replace(release, definitions=((BASE, where),)))
