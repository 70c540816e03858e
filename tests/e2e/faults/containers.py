"""Faults of containers: this playground's own, and what others left."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker.errors
from docker.models.containers import Container

from tests.e2e.conftest import Playground, engine, eventually, free_port, new_name
from tests.e2e.faults.project import FINE, service
from tests.e2e.faults.seeding import fault


@fault("service web", "problem", r"envctl logs web shows why; envctl up after it is mended")
def a_service_restarts_in_a_loop(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, restart: always, command: [sh, -c, 'exit 3']")
    _compose(playground, "up", "--detach")
    container = playground.container("web")
    eventually(lambda: _state(container, "RestartCount") >= 3, "three restarts")
    yield


@fault("service web", "problem", r"raise mem_limit of services\.web")
def a_service_runs_out_of_memory(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, mem_limit: 8m, command: [tail, /dev/zero]")
    _compose(playground, "up", "--detach")
    container = playground.container("web")
    eventually(lambda: _state(container, "State")["OOMKilled"], "killed for its memory")
    yield


@fault("service web", "problem", r"envctl logs web shows why")
def a_service_is_unhealthy(playground: Playground) -> Iterator[None]:
    check = "healthcheck: {test: [CMD, 'false'], interval: 100ms, retries: 1}"
    body = f"image: {FINE}, init: true, command: [sleep, '3600'], {check}"
    playground.write("compose.yaml", f"services: {{web: {{{body}}}}}\n")
    _compose(playground, "up", "--detach")
    container = playground.container("web")
    eventually(lambda: _state(container, "State")["Health"]["Status"] == "unhealthy", "unhealthy")
    yield


@fault("service web", "warning", r"envctl up starts it")
def a_container_was_never_started(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, command: [sleep, '3600']")
    _compose(playground, "create")
    yield


@fault("service db", "warning", r"envctl logs db shows why, envctl up starts it")
def a_container_ended_while_others_run(playground: Playground) -> Iterator[None]:
    body = f"{{image: {FINE}, init: true, healthcheck: {{test: [CMD, 'true']}}, command: "
    services = f"  db: {body}[sh, -c, 'exit 4']}}\n  web: {body}[sleep, '3600']}}\n"
    playground.write("compose.yaml", f"services:\n{services}")
    _compose(playground, "up", "--detach")
    eventually(lambda: _state(playground.container("db"), "State")["ExitCode"] == 4, "its end")
    yield


@fault(r"container \S+-run-\S+", "warning", r"docker rm \S+-run-")
def a_one_off_command_left_its_container(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}")
    _compose(playground, "run", "web", "true")
    yield
    for container in playground.containers():
        container.remove(force=True)


@fault("networks", "warning", r"envctl down removes them")
def a_half_finished_up_left_a_network(playground: Playground) -> Iterator[None]:
    labels = {"com.docker.compose.project": playground.name}
    network = engine().networks.create(f"{playground.name}_default", labels=labels)
    yield
    network.remove()


@fault(r"port \d+", "warning", r"docker compose --project-name \S+ down frees it")
def a_port_is_taken_by_another_playground(playground: Playground) -> Iterator[None]:
    port = free_port()
    with _other(playground, command=["sleep", "3600"], ports={"80/tcp": port}):
        service(playground, f"image: {FINE}, ports: ['{port}:80']")
        yield


@fault(r"name \S+-fixed", "warning", r"docker rm --force \S+-fixed")
def a_container_name_is_taken(playground: Playground) -> Iterator[None]:
    name = f"{playground.name}-fixed"
    with _other(playground, name=name):
        service(playground, f"image: {FINE}, container_name: {name}")
        yield


@fault(r"subnet 10\.213\.\d+\.0/24", "warning", r"docker network rm \S+-other")
def a_subnet_is_taken(playground: Playground) -> Iterator[None]:
    # a range of its own for each test run on this engine
    subnet = f"10.213.{int(playground.name.split('-')[-2]) % 256}.0/24"
    ipam = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=subnet)])
    network = engine().networks.create(f"{playground.name}-other", ipam=ipam)
    top = f"networks: {{front: {{ipam: {{config: [{{subnet: {subnet}}}]}}}}}}\n"
    service(playground, f"image: {FINE}, networks: [front]", top)
    yield
    network.remove()


@fault(r"playground \S+", "warning", r"envctl prune removes it")
def the_folder_of_a_playground_is_gone(playground: Playground) -> Iterator[None]:
    gone = playground.folder / "checkout"
    gone.mkdir()
    label = {"com.docker.compose.project.working_dir": str(gone)}
    with _other(playground, labels=label):
        shutil.rmtree(gone)
        yield


@fault(r"container \S+ of playground \S+", "warning", r"docker stop \S+ ends it")
def another_playground_crashes_for_ever(playground: Playground) -> Iterator[None]:
    restart = {"Name": "always"}
    with _other(playground, command=["sh", "-c", "exit 1"], restart_policy=restart) as crashing:
        eventually(lambda: _state(crashing, "RestartCount") >= 7, "a long wait between restarts")
        eventually(lambda: _state(crashing, "State")["Restarting"], "the wait")
        yield


@fault("volumes", "warning", r"docker volume prune")
def a_hundred_volumes_are_left(playground: Playground) -> Iterator[None]:
    made = [engine().volumes.create() for _ in range(100)]
    yield
    for volume in made:
        with suppress(docker.errors.NotFound):
            volume.remove()


@contextmanager
def _other(
    playground: Playground,
    *,
    labels: dict[str, str] | None = None,
    command: list[str] | None = None,
    ports: dict[str, int] | None = None,
    name: str | None = None,
    restart_policy: Any = None,
) -> Iterator[Container]:
    """A container of another playground; started when it has a command."""
    mine = {"com.docker.compose.project": new_name(), "com.docker.compose.service": "web"}
    container: Container = engine().containers.create(
        FINE, command, labels={**mine, **(labels or {})}, ports=ports, name=name, init=True,
        restart_policy=restart_policy,
    )  # fmt: skip
    try:
        if command:
            container.start()
        yield container
    finally:
        container.remove(force=True)


def _state(container: Container, key: str) -> Any:
    container.reload()
    return container.attrs[key]


def _compose(playground: Playground, *words: str) -> None:
    subprocess.run(
        ["docker", "compose", "--project-name", playground.name, "--progress", "quiet", *words],
        cwd=playground.folder, stdin=subprocess.DEVNULL, capture_output=True, check=True,
    )  # fmt: skip
