"""What the engine tells of all playgrounds, beside what the tests of `list` see."""

from __future__ import annotations

import time

import pytest

from envctl.adapters.engine_survey import HttpSurveyor, _container, _epoch
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
