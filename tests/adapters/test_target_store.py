"""The store of a stage, on the engine."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator

import pytest

from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.target.store import VolumeStore, VolumeStoreReader

pytestmark = pytest.mark.engine


def docker(*words: str) -> str:
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


@pytest.fixture
def store() -> Iterator[VolumeStore]:
    http = EngineHttp()
    store = VolumeStore(http, f"envctl-test-{os.getpid()}", secrets.token_hex(4))
    yield store
    http.delete(f"/containers/{store.volume}", force=True)
    http.delete(f"/volumes/{store.volume}")


def test_a_store_that_nobody_wrote_to_has_nothing_and_looking_makes_none(
    store: VolumeStore,
) -> None:
    assert store.read("a") is None
    assert store.names("") == ()
    store.remove("a")
    assert docker("volume", "ls", "--quiet", "--filter", f"name={store.volume}") == ""
    assert docker("ps", "--all", "--quiet", "--filter", f"name={store.volume}") == ""


def test_what_is_written_is_read_and_listed(store: VolumeStore) -> None:
    data = secrets.token_bytes(100_000)
    store.write({"one/settings": data, "one/b": b"", "one/deep/c": b"3", "top": b"4"})
    assert store.read("one/settings") == data
    assert store.read("one/b") == b""
    assert store.names("one") == ("b", "settings")
    assert store.names("") == ("top",)
    assert store.folders("") == ("one",)
    assert store.folders("one") == ("deep",)
    assert store.folders("none") == ()
    assert store.read("one/nothing") is None
    assert store.read("one") is None
    assert store.names("two") == ()


def test_what_exists_is_replaced_and_the_rest_stays(store: VolumeStore) -> None:
    store.write({"a/b": b"long before", "a/c": b"kept"})
    store.write({"a/b": b"now"})
    assert (store.read("a/b"), store.read("a/c")) == (b"now", b"kept")


def test_a_file_or_a_folder_is_removed(store: VolumeStore) -> None:
    store.write({"a/b": b"", "a/c": b"", "d/e": b""})
    store.remove("a/b")
    assert store.names("a") == ("c",)
    store.remove("a")
    store.remove("a")
    assert store.names("a") == ()
    assert store.names("d") == ("e",)


@pytest.mark.parametrize("path", ["..", "../a", "a/../../b", "/a"])
def test_nothing_outside_can_be_named(store: VolumeStore, path: str) -> None:
    with pytest.raises(ValueError, match="no path in a store"):
        store.read(path)
    with pytest.raises(ValueError, match="no path in a store"):
        store.remove(path)


def test_it_is_nobody_elses_on_the_host_and_says_whose_it_is(store: VolumeStore) -> None:
    store.write({"a/secret": b"x"}, mode=0o640)
    look = ["run", "--rm", "-v", f"{store.volume}:/v", "busybox:1.35", "stat", "-c", "%a %u"]
    assert docker(*look, "/v/a/secret", "/v/a") == "640 0\n755 0"
    labels = docker("volume", "inspect", "--format", "{{json .Labels}}", store.volume)
    assert '"dev.envctl.role":"store"' in labels
    assert '"dev.envctl.project":"envctl-test-' in labels


def test_it_survives_its_container(store: VolumeStore) -> None:
    store.write({"a": b"kept"})
    docker("rm", store.volume)
    assert VolumeStoreReader(EngineHttp(), *store.volume.rsplit("-", 2)[:2]).read("a") == b"kept"
    docker("rm", store.volume)
    store.write({"b": b"new"})
    assert store.names("") == ("a", "b")
