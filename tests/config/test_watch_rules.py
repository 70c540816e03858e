from __future__ import annotations

from typing import Any

import pytest

from envctl.config.watch_rules import parse_watch_rules
from envctl.domain.watch.rule import Hook, WatchRule
from envctl.errors import ConfigurationError

SYNC = {"action": "sync", "path": "/p/src", "target": "/srv"}


def parsed(
    *watch: dict[str, Any], chosen: tuple[str, ...] = (), **body: Any
) -> tuple[WatchRule, ...]:
    notes: list[str] = []
    model = {"services": {"web": {"develop": {"watch": list(watch)}, **body}, "db": {}}}
    return parse_watch_rules(model, chosen, notes.append)


def test_a_rule_has_all_that_the_specification_has() -> None:
    (rule,) = parsed({
        "action": "sync+exec", "path": "/p/src/", "target": "srv", "ignore": ["a"],
        "include": "*.py", "initial_sync": True,
        "exec": {"command": ["make", "all"], "user": "root", "privileged": True,
                 "working_dir": "/w", "environment": {"A": "1", "B": None}},
    })  # fmt: skip
    hook = Hook(("make", "all"), "root", privileged=True, working_dir="/w", environment=("A=1",))
    assert rule.hook == hook
    assert (rule.path, rule.target, rule.ignore, rule.include) == (
        "/p/src", "/srv", ("a",), ("*.py",),
    )  # fmt: skip
    assert rule.initial_sync
    assert rule.place == "services.web.develop.watch[0]"


def test_a_rule_reads_as_what_it_does() -> None:
    assert str(parsed(SYNC)[0]) == "sync web: /p/src to /srv"
    restart = {"action": "restart", "path": "/p/x", "exec": {"command": None}}
    assert str(parsed(restart)[0]) == "restart web: /p/x"


def test_dollars_mean_what_they_mean_in_compose() -> None:
    assert parsed({**SYNC, "target": "/srv/$$x"})[0].target == "/srv/$x"


def test_only_the_named_services_count() -> None:
    assert parsed(SYNC, chosen=("web",))
    with pytest.raises(ConfigurationError, match=r"no service of db has a develop\.watch rule"):
        parsed(SYNC, chosen=("db",))


def test_no_rule_at_all_is_told_with_an_example() -> None:
    with pytest.raises(ConfigurationError, match=r"no service has a develop\.watch") as caught:
        parsed()
    assert "develop:" in caught.value.hint


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"action": "copy", "path": "/p"}, r"watch\[0\]\.action: 'copy' is none"),
        ({"action": "sync", "path": "/p"}, r"watch\[0\]\.target: it is missing"),
        ({"action": "restart"}, r"watch\[0\]\.path: it is missing"),
        ({**SYNC, "action": "sync+exec"}, r"watch\[0\]\.exec\.command: it is missing"),
        ({"action": "rebuild", "path": "/p"}, r"watch\[0\]: rebuild, but web is not built"),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_named(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parsed(entry)


def test_a_folder_that_is_mounted_is_not_synced_and_that_is_said() -> None:
    notes: list[str] = []
    mount = {"type": "bind", "source": "/p", "target": "/mnt"}
    body = {"volumes": [mount], "build": {"context": "/p"}}
    watch = [SYNC, {"action": "rebuild", "path": "/p/Dockerfile"}]
    model = {"services": {"web": {"develop": {"watch": watch}, **body}}}
    (rule,) = parse_watch_rules(model, (), notes.append)
    assert rule.action == "rebuild"
    assert notes == [
        "services.web.develop.watch[0]: /p/src is mounted at /mnt already, and not synced"
    ]


def test_older_spellings_count() -> None:
    model = {"services": {"web": {"x-develop": {"watch": [{**SYNC, "x-initialSync": True}]}}}}
    (rule,) = parse_watch_rules(model, (), print)
    assert rule.initial_sync
