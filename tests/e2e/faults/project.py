"""Faults of a project: of its files, and of what they ask for."""

from __future__ import annotations

import http.server
import platform
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import Playground, engine, free_port
from tests.e2e.faults.seeding import fault
from tests.e2e.projects import TINY

FINE = "busybox:1.35"
CHECK = "healthcheck: {test: [CMD, 'true']}"


def service(playground: Playground, body: str, rest: str = "") -> None:
    """Write a project of one service that is well but for `body`."""
    text = f"services:\n  web: {{init: true, {CHECK}, {body}}}\n{rest}"
    playground.write("compose.yaml", text)


@fault("project", "problem", r"look at line 2 and the one before")
def the_compose_file_is_no_yaml(playground: Playground) -> Iterator[None]:
    playground.write("compose.yaml", "services:\n\tweb: {image: x}\n")
    yield


@fault("project", "problem", r"take imagee out, or correct its spelling")
def a_key_is_misspelt(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, imagee: x")
    yield


@fault("project", "problem", r"define services\.db")
def a_needed_service_is_not_defined(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, depends_on: [db]")
    yield


@fault("project", "problem", r"set MISSING in \.env")
def a_required_variable_is_missing(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, user: '${{MISSING:?say who}}'")
    yield


@fault("project", "problem", r"create \S+/secret\.env, or make it optional")
def an_env_file_is_missing(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, env_file: [secret.env]")
    yield


@fault("project", "problem", r"did you mean 'compose'")
def a_setting_of_envctl_is_misspelt(playground: Playground) -> Iterator[None]:
    playground.write("envctl.toml", 'compsoe = ["compose.yaml"]\n')
    yield


@fault("variables", "warning", r"set them in \.env .* or write a default: \$\{NOBODY:-value\}")
def a_variable_is_not_set(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, user: '${{NOBODY}}'")
    yield


@fault("Compose files", "warning", r"remove or rename all but one")
def there_are_two_compose_files(playground: Playground) -> Iterator[None]:
    playground.write("docker-compose.yml", TINY)
    yield


@fault("healthcheck", "warning", r"add to services\.web: healthcheck: \{test: ")
def a_service_has_no_healthcheck(playground: Playground) -> Iterator[None]:
    playground.write("compose.yaml", f"services: {{web: {{image: {FINE}, restart: always}}}}\n")
    yield


@fault("image", "warning", r"image: \S+:VERSION")
def an_image_has_no_version(playground: Playground) -> Iterator[None]:
    name = f"{playground.name}-floating"
    engine().api.tag(FINE, name, "latest")
    service(playground, f"image: {name}")
    yield


@fault("services web", "warning", r"mkdir -p \S+/nothing-here")
def a_mounted_folder_does_not_exist(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, volumes: ['./nothing-here:/data']")
    yield
    assert not (playground.folder / "nothing-here").exists(), "doctor made it"


@fault("services web", "problem", r"create \S+/key\.txt, or correct file: under secrets:")
def a_secret_file_is_missing(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, secrets: [key]", "secrets: {key: {file: key.txt}}\n")
    yield


@fault("services web", "problem", r"create \S+/web/Dockerfile")
def a_dockerfile_is_missing(playground: Playground) -> Iterator[None]:
    (playground.folder / "web" / "Dockerfile").unlink()
    yield


@fault("services web", "problem", r"correct build\.context")
def a_build_context_is_missing(playground: Playground) -> Iterator[None]:
    shutil.rmtree(playground.folder / "web")
    yield


@fault("context of web", "warning", r"name in \S+/web/\.dockerignore what no image needs")
def a_build_context_is_huge(playground: Playground) -> Iterator[None]:
    with open(playground.folder / "web" / "dump", "wb") as file:
        file.truncate(300 * 1024**2)
    yield


@fault("platform of web", "(?:problem|warning)", r"take platform: out of services\.web")
def an_image_is_for_another_machine(playground: Playground) -> Iterator[None]:
    other = "amd64" if platform.machine() in ("arm64", "aarch64") else "arm64"
    service(playground, f"image: {FINE}, platform: linux/{other}")
    yield


@fault(r"network \S+-elsewhere", "problem", r"docker network create \S+-elsewhere")
def an_external_network_does_not_exist(playground: Playground) -> Iterator[None]:
    name = f"{playground.name}-elsewhere"
    network = f"networks: {{out: {{name: {name}, external: true}}}}\n"
    service(playground, f"image: {FINE}, networks: [out]", network)
    yield


@fault(r"volume \S+-precious", "problem", r"docker volume create \S+-precious")
def an_external_volume_does_not_exist(playground: Playground) -> Iterator[None]:
    name = f"{playground.name}-precious"
    volume = f"volumes: {{data: {{name: {name}, external: true}}}}\n"
    service(playground, f"image: {FINE}, volumes: ['data:/data']", volume)
    yield


@fault(r"port \d+", "warning", r"envctl up takes another and names it; end \S+ \(process \d+\)")
def a_port_is_taken_by_a_program(playground: Playground) -> Iterator[None]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        service(playground, f"image: {FINE}, ports: ['{listener.getsockname()[1]}:80']")
        yield


@fault(r"port 203\.0\.113\.7:\d+", "problem", r"write an address of this host")
def a_port_has_the_address_of_another_host(playground: Playground) -> Iterator[None]:
    service(playground, f"image: {FINE}, ports: ['203.0.113.7:8080:80']")
    yield


@fault(r"port \d+", "problem", r"give each its own host port")
def a_port_is_published_twice(playground: Playground) -> Iterator[None]:
    port = free_port()
    body = f"image: {FINE}, {CHECK}, ports: ['{port}:80']"
    playground.write("compose.yaml", f"services:\n  a: {{{body}}}\n  b: {{{body}}}\n")
    yield


@fault(r"registry localhost:\d+", "problem", r"start the registry at localhost:\d+")
def the_registry_refuses_connections(playground: Playground) -> Iterator[None]:
    service(playground, f"image: 'localhost:{free_port()}/shop/api:1'")
    yield


@fault(r"registry registry\.invalid", "problem", r"mend the host in image: if it is misspelt")
def the_registry_has_no_such_name(playground: Playground) -> Iterator[None]:
    service(playground, "image: 'registry.invalid/shop/api:1'")
    yield


@fault(r"registry localhost:\d+", "problem", r"switch on the VPN or open the firewall")
def the_registry_never_answers(playground: Playground) -> Iterator[None]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        service(playground, f"image: 'localhost:{listener.getsockname()[1]}/shop/api:1'")
        yield


@fault(r"registry localhost:\d+", "problem", r"docker login localhost:\d+")
def the_registry_wants_credentials(playground: Playground) -> Iterator[None]:
    with _registry({}) as host:
        service(playground, f"image: '{host}/shop/api:1'")
        yield


@fault(r"registry localhost:\d+", "problem", r"mend the name or tag in image:, or push it")
def the_registry_does_not_have_the_image(playground: Playground) -> Iterator[None]:
    with _registry({"/v2/": 200}) as host:
        service(playground, f"image: '{host}/shop/api:1'")
        yield


@contextmanager
def _registry(paths: dict[str, int]) -> Iterator[str]:
    """A registry that answers 401 where nothing else is said, and 404 below what it answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(paths.get(self.path, 404 if paths else 401))
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the base class's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
