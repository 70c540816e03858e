"""The lock: what is written, what is read, and what a build is held to."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.lock import (
    Change,
    Lock,
    Pin,
    Used,
    is_pinned,
    lock_text,
    new_lock,
    not_here,
    parse_lock,
    strangers,
)
from envctl.errors import ConfigurationError

A, B = (f"sha256:{letter * 64}" for letter in "ab")
POSTGRES, DEBIAN = Pin(digest=A), Pin(id=B)
LOCK = Lock({"postgres:15": POSTGRES, "debian:bookworm-slim": DEBIAN})


def test_the_file_has_a_line_an_image_sorted_by_name() -> None:
    assert lock_text(LOCK).splitlines()[2:] == [
        "version = 1",
        "",
        "[images]",
        f'"debian:bookworm-slim" = {{ id = "{B}" }}',
        f'"postgres:15" = {{ digest = "{A}" }}',
    ]


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
pins = st.builds(Pin, digest=st.just(A)) | st.builds(Pin, id=st.just(B))


@given(st.dictionaries(names, pins))
def test_what_is_written_is_read_again(pinned: dict[str, Pin]) -> None:
    assert parse_lock(tomllib.loads(lock_text(Lock(pinned))), "envctl.lock") == Lock(pinned)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "envctl.lock: version None is not known here"),
        ({"version": 2}, "envctl.lock: version 2 is not known here"),
        ({"version": 1, "image": {}}, "envctl.lock: unknown key 'image'"),
        ({"version": 1, "images": []}, "envctl.lock: images is not a table"),
        ({"version": 1, "images": {"a": {}}}, "images: 'a' has neither a digest nor an id"),
        ({"version": 1, "images": {"a": {"digest": "md5:1"}}}, "images: 'a' has neither"),
        ({"version": 1, "images": {"a": {"digest": A, "id": B}}}, "images: 'a' has neither"),
        ({"version": 1, "images": {"a": {"id": [B]}}}, "images: 'a' has neither"),
    ],
)
def test_what_lock_did_not_write_is_refused(data: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_lock(data, "envctl.lock")
    assert said in error.value.message


def test_new_names_are_locked_and_unused_ones_dropped() -> None:
    lock, changes = new_lock(LOCK, ["postgres:15", "redis:7"], {"redis:7": Pin(digest=B)})
    assert lock == Lock({"postgres:15": POSTGRES, "redis:7": Pin(digest=B)})
    assert [str(change) for change in changes] == [
        "drop debian:bookworm-slim: nothing uses it",
        f"lock redis:7: {B}",
    ]


def test_what_is_found_goes_before_what_is_locked() -> None:
    lock, changes = new_lock(LOCK, LOCK.pins, {"postgres:15": Pin(digest=B)})
    assert lock.pins["postgres:15"] == Pin(digest=B)
    assert changes == (Change("postgres:15", POSTGRES, Pin(digest=B), f"{B}, before {A}"),)


def test_nothing_changes_when_all_is_as_it_was() -> None:
    assert new_lock(LOCK, LOCK.pins, dict(LOCK.pins)) == (LOCK, ())


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("postgres:15", "postgres:15"),
        ("postgres", "postgres"),
        ("postgres:latest", "postgres"),
        ("docker.io/library/postgres:15", "postgres:15"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("localhost:5000/a", "localhost:5000/a"),
    ],
)
def test_a_builder_is_told_which_image_a_name_means(name: str, context: str) -> None:
    contexts = Lock({name: POSTGRES}).contexts([name, "other"])
    assert contexts == {context: f"docker-image://{name}@{A}"}


@pytest.mark.parametrize(
    ("name", "repository"),
    [("postgres:15", "postgres"), ("localhost:5000/a", "localhost:5000/a"), ("a/b:1", "a/b")],
)
def test_a_reference_of_just_one_image_has_no_tag(name: str, repository: str) -> None:
    assert Lock({name: POSTGRES}).references([name, "x"]) == {name: f"{repository}@{A}"}
    assert Lock({name: DEBIAN}).references([name]) == {}


def test_an_image_without_a_registry_is_no_context_it_is_compared_by_its_id() -> None:
    assert LOCK.contexts(["debian:bookworm-slim"]) == {}
    assert not_here(LOCK, LOCK.pins, {"debian:bookworm-slim": B}) == ()
    assert not_here(LOCK, LOCK.pins, {"debian:bookworm-slim": A}) == (
        f"debian:bookworm-slim is {A}, envctl.lock says {B}",
    )
    assert not_here(LOCK, ["debian:bookworm-slim"], {}) == (
        f"debian:bookworm-slim is not on this engine, envctl.lock says {B}",
    )


def test_a_builder_that_took_another_image_is_found_out() -> None:
    used = [Used("docker.io/library/postgres:15", B), Used("redis:7", B), Used("debian:x", A)]
    assert strangers(LOCK, ["postgres:15"], used) == (
        f"docker.io/library/postgres:15 was {B}, envctl.lock says {A}",
    )
    assert strangers(LOCK, ["postgres:15"], [Used("postgres:15", A)]) == ()


def test_a_digest_in_a_name_needs_no_lock() -> None:
    assert is_pinned(f"postgres:15@{A}")
    assert not is_pinned("postgres:15")
    assert not is_pinned("postgres@sha256:1")
