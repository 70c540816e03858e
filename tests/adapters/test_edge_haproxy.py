"""The edge on a real engine: nothing that is served is interrupted, and nothing is ever half."""

from __future__ import annotations

import secrets
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from envctl.adapters.edge.haproxy import HaproxyEdge
from envctl.adapters.engine_exec import run_inside
from envctl.adapters.engine_http import EngineHttp
from envctl.domain import edge_config
from envctl.domain.edge import Mode, Route
from envctl.domain.https import HttpsFiles
from envctl.errors import CommandFailed, Failed, Refused, Unhealthy
from tests.adapters.edge_traffic import Traffic, ask, backing, echo, web
from tests.e2e.conftest import eventually

pytestmark = pytest.mark.engine
PLAIN = HttpsFiles()


@pytest.fixture
def name() -> Iterator[str]:
    name = f"envctl-test-edge-{secrets.token_hex(4)}"
    yield name
    http = EngineHttp()
    with suppress(CommandFailed):
        http.delete(f"/containers/{name}", force=True, v=True)
    http.delete(f"/volumes/{name}")


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    """A port below the ephemeral ones, which connections of other tests could have at any time."""
    while True:
        port = 20000 + secrets.randbelow(10000)
        with suppress(OSError), socket.create_server(("", port)):
            return port


@pytest.fixture
def edge(name: str) -> HaproxyEdge:
    edge = HaproxyEdge(EngineHttp(), name=name, plain_port=free_port())
    awake(edge)
    return edge


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def awake(edge: HaproxyEdge) -> None:
    """Have it run, and answer."""
    edge.ensure()
    edge.answering(())


def serve(edge: HaproxyEdge, stage: str, port: int, deployment: str, server: int) -> None:
    edge.offer(stage, (Route(port, "web", 80),), backing(deployment, server), PLAIN)
    edge.switch(stage, deployment)


def test_an_empty_edge_runs_and_there_is_one_only(edge: HaproxyEdge, name: str) -> None:
    awake(edge)
    assert edge.stages() == ()


def test_the_last_stage_can_go_and_another_one_come(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    for stage in ("shop", "blog"):
        serve(edge, stage, port, "a", servers.enter_context(web(stage)))
        assert ask(port) == (200, stage)
        edge.withdraw(stage, "a")
        assert edge.stages() == ()
        with pytest.raises(ConnectionRefusedError):
            ask(port)


def test_without_an_edge_nothing_is_served() -> None:
    assert HaproxyEdge(EngineHttp(), name="envctl-test-none").stages() == ()


def test_somebody_elses_container_is_left_alone(name: str) -> None:
    EngineHttp().post("/containers/create", {"Image": "busybox:1.35"}, name=name)
    with pytest.raises(Refused, match="that envctl did not make"):
        HaproxyEdge(EngineHttp(), name=name).ensure()


def test_no_request_fails_in_twenty_switches(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    behind = [servers.enter_context(web(name)) for name in ("a", "b")]
    serve(edge, "shop", port, "a", behind[0])
    with Traffic(port) as traffic:
        for turn in range(20):
            deployment, other = ("b", "a") if turn % 2 == 0 else ("a", "b")
            serve(edge, "shop", port, deployment, behind["ab".index(deployment)])
            edge.confirm("shop")
            assert ask(port) == (200, deployment)
            edge.withdraw("shop", other)
    assert traffic.failed == []
    assert set(traffic.answers) == {"a", "b"}
    assert len(traffic.answers) > 1000


def test_no_request_fails_while_other_ways_in_come_and_go(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    behind = [servers.enter_context(web(name)) for name in ("a", "b")]
    serve(edge, "shop", port, "a", behind[0])
    with Traffic(port) as traffic:
        for turn in range(6):
            other = free_port()
            serve(edge, "blog", other, f"b{turn}", behind[1])
            edge.confirm("blog")
            assert ask(other) == (200, "b")
            if turn % 2:
                edge.withdraw("blog", f"b{turn - 1}")
                edge.withdraw("blog", f"b{turn}")
    assert traffic.failed == []
    assert len(traffic.answers) > 300


def test_it_comes_back_with_all_that_it_served(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack
) -> None:
    serve(edge, "shop", port, "a", servers.enter_context(web("a")))
    serve(edge, "shop", port, "b", servers.enter_context(web("b")))
    known = edge.stages()
    for gone in (restart, kill, remove):
        gone(name)
        awake(edge)
        assert edge.stages() == known
        assert ask(port) == (200, "b")
        edge.confirm("shop")


def restart(name: str) -> None:
    EngineHttp().post(f"/containers/{name}/restart", t=0)


def kill(name: str) -> None:
    EngineHttp().post(f"/containers/{name}/kill")


def remove(name: str) -> None:
    EngineHttp().delete(f"/containers/{name}", force=True)


def test_a_taken_port_is_an_error_and_the_former_state_serves(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack
) -> None:
    behind = servers.enter_context(web("a"))
    serve(edge, "shop", port, "a", behind)
    known = edge.stages()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = int(other.getsockname()[1])
        with pytest.raises(Failed, match=f"port {taken}: Address already in use"):
            edge.offer("blog", (Route(taken, "web", 80),), backing("x", behind), PLAIN)
    assert edge.stages() == known
    assert ask(port) == (200, "a")
    EngineHttp().post(f"/containers/{name}/restart", t=0)
    awake(edge)
    assert ask(port) == (200, "a")


def test_a_port_that_is_taken_for_one_family_of_addresses_interrupts_nothing(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    behind = servers.enter_context(web("a"))
    serve(edge, "shop", port, "a", behind)
    route = Route(free_port(), "web", 80)
    words = f"port {route.port}: Address already in use"
    six = listening_on_six(route.port)
    with six, Traffic(port) as traffic, pytest.raises(Failed, match=words):
        edge.offer("blog", (route,), backing("x", behind), PLAIN)
    assert traffic.failed == []
    edge.offer("blog", (route,), backing("x", behind), PLAIN)


def test_where_the_new_worker_cannot_start_the_former_state_serves(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something takes the port between the look at it and HAProxy."""
    behind = servers.enter_context(web("a"))
    serve(edge, "shop", port, "a", behind)
    known = edge.stages()
    route = Route(free_port(), "web", 80)
    with listening_on_six(route.port), monkeypatch.context() as patched:
        patched.setattr(edge_config, "listeners", lambda _: frozenset())
        with pytest.raises(Failed, match="refused the change") as caught:
            edge.offer("blog", (route,), backing("x", behind), PLAIN)
    assert str(route.port) in " ".join((caught.value.message, *caught.value.details))
    for _ in range(2):
        assert (edge.stages(), ask(port)) == (known, (200, "a"))
        restart(name)
        awake(edge)
    edge.offer("blog", (route,), backing("x", behind), PLAIN)


def listening_on_six(port: int) -> socket.socket:
    other = socket.socket(socket.AF_INET6)
    other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    other.bind(("::", port))
    other.listen()
    return other


def test_an_edge_that_died_while_it_tried_something_new_starts_with_what_served(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack
) -> None:
    serve(edge, "shop", port, "a", servers.enter_context(web("a")))
    known = edge.stages()
    half = "cd /var/lib/envctl-edge && mkdir generations/99-x && cp -P current before"
    half += " && echo garbage >generations/99-x/haproxy.cfg && ln -sfn generations/99-x current"
    assert run_inside(EngineHttp(), name, ("sh", "-c", half)).code == 0
    kill(name)
    awake(edge)
    assert edge.stages() == known
    assert ask(port) == (200, "a")


def test_commands_for_several_stages_do_not_lose_each_others_changes(
    edge: HaproxyEdge, name: str, servers: ExitStack
) -> None:
    behind = servers.enter_context(web("a"))
    ports = {f"stage{number}": free_port() for number in range(4)}

    def deploy(stage: str) -> None:
        mine = HaproxyEdge(EngineHttp(), name=name, plain_port=edge._plain)
        serve(mine, stage, ports[stage], "a", behind)

    with ThreadPoolExecutor(len(ports)) as at_once:
        list(at_once.map(deploy, ports))
    assert {stage.stage: stage.active for stage in edge.stages()} == dict.fromkeys(ports, "a")
    assert {ask(port) for port in ports.values()} == {(200, "a")}


def test_a_websocket_stays_with_its_deployment(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    serve(edge, "shop", port, "a", servers.enter_context(web("a")))
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        lines = servers.enter_context(connection.makefile("rwb"))
        lines.write(UPGRADE)
        lines.flush()
        head = iter(lines.readline, b"\r\n")
        assert b" 101 " in next(head)
        assert list(head)
        assert said(lines) == "a"
        serve(edge, "shop", port, "b", servers.enter_context(web("b")))
        assert ask(port) == (200, "b")
        assert said(lines) == "a"
        assert edge.busy("shop", "a") == 1
        connection.shutdown(socket.SHUT_RDWR)
    eventually(lambda: edge.busy("shop", "a") == 0, "the end of the connection")


UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_port_for_one_address_of_the_host(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    for stage, address in (("shop", "127.0.0.1"), ("blog", "127.0.0.2")):
        route = Route(port, "web", 80, address=address)
        edge.offer(stage, (route,), backing("a", servers.enter_context(web(stage))), PLAIN)
        edge.switch(stage, "a")
        edge.confirm(stage)
        assert ask(port, at=address) == (200, stage)


def test_a_way_in_of_another_stage_is_refused(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    behind = servers.enter_context(web("a"))
    serve(edge, "shop", port, "a", behind)
    with pytest.raises(Refused, match=f"port {port} is already served for shop"):
        edge.offer("blog", (Route(port, "web", 80),), backing("x", behind), PLAIN)


def test_tcp_goes_to_the_new_deployment_and_open_connections_stay(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    route = (Route(port, "web", 80, Mode.TCP),)
    for deployment in ("a", "b"):
        behind = servers.enter_context(echo(deployment))
        assert edge.mode_of(behind) is Mode.TCP
        edge.offer("shop", route, backing(deployment, behind), PLAIN)
        edge.switch("shop", deployment)
        edge.confirm("shop")
        connection = servers.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        lines = servers.enter_context(connection.makefile("rwb"))
        if deployment == "a":
            first = lines
        assert said(lines) == deployment
    assert said(first) == "a"
    assert edge.busy("shop", "a") == 1
    edge.offer("blog", (Route(free_port(), "web", 80),), backing("x", 1), PLAIN)  # a reload
    assert said(first) == "a"
    assert edge.busy("shop", "a") == 1
    first.close()


def said(lines: object) -> str:
    lines.write(b"hello\n")  # type: ignore[attr-defined]
    lines.flush()  # type: ignore[attr-defined]
    return str(lines.readline().split()[0].decode())  # type: ignore[attr-defined]


def test_nothing_behind_a_way_in_is_unhealthy(
    edge: HaproxyEdge, port: int, servers: ExitStack
) -> None:
    nothing = free_port()
    serve(edge, "shop", port, "a", nothing)
    with pytest.raises(Unhealthy, match=f"status 503 at port {port} comes from the edge"):
        edge.confirm("shop")
    other = free_port()
    edge.offer("tcp", (Route(other, "web", 80, Mode.TCP),), backing("a", nothing), PLAIN)
    edge.switch("tcp", "a")
    with pytest.raises(Unhealthy, match=f"no connection to what is behind port {other}"):
        edge.confirm("tcp")


def test_what_speaks_http_is_found_out(edge: HaproxyEdge, servers: ExitStack) -> None:
    assert edge.mode_of(servers.enter_context(web("a"))) is Mode.HTTP
    with pytest.raises(Unhealthy, match="nothing answers"):
        edge.mode_of(free_port())


def test_a_port_whose_connections_are_closed_at_once_does_not_answer(
    edge: HaproxyEdge, servers: ExitStack
) -> None:
    speaks = servers.enter_context(web("a"))
    quiet = servers.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
    greets = servers.enter_context(taking(lambda taken: taken.sendall(b"220 hello")))
    closes = servers.enter_context(taking(lambda taken: None))
    nobody = free_port()
    asked = (speaks, quiet, greets, closes, nobody)
    assert edge.answering(asked) == {speaks, quiet, greets}


@contextmanager
def taking(do: Callable[[socket.socket], None]) -> Iterator[int]:
    """Take one connection, do something with it, and close it; as Docker's forwarding closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            taken, _ = server.accept()
            with taken:
                do(taken)

        threading.Thread(target=take, daemon=True).start()
        yield int(server.getsockname()[1])


def test_one_that_an_older_envctl_made_comes_back_with_its_engine_too(
    edge: HaproxyEdge, name: str
) -> None:
    http = EngineHttp()
    http.post(f"/containers/{name}/update", {"RestartPolicy": {"Name": "unless-stopped"}})
    edge.ensure()
    row = http.get_json(f"/containers/{name}/json")
    assert row["HostConfig"]["RestartPolicy"]["Name"] == "always"


def test_names_lead_to_their_stages(edge: HaproxyEdge, port: int, servers: ExitStack) -> None:
    for stage in ("shop", "blog"):
        behind = servers.enter_context(web(stage))
        route = Route(port, "web", 80, hosts=(f"{stage}.test",))
        edge.offer(stage, (route,), backing("a", behind), PLAIN)
        edge.switch(stage, "a")
        edge.confirm(stage)
    assert ask(port, host="shop.test") == (200, "shop")
    assert ask(port, host=f"BLOG.test:{port}") == (200, "blog")
    assert ask(port, host="nobody.test")[0] == 404
    route = Route(port, "web", 80, hosts=("shop.test",))
    with pytest.raises(Refused, match=r"shop\.test at port .* for shop"):
        edge.offer("mine", (route,), backing("a", 1), PLAIN)


def test_the_application_learns_who_asked(edge: HaproxyEdge, port: int, servers: ExitStack) -> None:
    serve(edge, "shop", port, "a", servers.enter_context(web("a")))
    headers = ask(port, "/headers", host="shop.test")[1].splitlines()
    assert "x-forwarded-for: 127.0.0.1" in headers
    assert "x-forwarded-proto: http" in headers
    assert "x-forwarded-host: shop.test" in headers


def test_certificates_from_files(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack, tmp_path: Path
) -> None:
    pem = certificate(tmp_path, "shop.test")
    route = Route(port, "web", 80, hosts=("shop.test",))
    https = HttpsFiles((("shop.pem", pem),))
    assert "PRIVATE" not in repr(https)
    for deployment in ("a", "b"):
        behind = servers.enter_context(web(deployment))
        edge.offer("shop", (route,), backing(deployment, behind), https)
        edge.switch("shop", deployment)
        edge.confirm("shop")
    words = ["curl", "-sS", "--cacert", str(tmp_path / "crt"), "--max-time", "10"]
    words += ["--resolve", f"shop.test:{port}:127.0.0.1", f"https://shop.test:{port}/headers"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout
    assert answer.splitlines()[0] == "b"
    assert "x-forwarded-proto: https" in answer
    assert ask(edge._plain, host="shop.test")[0] == 308
    EngineHttp().post(f"/containers/{name}/restart", t=0)
    awake(edge)
    edge.confirm("shop")


def certificate(folder: Path, host: str) -> bytes:
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={host}",
        "-addext",
        f"subjectAltName=DNS:{host}",
    ]
    words += ["-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    subprocess.run(words, capture_output=True, timeout=60, check=True)
    return (folder / "crt").read_bytes() + (folder / "key").read_bytes()


class Killed(BaseException):
    """The process is gone."""


class Dying(EngineHttp):
    """An engine whose caller is killed before the effect number `left`."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def _spend(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1

    def post(self, path: str, /, body: object = None, **words: object) -> object:
        self._spend()
        return super().post(path, body, **words)  # type: ignore[arg-type]

    def put(self, path: str, chunks: object, /, **words: object) -> None:
        self._spend()
        super().put(path, chunks, **words)  # type: ignore[arg-type]

    def post_stream(self, path: str, /, body: object, **words: object) -> Iterator[bytes]:
        self._spend()
        return super().post_stream(path, body, **words)  # type: ignore[arg-type]


@pytest.mark.parametrize("restarts", [False, True])
def test_killed_at_any_effect_the_old_or_the_new_is_served_and_a_repetition_ends_it(
    edge: HaproxyEdge, name: str, port: int, servers: ExitStack, restarts: bool
) -> None:
    behind = {name: servers.enter_context(web(name)) for name in ("a", "b")}
    serve(edge, "shop", port, "a", behind["a"])

    def steps(edge: HaproxyEdge, extra: int) -> tuple[Callable[[], None], ...]:
        routes = (Route(port, "web", 80), Route(extra, "web", 80))
        return (
            lambda: edge.offer("shop", routes, backing("b", behind["b"]), PLAIN),
            lambda: edge.switch("shop", "b"),
            lambda: edge.withdraw("shop", "a"),
        )

    allowed = ({"a"}, {"a", "b"}, {"b"})
    for number in range(3):
        effects = 0
        while True:
            serve(edge, "shop", port, "a", behind["a"])
            edge.withdraw("shop", "b")
            extra = free_port()
            for before in steps(edge, extra)[:number]:
                before()
            dying = HaproxyEdge(Dying(effects), name=name, plain_port=edge._plain)
            try:
                steps(dying, extra)[number]()
                break
            except Killed:
                effects += 1
            if restarts:
                restart(name)
                awake(edge)
            assert ask(port)[1] in allowed[number]
            for again in steps(edge, extra):
                again()
            edge.confirm("shop")
            assert ask(port) == ask(extra) == (200, "b")
        assert effects == 3, "archive, exec, start"
