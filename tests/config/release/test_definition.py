"""The definition of a release, and all that stands against it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from envctl.config.release.complaint import refusal
from envctl.config.release.definition import release_definition
from envctl.domain.carried_file import EMPTY, MISSING, CarriedFile
from envctl.domain.compose_artifact import ComposeDefinition

PINNED = "registry.example.com/shop@sha256:" + "0" * 64
FILES = {
    "nginx.conf": CarriedFile("server $host;\n"),
    "run.sh": CarriedFile("#!/bin/sh\n", executable=True),
    "empty": CarriedFile(problem=EMPTY),
    "src": CarriedFile(problem="is a folder of the project"),
    "key.pem": CarriedFile("-----BEGIN PRIVATE KEY-----\n"),
    "web.env": CarriedFile("A=1\nB=${TAG}\n"),
    "open.env": CarriedFile("DB_PASSWORD=word\n"),
    "secret.txt": CarriedFile("word"),
}


def read(path: str) -> CarriedFile | None:
    name = path.removeprefix("./")
    return None if path[0] in "/~" else FILES.get(name, CarriedFile(problem=MISSING))


def defined(model: dict[str, Any], *services: str) -> tuple[ComposeDefinition, list[str]]:
    images = dict.fromkeys(services or model.get("services", {}), PINNED)
    definition, complaints = release_definition(model, "shop", images, read)
    return definition, [f"{'.'.join(c.place)} {c.what}" for c in complaints]


def released(model: dict[str, Any], *services: str) -> dict[str, Any]:
    definition, complaints = defined(model, *services)
    assert complaints == []
    said: dict[str, Any] = json.loads(definition.compose)
    return said


def web(body: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = released({"services": {"web": body}})["services"]["web"]
    return said


def against(body: dict[str, Any], **model: Any) -> list[str]:
    return defined({"services": {"web": {"image": "a", **body}}, **model})[1]


def mount(source: str, **more: Any) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": "/there", **more}


def test_images_are_pinned_and_what_builds_them_is_gone() -> None:
    body = {
        "build": {"context": "."}, "develop": {"watch": []}, "pull_policy": "build",
        "profiles": ["a"], "command": ["run"], "x-envctl": {"role": "job"},
    }  # fmt: skip
    assert web(body) == {"image": PINNED, "command": ["run"], "x-envctl": {"role": "job"}}


def test_another_pull_policy_stays() -> None:
    assert web({"pull_policy": "always"}) == {"image": PINNED, "pull_policy": "always"}


def test_the_definition_has_the_projects_name_and_no_anchors() -> None:
    model = {"name": "${NAME}", "x-a": {"A": "${B}"}, "volumes": {"data": None}}
    assert released(model) == {"name": "shop", "volumes": {"data": None}}


def test_services_that_are_not_of_the_release_are_left_out() -> None:
    debug = {"debug": {"condition": "service_started", "required": False}}
    model = {"services": {"web": {"depends_on": debug}, "debug": {"image": "b"}}}
    assert released(model, "web")["services"] == {"web": {"image": PINNED}}


def test_what_is_not_filled_in_stays_as_it_is_written() -> None:
    body = {"ports": ["${PORT:-8080}:80"], "environment": ["A", "B=$$c"], "mem_limit": "${M}"}
    assert web(body) == {"image": PINNED, **body}


def test_the_file_of_a_config_is_carried_inside() -> None:
    uses = [{"source": "nginx", "target": "/etc/nginx.conf"}]
    model = {
        "services": {"web": {"configs": uses}},
        "configs": {"nginx": {"file": "nginx.conf", "labels": {"a": "b"}}},
    }
    said = released(model)
    assert said["configs"] == {"nginx": {"content": "server $$host;\n", "labels": {"a": "b"}}}
    assert said["services"]["web"]["configs"] == uses


def test_a_config_that_can_be_executed_still_can() -> None:
    uses = [{"source": "run"}, {"source": "run", "target": "/b", "mode": 256}]
    model = {"services": {"web": {"configs": uses}}, "configs": {"run": {"file": "./run.sh"}}}
    modes = [use.get("mode") for use in released(model)["services"]["web"]["configs"]]
    assert modes == [0o555, 256]


def test_configs_without_a_file_stay() -> None:
    configs = {"a": {"content": "${A}"}, "b": {"environment": "B"}, "c": {"external": True},
               "d": {"file": "/etc/d"}, "e": {"file": "${E}"}}  # fmt: skip
    assert released({"configs": configs})["configs"] == configs


def test_a_mounted_file_becomes_a_config() -> None:
    model = {"services": {
        "one": {"volumes": [mount("./nginx.conf", read_only=True)]},
        "two": {"volumes": [mount("nginx.conf"), mount("./run.sh", target="/run.sh")]},
    }}  # fmt: skip
    said = released(model)
    first, second = sorted(said["configs"], key=lambda key: -len(said["configs"][key]["content"]))
    assert said["configs"][first] == {"content": "server $$host;\n"}
    assert said["services"]["one"] == {
        "image": PINNED, "configs": [{"source": first, "target": "/there"}],
    }  # fmt: skip
    assert said["services"]["two"]["configs"] == [
        {"source": first, "target": "/there"},
        {"source": second, "target": "/run.sh", "mode": 0o555},
    ]


def test_what_is_the_hosts_stays_mounted() -> None:
    volumes = [mount("/var/run/docker.sock"), mount("~/.cache"), {"type": "tmpfs", "target": "/t"},
               {"type": "volume", "source": "data", "target": "/data"}]  # fmt: skip
    assert web({"volumes": volumes})["volumes"] == volumes


def test_a_mount_of_a_variable_is_decided_when_it_is_filled_in() -> None:
    volume = {"type": "volume", "source": "${DATA}", "target": "/d", "volume": {}}
    assert web({"volumes": [volume]})["volumes"] == ["${DATA}:/d"]
    options = {"read_only": True, "volume": {"nocopy": True}}
    assert web({"volumes": [{**volume, **options}]})["volumes"] == ["${DATA}:/d:ro,nocopy"]
    more = {**volume, "volume": {"subpath": "a"}}
    assert web({"volumes": [more]})["volumes"] == [more]


def test_env_files_are_carried_beside_with_their_variables() -> None:
    entries = [
        {"path": "./web.env", "required": True, "format": "raw"},
        {"path": "gone.env", "required": False},
    ]
    definition, complaints = defined({"services": {"web": {"env_file": entries}}})
    name = definition.env_files[0][0]
    assert complaints == []
    assert definition.env_files == ((name, b"A=1\nB=${TAG}\n"),)
    said = json.loads(definition.compose)["services"]["web"]
    assert said["env_file"] == [{"path": name, "required": True, "format": "raw"}]


def test_the_file_of_a_secret_is_never_carried() -> None:
    secrets = {"db-password": {"file": "./secret.txt"}, "1": {"file": "gone.txt"},
               "b": {"file": "/run/b"}, "c": {"file": "${C}"}, "d": {"environment": "D"},
               "e": {"external": True}, "f": {"file": "${F:-./secret.txt}"}}  # fmt: skip
    assert released({"secrets": secrets})["secrets"] == secrets | {
        "db-password": {"file": "${DB_PASSWORD_FILE:?the file with the secret db-password}"},
        "1": {"file": "${_1_FILE:?the file with the secret 1}"},
        "f": {"file": "${F_FILE:?the file with the secret f}"},
    }


def test_what_cannot_be_carried_is_told() -> None:
    volumes = [mount("./src"), mount("empty"), mount("gone"), mount("key.pem"),
               mount("${S:-./src}", type="volume")]  # fmt: skip
    assert against({"volumes": volumes}) == [
        "services.web.volumes./there mounts ./src, which is a folder of the project",
        f"services.web.volumes./there mounts empty, which {EMPTY}",
        "services.web.volumes./there mounts gone, which is not there",
        "services.web.volumes./there mounts key.pem, which holds what looks like a secret",
        "services.web.volumes./there mounts ${S:-./src}",
    ]


def test_no_config_is_put_into_a_service_that_cannot_be_written_to() -> None:
    body = {"read_only": True, "volumes": [mount("nginx.conf")]}
    assert against(body) == [
        "services.web.volumes./there mounts nginx.conf, which cannot be put into a service with "
        "read_only: true"
    ]
    uses = {"read_only": True, "configs": [{"source": "a"}]}
    assert against(uses, configs={"a": {"file": "nginx.conf"}}) == [
        "services.web.read_only is true, and Compose cannot put the config a into it"
    ]


def test_configs_that_cannot_be_carried_are_told() -> None:
    configs = {"a": {"file": "gone"}, "b": {"file": "${B:-./b}"}, "c": {"file": "key.pem"},
               "d": {"content": "-----BEGIN PRIVATE KEY-----"},
               "e": {"file": "key.pem", "x-envctl": {"not_secret": ["e"]}}}  # fmt: skip
    assert defined({"configs": configs})[1] == [
        "configs.a.file is gone, which is not there",
        "configs.b.file is ${B:-./b}, which no release carries",
        "configs.c.file is key.pem, which holds what looks like a secret",
        "configs.d.content holds what looks like a secret",
    ]


def test_env_files_that_cannot_be_carried_are_told() -> None:
    assert against({"env_file": ["open.env", "gone.env", "${E}.env"]}) == [
        "services.web.env_file names open.env, where DB_PASSWORD looks like a secret",
        "services.web.env_file names gone.env, which is not there",
        "services.web.env_file names ${E}.env, which no release can carry",
    ]


def test_an_image_without_a_digest_is_told() -> None:
    model = {"services": {"db": {"image": "postgres:15"}, "model": {"provider": {"type": "model"}}}}
    _, complaints = release_definition(model, "shop", {"db": "", "model": ""}, read)
    assert [c.text(lambda _: "compose.yaml:3") for c in complaints] == [
        "compose.yaml:3: services.db.image runs postgres:15, whose digest envctl.lock does not "
        "have; run envctl lock"
    ]


def test_other_files_of_the_project_are_told() -> None:
    body = {"credential_spec": {"file": "spec.json"}}
    volumes = {"v": {"driver_opts": {"o": "bind", "device": "./data"}},
               "w": {"driver_opts": {"o": "bind", "device": "/srv/data"}}}  # fmt: skip
    assert against(body, volumes=volumes) == [
        "services.web.credential_spec.file is a file that no release carries",
        "volumes.v.driver_opts.device is ./data, in the project",
    ]


def test_all_that_stands_against_it_is_told_at_once() -> None:
    body = {"image": "a", "environment": {"A_TOKEN": "word"}, "volumes": [mount("./src")]}
    _, complaints = release_definition({"services": {"web": body}}, "shop", {"web": ""}, read)
    error = refusal(c.text(lambda place: f"compose.yaml:{len(place)}") for c in complaints)
    assert error.exit_code == 5
    assert error.message == "3 things stand against a release of these Compose files"
    assert [line.partition(";")[0] for line in error.details] == [
        "compose.yaml:4: services.web.volumes./there mounts ./src, "
        "which is a folder of the project",
        "compose.yaml:3: services.web.image runs a, whose digest envctl.lock does not have",
        "compose.yaml:4: services.web.environment.A_TOKEN holds what looks like a secret",
    ]


@given(st.permutations(["api", "db", "web"]), st.permutations(["image", "command", "user"]))
def test_the_same_project_is_the_same_bytes(services: list[str], keys: list[str]) -> None:
    def definition(names: list[str], fields: list[str]) -> ComposeDefinition:
        body = {key: f"{key} of it" for key in fields}
        return defined({"services": {name: dict(body) for name in names}})[0]

    plain = definition(["api", "db", "web"], ["image", "command", "user"])
    assert definition(services, keys) == plain
