"""The look for images that were built elsewhere."""

from __future__ import annotations

import pytest

from envctl.adapters.image_registry.absent import AbsentRegistry
from envctl.adapters.image_registry.credentials import Credentials
from envctl.adapters.image_registry.patience import Patience
from envctl.adapters.image_registry.writer import Registry, open_registry
from envctl.adapters.published_images import RegistryImages
from envctl.domain.oci import MANIFEST, Content, canonical_json
from envctl.domain.registry_place import RegistryPlace
from envctl.errors import Failed
from envctl.ports.images import ImageRegistryReader
from tests.fake_registry import FakeRegistry

KEPT = "shop:i.1"


def _client(host: str) -> Registry:
    patience = Patience(connect=1.0, silence=1.0, pauses=(0.0,))
    return open_registry(host, patience, lambda _: Credentials())


def test_an_image_is_found_by_what_went_into_it() -> None:
    with FakeRegistry() as server:
        place = RegistryPlace(server.address, "team/shop")
        content = Content(MANIFEST, canonical_json({"schemaVersion": 2, "layers": []}))
        _client(server.address).put_manifest("team/shop", "i.1", content)
        images = RegistryImages(lambda: place, _client, pytest.fail)
        found = images.find([KEPT, "shop:i.2"])
    assert found == {KEPT: f"{server.address}/team/shop@{content.digest}"}


def test_a_registry_that_is_gone_is_told_and_has_nothing() -> None:
    notes: list[str] = []
    place = RegistryPlace("127.0.0.1:1", "shop")
    assert RegistryImages(lambda: place, _client, notes.append).find([KEPT]) == {}
    (note,) = notes
    assert note.startswith("what the registry may have is built here: ")


def test_a_registry_that_lets_nobody_in_is_told_and_has_nothing() -> None:
    notes: list[str] = []
    with FakeRegistry(basic="somebody:a secret") as server:
        place = RegistryPlace(server.address, "shop")
        assert RegistryImages(lambda: place, _client, notes.append).find([KEPT]) == {}
    assert "a secret" not in notes[0]


def test_where_no_registry_was_needed_yet_there_is_nothing() -> None:
    assert RegistryImages(lambda: None, _client, pytest.fail).find([KEPT]) == {}
    absent: ImageRegistryReader = AbsentRegistry("127.0.0.1:5005")
    assert absent.tags("shop") == ()
    assert absent.digests("shop", ["i.1"]) == {}
    assert absent.digest("shop", "i.1") == ""
    assert absent.manifest("shop", "i.1") is None
    assert not absent.has_blob("shop", "sha256:1")
    with pytest.raises(Failed, match="there is no registry"):
        absent.blob("shop", "sha256:1", 1)
    with pytest.raises(Failed, match="there is no registry"):
        absent.blob_chunks("shop", "sha256:1")
