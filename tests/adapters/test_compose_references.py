"""What a Compose file may lead to; anything that could hide something is unclear."""

from __future__ import annotations

import textwrap

import pytest

from envctl.adapters.compose_references import References, Unclear, read_references, words_of


def references(text: str) -> References:
    return read_references(textwrap.dedent(text).encode())


def test_includes_in_each_form() -> None:
    found = references("""
        include:
          - a.yaml
          - path: b.yaml
            env_file: b.env
          - path: [c.yaml, d.yaml]
            project_directory: sub
            env_file: [c.env, d.env]
    """)
    assert found.models == {"a.yaml", "b.yaml", "c.yaml", "d.yaml"}
    assert found.files == {"b.env", "c.env", "d.env"}
    assert found.folders == {"sub"}
    assert found.moves


def test_what_services_read() -> None:
    found = references("""
        services:
          a: {extends: {file: base.yaml, service: x}, env_file: one.env, label_file: l.labels}
          b: {extends: a, env_file: [two.env, {path: three.env, required: false, format: raw}]}
          c: {develop: {watch: [{path: ./src, action: sync, target: /src, include: ["*.py"]}]}}
    """)
    assert found.models == {"base.yaml"}
    assert found.files == {"one.env", "two.env", "three.env", "l.labels"}
    assert found.places == {"./src"}
    assert not found.moves


def test_anchors_merges_and_tags_hide_nothing() -> None:
    found = references("""
        x-top: &top {include: [far.yaml]}
        x-ext: &ext {file: base.yaml}
        x-env: &env [one.env]
        x-more: &more {env_file: two.env}
        <<: *top
        services:
          a: {env_file: *env, extends: {<<: *ext, service: x}}
          b: {<<: [*more], env_file: !override [three.env], labels: !reset null}
    """)
    assert found.models == {"far.yaml", "base.yaml"}
    assert found.files == {"one.env", "two.env", "three.env"}


def test_every_document_of_a_file_counts() -> None:
    assert references("include: [a.yaml]\n---\ninclude: [b.yaml]\n").models == {"a.yaml", "b.yaml"}


def test_an_include_that_is_none_of_compose_leads_nowhere() -> None:
    assert references("services: {include: {image: a}}\nx-a: {include: [b]}\n").models == set()


def test_words_are_those_of_values_and_keys_but_not_of_comments() -> None:
    found = references("services: {a: {image: 'b:${TAG:-${OTHER}}', environment: {KEY: }}} # NOT\n")
    assert {"TAG", "OTHER", "KEY"} <= found.words
    assert "NOT" not in found.words


@pytest.mark.parametrize(
    "text", ['a: "${F\\x4fO}"\n', 'a: "${F\\\n  OO}"\n', 'a: "${F\\u004fO}"\n']
)
def test_escapes_hide_no_word(text: str) -> None:
    assert "FOO" in references(text).words


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: !!binary aW5jbHVkZQ==",
        "!!binary aW5jbHVkZQ==: [a.yaml]",
        "a: !own b",
        "services: {a: {environment: ['$NAME']}}",
        "services: {a: {environment: [A=1, 'APP_${NAME}']}}",
        "services: {a: {build: {args: ['$NAME']}}}",
        "secrets: {a: {environment: '${NAME}'}}",
        "a: *missing",
    ],
)
def test_what_could_hide_something_is_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        references(text)


def test_a_value_that_is_computed_hides_no_name() -> None:
    found = references("services: {a: {environment: ['A=$B'], build: {args: {C: '$D'}}}}")
    assert {"A", "B", "C", "D"} <= found.words


@pytest.mark.parametrize("content", [b"a: \xff\xfe", "a: b".encode("utf-16")])
def test_other_encodings_are_unclear(content: bytes) -> None:
    with pytest.raises(Unclear):
        read_references(content)


def test_words_of_an_env_file() -> None:
    assert words_of(b"# c\nexport A=${B}\nmy.name\n") == {"c", "export", "A", "B", "my", "name"}


def test_letters_spelled_as_numbers_are_unclear() -> None:
    with pytest.raises(Unclear):
        words_of(b'A="$\\0102"')
