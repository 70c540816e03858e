"""Names of images: what the engine reads in them, and nothing by accident."""

from __future__ import annotations

import pytest

from envctl.domain.image_reference import ImageReference, parse_image_reference
from envctl.errors import ConfigurationError

DIGEST = f"sha256:{'a1' * 32}"


@pytest.mark.parametrize(
    ("text", "full", "familiar"),
    [
        ("nginx", "docker.io/library/nginx", "nginx"),
        ("nginx:1.22", "docker.io/library/nginx:1.22", "nginx:1.22"),
        ("docker.io/nginx", "docker.io/library/nginx", "nginx"),
        ("index.docker.io/library/nginx", "docker.io/library/nginx", "nginx"),
        ("library/nginx", "docker.io/library/nginx", "nginx"),
        ("acme/api:v1", "docker.io/acme/api:v1", "acme/api:v1"),
        ("localhost/api", "localhost/api", "localhost/api"),
        ("localhost:5005/shop", "localhost:5005/shop", "localhost:5005/shop"),
        ("[::1]:5000/shop:1", "[::1]:5000/shop:1", "[::1]:5000/shop:1"),
        ("registry.example.com/a/b__c/d-e.f", "registry.example.com/a/b__c/d-e.f", ""),
        ("HOST/shop", "HOST/shop", "HOST/shop"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"a.b/c:1@{DIGEST}", f"a.b/c:1@{DIGEST}", f"a.b/c:1@{DIGEST}"),
    ],
)
def test_a_name_is_read_as_the_engine_does(text: str, full: str, familiar: str) -> None:
    reference = parse_image_reference(text)
    assert str(reference) == full
    assert reference.familiar == (familiar or full)
    assert parse_image_reference(full) == parse_image_reference(reference.familiar) == reference


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it names no repository"),
        ("docker.io/", "it names no repository"),
        ("Nginx", "'Nginx' has upper-case letters"),
        ("a.b/shop:", "the tag is empty"),
        ("a.b/shop:x y", "'x y' is no tag"),
        (f"a.b/shop:{'x' * 129}", "is no tag"),
        ("a.b/shop@", "the digest is empty"),
        ("a.b/shop@sha256:12", "'sha256:12' is no digest"),
        ("http://a.b/shop", "is no name of a registry"),
        ("a.b:port/shop", "'a.b:port' is no name of a registry"),
        ("a.b//shop", "'' is no part of a repository's name"),
        ("a.b/-shop", "'-shop' is no part"),
        ("a.b/shop\n", "is no part"),
        ("a.b/shöp", "is no part"),
        (f"a.b/{'x' * 256}", "longer than 255"),
        ("ab" * 32, "it is the ID of an image"),
    ],
)
def test_what_is_no_name_is_told_with_the_part_that_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match="is no image reference: ") as caught:
        parse_image_reference(text)
    assert why in caught.value.message


def test_a_tag_is_never_made_up() -> None:
    assert parse_image_reference("nginx").reference == ""


def test_another_tag_drops_the_digest_and_a_digest_keeps_the_tag() -> None:
    reference = ImageReference("a.b", "shop", "1", DIGEST)
    assert reference.tagged("2") == ImageReference("a.b", "shop", "2")
    assert ImageReference("a.b", "shop", "1").pinned(DIGEST) == reference
    with pytest.raises(ConfigurationError):
        reference.tagged("a b")
    with pytest.raises(ConfigurationError):
        reference.pinned("1")
