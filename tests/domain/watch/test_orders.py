from __future__ import annotations

import textwrap

from envctl.domain.watch.interest import Interest, Scope
from envctl.domain.watch.orders import goes_from, order_to_match, orders
from envctl.domain.watch.rule import Hook, WatchAction, WatchRule
from envctl.domain.watch.stamp import Change, Kind, Stamp

FILE, OTHER = Stamp(Kind.FILE, 0o644, 1), Stamp(Kind.FILE, 0o644, 2)
FOLDER, LINK = Stamp(Kind.FOLDER, 0o755), Stamp(Kind.LINK, 0o777)


def rule(
    action: str, path: str = "/p/src", service: str = "api", hook: Hook | None = None
) -> WatchRule:
    return WatchRule(service, WatchAction(action), path, "/srv", hook=hook)


def asked(rules: list[WatchRule], *changes: Change) -> str:
    return str(orders(Interest([Scope(r) for r in rules]), changes))


def text(lines: str) -> str:
    return textwrap.dedent(lines).strip()


def test_what_is_new_or_another_is_put() -> None:
    made = asked([rule("sync")], Change("/p/src/new", None, FILE), Change("/p/src/a", FILE, OTHER))
    assert made == text("""
        api: put /srv/a
        api: put /srv/new
    """)


def test_what_is_gone_is_removed_and_a_folder_goes_as_a_whole() -> None:
    made = asked(
        [rule("sync")],
        Change("/p/src/d/e/f", FILE, None),
        Change("/p/src/d", FOLDER, None),
        Change("/p/src/d/e", FOLDER, None),
        Change("/p/src/x", FILE, None),
    )
    assert made == text("""
        api: remove /srv/d/
        api: remove /srv/x
    """)


def test_a_file_that_became_a_folder_makes_room_first() -> None:
    made = asked([rule("sync")], Change("/p/src/a", FILE, FOLDER), Change("/p/src/a/b", None, FILE))
    assert made == text("""
        api: remove /srv/a
        api: put /srv/a
        api: put /srv/a/b
    """)


def test_a_folder_that_became_a_link_goes_with_all_in_it() -> None:
    made = asked([rule("sync")], Change("/p/src/a", FOLDER, LINK), Change("/p/src/a/b", FILE, None))
    assert made == text("""
        api: remove /srv/a/
        api: put /srv/a
    """)


def test_a_link_that_became_a_file_is_just_put() -> None:
    assert asked([rule("sync")], Change("/p/src/a", LINK, FILE)) == "api: put /srv/a"


def test_the_place_that_a_rule_syncs_to_is_never_removed() -> None:
    made = asked([rule("sync")], Change("/p/src", FOLDER, None), Change("/p/src/a", FILE, None))
    assert made == "api: remove /srv/a"


def test_each_action_asks_for_its_own() -> None:
    hook = Hook(("make", "all"))
    change = Change("/p/src/a", FILE, OTHER)
    assert asked([rule("restart")], change) == "api: restart"
    assert asked([rule("rebuild")], change) == "rebuild api"
    assert asked([rule("sync+restart")], change) == "api: put /srv/a\napi: restart"
    assert asked([rule("sync+exec", hook=hook)], change) == "api: put /srv/a\napi: run make all"


def test_several_rules_and_services_on_one_path_all_count_and_each_thing_is_done_once() -> None:
    hook = Hook(("make",))
    made = asked(
        [
            rule("sync"),
            rule("sync+exec", hook=hook),
            rule("sync+restart", service="web"),
            rule("rebuild", service="worker"),
        ],
        Change("/p/src/a", FILE, OTHER),
        Change("/p/src/b", FILE, OTHER),
    )
    assert made == text("""
        api: put /srv/a
        api: put /srv/b
        api: run make
        web: put /srv/a
        web: put /srv/b
        web: restart
        rebuild worker
    """)


def test_what_no_rule_is_about_asks_for_nothing() -> None:
    assert asked([rule("sync")], Change("/elsewhere", None, FILE)) == ""


def test_a_container_is_brought_up_to_what_is_there_now() -> None:
    scopes = [Scope(rule("sync")), Scope(rule("rebuild")), Scope(rule("sync", service="web"))]
    paths = ["/p/src/a", "/p/src/gone", "/p/src/gone/in", "/p/src/d", "/p/src"]
    known = {"/p/src/a": FILE, "/p/src/d": FOLDER, "/p/src": FOLDER}
    made = order_to_match(scopes, paths, known, "api")
    assert str(made) == text("""
        api: remove /srv/gone/
        api: put /srv/a
        api: put /srv/d
    """)


def test_what_was_in_a_folder_that_is_a_link_now_goes_with_that_folder() -> None:
    paths = ["/p/src/a", "/p/src/a/b", "/p/src/a/b/c", "/p/src/ab"]
    made = order_to_match([Scope(rule("sync"))], paths, {"/p/src/a": LINK}, "api")
    assert str(made) == text("""
        api: remove /srv/a/
        api: remove /srv/ab
        api: put /srv/a
    """)
    assert made.removals[0].inside == {"b", "b/c"}


def test_a_removal_knows_what_was_in_the_folder() -> None:
    changes = [
        Change("/p/src/d", FOLDER, None),
        Change("/p/src/d/e", FOLDER, None),
        Change("/p/src/d/e/f", FILE, None),
        Change("/p/src/x", FILE, None),
    ]
    (order,) = orders(Interest([Scope(rule("sync"))]), changes).orders
    folder, file = order.removals
    assert folder.folder
    assert folder.inside == {"e", "e/f"}
    assert str(file.target) == "/srv/x"
    assert not file.inside


def test_a_folder_of_which_all_is_known_goes_as_a_whole() -> None:
    assert goes_from(["a", "b", "b/c"], {"a", "b", "b/c", "d"}) is None


def test_what_is_not_known_stays_and_all_beside_it_goes() -> None:
    names = ["a", "b", "b/c", "b/theirs", "b/theirs/x", "d", "d/e"]
    assert goes_from(names, {"a", "b", "b/c", "d", "d/e"}) == ("a", "b/c", "d")
