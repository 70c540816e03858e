"""The one image that a target needs: brought from this machine where no registry is reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.target.lock import ContainerLock, this_person
from envctl.adapters.target.store import VolumeStore
from envctl.adapters.target.support import IMAGE, ensure_image
from envctl.errors import Unreachable
from tests.e2e.hosts import Host, Hosts

pytestmark = pytest.mark.engine


@pytest.fixture
def bare(hosts: Hosts) -> Iterator[Host]:
    """A host without the image; it has it again afterwards."""
    host = hosts.two
    host.docker("tag", IMAGE, "kept:1")
    host.docker("rmi", IMAGE)
    yield host
    host.docker("tag", "kept:1", IMAGE)
    host.docker("rmi", "kept:1")


@pytest.fixture
def http(bare: Host) -> Iterator[EngineHttp]:
    http = EngineHttp(Endpoint(bare.engine))
    yield http
    http.close()


def test_it_is_copied_from_this_machine(http: EngineHttp) -> None:
    ensure_image(http)
    ensure_image(http)
    here = EngineHttp().get_json(f"/images/{IMAGE}/json")["RootFS"]
    assert http.get_json(f"/images/{IMAGE}/json")["RootFS"] == here


def test_what_needs_it_brings_it(bare: Host, http: EngineHttp) -> None:
    with ContainerLock(http, "envctl-test", "bare", this_person()).held(
        "test", wait=None, waiting=lambda _: None
    ) as held:
        held.check()
    bare.docker("rmi", "-f", IMAGE)
    store = VolumeStore(http, "envctl-test", "bare")
    store.write({"a": b"1"})
    assert store.read("a") == b"1"
    bare.docker("rm", store.volume)
    bare.docker("volume", "rm", store.volume)


@pytest.mark.parametrize("here", [Endpoint("unix:///nowhere.sock"), None])
def test_when_it_can_be_had_nowhere_that_is_told(
    bare: Host, http: EngineHttp, here: Endpoint | None
) -> None:
    with pytest.raises(Unreachable, match=f"{IMAGE} is not on .* and cannot be pulled") as caught:
        ensure_image(http, lambda: EngineHttp(here or Endpoint(bare.engine)))
    assert f"docker pull {IMAGE}" in caught.value.hint
