"""A ledger in a registry that is in memory is a ledger like any other."""

from __future__ import annotations

import pytest

from envctl.adapters.image_registry.memory import MemoryRegistry
from envctl.domain.oci import Content
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.stage_record import Who
from envctl.errors import Failed
from envctl.workflows.ledger import RegistryLedger
from tests.ledgers import deploy


def ledger(registry: MemoryRegistry) -> RegistryLedger:
    return RegistryLedger(
        registry=registry,
        place=RegistryPlace("r.example", "team/shop"),
        project="shop",
        clock=lambda: "2026-01-01T00:00:00Z",
        who=Who("ada"),
    )


def test_records_are_there_for_who_has_the_registry() -> None:
    registry = MemoryRegistry()
    for event in deploy(1):
        ledger(registry).append("live", event)
    running = ledger(registry).state("live").running
    assert running
    assert running.version == "1.1"
    assert len(ledger(registry).history("live")) == len(deploy(1))
    assert ledger(MemoryRegistry()).state("live").running is None, "each is one's own"


def test_what_was_put_there_is_found_and_nothing_else() -> None:
    registry = MemoryRegistry()
    content = Content("application/json", b"{}")
    assert registry.put_manifest("shop", "one", content) == content.digest
    digest = registry.put_blob("shop", b"blob")
    assert registry.digests("shop", ["one", "two"]) == {"one": content.digest}
    assert registry.has_blob("shop", digest)
    assert not registry.has_blob("other", digest)
    assert registry.tags("shop") == ("one",)
    with pytest.raises(Failed):
        registry.blob("shop", digest, 3)
