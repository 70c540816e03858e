"""What the engine tells of all playgrounds, beside what the tests of `list` see."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.engine_survey import DiskMeasure, HttpSurveyor, _container, _epoch
from envctl.domain.survey import Disk
from envctl.errors import Unreachable
from tests.e2e.conftest import new_name
from tests.e2e.populace import populace


@pytest.mark.parametrize(
    ("status", "health", "code"),
    [
        ("Up 3 hours", "", 0),
        ("Up 3 hours (healthy)", "healthy", 0),
        ("Up 3 hours (unhealthy)", "unhealthy", 0),
        ("Up Less than a second (health: starting)", "starting", 0),
        ("Up 2 minutes (Paused)", "", 0),
        ("Exited (137) 4 days ago", "", 137),
        ("Restarting (3) 2 seconds ago", "", 3),
        ("Created", "", 0),
    ],
)
def test_health_and_exit_code_are_read_from_the_engine_s_words(
    status: str, health: str, code: int
) -> None:
    found = _container({"Id": "1", "Names": ["/a"], "State": "x", "Status": status})
    assert (found.health, found.exit_code) == (health, code)


def test_only_published_ports_count() -> None:
    ports = [
        {"PrivatePort": 80, "Type": "tcp"},
        {"PrivatePort": 81, "PublicPort": 8081, "Type": "tcp", "IP": "::"},
    ]
    found = _container({"Id": "1", "State": "running", "Ports": ports})
    assert [(p.container_port, p.host_port, p.host_ip) for p in found.ports] == [(81, 8081, "::")]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-02T00:00:00Z", 86400),
        ("1970-01-02T00:00:00.123456789Z", 86400.123456),
        ("1970-01-02T02:00:00+02:00", 86400),
        ("0001-01-01T00:00:00Z", 0),
        ("", 0),
        ("soon", 0),
    ],
)
def test_times_are_seconds_and_never_is_0(text: str, seconds: float) -> None:
    assert _epoch(text) == pytest.approx(seconds)


@pytest.mark.engine
def test_the_last_change_is_when_a_container_last_started_or_ended() -> None:
    surveyor, name = HttpSurveyor(), new_name()
    with populace() as made:
        still = made.add_container(name, "still", started=False)
        assert surveyor.last_change([still, "no-such-container"]) == 0
        runs = made.add_container(name, "runs")
        began = surveyor.last_change([still, runs])
        assert abs(time.time() - began) < 600
        made.http.post(f"/containers/{runs}/kill")
        made.http.post(f"/containers/{runs}/wait")
        assert surveyor.last_change([still, runs]) > began


def test_a_measurement_that_takes_too_long_is_not_waited_for() -> None:
    """An engine that takes the call and does not answer, until it is let go."""
    let_go = threading.Event()
    measure = DiskMeasure(SlowHttp(let_go))
    assert measure.wait(0) is None
    let_go.set()
    assert measure.wait(None) == Disk({"1": 5}, {"data": 7})


def test_what_is_wrong_with_the_engine_is_told_where_the_answer_is_waited_for() -> None:
    measure = DiskMeasure(EngineHttp(Endpoint("unix:///nowhere/docker.sock")))
    with pytest.raises(Unreachable):
        measure.wait(None)


class SlowHttp(EngineHttp):
    """Answers when it is let go."""

    def __init__(self, let_go: threading.Event) -> None:
        super().__init__(Endpoint("unix:///nowhere/docker.sock"))
        self._let_go = let_go

    def get_json(self, path: str, /, *, missing_ok: bool = False, **query: object) -> Any:
        self._let_go.wait()
        if query["type"] == "volume":
            return {
                "Volumes": [
                    {"Name": "data", "UsageData": {"Size": 7}},
                    {"Name": "elsewhere", "UsageData": {"Size": -1}},
                    {"Name": "unknown"},
                ]
            }
        return {"Containers": [{"Id": "1", "SizeRw": 5}]}
