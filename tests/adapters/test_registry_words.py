"""A registry that an engine does not reach, in words."""

from __future__ import annotations

import pytest

from envctl.adapters.registry_words import in_words

CALL = 'Get "https://r.example:5000/v2/": '


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (
            "dial tcp: lookup r.example on 10.0.0.1:53: no such host",
            "r.example:5000 has no address",
        ),
        (
            "dial tcp 10.0.0.1:5000: connect: connection refused",
            "nothing answers at r.example:5000",
        ),
        ("dial tcp 10.0.0.1:5000: i/o timeout", "r.example:5000 did not answer in time"),
        ("context deadline exceeded", "r.example:5000 did not answer in time"),
        ("dial tcp: connect: network is unreachable", "there is no way to r.example:5000"),
        (
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "the engine does not trust the certificate of r.example:5000",
        ),
        (
            "http: server gave HTTP response to HTTPS client",
            "r.example:5000 speaks plain HTTP, the engine expects TLS",
        ),
        ("EOF", "the connection to r.example:5000 broke"),
    ],
)
def test_why_it_is_not_reached_is_said_without_the_call(why: str, words: str) -> None:
    assert in_words(CALL + why) == words
    assert in_words(f"cannot pull web: Error response from daemon: {CALL}{why}") == (
        f"cannot pull web: {words}"
    )


@pytest.mark.parametrize("text", ["manifest unknown", f"{CALL}something else", ""])
def test_all_else_stays(text: str) -> None:
    assert in_words(text) == text
