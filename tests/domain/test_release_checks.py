"""What a release must not be made of."""

from __future__ import annotations

import pytest

from envctl.domain.commit import Commit, Uncommitted
from envctl.domain.release_checks import (
    require_chosen_by_commit,
    require_committed,
    require_from_commit,
    shown,
)
from envctl.errors import Refused

COMMIT = Commit("a" * 40, "2026-01-31T23:59:59Z", "Ada <ada@example.com>")


def test_a_clean_tree_has_a_commit() -> None:
    assert require_committed(COMMIT, (), "/src") == COMMIT


def test_without_a_commit_there_is_no_release() -> None:
    with pytest.raises(Refused, match="/src is at no commit"):
        require_committed(None, (), "/src")


def test_what_nobody_committed_is_named() -> None:
    with pytest.raises(Refused) as error:
        require_committed(COMMIT, [Uncommitted("/src/a"), Uncommitted("/src/b")], "/src")
    assert error.value.message.startswith("2 files are in no commit")
    assert error.value.details == ("/src/a", "/src/b")


COMMITTED = {"/src", "/src/api", "/src/api/main.py", "/src/api/lib", "/src/compose.yaml"}


@pytest.mark.parametrize(
    ("folder", "path", "said"),
    [
        ("/src/api", "a.pyc", "/src/api/a.pyc (in the context of api)"),
        ("/src/api", "lib/x/y", "/src/api/lib/x (in the context of api)"),
        ("/src/api", "empty", "/src/api/empty (in the context of api)"),
        ("/src/api", "b\udcff", "/src/api/b\ufffd (in the context of api)"),
        ("/src", ".git/HEAD", "/src/.git (in the context of api)"),
        ("/src", "sub/.git", "/src/sub (in the context of api)"),
        ("/other", "a", "/other (of api): it is not in the repository /src"),
        ("/srcs", "a", "/srcs (of api): it is not in the repository /src"),
    ],
)
def test_files_that_another_clone_would_not_have_are_refused(
    folder: str, path: str, said: str
) -> None:
    with pytest.raises(Refused) as error:
        require_from_commit({"api": {folder: [path]}}, [], COMMITTED, "/src")
    assert error.value.details == (said,)


def test_a_name_that_is_no_utf_8_is_known_as_git_tells_it() -> None:
    require_from_commit({"api": {"/src": ["b\udcff"]}}, [], {"/src/b\ufffd"}, "/src")


def test_files_that_say_how_are_of_the_commit_too() -> None:
    with pytest.raises(Refused) as error:
        require_from_commit({}, ["/src/compose.yaml", "/src/d/Dockerfile"], COMMITTED, "/src")
    assert error.value.details == ("/src/d/Dockerfile",)


def test_what_the_engine_does_not_see_does_no_harm() -> None:
    require_from_commit({"api": {"/src/api": ["main.py", "lib"]}}, [], COMMITTED, "/src")


def test_an_environment_that_chooses_what_the_project_is_makes_no_release() -> None:
    require_chosen_by_commit(())
    with pytest.raises(Refused, match="COMPOSE_FILE, COMPOSE_PROFILES in the environment"):
        require_chosen_by_commit(("COMPOSE_FILE", "COMPOSE_PROFILES"))


def test_many_lines_are_told_in_few() -> None:
    assert shown(map(str, range(12))) == [*map(str, range(10)), "and 2 more"]
    assert shown(["a"]) == ["a"]
