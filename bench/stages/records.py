"""Ledgers that are long: checks of what runs, written by the product's own rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.adapters.identity import utc_now
from envctl.adapters.image_registry.writer import open_registry
from envctl.domain.record_artifact import pointer_tag, record_artifact, tag_of_record
from envctl.domain.record_format import record_bytes, record_digest
from envctl.domain.registry_place import place_of
from envctl.domain.stage_record import Event, Kind
from envctl.domain.stage_state import next_state
from envctl.workflows.ledger_look import LedgerLook

if TYPE_CHECKING:
    from bench.stages.projects import Bench
    from envctl.domain.stage_record import Record

_AT_ONCE = 8


def fill(here: Bench, stage: str, length: int) -> None:
    """Let a stage, which runs something, have as many records; those that are new are checks."""
    place = place_of(f"{here.registry.host}/team", here.staged.name)
    registry = open_registry(place.host)
    look = LedgerLook(registry=registry, place=place, project=here.staged.name, clock=utc_now)
    last = look.head(stage)
    if last is None or last.state.running is None:
        raise SystemExit(f"{stage} runs nothing")
    chain = [last]
    while chain[-1].sequence < length:
        chain.append(_checked(chain[-1]))

    def put(record: Record) -> None:
        manifest, blobs = record_artifact(record_bytes(record))
        for blob in blobs:
            registry.put_blob(place.repository, blob.data)
        registry.put_manifest(place.repository, str(tag_of_record(record)), manifest)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(put, chain[1:]))
    registry.put_manifest(
        place.repository, pointer_tag(stage), record_artifact(record_bytes(chain[-1]))[0]
    )


def _checked(last: Record) -> Record:
    running = last.state.running
    assert running  # noqa: S101
    event = Event(Kind.CHECKED, running.release, running.version, command="true", passed=True)
    at = utc_now()
    return replace(
        last,
        sequence=last.sequence + 1,
        previous=record_digest(last),
        at=at,
        event=event,
        replaced=running,
        state=next_state(last.state, event, at),
        late=None,
    )
