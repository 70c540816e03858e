"""Records as bytes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from envctl.domain.oci import canonical_json
from envctl.domain.record_artifact import (
    PROJECT,
    RecordTag,
    read_record_tag,
    record_artifact,
    record_layer,
    tag_of_record,
)
from envctl.domain.record_format import parse_record, record_bytes, record_digest
from envctl.domain.stage_record import Event, Kind, Late, Record, StageState, Who
from envctl.domain.stage_state import next_state
from envctl.errors import Failed
from tests.ledgers import deploy, event

GOLDEN = (
    '{"at":"2026-01-31T23:59:59Z","event":{"command":"","deployment":null,"hotfix":true,'
    '"kind":"promoted","outcome":"","passed":false,"reason":"grüße","release":"sha256:'
    + "0"
    * 63
    + '1","version":"1.1"},"format":1,"late":{"joined":"2026-02-01T00:00:00Z","kept":"k"},'
    '"previous":"","project":"shop","replaced":null,"sequence":1,"stage":"live","state":'
    '{"checks":[],"good":[],"hold":"","hotfix":true,"left":[],"opened":null,"promoted":"sha256:'
    + "0"
    * 63
    + '1","rejected":[],"running":null,"runs":[],"since":"","version":"1.1"},'
    '"who":{"git":"Ada <ada@example.com>","job":"","machine":"desk","user":"ada"}}'
)


def _record(*events: Event) -> Record:
    state, at = StageState(), "2026-01-31T23:59:59Z"
    for one in events:
        state = next_state(state, one, at)
    who = Who("ada", "Ada <ada@example.com>", "", "desk")
    return Record("shop", "live", 1, "", at, who, events[-1], None, state)


def test_the_bytes_of_a_record_never_change() -> None:
    promoted = event(Kind.PROMOTED, 1, reason="grüße", hotfix=True)
    record = replace(_record(promoted), late=Late("k", "2026-02-01T00:00:00Z"))
    assert record_bytes(record).decode() == GOLDEN
    assert record_digest(record) == (
        "sha256:d58ea360708ab80e2253de5379d7fa17dc6a6071dcae0d1444dbd52496c0fc1a"
    )
    assert parse_record(GOLDEN.encode(), "here") == record


@pytest.mark.parametrize(
    "events",
    [
        deploy(1),
        [*deploy(1), *deploy(2), event(Kind.CHECKED, 2, command="make smoke", passed=True)],
        [*deploy(1), event(Kind.DEPLOY_STARTED, 1)],
        [event(Kind.REJECTED, 1, reason="leaks")],
    ],
)
def test_what_is_written_is_read_as_it_was(events: list[Event]) -> None:
    record = _record(*events)
    assert parse_record(record_bytes(record), "here") == record


def _changed(**more: object) -> bytes:
    return canonical_json({**json.loads(GOLDEN), **more})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it is no table"),
        (_changed(format=2), "its format is 2, not 1"),
        (_changed(more=1), "more is not known"),
        (_changed(sequence="1"), "sequence is no int"),
        (_changed(sequence=True), "sequence is no int"),
        (_changed(who=None), "who is no table"),
        (_changed(who={"user": "ada"}), "who.git is missing"),
        (_changed(at="yesterday"), "at is no time in UTC"),
        (_changed(late={"kept": "", "joined": ""}), "late.joined is no time in UTC"),
        (GOLDEN.replace('"promoted","out', '"burnt","out').encode(), "event.kind is 'burnt'"),
        (GOLDEN.replace('"good":[]', '"good":{}').encode(), "state.good is no list"),
        (GOLDEN.replace('"rejected":[]', '"rejected":[["a"]]').encode(), "has 1 parts, not 2"),
        (GOLDEN.replace(":", ": ", 1).encode(), "its bytes are not those that its content has"),
        (GOLDEN.encode("latin-1"), "it is not JSON"),
    ],
)
def test_what_is_no_record_is_refused_with_the_place(data: bytes, said: str) -> None:
    with pytest.raises(Failed) as raised:
        parse_record(data, "registry/shop:p.live.1")
    assert raised.value.message.startswith(
        "registry/shop:p.live.1 is no record that envctl can read: "
    )
    assert said in raised.value.message


def test_a_tag_says_the_stage_the_number_and_the_digest() -> None:
    record = _record(*deploy(1))
    tag = tag_of_record(record)
    assert str(tag) == f"p.live.00000001.{record_digest(record)[7:39]}"
    assert read_record_tag(str(tag)) == (tag, False)
    assert read_record_tag(tag.lost) == (tag, True)


@pytest.mark.parametrize("stage", ["live", "live-2", "l_2", "0", PROJECT, "x" * 63])
def test_the_tag_of_each_stage_can_be_read(stage: str) -> None:
    tag = RecordTag(stage, 12, "a" * 32)
    assert read_record_tag(str(tag)) == (tag, False)
    assert len(str(tag)) <= 128


@pytest.mark.parametrize("tag", ["s.live", "r.1.0." + "a" * 32, "p.live.1." + "a" * 32, "latest"])
def test_other_tags_are_none_of_a_record(tag: str) -> None:
    assert read_record_tag(tag) is None


def test_an_artifact_has_the_record_in_it() -> None:
    manifest, (nothing, layer) = record_artifact(b"{}!")
    assert json.loads(manifest.data)["artifactType"] == "application/vnd.envctl.record.v1+json"
    assert (nothing.data, layer.data) == (b"{}", b"{}!")
    assert record_layer(manifest) == layer.digest


def test_another_artifact_is_no_record() -> None:
    manifest, _ = record_artifact(b"{}")
    with pytest.raises(ValueError, match="no manifest of a record"):
        record_layer(replace(manifest, data=manifest.data.replace(b"record", b"recipe")))
