from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.diagnosis.belongings_facts import Belongings, ContainerFact, NetworkFact
from envctl.domain.diagnosis.complaints import cure_of
from envctl.domain.diagnosis.project_facts import (
    BigContext,
    Hold,
    Lack,
    MissingPath,
    PlatformFact,
    PortFact,
    ProjectFacts,
)
from tests.domain.diagnosis.healthy import BELONGINGS, HEALTHY, MODEL, PROJECT, bad, project


def found(belongings: Belongings = BELONGINGS, **changes: Any) -> list[str]:
    facts = replace(PROJECT, **changes)
    return bad(replace(HEALTHY, project=facts, belongings=belongings))


def model(**top: Any) -> dict[str, Any]:
    both = {**MODEL, **top}
    return {"model": both, "project": project(both)}


def test_files_that_compose_cannot_read_are_told_in_its_words() -> None:
    said = "Compose cannot read /p: validating compose.yaml: services.web additional properties"
    broken = ProjectFacts(error=f"{said} 'imgae' not allowed", hint="mend the file")
    assert bad(replace(HEALTHY, project=broken)) == [
        f"problem project: {said} 'imgae' not allowed"
        " -> take imgae out, or correct its spelling; own keys begin with x-"
    ]


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("env file /p/a.env not found: stat /p/a.env: no such file", "create /p/a.env, or"),
        ("services.web: required variable A is missing a value: set it", "set A in .env"),
        ("yaml: line 4: did not find expected node content", "look at line 4 and the one before"),
        ('service "web" depends on undefined service "q": invalid', "define services.q, or"),
        ('service "web" refers to undefined network n: invalid', "add networks: {n: {}}"),
        ('service "web" refers to undefined volume v: invalid', "add volumes: {v: {}}"),
        ('service "web" refers to undefined secret s: invalid', "add secrets: {s: {file:"),
        ('service "web" refers to undefined config c: invalid', "add configs: {c: {file:"),
        ('service "web" has neither an image nor a build context', "add image: or build: to"),
        ("dependency cycle detected: a -> b -> a", "take one depends_on out of the cycle a ->"),
        ("open /p/base.yaml: no such file or directory", "create /p/base.yaml, or correct"),
        ("open /p/base.yaml: permission denied", "make the file readable"),
        ("Invalid containerPort: b", "write ports like"),
        ("something that nobody has seen", "the general hint"),
    ],
)
def test_what_compose_complains_about_has_a_cure_of_its_own(words: str, cure: str) -> None:
    assert cure_of(f"Compose cannot read /p: {words}", "the general hint").startswith(cure)


def test_variables_without_a_value_are_told_together() -> None:
    notes = tuple(
        f'The "{name}" variable is not set. Defaulting to a blank string.' for name in "ABA"
    )
    assert found(notes=notes) == [
        "warning variables: not set, so empty: A, B"
        " -> set them in .env beside the Compose file, or write a default: ${A:-value}"
    ]


def test_two_compose_files_are_one_too_many() -> None:
    note = "Found multiple config files with supported names: compose.yaml, docker-compose.yml"
    (line,) = found(notes=(note,))
    assert line.startswith(f"warning Compose files: {note} -> remove or rename all but one")


def test_what_else_compose_mentions_is_no_fault() -> None:
    assert found(notes=("the attribute `version` is obsolete",)) == []


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        (Lack.BIND, "warning services a, b: the bind mount /x does not exist -> mkdir -p /x,"),
        (Lack.STRICT_BIND, "problem services a, b: the bind mount that Compose does not create /x"),
        (Lack.SECRET, "problem services a, b: the secret /x does not exist -> create /x, or"
         " correct file: under secrets:"),
        (Lack.CONFIG, "problem services a, b: the config /x does not exist -> create /x, or"
         " correct file: under configs:"),
        (Lack.CONTEXT, "problem services a, b: the build context /x does not exist -> correct"
         " build.context"),
        (Lack.DOCKERFILE, "problem services a, b: the Dockerfile /x does not exist -> create /x,"),
    ],
)  # fmt: skip
def test_a_path_that_does_not_exist(lack: Lack, said: str) -> None:
    (line,) = found(paths=(MissingPath(("a", "b"), lack, "/x"),))
    assert line.startswith(said)


def test_what_is_to_exist_outside_of_the_project() -> None:
    top = {
        "networks": {"front": {"name": "corp", "external": True}, "own": {"name": "shop_own"}},
        "volumes": {"data": {"name": "precious", "external": True}},
    }
    assert found(**model(**top)) == [
        "problem network corp: the Compose file says external, and it does not exist"
        " -> docker network create corp, or take external: out of networks.front",
        "problem volume precious: the Compose file says external, and it does not exist"
        " -> docker volume create precious, or take external: out of volumes.data",
    ]
    there = Belongings(BELONGINGS.containers, (NetworkFact("corp", ""),), frozenset({"precious"}))
    assert found(there, **model(**top)) == []
    assert found(Belongings(), **model(**top)) == []


@pytest.mark.parametrize(
    ("hold", "holder", "playground", "said"),
    [
        (Hold.FREE, "", "", []),
        (Hold.OWN, "", "", []),
        (Hold.PROCESS, "python3 (process 7)", "",
         ["warning port 8080: wanted by web, taken by python3 (process 7) -> envctl up takes"
          " another and names it; end python3 (process 7) to free it"]),
        (Hold.PROCESS, "", "",
         ["warning port 8080: wanted by web, taken by another program -> envctl up takes another"
          " and names it; sudo ss -tulpn shows which one"]),
        (Hold.CONTAINER, "container x-web-1", "x",
         ["warning port 8080: wanted by web, taken by container x-web-1 -> envctl up takes another"
          " and names it; docker compose --project-name x down frees it"]),
        (Hold.CONTAINER, "container lone", "",
         ["warning port 8080: wanted by web, taken by container lone -> envctl up takes another"
          " and names it; docker stop lone frees it"]),
        (Hold.NO_ADDRESS, "", "",
         ["problem port 8080: wanted by web, and its address is not one of this host -> in"
          " services.web.ports, write an address of this host (ip -brief address), or none"]),
        (Hold.PRIVILEGED, "", "",
         ["problem port 8080: wanted by web, and a rootless engine may not open it -> publish 1024"
          " or higher in services.web.ports, or sudo sysctl"
          " net.ipv4.ip_unprivileged_port_start=80"]),
    ],
)  # fmt: skip
def test_a_port(hold: Hold, holder: str, playground: str, said: list[str]) -> None:
    assert found(ports=(PortFact("web", "8080", hold, holder, playground),)) == said


def test_a_port_that_two_services_publish() -> None:
    both = (PortFact("db", "8080", Hold.FREE), PortFact("web", "8080", Hold.FREE))
    assert found(ports=both) == [
        "problem port 8080: db and web would publish it 2 times -> give each its own host port in"
        " services.web.ports, or leave the host port out"
    ]


def test_a_container_name_that_another_playground_has() -> None:
    services = {**MODEL["services"], "web": {**MODEL["services"]["web"], "container_name": "app"}}
    other = ContainerFact("app", "other", "web", "running")
    own = ContainerFact("app", "shop", "web", "running")
    assert found(Belongings((other,)), **model(services=services)) == [
        "warning name app: wanted by web (container_name), taken by playground other"
        " -> envctl up takes another; to free it: docker rm --force app"
    ]
    assert found(Belongings((own,)), **model(services=services)) == []


def test_a_subnet_that_another_network_has() -> None:
    top = {"networks": {"front": {"ipam": {"config": [{"subnet": "10.9.0.0/24"}]}}}}
    networks = (NetworkFact("other", "x", ("10.9.0.0/16",)), NetworkFact("a", "", ("fd00::/8",)))
    assert found(Belongings(BELONGINGS.containers, networks), **model(**top)) == [
        "warning subnet 10.9.0.0/24: wanted by networks.front, and network other has addresses in"
        " it -> envctl up takes another; to free it: docker network rm other"
    ]
    own = (NetworkFact("shop_front", "shop", ("10.9.0.0/24",)),)
    assert found(Belongings(BELONGINGS.containers, own), **model(**top)) == []


def test_too_many_networks_for_the_engines_addresses() -> None:
    many = tuple(NetworkFact(f"n{i}", "x") for i in range(29))
    (line,) = found(Belongings(BELONGINGS.containers, many))
    assert line.startswith("warning networks: 29, and the engine's address ranges are enough for")
    assert found(Belongings(BELONGINGS.containers, many[1:])) == []


@pytest.mark.parametrize(
    ("emulated", "said"),
    [
        (True, "warning platform of web: linux/arm64, and the engine's machine is another: it is"
         " emulated, and slow -> take platform: out of services.web"),
        (False, "problem platform of web: linux/arm64, and the engine's machine is another, with no"
         " emulator -> take platform: out of services.web, or: docker run --privileged --rm"
         " tonistiigi/binfmt --install arm64"),
        (None, "warning platform of web: linux/arm64, and the engine's machine is another -> take"
         " platform: out of services.web, or install an emulator: docker run --privileged --rm"
         " tonistiigi/binfmt --install arm64"),
    ],
)  # fmt: skip
def test_an_image_for_another_machine(emulated: bool | None, said: str) -> None:
    assert found(platforms=(PlatformFact("web", "linux/arm64", emulated, written=True),)) == [said]


def test_a_large_context_without_ignore_file() -> None:
    assert found(contexts=(BigContext(("api", "web"), "/p", 300 * 1024**2),)) == [
        "warning context of api, web: /p has 300 MiB or more, and no .dockerignore: all of it is"
        " read for each build -> name in /p/.dockerignore what no image needs (.git, node_modules,"
        " data)"
    ]


def test_advice_that_is_a_fault_too() -> None:
    services = {"web": {"image": "nginx", "restart": "always"}}
    assert [line.partition(":")[0] for line in found(**model(services=services))] == [
        "warning healthcheck",
        "warning image",
    ]
