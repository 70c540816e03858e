"""Headers, certificates, Docker's settings: what is read in them, and said of wrong ones."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from envctl.adapters.image_registry import trust
from envctl.adapters.image_registry.credentials import Credentials, configured_credentials
from envctl.adapters.image_registry.headers import (
    Challenge,
    challenges,
    delay,
    next_page,
    uploaded,
    utc,
)
from envctl.errors import ConfigurationError

BASIC = Challenge("basic", {"realm": "a, b"})


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ('Basic realm="a, b"', (BASIC,)),
        ('BASIC Realm = "a, b"', (BASIC,)),
        (
            'Bearer realm="https://t/x",service=s , scope="repository:a:pull,push"',
            (
                Challenge(
                    "bearer",
                    {"realm": "https://t/x", "service": "s", "scope": "repository:a:pull,push"},
                ),
            ),
        ),
        ('Negotiate, Basic realm="a, b"', (Challenge("negotiate"), BASIC)),
        (r'X a="\"q\\"', (Challenge("x", {"a": '"q\\'}),)),
        ('Basic realm="a, b", "', (BASIC,)),
    ],
)
def test_what_a_registry_asks_for(header: str, expected: tuple[Challenge, ...]) -> None:
    assert challenges(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ('</v2/a?n=1&last=b>; rel="next"', "/v2/a?n=1&last=b"),
        ("<x>; rel=prev, <y>;title=a; rel=next", "y"),
        ('<x>; rel="prev"', ""),
    ],
)
def test_where_a_list_goes_on(header: str, expected: str) -> None:
    assert next_page(header) == expected


@pytest.mark.parametrize(("said", "come"), [("0-9", 10), ("bytes=0-9", 10), ("0-0", 0), ("x", 0)])
def test_how_much_has_come(said: str, come: int) -> None:
    assert uploaded(said) == come


@pytest.mark.parametrize(
    ("after", "seconds"), [("7", 7), ("Sat, 01 Jan 2000 00:01:30 GMT", 30), ("soon", 0), ("", 0)]
)
def test_how_long_to_wait(after: str, seconds: float) -> None:
    assert delay(after, "Sat, 01 Jan 2000 00:01:00 GMT") == seconds


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def packed(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    ("host", "key", "entry", "expected"),
    [
        ("a.b", "a.b", {"auth": packed("me:s:x")}, Credentials("me", "s:x")),
        ("a.b:1", "https://a.b:1/v1/", {"auth": packed("me:s")}, Credentials("me", "s")),
        ("a.b", "a.b", {"username": "me", "password": "s"}, Credentials("me", "s")),
        ("a.b", "a.b", {"identitytoken": "i"}, Credentials(identity_token="i")),
        (
            "docker.io",
            "https://index.docker.io/v1/",
            {"auth": packed("me:s")},
            Credentials("me", "s"),
        ),
        ("a.b", "b.a", {"auth": packed("me:s")}, Credentials()),
        ("a.b", "a.b", {}, Credentials()),
    ],
)
def test_a_login_is_found(
    settings: Path, host: str, key: str, entry: dict[str, str], expected: Credentials
) -> None:
    settings.write_text(json.dumps({"auths": {key: entry}}))
    assert configured_credentials(host) == expected


def test_no_settings_are_no_login(settings: Path) -> None:
    assert not settings.exists()
    assert configured_credentials("a.b") == Credentials()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"auths": 1}',
        '{"auths": {"a.b": 1}}',
        '{"auths": {"a.b": {"auth": "c2VjcmV0"}}}',
        '{"auths": {"a.b": {"auth": "?"}}}',
    ],
)
def test_settings_that_are_wrong_are_named_without_their_content(settings: Path, text: str) -> None:
    settings.write_text(text)
    with pytest.raises(ConfigurationError, match=str(settings)) as caught:
        configured_credentials("a.b")
    assert "c2VjcmV0" not in caught.value.message


def test_credentials_do_not_show_themselves() -> None:
    assert "secret" not in repr(Credentials("me", "secret", "secret", "secret"))


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.process
@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_helper_is_asked(
    settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str
) -> None:
    helper(tmp_path, monkeypatch, 'printf \'{"Username": "me", "Secret": "%s"}\' "$(cat)"')
    value: object = "test" if key == "credsStore" else {"a.b": "test"}
    settings.write_text(json.dumps({key: value}))
    assert configured_credentials("a.b") == Credentials("me", "a.b")


@pytest.mark.process
def test_a_helpers_token_is_an_identity(
    settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(tmp_path, monkeypatch, 'echo \'{"Username": "<token>", "Secret": "i"}\'')
    settings.write_text('{"credsStore": "test"}')
    assert configured_credentials("a.b") == Credentials(identity_token="i")


@pytest.mark.process
def test_what_a_helper_does_not_know_is_looked_for_in_the_file(
    settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(tmp_path, monkeypatch, "echo credentials not found in native keychain; exit 1")
    settings.write_text(
        json.dumps({"credsStore": "test", "auths": {"a.b": {"auth": packed("me:s")}}})
    )
    assert configured_credentials("a.b") == Credentials("me", "s")


@pytest.mark.process
@pytest.mark.parametrize(
    ("script", "why"),
    [("echo locked >&2; exit 1", "failed: locked"), ("echo hm", "is no credentials")],
)
def test_a_helper_that_fails_is_named(
    settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, why: str
) -> None:
    helper(tmp_path, monkeypatch, script)
    settings.write_text('{"credsStore": "test"}')
    with pytest.raises(ConfigurationError, match=f"docker-credential-test, .*{why}"):
        configured_credentials("a.b")


@pytest.mark.process
def test_a_helper_that_is_not_there_is_named(settings: Path) -> None:
    settings.write_text('{"credsStore": "nowhere"}')
    with pytest.raises(ConfigurationError, match=r"docker-credential-nowhere, .*cannot be started"):
        configured_credentials("a.b")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost:5000", True),
        ("127.3.2.1", True),
        ("[::1]:5000", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com:5000", False),
        ("10.0.0.1:5000", False),
    ],
)
def test_this_machine_is_known_by_its_name_alone(host: str, here: bool) -> None:
    assert trust.is_loopback(host) is here


def test_a_certificate_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "folders", lambda _: (tmp_path,))
    (tmp_path / "ca.crt").write_text("none")
    with pytest.raises(ConfigurationError, match=r"ca\.crt cannot be used"):
        trust.trust("a.b")


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Tue, 24 Nov 2026 03:58:17 GMT", "2026-11-24T03:58:17Z"),
        ("Tue, 24 Nov 2026 03:58:17 +0130", "2026-11-24T02:28:17Z"),
        ("", ""),
        ("yesterday", ""),
    ],
)
def test_the_time_of_an_answer_is_told_in_utc(date: str, moment: str) -> None:
    assert utc(date) == moment
