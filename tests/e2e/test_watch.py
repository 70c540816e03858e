"""`envctl watch`: each action of a rule does what the Compose specification says of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.watching import SYNC, Builds, has, project, read, started, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]


def test_a_saved_file_is_in_the_container_which_does_not_notice(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended) as watch:
        before, began = playground.ids(), started(playground, "web")
        playground.write("web/page", "two")
        has(playground, "web", "/srv/page", "two")
        playground.write("web/deep/er/new", "new")
        has(playground, "web", "/srv/deep/er/new", "new")
        (playground.folder / "web/page").unlink()
        has(playground, "web", "/srv/page", None)
        assert (playground.ids(), started(playground, "web")) == (before, began)
        watch.says("synced web: /srv/page, ")


def test_what_was_saved_while_it_came_up_is_there(
    playground: Playground, ended: Ended, tmp_path: Path
) -> None:
    project(playground, web=SYNC)
    builds = Builds(tmp_path)
    builds.hold("after")
    playground.environment |= builds.environment
    with watching(playground, ended, wait=False) as watch:
        watch.says("naming to ")
        playground.write("web/page", "two")
        builds.go_on()
        has(playground, "web", "/srv/page", "two")
        watch.says("synced web: /srv/page, ")


def test_a_rebuild_replaces_the_container_of_its_service_alone(
    playground: Playground, ended: Ended
) -> None:
    rebuild = "- {action: rebuild, path: ./%s}"
    project(playground, web=rebuild % "web", other=rebuild % "other")
    with watching(playground, ended) as watch:
        before = playground.ids()
        playground.write("web/page", "two")
        has(playground, "web", "/srv/page", "two")
        watch.says("ready web: ", times=2)  # what is interrupted before has yet to be compared
        after = playground.ids()
        assert {name for name in after if after[name] != before[name]} == {"web"}
    assert playground.up().stderr == "note: nothing to do\n"


def test_a_restart_starts_the_container_again_and_brings_nothing(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web="- {action: restart, path: ./web}")
    with watching(playground, ended) as watch:
        before, began = playground.ids(), started(playground, "web")
        playground.write("web/page", "two")
        eventually(lambda: started(playground, "web") != began, "a restart")
        watch.says("web: restarted, ")
        assert playground.ids() == before
        assert read(playground.container("web"), "/srv/page") == "one"


def test_what_is_brought_is_there_before_the_restart(playground: Playground, ended: Ended) -> None:
    project(playground, web="- {action: sync+restart, path: ./web, target: /srv}")
    playground.write(
        "web/Dockerfile",
        """\
        FROM busybox:1.35
        COPY . /srv/
        CMD ["sh", "-c", "cp /srv/page /srv/started-with; exec sleep 3600"]
        """,
    )
    with watching(playground, ended) as watch:
        for text in ("two", "three"):
            began = started(playground, "web")
            playground.write("web/page", text)
            eventually(lambda: started(playground, "web") != began, "a restart")  # noqa: B023 - called here
            has(playground, "web", "/srv/started-with", text)
        watch.says("web: restarted, ", times=2)


def test_a_command_runs_in_the_container_after_what_it_needs_is_there(
    playground: Playground, ended: Ended
) -> None:
    project(
        playground,
        web="""\
        - action: sync+exec
          path: ./web
          target: /srv
          exec:
            command: sh -c 'echo "$$(cat /srv/page) $$WORD $$(id -u) $$PWD" >>/tmp/ran'
            user: nobody
            working_dir: /var
            environment: {WORD: hello}
        """,
    )
    with watching(playground, ended) as watch:
        began = started(playground, "web")
        playground.write("web/page", "two")
        has(playground, "web", "/tmp/ran", "two hello 65534 /var\n")  # noqa: S108 - the container's
        watch.says("web: sh -c", "has run")
        assert started(playground, "web") == began


def test_a_command_that_fails_is_said_and_the_watch_goes_on(
    playground: Playground, ended: Ended
) -> None:
    project(
        playground,
        web="""\
        - action: sync+exec
          path: ./web
          target: /srv
          exec: {command: [sh, -c, "echo no luck; exit 7"]}
        """,
    )
    with watching(playground, ended) as watch:
        for number, text in enumerate(("two", "three"), 1):
            playground.write("web/page", text)
            has(playground, "web", "/srv/page", text)
            watch.says("ended with exit code 7: no luck", times=number)


def test_services_that_depend_on_one_that_is_restarted_follow_where_they_say_so(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web="- {action: restart, path: ./web}")
    with (playground.folder / "compose.yaml").open("a") as file:
        for name, follows in (("follower", "true"), ("stayer", "false")):
            file.write(f"""\
  {name}:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sleep, "3600"]
    depends_on: {{web: {{condition: service_started, restart: {follows}}}}}
""")
    with watching(playground, ended):
        before = {name: started(playground, name) for name in ("web", "follower", "stayer")}
        playground.write("web/page", "two")
        for name in ("web", "follower"):
            eventually(lambda: started(playground, name) != before[name], name)  # noqa: B023 - called here
        assert started(playground, "stayer") == before["stayer"]


def test_what_is_brought_belongs_to_the_user_of_the_container(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web=SYNC, other="- {action: sync, path: ./web, target: /srv}")
    playground.write("web/Dockerfile", "FROM busybox:1.35\nUSER 1000:1001\nCMD sleep 3600\n")
    with watching(playground, ended):
        page = playground.write("web/page", "two")
        os.chown(page, 1234, 2345)
        page.chmod(0o640)
        stat = ["stat", "-c", "%u:%g %a", "/srv/page"]
        for service, expected in (("web", b"1000:1001 640\n"), ("other", b"1234:2345 640\n")):
            container = playground.container(service)
            eventually(lambda: container.exec_run(stat, user="0").output == expected, service)  # noqa: B023 - called here


def test_an_edited_container_is_replaced_by_the_next_up_which_says_why(
    playground: Playground, ended: Ended
) -> None:
    project(playground, web=SYNC, other=SYNC.replace("web", "other"))
    with watching(playground, ended):
        playground.write("web/page", "two")
        has(playground, "web", "/srv/page", "two")
        playground.write("web/page", "one")  # as in the image again
        has(playground, "web", "/srv/page", "one")
    before = playground.ids()
    plan = playground.envctl("up", "--dry-run").stdout
    assert plan == "replace web: watch has changed files in it\n"
    playground.up()
    after = playground.ids()
    assert {name for name in after if after[name] != before[name]} == {"web"}
    assert playground.container("web").diff() == playground.container("other").diff()
    assert playground.up().stderr == "note: nothing to do\n"
