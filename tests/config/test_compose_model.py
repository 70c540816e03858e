from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from envctl.config.compose_model import parse_model
from envctl.domain.project import Project
from envctl.domain.service import Build, Condition, Dependency, Role, Service
from envctl.domain.volume import Volume
from envctl.errors import ConfigurationError

Model = dict[str, Any]


def parsed(model: Model, files: dict[str, str] | None = None) -> Project:
    return parse_model(model, (files or {}).get)


def service(**body: Any) -> Service:
    return parsed({"name": "shop", "services": {"api": body}}).service("api")


def test_a_project_has_its_names_sorted() -> None:
    project = parsed(
        {
            "name": "shop",
            "services": {"web": {}, "api": {}},
            "networks": {"b": {}, "a": {}},
            "volumes": {"d": {}, "c": {}},
        }
    )
    assert project.name == "shop"
    assert [s.name for s in project.services] == ["api", "web"]
    assert project.networks == ("a", "b")
    assert [v.key for v in project.volumes] == ["c", "d"]


def test_a_volume_has_what_it_takes_to_make_it_again() -> None:
    body = {
        "name": "shop_data",
        "driver": "local",
        "driver_opts": {"size": 5},
        "labels": {"a": "b"},
    }
    project = parsed({"name": "shop", "volumes": {"data": body, "out": {"external": True}}})
    assert project.volumes == (
        Volume("data", "shop_data", "local", {"size": "5"}, {"a": "b"}),
        Volume("out", "shop_out", external=True),
    )


def test_a_service_knows_its_named_volumes() -> None:
    mounts = [
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "volume", "source": "data", "target": "/again"},
        {"type": "volume", "target": "/anonymous"},
        {"type": "bind", "source": "/src", "target": "/src"},
    ]
    assert service(volumes=mounts).volumes == ("data",)


def test_a_variable_that_fills_a_secret_or_config_is_part_of_the_definition() -> None:
    model = {
        "name": "shop",
        "services": {
            "api": {"image": "x", "secrets": [{"source": "s"}], "configs": [{"source": "c"}]},
            "web": {"image": "x"},
        },
        "secrets": {"s": {"environment": "TOKEN"}},
        "configs": {"c": {"environment": "CONF"}},
    }

    def definitions(**values: str) -> list[str]:
        project = parse_model(model, lambda path: None, values.get)
        return [service.definition for service in project.services]

    api, web = definitions(TOKEN="a", CONF="b")
    assert definitions(TOKEN="a", CONF="b", OTHER="x") == [api, web]
    for changed in (definitions(TOKEN="z", CONF="b"), definitions(TOKEN="a", CONF="z")):
        assert changed[0] != api
        assert changed[1] == web


def test_a_service_knows_what_its_networks_are_called() -> None:
    model = {
        "name": "shop",
        "services": {"api": {"image": "x", "networks": {"front": None, "back": {}, "ext": None}}},
        "networks": {"front": {"name": "shop_front"}, "back": {}, "ext": {"name": "all"}},
    }
    (api,) = parse_model(model, lambda path: None).services
    assert api.networks == ("shop_back", "all", "shop_front")


def test_a_model_without_anything_is_an_empty_project() -> None:
    assert parsed({}) == Project("", ())


@pytest.mark.parametrize(
    ("body", "image"),
    [
        ({"image": "postgres"}, "postgres:latest"),
        ({"image": "postgres:15"}, "postgres:15"),
        ({"image": "localhost:5000/db"}, "localhost:5000/db:latest"),
        ({"image": "db@sha256:abc"}, "db@sha256:abc"),
        ({"build": {"context": "/x"}}, "shop-api:latest"),
        ({"build": {"context": "/x"}, "image": "shop/api:dev"}, "shop/api:dev"),
    ],
)
def test_an_image_is_named_in_full(body: Model, image: str) -> None:
    assert service(**body).image == image


VOLUME = {"type": "volume", "source": "data", "target": "/data"}
BIND = {"type": "bind", "source": "/etc/x", "target": "/x"}


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ({"image": "a"}, Role.APP),
        ({"image": "a", "volumes": [VOLUME]}, Role.DATA),
        ({"build": {"context": "/x"}, "volumes": [VOLUME]}, Role.APP),
        ({"image": "a", "volumes": [BIND]}, Role.APP),
        ({"image": "a", "volumes": [{"type": "volume", "target": "/x"}]}, Role.APP),
        ({"image": "a", "x-envctl": {"role": "job"}}, Role.JOB),
        ({"image": "a", "volumes": [VOLUME], "x-envctl": {"role": "app"}}, Role.APP),
        ({"image": "a", "x-envctl": {"overlap": False}}, Role.APP),
    ],
)
def test_a_role_is_found_or_said(body: Model, role: Role) -> None:
    assert service(**body).role is role


def test_what_others_wait_for_to_complete_is_a_job() -> None:
    need = {"migrate": {"condition": "service_completed_successfully"}}
    project = parsed({"services": {"api": {"depends_on": need}, "migrate": {"volumes": [VOLUME]}}})
    assert project.service("migrate").role is Role.JOB
    assert project.service("api").role is Role.APP


def test_an_unknown_role_is_refused_with_its_path_and_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        service(**{"x-envctl": {"role": "database"}})
    assert caught.value.message == "services.api.x-envctl.role: 'database' is no role"
    assert caught.value.hint == "roles are: app, data, job"


@pytest.mark.parametrize("own", [["role"], "job", 1])
def test_an_extension_that_is_no_mapping_is_refused(own: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^services\.api\.x-envctl: .* is not a mapping$"):
        service(**{"x-envctl": own})


def test_dependencies_are_read_with_their_conditions() -> None:
    needs = {"db": {"condition": "service_healthy", "restart": True, "required": False}, "mq": {}}
    assert service(depends_on=needs).depends_on == (
        Dependency("db", Condition.HEALTHY, restart=True, required=False),
        Dependency("mq", Condition.STARTED),
    )


@pytest.mark.parametrize(
    ("body", "shares"),
    [
        ({}, ()),
        ({"network_mode": "service:vpn"}, ("vpn",)),
        ({"network_mode": "host"}, ()),
        ({"network_mode": "container:x"}, ()),
        ({"ipc": "service:a", "pid": "service:b"}, ("a", "b")),
        ({"ipc": "service:a", "pid": "service:a"}, ("a",)),
        ({"ipc": "host", "pid": "host"}, ()),
        ({"volumes_from": ["a:ro", "b", "container:c"]}, ("a", "b")),
    ],
)
def test_sharing_names_the_services_whose_space_is_joined(
    body: Model, shares: tuple[str, ...]
) -> None:
    assert service(**body).shares == shares


@pytest.mark.parametrize(
    ("body", "replicas"),
    [
        ({}, 1),
        ({"scale": 3}, 3),
        ({"scale": 0}, 0),
        ({"deploy": {"replicas": 2}}, 2),
        ({"deploy": {"replicas": 0}}, 0),
        ({"scale": 3, "deploy": {"replicas": 2}}, 3),
        ({"deploy": {}}, 1),
        ({"deploy": None}, 1),
    ],
)
def test_replicas(body: Model, replicas: int) -> None:
    assert service(**body).replicas == replicas


@pytest.mark.parametrize(
    ("check", "has"),
    [
        (None, False),
        ({}, False),
        ({"test": ["CMD", "true"]}, True),
        ({"test": ["NONE"]}, False),
        ({"test": ["CMD", "true"], "disable": True}, False),
    ],
)
def test_a_healthcheck_counts_unless_it_is_off(check: Model | None, *, has: bool) -> None:
    assert service(healthcheck=check).has_healthcheck is has


@pytest.mark.parametrize(
    ("body", "restarts"),
    [
        ({}, False),
        ({"restart": "no"}, False),
        ({"restart": "always"}, True),
        ({"restart": "unless-stopped"}, True),
        ({"deploy": {"restart_policy": {"condition": "none"}}}, False),
        ({"deploy": {"restart_policy": {"condition": "on-failure"}}}, False),
    ],
)
def test_a_restart_policy_says_that_a_service_stays(body: Model, *, restarts: bool) -> None:
    assert service(**body).restarts is restarts


def test_ports_are_published_when_they_have_a_port_on_the_host() -> None:
    assert service(ports=[{"target": 80, "published": "8080"}]).publishes
    assert not service(ports=[{"target": 80}]).publishes


def test_a_port_that_says_http_is_a_web_port() -> None:
    ports = [{"target": 9092, "app_protocol": "http"}, {"target": 9093, "app_protocol": "tcp"}]
    assert service(ports=ports).web_ports == (9092,)


def test_the_pull_policy_is_kept() -> None:
    assert service(pull_policy="always").pull_policy == "always"


# --- builds


def build(**section: Any) -> Build:
    found = service(build={"context": "/src/api", **section}).build
    assert found is not None
    return found


def test_a_service_without_a_build_section_is_not_built() -> None:
    assert service(image="a").build is None


def test_a_build_names_its_context_and_dockerfile() -> None:
    assert (build().context, build().dockerfile) == ("/src/api", "Dockerfile")
    assert build(dockerfile="docker/api").dockerfile == "docker/api"


@pytest.mark.parametrize(
    "section",
    [{"network": "host"}, {"labels": {"a": ""}}, {"extra_hosts": ["a=1.2.3.4"]}, {"shm_size": "1"},
     {"ulimits": {"nofile": 1}}, {"privileged": True}, {"entitlements": ["a"]}, {"isolation": "b"},
     {"additional_contexts": {"base": "target:a"}},
     {"additional_contexts": {"base": "oci-layout:///a:1"}}, {"something_new": "a"}],
)  # fmt: skip
def test_what_shapes_an_image_is_in_its_build_definition(section: Model) -> None:
    assert build(**section).definition != build().definition


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ({"args": {"A": "1", "B": "", "C": None}}, "arguments", (("A", "1"), ("B", ""))),
        ({"target": "test"}, "target", "test"),
        ({"dockerfile_inline": "FROM a"}, "inline", "FROM a"),
        ({"platforms": ["linux/arm64"]}, "platforms", ("linux/arm64",)),
        ({"additional_contexts": {"b": "docker-image://a:1"}}, "extra_images", (("b", "a:1"),)),
        ({"additional_contexts": {"b": "oci-layout:///a:1"}}, "extra_layouts", (("b", "/a"),)),
        ({"additional_contexts": {"b": "service:a"}}, "extra_services", (("b", "a"),)),
        ({"secrets": [{"source": "b"}, {"source": "c", "target": "a"}]}, "secrets", ("a", "b")),
        ({"ssh": ["default", "a=/home/me/.ssh/id"]}, "ssh", ("a", "default")),
    ],
)
def test_what_is_looked_at_by_itself_has_a_field(section: Model, field: str, value: Any) -> None:
    found = build(**section)
    assert getattr(found, field) == value
    assert "1" not in found.definition.replace('"b":":1"', "")


def test_the_platform_of_the_service_is_that_of_its_build() -> None:
    found = service(build={"context": "/a"}, platform="linux/arm64").build
    assert found is not None
    assert found.platforms == ("linux/arm64",)


@pytest.mark.parametrize(
    "section",
    [
        {"context": "/other"}, {"tags": ["a"]}, {"no_cache": True}, {"no_cache_filter": ["a"]},
        {"pull": True}, {"cache_from": ["a"]}, {"cache_to": ["a"]}, {"provenance": "max"},
        {"sbom": True}, {"dockerfile": "/other/place"}, {"x-note": "a"}, {"privileged": False},
    ],
)  # fmt: skip
def test_places_and_names_are_not_in_its_build_definition(section: Model) -> None:
    assert build(**section).definition == build().definition


def test_the_place_of_a_further_context_is_not_in_its_build_definition() -> None:
    one, other = (build(additional_contexts={"lib": folder}) for folder in ("/a", "/b"))
    assert one.definition == other.definition
    assert (one.extra_contexts, other.extra_contexts) == ((("lib", "/a"),), (("lib", "/b"),))


@pytest.mark.parametrize(
    "section",
    [{"context": "https://example.com/a.git"}, {"context": "git@example.com:a/b"},
     {"additional_contexts": {"lib": "https://example.com/lib.git"}},
     {"additional_contexts": {"lib": "oci-layout://somewhere"}}],
)  # fmt: skip
def test_a_context_elsewhere_makes_a_build_remote(section: Model) -> None:
    assert build(**section).remote


@pytest.mark.parametrize("source", ["docker-image://a:1", "service:base", "target:base"])
def test_an_image_as_a_context_is_neither_remote_nor_a_folder(source: str) -> None:
    found = build(additional_contexts={"base": source})
    assert (found.remote, found.extra_contexts) == (False, ())


# --- the definition of a container

MODEL: Model = {
    "name": "shop",
    "services": {
        "api": {
            "image": "shop/api",
            "build": {"context": "/src/api"},
            "environment": {"A": "1"},
            "networks": {"front": None},
            "volumes": [
                {"type": "volume", "source": "data", "target": "/data"},
                {"type": "bind", "source": "/etc/api.conf", "target": "/c", "read_only": True},
                {"type": "bind", "source": "/srv/work", "target": "/w"},
            ],
            "configs": [{"source": "nginx", "target": "/n"}],
            "secrets": [{"source": "password"}],
            "depends_on": {"db": {"condition": "service_started"}},
            "deploy": {"replicas": 1, "resources": {"limits": {"memory": "1"}}},
            "x-note": "a",
        },
        "db": {"image": "postgres:15"},
    },
    "networks": {"front": {"name": "shop_front"}, "back": {"name": "shop_back"}},
    "volumes": {"data": {"name": "shop_data"}, "other": {"name": "shop_other"}},
    "configs": {"nginx": {"name": "shop_nginx", "file": "/etc/nginx"}, "b": {"content": "x"}},
    "secrets": {"password": {"file": "/etc/password"}, "b": {"file": "/etc/b"}},
}
FILES = {"/etc/api.conf": "1", "/etc/nginx": "1", "/etc/password": "1", "/srv/work": "1",
         "/etc/b": "1"}  # fmt: skip
Change = Callable[[Model], object]


def definition(change: Change = lambda _: None, changed: str = "") -> str:
    model = copy.deepcopy(MODEL)
    change(model)
    return parsed(model, FILES | {changed: "2"}).service("api").definition


def api(**entries: Any) -> Change:
    return lambda model: model["services"]["api"].update(entries)


def top(kind: str, key: str, **entries: Any) -> Change:
    return lambda model: model[kind].setdefault(key, {}).update(entries)


@pytest.mark.parametrize(
    "change",
    [
        api(environment={"A": "2"}), api(image="shop/api:2"), api(command=["a"]),
        api(networks={"back": None}), api(secrets=[]), api(labels={"a": "b"}),
        api(deploy={"replicas": 1, "resources": {"limits": {"memory": "2"}}}),
        top("networks", "front", internal=True), top("volumes", "data", driver="x"),
        top("configs", "nginx", content="x"), top("secrets", "password", environment="X"),
    ],
)  # fmt: skip
def test_what_a_container_is_made_of_changes_its_definition(change: Change) -> None:
    assert definition(change) != definition()


@pytest.mark.parametrize(
    "change",
    [
        api(build={"context": "/other"}), api(pull_policy="always"), api(scale=3),
        api(depends_on={}), api(profiles=["a"]), api(develop={"watch": []}),
        api(deploy={"replicas": 3, "resources": {"limits": {"memory": "1"}}}),
        api(**{"x-note": "b", "x-envctl": {"role": "app"}}),
        top("networks", "back", internal=True), top("networks", "third", name="x"),
        top("volumes", "other", driver="x"), top("configs", "b", content="y"),
        top("secrets", "b", environment="X"),
        lambda model: model["services"]["db"].update(image="postgres:16"),
        lambda model: model.update(name="other"),
    ],
)  # fmt: skip
def test_what_a_container_is_not_made_of_leaves_its_definition(change: Change) -> None:
    assert definition(change) == definition()


@pytest.mark.parametrize("path", ["/etc/api.conf", "/etc/nginx", "/etc/password"])
def test_the_content_of_files_that_are_read_at_the_start_counts(path: str) -> None:
    assert definition(changed=path) != definition()


@pytest.mark.parametrize("path", ["/etc/b", "/srv/work"])
def test_the_content_of_other_files_does_not_count(path: str) -> None:
    assert definition(changed=path) == definition()


def test_a_writable_bind_mount_is_never_read() -> None:
    asked: list[str] = []
    parse_model(copy.deepcopy(MODEL), asked.append)
    assert sorted(asked) == ["/etc/api.conf", "/etc/nginx", "/etc/password"]


def test_the_order_of_keys_does_not_count() -> None:
    def turned(model: Model) -> None:
        body = model["services"]["api"]
        model["services"]["api"] = dict(reversed(body.items()))

    assert definition(turned) == definition()


def test_a_dollar_that_compose_writes_twice_is_one() -> None:
    section = {"context": "/a$$b", "args": {"KEY": "x$$y"}}
    build = service(build=section).build
    assert build is not None
    assert build.context == "/a$b"
    assert build.arguments == (("KEY", "x$y"),)


def test_the_order_of_ssh_keys_is_no_change() -> None:
    """Compose prints them in another order each time."""
    one = service(build={"context": ".", "ssh": ["a=/a", "default"]})
    assert one == service(build={"context": ".", "ssh": ["default", "a=/a"]})
