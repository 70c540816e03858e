from __future__ import annotations

from dataclasses import replace

from envctl.domain.diagnosis import diagnose
from envctl.domain.diagnosis.facts import Unseen
from envctl.domain.diagnosis.machine_facts import EngineFacts
from envctl.domain.findings import Level
from tests.domain.diagnosis.healthy import HEALTHY, bad, lines


def test_where_all_is_well_there_is_nothing_to_cure() -> None:
    assert lines(diagnose(HEALTHY)) == [
        "ok engine: 28.5.2 at unix:///var/run/docker.sock",
        "ok engine API: 1.51, spoken down to 1.24",
        "ok image store: the engine's own (overlay2)",
        "ok clock: engine and machine agree",
        "ok engine's memory: 8.0 GiB",
        "ok docker command: /usr/bin/docker",
        "ok compose: 2.40.3",
        "ok buildx: 0.29.1",
        "ok disk: 50.0 of 100 GiB free at /var/lib/docker",
        "ok memory: 4.0 GiB available",
        "ok inotify watches: 524288",
        "ok inotify instances: 1024",
        "ok state folder: /home/me/.local/state/envctl",
        "ok docker settings: /home/me/.docker/config.json",
        "ok project: shop: 2 services",
        "ok ports: 8080: free, or this playground's",
        "ok registries: not needed, every image is on the engine",
        "ok containers: 2 here, 1 elsewhere, none left over",
        "ok room of shop: 3.0 GiB in volumes, 2 KiB in containers",
        "ok room of images: 2.0 GiB, 1.0 GiB in no container",
        "ok room of builds: 1000 B in the cache",
    ]


def test_without_a_project_only_the_machine_is_judged() -> None:
    said = lines(diagnose(replace(HEALTHY, project=None)))
    assert "ok project: no Compose file here, so only the machine was looked at" in said
    assert bad(replace(HEALTHY, project=None)) == []


def test_a_project_that_nothing_can_read_is_not_said_to_be_missing() -> None:
    unseen = (Unseen("project", "there is no docker command", expected=True),)
    said = lines(diagnose(replace(HEALTHY, project=None, unseen=unseen)))
    assert [line for line in said if "project" in line] == [
        "ok project: not looked at: there is no docker command"
    ]


def test_what_could_not_be_looked_at_is_said() -> None:
    facts = replace(HEALTHY, unseen=(Unseen("ports", "no answer within 2 s"),))
    assert bad(facts) == [
        "warning ports: not looked at: no answer within 2 s"
        " -> run envctl doctor again; --verbose shows what was called"
    ]


def test_what_nobody_can_look_at_is_said_and_no_fault() -> None:
    unseen = Unseen("disk", "it is on the engine's machine", expected=True)
    said = lines(diagnose(replace(HEALTHY, unseen=(unseen,))))
    assert "ok disk: not looked at: it is on the engine's machine" in said


def test_without_an_engine_what_it_would_tell_is_named() -> None:
    facts = replace(HEALTHY, engine=EngineFacts(error="no engine answers"))
    last = diagnose(facts)[-1]
    assert (last.subject, last.level) == ("not looked at", Level.OK)
