from __future__ import annotations

import pytest

from envctl.domain.ignore import IgnoreMatcher, parse_ignore
from envctl.domain.watch.interest import Interest, Scope
from envctl.domain.watch.rule import WatchAction, WatchRule
from envctl.errors import ConfigurationError


def scope(
    path: str = "/shop/api/src",
    *,
    ignore: tuple[str, ...] = (),
    include: tuple[str, ...] = (),
    dockerignore: str = "",
    context: str = "/shop/api",
    target: str = "/srv/src",
) -> Scope:
    rule = WatchRule("api", WatchAction.SYNC, path, target, ignore, include, place="rule 0")
    return Scope(rule, context, IgnoreMatcher(parse_ignore(dockerignore)))


def test_a_rule_is_about_what_lies_below_its_path_and_nothing_beside_it() -> None:
    interest = Interest([scope()])
    assert interest.concerns("/shop/api/src/main.py")
    assert not interest.concerns("/shop/api/src2/main.py")
    assert not interest.concerns("/shop/api/Dockerfile")


def test_ignored_folders_are_never_entered() -> None:
    one = scope(ignore=("node_modules/", "**/cache"))
    assert not one.enters("/shop/api/src/node_modules")
    assert not one.enters("/shop/api/src/a/b/cache")
    assert not one.enters("/shop/api/src/a/b/cache/deeper")
    assert one.enters("/shop/api/src/a/b")
    assert one.enters("/shop/api/src/sub/node_modules")  # as in .dockerignore: no ** before it


def test_an_ignored_folder_with_an_exception_in_it_is_entered() -> None:
    one = scope(ignore=("build", "!build/keep"))
    assert one.enters("/shop/api/src/build")
    assert one.matches("/shop/api/src/build/keep")
    assert not one.matches("/shop/api/src/build/other")


def test_the_context_s_dockerignore_counts_from_the_context() -> None:
    one = scope(dockerignore="src/tmp\n**/*.log\n")
    assert not one.enters("/shop/api/src/tmp")
    assert not one.matches("/shop/api/src/a/b.log")
    assert one.matches("/shop/api/src/a/b.py")


def test_a_rule_for_what_the_context_leaves_out_means_it() -> None:
    one = scope("/shop/api/dist", dockerignore="dist\n*.tmp\n")
    assert one.matches("/shop/api/dist/app.js")
    assert one.enters("/shop/api/dist/sub")


def test_a_rule_outside_the_context_does_not_hear_of_its_dockerignore() -> None:
    assert scope("/shop/shared", dockerignore="**\n").matches("/shop/shared/a.py")


def test_include_narrows_to_files_and_folders_only_lead_to_them() -> None:
    one = scope(include=("**/*.py", "*.toml"))
    assert one.matches("/shop/api/src/a/b.py")
    assert one.matches("/shop/api/src/x.toml")
    assert not one.matches("/shop/api/src/a/x.toml")
    assert not one.matches("/shop/api/src/a")
    assert one.enters("/shop/api/src/a")


def test_what_lies_in_an_included_folder_is_included() -> None:
    one = scope(include=("static",))
    assert one.matches("/shop/api/src/static/css/a.css")
    assert not one.matches("/shop/api/src/other/a.css")


@pytest.mark.parametrize(
    "name",
    [".git", "a/.git/HEAD", "4913", "main.py~", ".main.py.swp", ".#main.py", "x___jb_tmp___"],
)
def test_editors_own_files_and_the_repository_are_no_edits(name: str) -> None:
    assert not scope().matches(f"/shop/api/src/{name}")


def test_a_rule_s_own_file_is_its_target() -> None:
    assert scope("/shop/app.conf", target="/etc/app.conf").target("/shop/app.conf") == (
        "/etc/app.conf"
    )
    assert scope("/shop/app.conf", target="/etc/").target("/shop/app.conf") == "/etc/app.conf"
    assert scope(target="/srv/").target("/shop/api/src/a/b") == "/srv/a/b"


def test_several_rules_for_a_path_all_count() -> None:
    first, second = scope(), scope("/shop/api", target="/all")
    found = list(Interest([first, second]).matching("/shop/api/src/a"))
    assert found == [first, second]


def test_the_way_to_a_root_is_watched_so_that_it_may_come_and_go() -> None:
    interest = Interest([scope()])
    interest.lead_from("/shop")
    assert interest.anchors == ("/shop", "/shop/api")
    assert interest.enters("/shop")
    assert interest.notices("/shop", "api", is_folder=True)
    assert interest.notices("/shop/api", "src", is_folder=True)
    assert not interest.notices("/shop/api", "Dockerfile", is_folder=False)
    assert not interest.notices("/shop", "web", is_folder=True)


def test_of_a_root_elsewhere_only_the_folder_it_is_in_is_watched() -> None:
    interest = Interest([scope("/other/place/src")])
    interest.lead_from("/shop")
    assert interest.anchors == ("/other/place",)


def test_a_pattern_that_is_none_names_the_rule() -> None:
    with pytest.raises(ConfigurationError, match=r"rule 0\.ignore, line 1: '\[' is not a pattern"):
        scope(ignore=("[",))


def test_the_project_folder_itself_can_be_a_root() -> None:
    interest = Interest([scope("/shop", ignore=("var",))])
    interest.lead_from("/shop")
    assert interest.anchors == ("/",)
    assert interest.notices("/", "shop", is_folder=True)
    assert not interest.enters("/shop/var")
