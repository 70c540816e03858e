"""The planner: text in, text out; nothing is called, so nothing is patched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.observed import Container, Observed
from envctl.domain.plan_up import plan_up
from envctl.domain.project import Project
from envctl.domain.service import Build, Condition, Dependency, Role, Service
from envctl.errors import UsageError


def _app(name: str, *needs: str, **more: object) -> Service:
    dependencies = tuple(Dependency(need, Condition.HEALTHY) for need in needs)
    built = Service(
        name,
        image=f"shop-{name}:latest",
        definition=f"def-{name}",
        build=Build(f"/src/{name}", "Dockerfile", "{}"),
        depends_on=dependencies,
        has_healthcheck=True,
    )
    return replace(built, **more)  # type: ignore[arg-type]


DB = Service("db", "postgres:15", "def-db", role=Role.DATA, has_healthcheck=True)
MIGRATE = _app("migrate", "db", role=Role.JOB, has_healthcheck=False)
API = _app("api", "db", "migrate")
WEB = _app("web", "api")
SHOP = Project("shop", (API, DB, MIGRATE, WEB))


def _container(service: Service, **more: object) -> Container:
    health = "healthy" if service.has_healthcheck else ""
    state = "exited" if service.role is Role.JOB else "running"
    container = Container(
        id=f"c-{service.name}",
        name=f"shop-{service.name}-1",
        service=service.name,
        state=state,
        health=health if state == "running" else "",
        image_id=f"id-{service.image}",
    )
    return replace(container, **more)  # type: ignore[arg-type]


def _inputs(project: Project) -> dict[str, str]:
    return {s.name: f"shop-{s.name}:i.1" for s in project.services if s.build}


def _settled(project: Project = SHOP, **changed: Container) -> Observed:
    """Everything is up and known, but for the containers in `changed`."""
    containers = tuple(changed.get(s.name) or _container(s) for s in project.services)
    inputs = _inputs(project)
    return Observed(
        containers=containers,
        images={s.image: f"id-{s.image}" for s in project.services}
        | {kept: f"id-shop-{name}:latest" for name, kept in inputs.items()},
        inputs=inputs,
        known={c.id: f"def-{c.service}" for c in containers},
    )


def _plan(
    observed: Observed, *selected: str, project: Project = SHOP, rebuild: bool = False
) -> str:
    return str(plan_up(project, observed, selected, rebuild=rebuild))


def test_an_empty_engine_gets_everything_in_the_order_of_compose() -> None:
    observed = Observed(inputs=_inputs(SHOP))
    plan = plan_up(SHOP, observed)
    assert str(plan).splitlines() == [
        "build api: never built here",
        "pull db: postgres:15 is not on this engine",
        "build migrate: never built here",
        "build web: never built here",
        "create api: no container",
        "create db: no container",
        "create migrate: no container",
        "create web: no container",
    ]
    assert [wave.ordered for wave in plan.waves] == [True]


def test_a_settled_playground_needs_nothing() -> None:
    plan = plan_up(SHOP, _settled())
    assert not plan
    assert str(plan) == ""


def test_changed_inputs_build_and_replace_that_service_only() -> None:
    observed = _settled()
    observed = replace(observed, inputs={**observed.inputs, "web": "shop-web:i.2"})
    assert _plan(observed).splitlines() == [
        "build web: its inputs changed",
        "replace web: its image changes",
    ]


def test_inputs_that_were_built_before_are_tagged_not_built() -> None:
    observed = _settled()
    observed = replace(
        observed,
        inputs={**observed.inputs, "web": "shop-web:i.0"},
        images={**observed.images, "shop-web:i.0": "id-older"},
    )
    assert _plan(observed).splitlines() == [
        "tag web: built before from the same inputs (i.0)",
        "replace web: its image changes",
    ]


def test_a_remote_context_is_left_to_the_builder() -> None:
    observed = _settled()
    inputs = {name: kept for name, kept in observed.inputs.items() if name != "web"}
    assert _plan(replace(observed, inputs=inputs)).splitlines() == [
        "build web: its context lies elsewhere, the builder decides",
        "check web: its image may change, Compose compares it",
    ]


def test_build_on_request_builds_what_the_selection_needs() -> None:
    assert _plan(_settled(), "migrate", rebuild=True).splitlines() == [
        "build migrate: --build",
        "check migrate: its image may change, Compose compares it",
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("always", "pull db: pull_policy: always"),
        ("daily", "pull db: pull_policy: daily"),
        ("every_12h", "pull db: pull_policy: every_12h"),
        ("missing", ""),
        ("never", ""),
    ],
)
def test_pull_policy_is_followed(policy: str, expected: str) -> None:
    project = Project("shop", (replace(DB, pull_policy=policy),))
    first = _plan(_settled(project), project=project).partition("\n")[0]
    assert first == expected


def test_a_missing_image_is_never_pulled_where_the_policy_says_never() -> None:
    project = Project("shop", (replace(DB, pull_policy="never"),))
    assert _plan(Observed(), project=project) == "create db: no container"


def test_a_build_policy_builds_every_time() -> None:
    project = Project("shop", (_app("web", pull_policy="build"),))
    assert "build web: pull_policy: build" in _plan(_settled(project), project=project)


def test_services_with_one_image_and_the_same_inputs_are_built_once() -> None:
    twins = (_app("api", image="shop:1"), _app("worker", image="shop:1"))
    observed = Observed(inputs={"api": "shop:i.1", "worker": "shop:i.1"})
    assert _plan(observed, project=Project("shop", twins)).splitlines() == [
        "build api: never built here",
        "create api: no container",
        "create worker: no container",
    ]


def test_both_twins_are_replaced_when_their_image_changes() -> None:
    project = Project("shop", (_app("api", image="shop:1"), _app("worker", image="shop:1")))
    observed = replace(_settled(project), inputs={"api": "shop:i.2", "worker": "shop:i.2"})
    assert _plan(observed, project=project).splitlines() == [
        "build api: its inputs changed",
        "replace api: its image changes",
        "replace worker: its image changes",
    ]


def test_an_image_that_another_service_builds_is_built_and_never_pulled() -> None:
    job = replace(MIGRATE, build=None, image=API.image)
    project = Project("shop", (API, DB, job))
    observed = Observed(inputs={"api": "shop-api:i.1"}, images={"postgres:15": "x"})
    assert _plan(observed, "migrate", project=project).splitlines() == [
        "build api: never built here",
        "create db: no container",
        "create migrate: no container",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "exited", "exit_code": 1}, "start web: exited with code 1"),
        ({"state": "exited", "exit_code": 0}, "start web: exited with code 0"),
        ({"state": "created"}, "start web: created, never started"),
        ({"state": "paused"}, "resume web: paused"),
        ({"state": "restarting"}, "replace web: its container is restarting"),
        ({"state": "dead"}, "replace web: its container is dead"),
        ({"health": "unhealthy"}, "replace web: unhealthy"),
        ({"health": "starting"}, ""),
        ({"image_id": "id-old"}, "replace web: shop-web:latest is another image now"),
        ({"id": "c-stranger"}, "check web: not created by envctl here, Compose compares it"),
    ],
)
def test_each_state_of_a_container_has_its_step(changes: dict[str, object], expected: str) -> None:
    odd = _container(WEB, **changes)
    observed = replace(
        _settled(web=odd), known={f"c-{s.name}": s.definition for s in SHOP.services}
    )
    assert _plan(observed) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"networks": ("shop_back", "shop_front")}, ""),
        ({"networks": ("shop_back", "others")}, "replace web: it is not on the network shop_front"),
        ({"state": "exited", "exit_code": 1}, "replace web: it is not on the network shop_back"),
        ({"state": "created"}, "replace web: it is not on the network shop_back"),
    ],
)
def test_who_is_off_a_network_is_replaced(changes: dict[str, object], expected: str) -> None:
    web = replace(WEB, networks=("shop_back", "shop_front"))
    project = Project("shop", (API, DB, MIGRATE, web))
    assert _plan(_settled(project, web=_container(WEB, **changes)), project=project) == expected


def test_what_is_on_the_way_is_waited_for_before_what_needs_it_is_started() -> None:
    """As an `up` leaves it that was interrupted."""
    migrate, api, web = (_container(s, state="created", health="") for s in (MIGRATE, API, WEB))
    starting = _container(DB, health="starting")
    plan = plan_up(SHOP, _settled(db=starting, migrate=migrate, api=api, web=web))
    assert [str(step) for wave in plan.waves for step in wave.steps] == [
        "check db: it is not ready yet, and api needs it",
        "start migrate: created, never started",
        "start api: created, never started",
        "start web: created, never started",
    ]
    working = _container(MIGRATE, state="running")
    plan = plan_up(SHOP, _settled(migrate=working, api=api, web=web))
    assert str(plan.steps[0]) == "check migrate: it is not ready yet, and api needs it"


def test_a_job_that_is_done_needs_no_network() -> None:
    project = Project("shop", (API, DB, replace(MIGRATE, networks=("shop_gone",)), WEB))
    assert _plan(_settled(project), project=project) == ""
    gone = replace(_settled(project), containers=(_container(MIGRATE), _container(API)))
    assert "replace migrate: db is new" in _plan(gone, project=project)


def test_a_changed_definition_replaces_by_force() -> None:
    observed = _settled()
    plan = plan_up(SHOP, replace(observed, known={**observed.known, "c-web": "def-older"}))
    assert str(plan) == "replace web: its definition changed"
    assert plan.steps[0].forced


def test_a_removed_container_is_created_again() -> None:
    observed = _settled()
    rest = tuple(c for c in observed.containers if c.service != "web")
    assert _plan(replace(observed, containers=rest)) == "create web: no container"


def test_a_job_that_ended_well_is_not_run_again() -> None:
    assert "migrate" not in _plan(_settled(migrate=_container(MIGRATE, exit_code=0)))


def test_a_job_that_failed_is_run_again() -> None:
    failed = _container(MIGRATE, exit_code=3)
    assert _plan(_settled(migrate=failed)) == "start migrate: exited with code 3"


def test_a_job_follows_a_new_database() -> None:
    observed = _settled()
    rest = tuple(c for c in observed.containers if c.service != "db")
    plan = plan_up(SHOP, replace(observed, containers=rest))
    assert [[str(step) for step in wave.steps] for wave in plan.waves] == [
        ["create db: no container"],
        ["start migrate: db is new"],
    ]


def test_waves_follow_dependencies_through_services_that_need_nothing() -> None:
    stopped = {"state": "exited", "exit_code": 137}
    observed = _settled(db=_container(DB, **stopped), web=_container(WEB, **stopped))
    plan = plan_up(SHOP, observed)
    assert [[step.subject for step in wave.steps] for wave in plan.waves] == [["db"], ["web"]]


def test_independent_services_share_a_wave() -> None:
    project = Project("shop", (_app("a"), _app("b"), _app("c")))
    observed = _settled(
        project, a=_container(_app("a"), state="exited"), c=_container(_app("c"), state="exited")
    )
    plan = plan_up(project, observed)
    assert [[step.subject for step in wave.steps] for wave in plan.waves] == [["a", "c"]]


def test_a_dependency_with_restart_takes_its_dependents_along() -> None:
    follower = replace(API, depends_on=(Dependency("db", restart=True),))
    project = Project("shop", (follower, DB))
    observed = replace(_settled(project), known={"c-api": "def-api", "c-db": "older"})
    assert _plan(observed, project=project).splitlines() == [
        "replace db: its definition changed",
        "replace api: db is replaced and depends_on says restart",
    ]


def test_a_container_that_watch_has_edited_is_replaced() -> None:
    project = Project("shop", (API, DB))
    observed = replace(_settled(project), edited=frozenset({"c-api"}))
    assert _plan(observed, project=project) == "replace api: watch has changed files in it"


def test_who_shares_the_network_of_a_replaced_service_is_replaced_too() -> None:
    sidecar = _app("sidecar", shares=("web",))
    project = Project("shop", (API, DB, MIGRATE, sidecar, WEB))
    observed = _settled(project, web=_container(WEB, health="unhealthy"))
    assert _plan(observed, project=project).splitlines() == [
        "replace web: unhealthy",
        "replace sidecar: it shares with web",
    ]


def test_a_selection_brings_what_it_needs_and_nothing_else() -> None:
    observed = Observed(inputs=_inputs(SHOP), images={"postgres:15": "x"})
    assert _plan(observed, "migrate").splitlines() == [
        "build migrate: never built here",
        "create db: no container",
        "create migrate: no container",
    ]


def test_an_unknown_selection_names_the_services_that_exist() -> None:
    with pytest.raises(UsageError, match="no service 'wbe' in project 'shop'") as error:
        plan_up(SHOP, Observed(), ["wbe"])
    assert (
        error.value.hint
        == "there are: api, db, migrate, web; one that has a profile needs --profile"
    )


def test_missing_replicas_are_created_and_surplus_ones_left_to_compose() -> None:
    project = Project("shop", (replace(DB, replicas=2),))
    assert _plan(_settled(project), project=project) == "create db: 1 of 2 containers"
    none = Project("shop", (replace(DB, replicas=0),))
    assert (
        _plan(_settled(none), project=none)
        == "check db: 1 containers, 0 wanted: Compose removes some"
    )


def test_a_changed_definition_outweighs_a_missing_or_surplus_container() -> None:
    """Otherwise the containers that stay would pass for the new definition afterwards."""
    for replicas in (2, 0):
        project = Project("shop", (replace(DB, replicas=replicas),))
        observed = replace(_settled(project), known={"c-db": "older"})
        plan = plan_up(project, observed)
        assert str(plan) == "replace db: its definition changed"
        assert plan.steps[0].forced


def test_the_weightiest_of_several_containers_decides() -> None:
    project = Project("shop", (replace(DB, replicas=2),))
    one, two = _container(DB, state="paused"), _container(DB, id="c-2", state="exited", exit_code=1)
    observed = replace(
        _settled(project), containers=(one, two), known={"c-db": "def-db", "c-2": "def-db"}
    )
    assert _plan(observed, project=project) == "start db: exited with code 1"


def test_who_shares_the_network_of_a_started_service_is_replaced() -> None:
    """Its network is gone with the former run: it would live on without one."""
    sidecar = _app("sidecar", shares=("web",))
    project = Project("shop", (API, DB, MIGRATE, sidecar, WEB))
    observed = _settled(project, web=_container(WEB, state="exited", exit_code=0))
    assert _plan(observed, project=project).splitlines() == [
        "start web: exited with code 0",
        "replace sidecar: it shares with web",
    ]


def test_one_off_containers_do_not_count() -> None:
    project = Project("shop", (DB,))
    observed = _settled(project, db=_container(DB, oneoff=True))
    assert _plan(observed, project=project) == "create db: no container"
