"""Before ways lead to a deployment, something has to answer there; and how it is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from envctl.domain.deployment import Deployment
from envctl.domain.edge import Backing, Mode, Route, Servers
from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.domain.stage_record import Deployed
from envctl.errors import Refused, Unhealthy
from envctl.ports import Clock, Reporter
from envctl.ports.edge import Edge
from envctl.workflows.stage_answers import StageAnswers

HTTP, TCP = Mode.HTTP, Mode.TCP
WEB, DEBUG = Servers("web", 8000, (32001,)), Servers("web", 9229, (32002,))
WORKER, TWICE = Servers("worker", 9000, (32003,)), Servers("web", 8000, (32001, 32004))


@dataclass
class Host:
    """A host on which ports begin to answer at some second; a clock, and what is noted."""

    from_second: Mapping[int, float]
    now: float = 0.0
    asked: list[list[int]] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lost_at: float = 1e9

    def answering(self, ports: Sequence[int]) -> frozenset[int]:
        self.asked.append([*ports])
        return frozenset(p for p in ports if self.from_second.get(p, 1e9) <= self.now)

    def mode_of(self, port: int) -> Mode:
        assert self.from_second[port] <= self.now
        self.modes.append(port)
        return HTTP

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def note(self, text: str) -> None:
        self.notes.append(text)

    def check(self) -> None:
        if self.now >= self.lost_at:
            raise Refused("the lock is lost")

    @property
    def answers(self) -> StageAnswers:
        edge, clock, reporter = cast("Edge", self), cast("Clock", self), cast("Reporter", self)
        return StageAnswers(edge, clock, self.pause, reporter, 30.0, self.check)

    def settled(
        self, deployment: Deployment, *known: Route, whatever: bool = False
    ) -> list[tuple[int, Mode]]:
        settled = self.answers.settled(deployment, known, whatever=whatever)
        return [(route.port, route.mode) for route in settled]


def deployment(
    *behind: Servers,
    said: Mode | None = None,
    handover: frozenset[str] = frozenset(),
    checked: str = "",
) -> Deployment:
    """A deployment whose container ports are ways in; `said` is how they are served."""
    routes = tuple(
        Route(s.container_port, s.service, s.container_port, said or TCP) for s in behind
    )
    empty = Project("shop", ())
    names = sorted({s.service for s in behind})
    services = tuple(Service(name, "shop/app", has_healthcheck=name == checked) for name in names)
    return Deployment(
        deployed=Deployed("sha256:1", "1.0", "1", "shop-1"),
        apps=Project("shop", services),
        data=empty,
        apps_file=b"",
        data_file=b"",
        definitions=(),
        images=(),
        links=(),
        volumes=(),
        routes=routes,
        guessed=frozenset() if said else frozenset(r.port for r in routes),
        backing=Backing("shop-1", behind),
        handover=handover,
    )


def test_what_answers_is_asked_how_it_is_served() -> None:
    host = Host({32001: 0})
    assert host.settled(deployment(WEB)) == [(8000, HTTP)]
    assert (host.modes, host.now) == ([32001], 0)


def test_what_takes_its_time_is_waited_for() -> None:
    host = Host({32001: 3})
    assert host.settled(deployment(WEB)) == [(8000, HTTP)]
    assert 3 <= host.now < 3.5


def test_what_was_served_before_is_known_and_still_has_to_answer() -> None:
    host = Host({32001: 2})
    known = Route(8000, "web", 8000, HTTP)
    assert host.settled(deployment(WEB), known) == [(8000, HTTP)]
    assert host.modes == []
    assert host.asked[0] == [32001]
    assert host.now >= 2


def test_what_somebody_has_said_is_not_asked() -> None:
    host = Host({32001: 0})
    assert host.settled(deployment(WEB, said=HTTP), Route(8000, "web", 8000, TCP)) == [(8000, HTTP)]
    assert host.modes == []
    assert host.asked == [[32001]]


def test_what_never_answers_is_not_served() -> None:
    host = Host({32001: 0})
    with pytest.raises(Unhealthy) as caught:
        host.settled(deployment(WEB, WORKER))
    assert caught.value.message == "worker: nothing answers at its port 9000 within 30 s"
    assert 30 <= host.now < 31


def test_a_healthcheck_says_when_a_service_is_ready_whether_its_ports_are_used_or_not() -> None:
    host = Host({32001: 0})
    assert host.settled(deployment(WEB, WORKER, checked="worker")) == [(8000, HTTP), (9000, TCP)]
    assert host.notes == ["worker: nothing answers at its port 9000"]
    assert host.now == 0
    known = Route(8000, "web", 8000, HTTP)
    quiet = Host({})
    assert quiet.settled(deployment(WEB, checked="web"), known) == [(8000, HTTP)]
    assert quiet.asked == []


def test_what_served_before_is_served_again_whatever_answers() -> None:
    host = Host({32001: 0})
    assert host.settled(deployment(WEB, WORKER), whatever=True) == [(8000, HTTP), (9000, TCP)]
    assert host.notes == ["worker: nothing answers at its port 9000"]
    assert host.now == 0


def test_what_was_taken_for_tcp_is_asked_again() -> None:
    host = Host({32001: 0})
    known = Route(8000, "web", 8000, TCP)
    assert host.settled(deployment(WEB, checked="web"), known) == [(8000, HTTP)]


def test_every_container_of_a_service_has_to_answer() -> None:
    host = Host({32001: 0, 32004: 4})
    assert host.settled(deployment(TWICE)) == [(8000, HTTP)]
    assert host.now >= 4


def test_a_further_port_that_nothing_uses_is_told_and_served_as_it_is() -> None:
    host = Host({32001: 0})
    assert host.settled(deployment(WEB, DEBUG)) == [(8000, HTTP), (9229, TCP)]
    assert host.notes == ["web: nothing answers at its port 9229"]
    assert host.modes == [32001]


def test_what_is_handed_over_does_not_run_yet() -> None:
    host = Host({32001: 0})
    handed = deployment(WEB, WORKER, handover=frozenset({"worker"}))
    assert host.settled(handed) == [(8000, HTTP), (9000, TCP)]


def test_what_was_handed_over_has_to_answer_then() -> None:
    host = Host({32003: 2})
    handed = deployment(WEB, WORKER, handover=frozenset({"worker"}))
    host.answers.reached(handed, "worker")
    assert host.asked[0] == [32003]
    assert host.now >= 2
    with pytest.raises(Unhealthy, match="web: nothing answers"):
        host.answers.reached(handed, "web")
    host.answers.reached(handed, "one that is no more")


def test_nothing_to_lead_to_is_nothing_to_ask() -> None:
    host = Host({})
    assert host.settled(deployment()) == []
    assert host.asked == []


def test_a_lock_that_is_lost_ends_the_wait() -> None:
    host = Host({}, lost_at=5)
    with pytest.raises(Refused):
        host.settled(deployment(WEB))
    assert host.now < 6
