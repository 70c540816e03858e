"""The playground in which a bisect runs releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from envctl.errors import EnvctlError, Unhealthy
from envctl.wiring.bisections import Stand

if TYPE_CHECKING:
    from envctl.workflows.releases import NamedRelease

ANY: Any = None
LOST = Unhealthy("web: cannot start: port 8000 is taken")


@dataclass(frozen=True)
class Unlucky(Stand):
    """One whose releases fail to start in these ways, one after the other."""

    troubles: list[EnvctlError] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def _started(self, named: NamedRelease) -> Mapping[str, str]:
        self.done.append("start")
        if self.troubles:
            raise self.troubles.pop(0)
        return {"web": "http://localhost:1"}

    def _clear(self) -> None:
        self.done.append("clear")


def stand(*troubles: EnvctlError) -> Unlucky:
    return Unlucky(
        source=ANY,
        name="shop-bisect",
        filling=ANY,
        timeout=None,
        allow_host=False,
        reporting=ANY,
        note=ANY,
        troubles=list(troubles),
    )


def test_a_playground_is_new_and_nothing_of_it_stays() -> None:
    made = stand()
    with made(ANY) as urls:
        assert urls == {"web": "http://localhost:1"}
        assert made.done == ["clear", "start"]
    assert made.done == ["clear", "start", "clear"]


def test_a_release_that_lost_a_port_is_started_once_more() -> None:
    made = stand(LOST)
    with made(ANY):
        assert made.done == ["clear", "start", "clear", "start"]


@pytest.mark.parametrize("troubles", [[LOST, LOST], [Unhealthy("web exited with 3")]])
def test_what_cannot_start_leaves_nothing(troubles: list[EnvctlError]) -> None:
    made = stand(*troubles)
    with pytest.raises(Unhealthy), made(ANY):
        pass
    assert made.done == ["clear", "start"] * len(troubles) + ["clear"]
