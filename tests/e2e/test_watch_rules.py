"""Which files a watch is about, from wherever the rules come, and what it says without a watch."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.watching import DOCKERFILE, SERVICE, SYNC, has, project, read, tree, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]


def brought(playground: Playground, service: str = "web", folder: str = "/srv") -> set[str]:
    """Return the files in a folder of a container that say `new`."""
    found = tree(playground.container(service), folder)
    return {name for name, (kind, text, _) in found.items() if (kind, text) == ("file", "new")}


def save(playground: Playground, *names: str) -> None:
    """Save files of the web; the last one is the one that is to be brought."""
    for name in names:
        playground.write(f"web/{name}", "new")
    has(playground, "web", f"/srv/{names[-1]}", "new")


def test_what_is_ignored_stays_here(playground: Playground, ended: Ended) -> None:
    """By the rule, by `.dockerignore`, or since it is nobody's content."""
    rule = """\
    - action: sync
      path: ./web
      target: /srv
      ignore: [node_modules/, "*.log", "!kept.log", "deep/**/tmp"]
    """
    project(playground, web=rule)
    playground.write("web/.dockerignore", "*.bak\ncache\n")
    with watching(playground, ended):
        left = ["node_modules/a/b", "x.log", "deep/a/b/tmp/x", "x.bak", "cache/x", ".git/HEAD",
                "page~", ".page.swp", "4913"]  # fmt: skip
        taken = ["kept.log", "deep/x.log", "deep/x.bak", "deep/cache/x", "last"]
        save(playground, *left, *taken)
        assert brought(playground) == set(taken)


def test_only_what_is_included_is_brought(playground: Playground, ended: Ended) -> None:
    rule = """\
    - action: sync
      path: ./web
      target: /srv
      include: ["**/*.py", assets/]
      ignore: ["**/test_*.py"]
    """
    project(playground, web=rule)
    with watching(playground, ended):
        left = ["a.txt", "deep/a.txt", "test_a.py", "deep/test_a.py"]
        taken = ["a.py", "deep/er/a.py", "assets/a.txt", "last.py"]
        save(playground, *left, *taken)
        assert brought(playground) == set(taken)
        (playground.folder / "web/deep/er").rename(playground.folder / "web/deep/moved")
        has(playground, "web", "/srv/deep/moved/a.py", "new")
        has(playground, "web", "/srv/deep/er/a.py", None)


def test_what_is_ignored_survives_its_folder(playground: Playground, ended: Ended) -> None:
    """What was made in the container, where the disk has nothing, is not the rule's to remove."""
    project(playground, web=f"{SYNC[:-1]}, ignore: ['**/made']}}")
    playground.write("web/deep/a", "one")
    with watching(playground, ended):
        container = playground.container("web")
        script = "mkdir -p /srv/deep/made && echo kept >/srv/deep/made/in-the-container"
        assert container.exec_run(["sh", "-c", script]).exit_code == 0
        (playground.folder / "web/deep/a").unlink()
        (playground.folder / "web/deep").rmdir()
        has(playground, "web", "/srv/deep/a", None)
        assert read(container, "/srv/deep/made/in-the-container") == "kept\n"


def test_all_is_brought_at_first_where_a_rule_says_so(playground: Playground, ended: Ended) -> None:
    rule = "{action: sync, path: ./web, target: %s, initial_sync: %s}"
    project(playground, web=f"- {rule % ('/first', 'true')}\n- {rule % ('/later', 'false')}")
    for name in ("old", "deep/old", "old.bak"):
        playground.write(f"web/{name}", "new")
    playground.write("web/.dockerignore", "*.bak")
    with watching(playground, ended):
        has(playground, "web", "/first/deep/old", "new")
        has(playground, "web", "/first/old", "new")
        playground.write("web/new", "new")
        has(playground, "web", "/later/new", "new")
        has(playground, "web", "/first/new", "new")
        assert brought(playground, folder="/later") == {"new"}
        assert brought(playground, folder="/first") == {"old", "deep/old", "new"}


def test_a_rule_may_be_about_a_single_file(playground: Playground, ended: Ended) -> None:
    rules = """\
    - {action: sync, path: ./web/one, target: /etc/one.conf}
    - {action: sync, path: ./web/two, target: /etc/here/}
    """
    project(playground, web=rules)
    playground.write("web/one", "old")
    playground.write("web/two", "old")
    with watching(playground, ended):
        for text in ("new", "newer"):
            playground.write("web/other", text)
            playground.write("web/one", text)
            has(playground, "web", "/etc/one.conf", text)
            playground.write("web/new two", text).replace(playground.folder / "web/two")
            has(playground, "web", "/etc/here/two", text)
        assert read(playground.container("web"), "/srv/other") is None
        (playground.folder / "web/one").unlink()
        has(playground, "web", "/etc/one.conf", None)
        playground.write("web/one", "back")
        has(playground, "web", "/etc/one.conf", "back")


def test_all_rules_of_a_path_count_and_all_services(playground: Playground, ended: Ended) -> None:
    web = """\
    - {action: sync, path: ./web, target: /srv}
    - {action: sync, path: ./web/deep, target: /deep}
    - {action: sync+exec, path: ./web/deep/er, target: /deeper, exec: {command: touch /ran}}
    """
    project(playground, web=web, other="- {action: sync, path: ./web/deep, target: /other}")
    with watching(playground, ended):
        playground.write("web/deep/er/x", "new")
        for service, path in (
            ("web", "/srv/deep/er/x"),
            ("web", "/deep/er/x"),
            ("web", "/deeper/x"),
            ("web", "/ran"),
            ("other", "/other/er/x"),
        ):
            has(playground, service, path, "" if path == "/ran" else "new")


def test_rules_come_with_extends_and_include(playground: Playground, ended: Ended) -> None:
    """Paths begin at the folder of the file that says them."""
    playground.write(
        "compose.yaml",
        """\
        include: [part/compose.yaml]
        services:
          web:
            extends: {file: base/web.yaml, service: base}
            develop: {watch: [{action: sync, path: ./own, target: /own}]}
        """,
    )
    body = "{action: sync, path: ./src, target: /srv}"
    for place, name in (("base/web.yaml", "base"), ("part/compose.yaml", "part")):
        text = SERVICE.format(name=name, build=".")
        playground.write(place, f"services:\n{text}        - {body}\n")
    for folder in ("base", "part"):
        playground.write(f"{folder}/Dockerfile", DOCKERFILE)
    with watching(playground, ended):
        for path in ("own/x", "base/src/x", "part/src/x"):
            playground.write(path, "new")
        for service, path in (("web", "/own/x"), ("web", "/srv/x"), ("part", "/srv/x")):
            has(playground, service, path, "new")


def test_only_the_services_that_are_named_are_watched(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC, other="- {action: sync, path: ./web, target: /srv}")
    playground.up()
    with watching(playground, ended, "web") as watch:
        watch.says("watching ", " for web;")
        save(playground, "x")
        assert read(playground.container("other"), "/srv/x") is None


def test_without_rules_there_is_nothing_to_watch(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35, init: true}}")
    for words in (("watch",), ("up", "--watch"), ("watch", "--dry-run"), ("watch", "web")):
        answer = playground.envctl(*words)
        assert (answer.code, answer.stdout) == (3, "")
        assert "develop.watch rule" in answer.stderr
        assert "hint: give a service one: develop: {watch: " in answer.stderr
    assert playground.containers() == []


def test_a_service_that_does_not_exist_is_a_mistake(playground: Playground) -> None:
    project(playground, web=SYNC)
    answer = playground.envctl("watch", "wbe")
    assert (answer.code, answer.stdout) == (2, "")
    assert "wbe" in answer.stderr
    assert playground.containers() == []


def test_a_dry_run_tells_the_plan_and_the_rules_and_changes_nothing(
    playground: Playground,
) -> None:
    project(playground, web=SYNC)
    answer = playground.envctl("watch", "--dry-run")
    assert answer.code == 0
    assert answer.stdout.splitlines() == [
        "build web: never built here",
        "create web: no container",
        f"sync web: {playground.folder}/web to /srv",
    ]
    assert playground.containers() == []
    assert not (playground.folder.parent / "state").exists()


def test_what_the_services_print_is_shown_on_demand(playground: Playground, ended: Ended) -> None:
    project(playground, web="- {action: sync+restart, path: ./web, target: /srv}", other="[]")
    loop = "cat /srv/page; while sleep 0.1; do echo still here; done"
    playground.write("web/Dockerfile", f'{DOCKERFILE}CMD ["sh", "-c", "{loop}"]\n')
    with watching(playground, ended, "--logs") as watch:
        eventually(lambda: "web | still here\n" in watch.out, "what the service prints")
        playground.write("web/page", "two\n")
        eventually(lambda: "web | two\n" in watch.out, "what it prints after its restart")
        assert all(line.startswith("web | ") for line in watch.out if " | " in line)


def test_up_can_watch_as_well(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended, "--watch", verb="up"):
        save(playground, "x")


def test_up_that_watches_cannot_answer_with_json(playground: Playground) -> None:
    project(playground, web=SYNC)
    answer = playground.envctl("up", "--watch", "--json")
    assert (answer.code, answer.stdout) == (2, "")
