"""Several playgrounds of one project, and several commands on one playground, at once."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.wiring.project_files import Choices, ProjectFiles
from tests.e2e.conftest import (
    Playground,
    _remove,
    engine,
    free_port,
    page,
    remove_images,
)

COUNT = 5
# all that only one playground can have; the web says what the database has
FIXED = """\
name: {name}
services:
  db:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    container_name: {name}-the-db
    command: [sh, -c, "hostname -i > /data/who; exec httpd -f -p 5432 -h /data"]
    volumes: [data:/data]
    networks: {{back: {{ipv4_address: 10.{net}.10}}}}
    healthcheck: &check
      test: [CMD, wget, -qO, /dev/null, "http://127.0.0.1:5432/who"]
      interval: 1s
      start_period: 20s
      start_interval: 100ms
  web:
    build: web
    image: {name}-page
    init: true
    stop_grace_period: 0s
    environment: {{DB: "http://10.{net}.10:5432/who"}}
    ports: ["127.0.0.1:{port}:80"]
    depends_on: {{db: {{condition: service_healthy}}}}
    networks: [back]
    healthcheck:
      <<: *check
      test: [CMD, wget, -qO, /dev/null, "http://127.0.0.1/db"]
networks:
  back: {{name: {name}-net, ipam: {{config: [{{subnet: 10.{net}.0/24, gateway: 10.{net}.1}}]}}}}
volumes:
  data: {{name: {name}-data}}
"""
WEB = """\
FROM busybox:1.35
COPY page /www/index.html
COPY start /start
CMD ["sh", "/start"]
"""

pytestmark = pytest.mark.engine

START = """\
wget -qO /www/name http://NAME-the-db:5432/who &&
wget -qO /www/db $DB &&
exec httpd -f -p 80 -h /www
"""


def test_two_ups_of_one_playground_do_not_trip_over_each_other(
    tiny: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    ended += [tiny.start("up"), tiny.start("up")]
    said = [process.communicate() for process in ended]
    assert [process.returncode for process in ended] == [0, 0], said
    assert page(tiny) == "one"
    assert len(tiny.containers()) == 3
    talk = [err for _, err in said]
    waited = [err for err in talk if "note: another envctl works on this playground" in err]
    # whoever came second found the work done
    assert all("note: nothing to do" in err for err in waited)
    assert sum("create web" in err for err in talk) == 1


def test_a_down_waits_for_an_up(tiny: Playground, ended: list[subprocess.Popen[str]]) -> None:
    ended.append(tiny.start("up"))
    assert ended[0].stderr
    assert ended[0].stderr.readline()
    ended.append(tiny.start("down"))
    for process in ended:
        process.communicate()
    assert [process.returncode for process in ended] == [0, 0]
    assert tiny.containers() == []


def test_a_state_folder_that_cannot_be_written_is_no_obstacle(
    tiny: Playground, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    tiny.environment["XDG_STATE_HOME"] = str(tmp_path / "file")
    answer = tiny.up()
    assert "note: cannot keep notes in" in answer.stderr
    assert page(tiny) == "one"


@pytest.fixture
def worktrees(playground: Playground) -> Iterator[list[Worktree]]:
    """One repository with an unmodified Compose file in five worktrees, nothing up."""
    main, port = playground.folder, free_port()
    name, net = playground.name, f"{port % 100 + 20}.{port % 251}"
    playground.write("compose.yaml", FIXED.format(name=name, port=port, net=net))
    playground.write("web/Dockerfile", WEB)
    playground.write("web/start", START.replace("NAME", name))
    playground.write("web/page", "one")
    git(main, "init", "--quiet")
    git(main, "add", ".")
    git(main, "commit", "--quiet", "-m", "one")
    trees = [Worktree(main, name, playground.environment | {"PORT": str(port)})]
    for number in range(1, COUNT):
        git(main, "worktree", "add", "--quiet", f"../tree{number}")
        tree = main.parent / f"tree{number}"
        (tree / "web" / "page").write_text(f"page of {number}")
        trees.append(Worktree(tree, f"{name}-tree{number}", playground.environment))
    yield trees
    for one in trees:
        _remove(one.name)
    remove_images(f"{name}-page")


class Worktree(Playground):
    """A playground that nobody gave a name."""

    def words(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "envctl", *arguments]

    def answers(self) -> dict[str, str]:
        """Return what its web says, at the address that `ps` names."""
        rows = json.loads(self.envctl("ps", "--json").stdout)
        (url,) = next(row["addresses"] for row in rows if row["service"] == "web")
        return {path: read(f"{url}/{path}") for path in ("", "name", "db")} | {"url": url}


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode()).strip()


def git(folder: Path, *words: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True)


def test_five_worktrees_with_all_fixed_are_up_together(
    worktrees: list[Worktree], ended: list[subprocess.Popen[str]]
) -> None:
    ended += [tree.start("up") for tree in worktrees]
    said = [process.communicate() for process in ended]
    assert [process.returncode for process in ended] == [0] * COUNT, said

    answers = [tree.answers() for tree in worktrees]
    # each page is its own build, and each web reached the database beside it, by name and address
    assert [a[""] for a in answers] == ["one", *(f"page of {n}" for n in range(1, COUNT))]
    for tree, answer in zip(worktrees, answers, strict=True):
        networks = tree.container("db").attrs["NetworkSettings"]["Networks"]
        (address,) = (network["IPAddress"] for network in networks.values())
        assert answer["name"] == answer["db"] == address
    assert len({a["db"] for a in answers}) == COUNT
    assert len({a["url"] for a in answers}) == COUNT
    fixed = f"http://localhost:{worktrees[0].environment['PORT']}"
    assert sum(a["url"] == fixed for a in answers) == 1
    for (_, talk), answer in zip(said, answers, strict=True):
        port = answer["url"].rpartition(":")[2]
        named = re.search(
            r"note: port \d+ of web is taken by playground \S+: it answers on (\d+) here", talk
        )
        assert (named[1] if named else worktrees[0].environment["PORT"]) == port

    before = [tree.ids() for tree in worktrees]
    assert all("note: nothing to do" in tree.up().stderr for tree in worktrees)
    assert [tree.ids() for tree in worktrees] == before

    # the other way round, and after a removal: everything answers where it did
    for tree in worktrees:
        tree.envctl("down")
    for tree in reversed(worktrees):
        tree.up()
    assert [tree.answers()["url"] for tree in worktrees] == [a["url"] for a in answers]

    for tree in worktrees:
        assert tree.envctl("down", "--volumes").code == 0
    name, api = worktrees[0].name, engine()
    left = api.api.containers(all=True)
    assert [row["Names"] for row in left if row["Names"][0].startswith(f"/{name}")] == []
    assert [n.name for n in api.networks.list() if str(n.name).startswith(name)] == []
    assert [v.name for v in api.volumes.list() if str(v.name).startswith(name)] == []
    state = Path(worktrees[0].environment["XDG_STATE_HOME"])
    assert [f for f in (state / "envctl" / "playgrounds").iterdir() if name in f.name] == []


def test_a_port_that_a_program_holds_moves_and_stays_there(tiny: Playground) -> None:
    with socket.socket() as program:
        program.bind(("127.0.0.1", 0))
        program.listen()
        port = program.getsockname()[1]
        tiny.environment["WEB_PORT"] = str(port)
        dry = tiny.envctl("up", "--dry-run")
        answer = tiny.up()
        (moved,) = re.findall(
            rf"note: port {port} of web is taken by another program: it answers on (\d+) here",
            answer.stderr,
        )
        assert f"answers on {moved} here" in dry.stderr
        tiny.environment["WEB_PORT"] = moved
        assert page(tiny) == "one"
        tiny.environment["WEB_PORT"] = str(port)
    # the port is free again, and this playground is known by the other
    assert f"note: port {port} of web is {moved} here" in tiny.up().stderr
    tiny.envctl("down")
    tiny.up()
    published = json.loads(tiny.envctl("ps", "--json").stdout)
    assert f"http://localhost:{moved}" in [a for row in published for a in row["addresses"]]
    tiny.envctl("down", "--volumes")
    assert f"http://localhost:{port}" in tiny.up().stdout


def test_a_stopped_service_whose_port_was_taken_meanwhile_moves(tiny: Playground) -> None:
    tiny.up()
    before = tiny.ids()
    tiny.container("web").stop()
    with socket.socket() as program:
        program.bind(("0.0.0.0", int(tiny.environment["WEB_PORT"])))
        program.listen()
        assert "is taken by another program" in tiny.up().stderr
    after = tiny.ids()
    assert {name for name in after if after[name] != before[name]} == {"web"}


def test_what_does_not_move_is_not_replaced(tiny: Playground) -> None:
    """The file that Compose is given then means the same for all others."""
    tiny.write(
        "compose.override.yaml",
        """\
        services:
          db:
            env_file: [db.env]
            environment: {PRICE: "5$$"}
            secrets: [key]
            configs: [{source: hello, target: /hello}]
            volumes: ["./web:/web:ro"]
        secrets: {key: {environment: KEY}}
        configs: {hello: {content: "price: 5$$ ${WORD}"}}
        """,
    )
    tiny.write(".env", "KEY=very secret\nWORD=net\n")
    tiny.write("db.env", "TEXT='a b $$ c'\n")
    tiny.up()
    before = tiny.ids()
    with socket.socket() as program:
        program.bind(("127.0.0.1", 0))
        program.listen()
        tiny.environment["WEB_PORT"] = str(program.getsockname()[1])
        tiny.up()
        after = tiny.ids()
        assert {name for name in after if after[name] != before[name]} == {"web"}
        tiny.container("db").remove(force=True)
        tiny.up()
    look = "echo $PRICE; echo $TEXT; cat /run/secrets/key /hello; echo; cat /web/page"
    said = tiny.container("db").exec_run(["sh", "-c", look]).output
    assert isinstance(said, bytes)
    assert said.decode().split("\n") == ["5$", "a b $$ c", "very secretprice: 5$ net", "one"]
    (file,) = Path(tiny.environment["XDG_STATE_HOME"]).glob("envctl/playgrounds/*.yaml")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_second_clone_gets_a_name_of_its_own(worktrees: list[Worktree]) -> None:
    """Even where the first one was started by Compose alone."""
    first = worktrees[0]
    clone = Worktree(first.folder.parent / "clone", "", first.environment)
    shutil.copytree(first.folder, clone.folder)
    assert name_of(clone) == first.name
    words = ["docker", "compose", "up", "--detach", "--build", "db"]
    subprocess.run(words, cwd=first.folder, check=True, capture_output=True)
    assert re.fullmatch(rf"{first.name}-[0-9a-f]{{4}}", name_of(clone))
    assert name_of(first) == first.name
    _remove(first.name)


def name_of(tree: Worktree) -> str:
    return str(json.loads(tree.envctl("config", "--json").stdout)["name"])


def test_a_worktree_shares_the_snapshots_of_the_main_checkout(tmp_path: Path) -> None:
    """Without any name said, Compose calls both after their folders."""
    main, tree = tmp_path / "shop", tmp_path / "feature"
    main.mkdir()
    (main / "compose.yaml").write_text("services: {a: {image: a}}")
    git = ["git", "-C", str(main), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tree)], check=True, capture_output=True)
    names = [ProjectFiles(Choices(f), lambda _: None).project_name() for f in (main, tree)]
    assert names == ["shop", "shop"]
