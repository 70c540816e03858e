"""`envctl.testing`: environments as a context manager, on a real engine."""

from __future__ import annotations

import logging
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.errors import ConfigurationError, Refused, Unhealthy, UsageError
from envctl.testing import Environment, environment
from tests.e2e.conftest import Playground, engine
from tests.e2e.environments import Subject, snapshots_of
from tests.e2e.releasing import release
from tests.e2e.staging import Staged

pytestmark = pytest.mark.engine


@pytest.fixture
def subject(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """The same, for environments of this process."""
    for name, value in subject.playground.environment.items():
        monkeypatch.setenv(name, value)
    return subject


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def orders(env: Environment) -> str:
    return env.exec("db", "cat /data/orders").stdout.strip()


def test_two_environments_and_a_playground_have_nothing_in_common(subject: Subject) -> None:
    """Even those come first: what the Compose file fixes is the developer's."""
    folder = subject.playground.folder
    with environment(folder) as one, environment(folder) as two:
        subject.playground.up()
        names = {one.name, two.name, subject.playground.name}
        assert len(names) == 3
        assert len({one.url(), two.url(), f"http://localhost:{subject.port}"}) == 3
        for url in (one.url(), two.urls["web"], f"http://localhost:{subject.port}"):
            assert read(url) == "one"
        one.exec("db", ["sh", "-c", "echo two > /data/orders"])
        assert (orders(one), orders(two)) == ("two", "one")
        db = subject.playground.container("db")
        assert db.name == f"{subject.playground.name}-fixed"
        (mount,) = db.attrs["Mounts"]
        assert mount["Name"] == f"{subject.playground.name}-data"
    assert subject.left() == []
    assert read(f"http://localhost:{subject.port}") == "one"


def test_it_says_where_services_answer_and_runs_commands_in_them(subject: Subject) -> None:
    with environment(subject.playground.folder) as env:
        assert env.services == ("db", "web")
        assert env.url() == env.url("web") == env.urls["web"]
        assert env.urls["web"] == f"http://{env.host('web')}:{env.port('web', 80)}"
        assert env.addresses == {"web": (env.urls["web"],)}
        assert (env.get_service_host("web", 80), env.get_service_port("web", 80)) == (
            env.host("web"),
            env.port("web"),
        )
        ran = env.exec("db", ["sh", "-c", "echo out; echo err >&2; exit 3"])
        assert (ran.exit_code, ran.stdout, ran.stderr) == (3, "out\n", "err\n")
        assert env.exec_in_container(["id", "-un"], "db") == ("root\n", "", 0)
        assert env.exec("db", "id -un", user="daemon").stdout == "daemon\n"
        assert env.logs("web") == "web | web is up\n"
        assert "db | db is up\n" in env.logs()
        assert env.release == ""
        with pytest.raises(UsageError, match="does not publish port 81"):
            env.port("web", 81)
        with pytest.raises(UsageError, match="does not publish a port"):
            env.port("db")
        with pytest.raises(UsageError, match="no service 'api'"):
            env.exec("api", "true")
        with pytest.raises(Refused, match="db publishes no port"):
            env.url("db")


def test_data_comes_back_and_all_can_be_new(subject: Subject) -> None:
    more = "services: {mail: {image: 'busybox:1.35', init: true, command: [sleep, '3600']}}"
    subject.playground.write("compose.override.yaml", more)
    with environment(subject.playground.folder) as env:
        web, mail = container_of(env, "web"), container_of(env, "mail")
        env.snapshot("fresh")
        env.exec("db", ["sh", "-c", "echo two > /data/orders"])
        env.snapshot("two")
        env.restore("fresh")
        assert orders(env) == "one"
        assert container_of(env, "web") != web, "it needs the db, and remembers"
        assert container_of(env, "mail") == mail
        env.restore("two")
        assert orders(env) == "two"
        env.reset()
        assert orders(env) == "one"
        assert container_of(env, "mail") != mail
        env.reset(to="two")
        assert orders(env) == "two"
        with pytest.raises(UsageError, match="there is no snapshot 'three'"):
            env.restore("three")
    assert snapshots_of(subject.playground) == []


def test_a_snapshot_of_the_project_can_be_restored_and_stays(subject: Subject) -> None:
    subject.playground.up()
    subject.playground.envctl("exec", "db", "sh", "-c", "echo kept > /data/orders")
    subject.playground.envctl("snapshot", "save", "kept")
    with environment(subject.playground.folder) as env:
        env.restore("kept")
        assert orders(env) == "kept"
        env.snapshot("kept")
    assert snapshots_of(subject.playground) == ["kept"]


def test_what_was_stopped_runs_again(subject: Subject) -> None:
    with environment(subject.playground.folder) as env:
        engine().containers.get(container_of(env, "web")).kill()
        assert not env.is_well
        with pytest.raises(Refused, match="web does not run"):
            env.exec("web", "true")
        env.up()
        assert env.is_well
        assert read(env.url()) == "one"


def test_only_what_is_asked_for_starts_and_starts_again(subject: Subject) -> None:
    with environment(subject.playground.folder, services=["db"], label="only-db") as env:
        assert env.name.endswith("-only-db")
        env.reset()
        assert env.services == ("db",)
        assert not containers_of(env, "web")


def test_one_that_cannot_start_leaves_nothing_unless_it_is_to_be_kept(subject: Subject) -> None:
    compose = subject.playground.folder / "compose.yaml"
    compose.write_text(compose.read_text().replace("exec httpd", "exit 3; exec httpd"))
    subject.playground.write("web/Dockerfile", "FROM busybox:1.35\nCMD [sh, -c, 'exit 3']\n")
    with pytest.raises(Unhealthy, match="web"), environment(subject.playground.folder):
        raise AssertionError("it never begins")
    assert subject.left() == []
    broken = environment(subject.playground.folder, keep="failed")
    with pytest.raises(Unhealthy), broken:
        raise AssertionError("it never begins")
    assert broken.kept
    assert subject.environments() == [broken.name]
    answer = subject.playground.envctl("--name", broken.name, "down", "--volumes")
    assert answer.code == 0, answer.stderr
    assert subject.environments() == []


@pytest.mark.parametrize(("keep", "stays"), [("never", False), ("failed", True), ("always", True)])
def test_an_error_in_the_block_decides_with_the_option(
    subject: Subject, keep: str, stays: bool
) -> None:
    env = environment(subject.playground.folder, services=["db"], keep=keep)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError), env:
        _ = 1 / 0
    assert subject.environments() == ([env.name] if stays else [])
    assert env.kept is stays
    assert snapshots_of(subject.playground) == []


def test_a_name_that_something_has_is_refused(subject: Subject) -> None:
    subject.playground.up("db")
    env = environment(subject.playground.folder, name=subject.playground.name)
    with pytest.raises(Refused, match=f"there is a playground {subject.playground.name} already"):
        env.start()
    assert subject.playground.container("db").status == "running"
    with pytest.raises(UsageError, match="'A B' cannot be a playground's name"):
        environment(subject.playground.folder, name="A B").start()


def test_a_folder_without_a_project_is_a_mistake_in_the_configuration(
    subject: Subject, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=r"no envctl\.toml and no Compose file"):
        environment(tmp_path / "empty").start()
    with pytest.raises(UsageError, match="is not a folder"):
        environment(tmp_path / "none").start()


def test_settings_come_from_a_file(subject: Subject) -> None:
    subject.playground.write("env.test", "WORD=tested\n")
    subject.playground.write(
        "compose.override.yaml", "services: {db: {environment: {WORD: '${WORD:-none}'}}}\n"
    )
    with environment(subject.playground.folder, services=["db"], env_files=["env.test"]) as env:
        assert env.exec("db", ["sh", "-c", "echo $WORD"]).stdout == "tested\n"
    with pytest.raises(UsageError, match=r"there is no file .*/env\.none"):
        environment(subject.playground.folder, env_files=["env.none"]).start()


def test_what_happens_is_logged(subject: Subject, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "envctl.testing"), environment(subject.playground.folder):
        pass
    assert "build web: never built here" in caplog.messages
    assert "create db: no container" in caplog.messages


@pytest.fixture
def here(releasable: Playground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playground]:
    """A project that can be released, and environments of this process of it."""
    for name, value in releasable.environment.items():
        monkeypatch.setenv(name, value)
    yield releasable
    assert Subject(releasable, 0).left() == []


def test_a_release_runs_anywhere_and_nothing_is_built(
    here: Playground, memory_registry: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = release(here, "--version", "1.0")
    where = f"{here.folder.joinpath('envctl.toml').read_text().split(chr(34))[3]}/{here.name}"
    (tmp_path / "empty").mkdir()
    with environment(tmp_path / "empty", from_=f"{where}:1.0") as env:
        assert env.release == "1.0"
        assert env.exec("api", "cat /page").stdout == f"api of {here.name}"
        digest = engine().containers.get(container_of(env, "api")).attrs["Config"]["Image"]
        assert "@sha256:" in digest
        assert made["version"] == "1.0"
        env.snapshot("fresh")
        env.exec("db", "touch /data/x")
        env.restore("fresh")
        assert env.exec("db", "ls /data").stdout == ""
        env.reset()
        assert env.is_well
    assert not [line for line in caplog.messages if line.startswith("build")]


def test_one_service_is_from_the_checkout_the_rest_as_released(here: Playground) -> None:
    release(here, "--version", "1.0")
    here.write("web/page", "changed")
    here.write("api/page", "changed")
    with environment(here.folder, from_="1.0", own=["web"]) as env:
        assert env.exec("web", "cat /page").stdout == "changed"
        assert env.exec("api", "cat /page").stdout == f"api of {here.name}"


def test_what_a_stage_runs_is_there_beside_it(
    lean: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lean.playground.environment.items():
        monkeypatch.setenv(name, value)
    lean.serve("1.0")
    with environment(lean.playground.folder, from_="integration") as env:
        assert env.release == "1.0"
        assert read(env.url()) == "1.0\n"
        assert env.port("web") != lean.ports["integration"]
    assert lean.runs() == "1.0"


def containers_of(env: Environment, service: str) -> list[str]:
    labels = [f"com.docker.compose.project={env.name}", f"com.docker.compose.service={service}"]
    return [str(c.id) for c in engine().containers.list(all=True, filters={"label": labels})]


def container_of(env: Environment, service: str) -> str:
    (found,) = containers_of(env, service)
    return found


def test_the_package_says_its_types(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "from envctl.testing import environment\n"
        "with environment(from_='integration') as env:\n"
        "    code: int = env.exec('db', 'true').exit_code\n"
        "    url: str = env.urls['web']\n"
    )
    words = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "use.py"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
