"""The fixtures of projects that are quick to deploy, for tests of what may go wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.registry_door import RegistryDoor
from tests.e2e.staging import LEAN, Staged, clean_stages

if TYPE_CHECKING:
    from tests.e2e.conftest import Playground
    from tests.fake_registry import FakeRegistry


@pytest.fixture
def lean(playground: Playground, memory_registry: FakeRegistry) -> Iterator[Staged]:
    """A project of one service with the stages integration and production on this engine."""
    with _lean(playground, memory_registry.address) as made:
        yield made


@pytest.fixture
def door(memory_registry: FakeRegistry) -> Iterator[RegistryDoor]:
    """A way to the registry in memory that can be shut."""
    from tests.e2e.conftest import remove_images

    made = RegistryDoor(memory_registry)
    yield made
    made.shut()
    remove_images(f"{made.address}/")


@pytest.fixture
def behind(playground: Playground, door: RegistryDoor) -> Iterator[Staged]:
    """The same project, its registry behind the door."""
    with _lean(playground, door.address) as made:
        yield made


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """A project with a database; integration and production run 1.0, with other settings."""
    from tests.e2e.conftest import free_port, new_playground, remove_images
    from tests.fake_registry import FakeRegistry

    with ExitStack() as held:
        registry = held.enter_context(FakeRegistry())
        held.callback(remove_images, f"{registry.address}/")
        playground = held.enter_context(new_playground(tmp_path_factory.mktemp("pair")))
        held.callback(clean_stages, lambda name: name == playground.name)
        ports = {"integration": free_port(), "production": free_port()}
        made = Staged(playground, ports, min_healthy="1s")
        made.write(registry.address, production='after = "integration"')
        settings = playground.folder / "production.env"
        settings.write_text(settings.read_text() + "GREETING=welcome\n")
        made.serve("1.0")
        made.promote("1.0", "production")
        made.deploy("production")
        yield made


@contextmanager
def _lean(playground: Playground, registry: str) -> Iterator[Staged]:
    from tests.e2e.conftest import free_port

    ports = {"integration": free_port(), "production": free_port()}
    made = Staged(playground, ports, compose=LEAN, min_healthy="1s")
    made.write(registry, production='after = "integration"')
    yield made
    if not os.environ.get("ENVCTL_KEEP"):
        clean_stages(lambda name: name == playground.name)
