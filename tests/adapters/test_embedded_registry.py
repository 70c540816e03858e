"""The engine's own registry: there when needed, and in nobody's way."""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.image_registry.embedded import ContainerRegistry
from envctl.adapters.image_registry.writer import open_registry
from envctl.errors import CommandFailed, Refused, Unreachable

pytestmark = pytest.mark.engine


def docker(*words: str) -> str:
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


@pytest.fixture
def name() -> Iterator[str]:
    name = f"envctl-test-registry-{secrets.token_hex(4)}"
    yield name
    http = EngineHttp()
    with suppress(CommandFailed):
        http.delete(f"/containers/{name}", force=True, v=True)
    http.delete(f"/volumes/{name}")


@pytest.fixture
def http() -> Iterator[EngineHttp]:
    """Calls of the engine whose connections end here: an error that is looked at keeps them."""
    http = EngineHttp()
    yield http
    http.close()


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago, and no other test's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_looking_starts_nothing(name: str, port: int) -> None:
    assert ContainerRegistry(name=name, first_port=port).find() == ""
    assert docker("ps", "-aq", "--filter", f"name={name}") == ""


def test_it_is_started_when_needed_and_found_afterwards(name: str, port: int) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    assert registry.ensure() == f"127.0.0.1:{port}"
    assert registry.find() == f"127.0.0.1:{port}"
    started = docker("inspect", "--format", "{{.State.StartedAt}}", name)
    assert registry.ensure() == f"127.0.0.1:{port}"
    assert docker("inspect", "--format", "{{.State.StartedAt}}", name) == started


def test_what_was_sent_survives_the_container(name: str, port: int) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    digest = open_registry(registry.ensure()).put_blob("shop", b"kept")
    docker("rm", "-fv", name)
    assert registry.find() == ""
    assert open_registry(registry.ensure()).blob("shop", digest, 4) == b"kept"


@pytest.mark.parametrize("words", [("stop", "-t", "0"), ("kill",), ("pause",)])
def test_one_that_was_stopped_goes_on(name: str, port: int, words: tuple[str, ...]) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    host = registry.ensure()
    docker(*words, name)
    assert registry.find() == ""
    assert registry.ensure() == host


LOST = [("stop", "-t", "0"), ("pause",), ("rm", "-f")]


def test_one_that_was_never_made_is_none(name: str, port: int) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    assert registry.reach(start=True) == ""
    assert docker("ps", "-aq", "--filter", f"name={name}") == ""


@pytest.mark.parametrize("words", LOST)
def test_one_that_does_not_run_is_not_taken_for_none(
    http: EngineHttp, name: str, port: int, words: tuple[str, ...]
) -> None:
    registry = ContainerRegistry(http, name=name, first_port=port)
    digest = open_registry(registry.ensure()).put_blob("shop", b"kept")
    docker(*words, name)
    with pytest.raises(Unreachable, match=f"the registry {name} does not run") as caught:
        registry.reach(start=False)
    assert "envctl releases starts it" in caught.value.hint
    assert registry.find() == ""
    assert open_registry(registry.reach(start=True)).blob("shop", digest, 4) == b"kept"
    assert registry.reach(start=False) == registry.find() != ""


def test_it_comes_back_after_a_reboot_and_one_of_before_does_from_now_on(
    name: str, port: int
) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    policy = ("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", name)
    registry.ensure()
    assert docker(*policy) == "unless-stopped"
    docker("update", "--restart", "no", name)
    docker("stop", "-t", "0", name)
    registry.ensure()
    assert docker(*policy) == "unless-stopped"


def test_a_taken_port_is_left_to_who_has_it(name: str, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        host = ContainerRegistry(name=name, first_port=port).ensure()
    assert host != f"127.0.0.1:{port}"
    assert open_registry(host).tags("nothing") == ()


def test_it_comes_back_where_it_was_although_its_first_choice_is_free_now(
    name: str, port: int
) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    with socket.create_server(("127.0.0.1", port)):
        host = registry.ensure()
    docker("rm", "-f", name)
    assert registry.ensure() == host


def test_a_port_taken_while_it_was_stopped_costs_no_data(name: str, port: int) -> None:
    registry = ContainerRegistry(name=name, first_port=port)
    digest = open_registry(registry.ensure()).put_blob("shop", b"kept")
    docker("stop", "-t", "0", name)
    with socket.create_server(("127.0.0.1", port)):
        host = registry.ensure()
    assert host != f"127.0.0.1:{port}"
    assert open_registry(host).blob("shop", digest, 4) == b"kept"


def test_many_at_once_get_the_same_one(name: str, port: int) -> None:
    def ensure(_: int) -> str:
        return ContainerRegistry(name=name, first_port=port).ensure()

    with socket.create_server(("127.0.0.1", port)), ThreadPoolExecutor(6) as at_once:
        hosts = set(at_once.map(ensure, range(6)))
    assert hosts == {ContainerRegistry(name=name, first_port=port).find()}


def test_somebody_elses_container_is_left_alone(name: str, port: int) -> None:
    docker("create", "--name", name, "busybox:1.35", "true")
    registry = ContainerRegistry(name=name, first_port=port)
    assert registry.find() == registry.reach(start=True) == ""
    with pytest.raises(Refused, match="that envctl did not make"):
        registry.ensure()


def test_an_image_that_cannot_be_had_is_named(name: str, port: int) -> None:
    image = "127.0.0.1:1/no/registry:2"
    with pytest.raises(Unreachable, match=f"{image} is not on the engine and cannot be pulled"):
        ContainerRegistry(name=name, first_port=port, image=image).ensure()


def test_one_that_ends_at_once_is_told(name: str, port: int) -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        ContainerRegistry(name=name, first_port=port, image="busybox:1.35").ensure()


def test_an_engine_elsewhere_has_none_for_us() -> None:
    registry = ContainerRegistry(EngineHttp(Endpoint("ssh://deploy@integration.example.com")))
    assert registry.find() == registry.reach(start=True) == ""
    with pytest.raises(Unreachable, match="another machine") as caught:
        registry.ensure()
    assert "set registry in envctl.toml" in caught.value.hint
