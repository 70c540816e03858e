"""A deploy that is rehearsed: what it finds, what it leaves, and what it does not touch."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from envctl.adapters.engine_http import EngineHttp
from envctl.domain.deployment import PROJECT, ROLE, STAGE
from envctl.wiring.edge import edge
from tests.e2e.conftest import eventually, free_port, new_playground, remove_images
from tests.e2e.image_names import image_tags
from tests.e2e.staging import Staged, clean_stages
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

COMPOSE = """\
x-service: &service
  build: app
  init: true
  stop_grace_period: 0s
  volumes: [data:/data]
services:
  web:
    <<: *service
    command: [/app/web]
    ports: ["${WEB_PORT:-8000}:8000"]
    environment: {GREETING: "${GREETING:?}"}
    depends_on:
      migrate: {condition: service_completed_successfully}
    healthcheck:
      test: [CMD, /app/healthy]
      interval: 1s
      timeout: 2s
      retries: 3
      start_period: 60s
      start_interval: 200ms
  migrate:
    <<: *service
    command: [/app/migrate]
    restart: "no"
volumes: {data: {}}
x-envctl: {development: {GREETING: hello}}
"""
WEB = "#!/bin/sh\nexec httpd -f -p 8000 -h /app/api\n"
HEALTHY = "#!/bin/sh\nwget -qO /dev/null http://127.0.0.1:8000/alive\n"
PAGE = """\
#!/bin/sh
if [ -e /data/{column} ]
then printf 'Status: 200 OK\\r\\n\\r\\n%s %s\\n' "$GREETING" "$(cat /data/{column})"
else printf 'Status: 500 Internal Server Error\\r\\n\\r\\nno such column\\n'
fi
"""
SIXTH = """\
#!/bin/sh
printf x >>/tmp/asked
if [ $(( $(wc -c </tmp/asked) % 6 )) -eq 0 ]
then printf 'Status: 503 Service Unavailable\\r\\n\\r\\nbusy\\n'
else printf 'Status: 200 OK\\r\\n\\r\\nhello\\n'
fi
"""
MIGRATE = "#!/bin/sh\n[ -e /data/name ] || echo nobody >/data/name\n"
RENAMES = "#!/bin/sh\nmv /data/name /data/full_name\n"
GREETS = ("sh", "-c", 'wget -qO - "$ENVCTL_URL" | grep hello')
INDEX = "api/cgi-bin/index.cgi"


@dataclass
class Rehearsing:
    """A project whose integration runs 1.0, and its registry."""

    staged: Staged
    registry: FakeRegistry

    def release(self, version: str, **files: str) -> None:
        """Make a release; `page` is what answers."""
        said = {"page": PAGE.format(column="name"), "migrate": MIGRATE, **files}
        page = said.pop("page")
        more = {"web": WEB, "healthy": HEALTHY, "api/alive": "yes", INDEX: page}
        self.staged.release(version, **{**more, **said})

    def rehearse(self, *words: str, code: int = 0) -> Any:
        """Rehearse for integration; returns the report."""
        answer = self.staged.run("rehearse", "integration", "--json", *words)
        assert answer.code == code, answer.stderr
        return json.loads(answer.stdout)

    def left(self) -> list[str]:
        """Return what there is of the rehearsal's stage here; a lock that is let go goes itself."""
        http, key = EngineHttp(), f"{self.staged.name}-rehearsal-integration"
        own = {"label": [f"{PROJECT}={self.staged.name}", f"{STAGE}=rehearsal-integration"]}
        rows = http.get_json("/containers/json", all=True, filters=own)
        found = [row["Names"][0] for row in rows if row["Labels"][ROLE] != "lock"]
        networks = http.get_json("/networks")
        volumes = http.get_json("/volumes")["Volumes"] or []
        found += [row["Name"] for row in (*networks, *volumes) if row["Name"].startswith(key)]
        found += [tag for tag in image_tags(http) if tag.startswith(f"{key}/")]
        return found + [one.stage for one in edge(http).stages() if one.stage == key]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsing]:
    """A project that integration runs in version 1.0, with settings that only the stage has."""
    with ExitStack() as held:
        registry = held.enter_context(FakeRegistry())
        held.callback(remove_images, f"{registry.address}/")
        playground = held.enter_context(new_playground(tmp_path_factory.mktemp("rehearse")))
        held.callback(clean_stages, lambda name: name == playground.name)
        port = free_port()
        ports = {"integration": port, "production": free_port()}
        staged = Staged(playground, ports, compose=COMPOSE, min_healthy="1s")
        playground.write(".env", "GREETING=mine\n")
        staged.write(registry.address, production='after = "integration"')
        settings = playground.folder / "integration.env"
        settings.write_text(settings.read_text() + "GREETING=real\n")
        made = Rehearsing(staged, registry)
        made.release("1.0")
        staged.promote("1.0")
        staged.deploy()
        yield made


def test_a_good_release_is_found_good_and_nothing_is_written_or_left(shop: Rehearsing) -> None:
    shop.release("2.0", note="two")
    running, sent = shop.staged.running(), len(shop.registry.requests)
    found = shop.rehearse("--release", "2.0", "--", *GREETS)
    assert found["good"]
    assert [part["part"] for part in found["parts"]] == [
        "before", "deploy", "after", "back", "again",
    ]  # fmt: skip
    assert all(part["requests"] and not part["failed"] for part in found["parts"])
    asked = {words.partition(" ")[0] for words in shop.registry.requests[sent:]}
    assert asked <= {"GET", "HEAD"}
    assert shop.left() == []
    assert shop.staged.running() == running, "the stage itself is not touched"


def test_a_migration_that_cannot_be_rolled_back_is_found_on_real_data(shop: Rehearsing) -> None:
    playground = shop.staged.playground
    playground.environment["WEB_PORT"] = str(free_port())
    playground.up()
    playground.envctl("exec", "-T", "web", "sh", "-c", "echo Ada >/data/name")
    assert playground.envctl("snapshot", "save", "ada").code == 0
    playground.envctl("down", "--volumes")
    shop.release("3.0", page=PAGE.format(column="full_name"), migrate=RENAMES)
    words = ("--release", "3.0", "--snapshot", "ada", "--", "sh", "-c")
    found = shop.rehearse(*words, 'wget -qO - "$ENVCTL_URL" | grep "hello Ada"', code=1)
    parts = {part["part"]: part for part in found["parts"]}
    assert [parts[name]["passed"] for name in ("before", "after", "again")] == [True, True, False]
    assert parts["again"]["troubles"] == {"web: status 500": parts["again"]["requests"]}
    assert "did not survive: after 3.0, 1.0 fails" in found["verdict"][-1]
    assert shop.left() == []


def test_a_release_that_drops_requests_is_found(shop: Rehearsing) -> None:
    shop.release("4.0", page=SIXTH)
    found = shop.rehearse("--release", "4.0", "--", *GREETS, code=1)
    parts = {part["part"]: part for part in found["parts"]}
    assert parts["after"]["troubles"].keys() == {"web: status 503"}
    assert not parts["before"]["failed"]
    assert not parts["again"]["failed"]
    assert found["verdict"][-1].startswith("way back: survived")


def test_a_release_that_does_not_come_up_is_found_and_leaves_nothing(shop: Rehearsing) -> None:
    shop.release("5.0", web="#!/bin/sh\nexit 3\n")
    found = shop.rehearse("--release", "5.0", "--timeout", "20", "--", *GREETS, code=1)
    assert found["deploy"]["why"]
    assert [part["part"] for part in found["parts"]] == ["before", "deploy", "again"]
    assert not any(part["failed"] for part in found["parts"])
    assert shop.left() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("integration", "--release", "1.0"), "integration runs 1.0 already"),
        (("production",), "production runs nothing yet"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(
    shop: Rehearsing, words: tuple[str, ...], said: str
) -> None:
    answer = shop.staged.run("rehearse", *words, "--", "true")
    assert answer.code == 5, answer.stderr
    assert said in answer.stderr


def started(
    shop: Rehearsing, version: str, ended: list[subprocess.Popen[str]]
) -> subprocess.Popen[str]:
    """Return a rehearsal of a new release that has come to its command, which does not end."""
    shop.release(version, note=version)
    mark = shop.staged.playground.folder / "begun"
    mark.unlink(missing_ok=True)
    waits = "touch begun; while [ -e begun ]; do sleep 0.1; done"
    words = ("--release", version, "--", "sh", "-c", waits)
    process = shop.staged.playground.start("rehearse", "integration", *words)
    ended.append(process)
    eventually(lambda: mark.exists() or process.poll() is not None, "the command")
    return process


def test_one_that_is_interrupted_leaves_nothing(
    shop: Rehearsing, ended: list[subprocess.Popen[str]]
) -> None:
    process = started(shop, "6.0", ended)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert shop.left() == []


def test_what_a_killed_one_left_is_removed_by_clean(
    shop: Rehearsing, ended: list[subprocess.Popen[str]]
) -> None:
    process = started(shop, "7.0", ended)
    locked = shop.staged.run("rehearse", "integration", "--clean")
    assert locked.code == 5, "one at a time"
    process.kill()
    (shop.staged.playground.folder / "begun").unlink()
    process.communicate()
    assert shop.left()
    answer = shop.staged.run("rehearse", "integration", "--clean", "--wait", "60")
    assert answer.code == 0, answer.stderr
    assert shop.left() == []
