"""A record in a registry: an artifact with the record in it, under a tag of its own.

p.<stage>.<sequence>.<32 digits of the record's digest>    the record
l.<stage>.<sequence>.<the same>                            beside it: lost, of a fork resolved
g.<stage>.<sequence>.<sequence>                            the records that somebody gave up, from
                                                           the first to the last; names the record
                                                           that says so
s.<stage>                                                  the last record; can be rebuilt
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.compose_artifact import NOTHING
from envctl.domain.oci import MANIFEST, Content, canonical_json, digest_of, is_digest, short_hex
from envctl.domain.record_format import record_bytes

if TYPE_CHECKING:
    from envctl.domain.stage_record import Record

RECORD = "application/vnd.envctl.record.v1+json"
PROJECT = "_"
"""The chain of what holds for all stages; no stage can be called so."""

LONGEST_STAGE = 63
"""Tags have at most 128 characters, names of hosts and labels 63."""

_TAG = re.compile(
    r"(?P<kind>[pl])\.(?P<stage>[a-z0-9][a-z0-9_-]*|_)\.(?P<sequence>[0-9]{8})\.(?P<hex>[0-9a-f]{32})"
)

_GIVEN_UP = re.compile(
    r"g\.(?P<stage>[a-z0-9][a-z0-9_-]*|_)\.(?P<first>[0-9]{8})\.(?P<last>[0-9]{8})"
)


@dataclass(frozen=True, order=True)
class RecordTag:
    """The tag of a record: which of which stage it is, and 32 digits of its digest."""

    stage: str
    sequence: int
    hex: str

    def __str__(self) -> str:
        return f"p.{self.stage}.{self.sequence:08}.{self.hex}"

    @property
    def lost(self) -> str:
        """The tag that says that this record lost to another of its number."""
        return f"l{str(self)[1:]}"


def tag_of_record(record: Record) -> RecordTag:
    """Return the tag of a record."""
    digits = short_hex(digest_of(record_bytes(record)))
    return RecordTag(record.stage, record.sequence, digits)


def read_record_tag(tag: str) -> tuple[RecordTag, bool] | None:
    """Return whose tag it is, and whether it says that it is lost; None for another kind."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    return RecordTag(found["stage"], int(found["sequence"]), found["hex"]), found["kind"] == "l"


def given_up_tag(stage: str, row: tuple[int, int]) -> str:
    """Return the tag that says that the records from one number to another were given up."""
    return f"g.{stage}.{row[0]:08}.{row[1]:08}"


def read_given_up_tag(tag: str) -> tuple[str, tuple[int, int]] | None:
    """Return of which stage which records were given up; None for another kind."""
    found = _GIVEN_UP.fullmatch(tag)
    return (found["stage"], (int(found["first"]), int(found["last"]))) if found else None


def pointer_tag(stage: str) -> str:
    """Return the tag that points to the last record of a stage."""
    return f"s.{stage}"


def record_artifact(data: bytes) -> tuple[Content, tuple[Content, ...]]:
    """Return the manifest of a record's bytes, and what it points to."""
    layer = Content(RECORD, data)
    said = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": RECORD,
        "config": NOTHING.descriptor().as_json(),
        "layers": [layer.descriptor().as_json()],
    }
    return Content(MANIFEST, canonical_json(said)), (NOTHING, layer)


def record_layer(manifest: Content) -> str:
    """Return the digest of the record in an artifact; ValueError where there is none."""
    try:
        said = json.loads(manifest.data)
        digest = said["layers"][0]["digest"]
        if said["artifactType"] != RECORD or not is_digest(digest):
            raise ValueError(RECORD)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise ValueError("this is no manifest of a record") from None
    return str(digest)
