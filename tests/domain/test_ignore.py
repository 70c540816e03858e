from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.ignore import IgnoreMatcher, parse_ignore
from envctl.errors import ConfigurationError

quick = settings(max_examples=50, deadline=None)


def is_ignored(text: str, path: str) -> bool:
    """Ask for each folder above `path` first, as a walk does."""
    matcher = IgnoreMatcher(parse_ignore(text))
    parts = path.split("/")
    ignored, above = False, tuple[bool, ...]()
    for depth in range(1, len(parts) + 1):
        ignored, above = matcher.decide("/".join(parts[:depth]), above)
    return ignored


@pytest.mark.parametrize(
    ("text", "ignored", "kept"),
    [
        ("", "", "a a/b .env"),
        # a line
        ("a", "a a/b a/b/c", "b b/a ab"),
        ("a/b", "a/b a/b/c", "a b c/a/b"),
        ("#a", "", "a #a"),
        ("\\#a", "#a", "a"),
        (" #a", "#a", "a"),
        ("\ufeffa", "a", "b"),
        ("b\n\ufeffa", "b \ufeffa", "a"),
        ("\ufeff#a", "", "a #a"),
        ("  a\t", "a", "b"),
        ("a\r\nb\r\n", "a b", "c"),
        ("\n\n  \na", "a", "b"),
        ("\xa0a\u3000", "a", "b"),
        ("\x1ca", "\x1ca", "a"),
        # the way it is written
        ("/a", "a a/b", "b/a"),
        ("//a", "a", "b"),
        ("a/", "a a/b", "b/a"),
        ("./a", "a", "b"),
        ("b/../a", "a", "b"),
        ("a//b", "a/b", "a b"),
        ("../a", "", "a b"),
        ("/", "", "a"),
        (".", "", "a"),
        ("/./!a", "", "a !a"),
        # stars and question marks
        ("*", "a a/b .env", ""),
        ("*.md", "a.md .md", "a.mdx a/b.md"),
        ("*/*.md", "a/b.md", "b.md a/b/c.md"),
        ("a*", "a ab ab/c", "ba"),
        ("?", "a b a/b", "ab"),
        ("a?c", "abc", "ac a/c"),
        ("**", "a a/b", ""),
        ("**/a", "a b/a b/c/a b/a/c", "ab ba b/ab"),
        ("**a", "a ba b/a b/ca", "ab"),
        ("a/**", "a/b a/b/c", "a b/a"),
        ("a**", "a ab a/b abc/d", "ba b/a"),
        ("a/**/b", "a/b a/c/b a/c/d/b", "a ab b"),
        ("a**/b", "ab a/b ac/b", "a b"),
        ("**/*.md", "a.md b/a.md b/c/a.md", "a.txt"),
        ("***", "a a/b", ""),
        ("**/a/**", "a/b c/a/b", "a c/a"),
        # brackets
        ("[ab]", "a b a/c", "c ab"),
        ("[a-c]d", "ad cd", "dd"),
        ("[^a]", "b ^", "a"),
        ("[!a]", "! a", "b"),
        ("[\\]]", "]", "["),
        ("[a.]", "a .", "b"),
        ("*]", "a]", "a"),
        # what a regular expression would take for its own
        ("a.b", "a.b", "axb"),
        ("a+(b)|{c}$", "a+(b)|{c}$", "a"),
        ("*.a+", "b.a+", "b.aa bxa+"),
        ("a^b", "a^b", "ab"),
        ("a^**", "a^ a^b", "a"),
        ("*^b", "b", "a^b"),
        ("a\\*b", "a*b", "axb"),
        ("\\a*", "", "a ab"),
        ("\\d", "1", "d"),
        ("a*\\", "a$ ab$c", "ab a\\"),
        # exceptions, and their order
        ("*\n!a", "b", "a a/b"),
        ("!a\n*", "a b", ""),
        ("a\n!a/b", "a a/c a/bc", "a/b a/b/c"),
        ("a\n!a/b\na/b/c", "a/c a/b/c", "a/b a/b/d"),
        ("*\n! a", "b", "a"),
        ("*\n!/a", "b", "a"),
        ("*\n!a/", "b", "a"),
        ("*\n./!a", "b", "a"),
        ("*\n\\!a", "!a a", ""),
        ("a\n!!a", "a", "!a"),
        ("*\n!**/*.md", "a a/b", "a.md a/b.md"),
        ("*\n!a/*/**", "a a/b a/b/c", ""),
        ("*\n!a/*/b", "a a/b", "a/c/b"),
        ("**\n!a/b", "a a/c", "a/b"),
    ],
)  # fmt: skip
def test_the_engines_rules(text: str, ignored: str, kept: str) -> None:
    paths = [*ignored.split(" "), *kept.split(" ")]
    answers = {path: is_ignored(text, path) for path in paths if path}
    wanted = {path: True for path in ignored.split(" ") if path}
    assert answers == wanted | {path: False for path in kept.split(" ") if path}


@pytest.mark.parametrize(
    ("text", "line"),
    [("!", 1), ("a\n! ", 2), ("!/", 1), ("[", 1), ("[]a]", 1), ("[a-]", 1), ("[^]", 1),
     ("a\\", 1), ("x[", 1), ("*[", 1), ("# a comment\n\na[", 3)],
)  # fmt: skip
def test_a_line_that_is_no_pattern_is_named(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"^app/\.dockerignore, line {line}: "):
        parse_ignore(text, "app/.dockerignore")


@pytest.mark.parametrize("text", ["[b-a]", "a*[", "a*\\Z", "\\q*", "[[:alpha:]]", "[\\b]"])
def test_some_mistakes_are_found_where_the_engine_finds_them(text: str) -> None:
    """A rule that is never asked is never read: `*` before it decides alone."""
    assert is_ignored(f"*\n{text}", "a")
    with pytest.raises(ConfigurationError, match=r"line 1: .* is not a pattern"):
        is_ignored(text, "a")


def test_an_ignored_folder_is_closed_unless_an_exception_leads_into_it() -> None:
    matcher = IgnoreMatcher(parse_ignore("*\n!a/b/c"))
    assert [matcher.closes(path) for path in ("a", "a/b", "x", "a/x", "ab")] == [
        False, False, True, True, True,
    ]  # fmt: skip


def test_an_exception_with_a_star_opens_every_folder() -> None:
    assert not IgnoreMatcher(parse_ignore("*\n!**/a")).closes("x")


segment = st.text(st.sampled_from("ab.-_ é$+(){}|^"), min_size=1, max_size=4).filter(
    lambda s: s.strip() == s and s not in (".", "..")
)
path = st.lists(segment, min_size=1, max_size=4).map("/".join)


@quick
@given(path)
def test_a_plain_path_matches_itself_and_all_below(path: str) -> None:
    assert is_ignored(path, path)
    assert is_ignored(path, f"{path}/below")


@quick
@given(path)
def test_what_is_left_out_comes_back_with_the_same_words(path: str) -> None:
    assert not is_ignored(f"{path}\n!{path}", path)


@quick
@given(path, path)
def test_a_plain_path_matches_no_other(one: str, other: str) -> None:
    assert is_ignored(one, other) == (f"{other}/".startswith(f"{one}/"))


@quick
@given(path)
def test_two_stars_reach_any_depth(path: str) -> None:
    last = path.rpartition("/")[2]
    assert is_ignored(f"**/{last}", path)


@quick
@given(st.text(st.sampled_from("ab*?[]^!-\\/. #\n"), max_size=20), path)
def test_any_file_is_read_or_refused_in_words(text: str, path: str) -> None:
    try:
        answer = is_ignored(text, path)
    except ConfigurationError as error:
        assert "is not a pattern" in error.message  # noqa: PT017 - either outcome is right
    else:
        assert answer in (True, False)
