"""What `ps` says of each service."""

from __future__ import annotations

from dataclasses import replace

from envctl.domain.observed import Publication
from envctl.domain.project import Project
from envctl.domain.service import Role, Service
from envctl.workflows.ps import ps
from tests.fakes import FakeEngine

WEB = Service("web", "web:1", publishes=True)
JOB = Service("job", "web:1", role=Role.JOB)


def _engine() -> FakeEngine:
    return FakeEngine(Project("shop", (JOB, WEB)))


def test_a_service_without_a_container_has_a_row() -> None:
    rows = ps(_engine(), _engine().project)
    assert [(r.service, r.state) for r in rows] == [
        ("job", "no container"),
        ("web", "no container"),
    ]


def test_states_and_addresses_are_shown() -> None:
    engine = _engine()
    engine.put(WEB, state="running", ports=(Publication(80, 8080),))
    engine.put(JOB, state="exited")
    job, web = ps(engine, engine.project)
    assert (job.state, job.role, job.addresses) == ("exited (0)", "job", ())
    assert (web.state, web.container, web.addresses) == (
        "running",
        "shop-web-1",
        ("http://localhost:8080",),
    )


def test_each_container_of_a_service_with_replicas_has_a_row_of_its_own() -> None:
    project = Project("shop", (replace(WEB, replicas=2),))
    engine = FakeEngine(project)
    engine.launch(["web"], forced=False, ordered=True)
    assert [(r.container, r.state) for r in ps(engine, project)] == [
        ("shop-web-1", "running"),
        ("shop-web-2", "running"),
    ]


def test_one_off_containers_are_left_out() -> None:
    engine = _engine()
    engine.put(WEB, state="running", oneoff=True)
    assert [r.container for r in ps(engine, engine.project)] == ["", ""]


def test_containers_of_no_service_come_last() -> None:
    engine = _engine()
    engine.put(Service("old", "old:1"), state="running")
    assert [r.service for r in ps(engine, engine.project)] == ["job", "web", "old"]
