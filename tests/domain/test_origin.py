"""Where a release is to come from, as people write it."""

from __future__ import annotations

import pytest

from envctl.domain.origin import Origin, parse_origin, parse_project
from envctl.errors import UsageError

DIGEST = "sha256:" + "a1" * 32
STAGES = ("integration", "production")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("integration", Origin(stage="integration")),
        ("1.4.0", Origin(release="1.4.0")),
        ("latest", Origin(release="latest")),
        ("registry.example.com/shop@integration", ("registry.example.com", "shop", "integration")),
        ("127.0.0.1:5005/shop@production", ("127.0.0.1:5005", "shop", "production")),
        ("r.example.com/team/a/shop@x", ("r.example.com/team/a", "shop", "x")),
        ("oci://r.example.com/shop@x", ("r.example.com", "shop", "x")),
        ("r.example.com:443/shop:1.4.0", Origin("r.example.com:443", "shop", release="1.4.0")),
        (f"r.example.com/shop@{DIGEST}", Origin("r.example.com", "shop", release=DIGEST)),
    ],
)
def test_an_address_is_a_stage_or_a_release(said: str, meant: Origin | tuple[str, ...]) -> None:
    assert parse_origin(said, STAGES) == (meant if isinstance(meant, Origin) else Origin(*meant))


@pytest.mark.parametrize(
    "said",
    [
        "r.example.com/shop",
        "r.example.com/shop@",
        "r.example.com/shop:",
        "r.example.com/shop@a/b",
        "r.example.com/shop@-x",
        "r.example.com/shop@../x",
        "r.example.com/Shop@x",
        "/shop@x",
        "https://r.example.com/shop@x",
        "r.example.com/shop@a b",
        "-x",
        "",
        "a\nb",
    ],
)
def test_anything_else_is_refused_and_the_two_ways_are_named(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_origin(said, STAGES)
    assert caught.value.hint == "write REGISTRY/PROJECT@STAGE or REGISTRY/PROJECT:RELEASE"


def test_a_bare_word_means_nothing_outside_of_a_checkout() -> None:
    with pytest.raises(UsageError, match="there is no project here"):
        parse_origin("integration", here=False)


@pytest.mark.parametrize(
    "said",
    ["integration", "1.4.0", "r.example.com/shop@x", "r.example.com/shop:1", f"h/shop@{DIGEST}"],
)
def test_it_is_written_as_it_was_said(said: str) -> None:
    assert str(parse_origin(said, STAGES)) == said


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        (Origin(stage="integration"), "shop-from-integration"),
        (Origin(release="1.4.0"), "shop-from-1-4-0"),
        (Origin(release=DIGEST), "shop-from-a1a1a1a1a1a1"),
        (Origin(release="2026.1+Up"), "shop-from-2026-1-up"),
    ],
)
def test_a_playground_is_called_after_its_source_and_never_like_a_stage(
    origin: Origin, name: str
) -> None:
    assert origin.playground("shop") == name


@pytest.mark.parametrize(
    ("said", "registry"),
    [
        ("r.example.com/shop", "r.example.com"),
        ("oci://127.0.0.1:5005/team/shop", "127.0.0.1:5005/team"),
    ],
)
def test_a_project_has_an_address_too(said: str, registry: str) -> None:
    assert parse_project(said, "live") == Origin(registry, "shop", stage="live")


@pytest.mark.parametrize(
    "said",
    ["shop", "r.example.com/shop@live", "r.example.com/shop:1.0", "https://r/shop", "r/", ""],
)
def test_what_is_more_or_less_than_a_project_is_refused(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_project(said)
    assert caught.value.hint.startswith("write REGISTRY/PROJECT; --stage S")
