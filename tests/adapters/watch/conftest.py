"""Containers in every state that files are brought into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.watch.container_files import EngineFiles
from tests.adapters.watch.boxes import IMAGE, Box, bare_image, new_box

STATES = ("running", "stopped", "bare", "bare and stopped")


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """An image with one program that no path leads to."""
    with bare_image() as name:
        yield name


@pytest.fixture(scope="module", params=STATES)
def each_container(request: pytest.FixtureRequest, bare: str) -> Iterator[Box]:
    """A container that runs or does not, with the usual programs or none."""
    image = bare if "bare" in request.param else IMAGE
    with new_box(image, stopped="stopped" in request.param) as made:
        yield made


@pytest.fixture
def each_box(each_container: Box) -> Box:
    """Each of them, and a folder in it that is not there yet."""
    return each_container.room()


@pytest.fixture(scope="module")
def running_container() -> Iterator[Box]:
    """A container that runs, with the usual programs."""
    with new_box(IMAGE) as made:
        yield made


@pytest.fixture
def box(running_container: Box) -> Box:
    """That, and a folder in it that is not there yet."""
    return running_container.room()


@pytest.fixture
def files() -> Iterator[EngineFiles]:
    """What is tested."""
    http = EngineHttp()
    yield EngineFiles(http)
    http.close()
