from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.redaction import HIDDEN, redact, redact_text

quick = settings(max_examples=20, deadline=None)
CANARY = "hunter2Kanarie"
SECRET_NAMES = [
    "PASSWORD", "POSTGRES_PASSWORD", "MYSQL_ROOT_PASSWORD", "db_passwd", "SMTP_PASS", "DB_PWD",
    "SECRET_KEY", "clientSecret", "JWT_SECRET", "API_KEY", "api-key", "APIKEY", "GITHUB_TOKEN",
    "AWS_SECRET_ACCESS_KEY", "PRIVATE_KEY", "SIGNING_KEY", "SENTRY_DSN", "CREDENTIALS",
    "PASSPHRASE", "REGISTRY_AUTH", "SESSION_COOKIE", "PASSWORD_SALT", "SECRET_ID", "AUTHORIZATION",
    "API_TOKENS",
]  # fmt: skip
HARMLESS: dict[str, Any] = {
    "DATABASE_URL": "postgres://shop@db:5432/shop", "POSTGRES_PASSWORD_FILE": "/run/secrets/db",
    "TOKEN_TTL": "15m", "TOKEN_EXPIRY": 3600, "SESSION_COOKIE_NAME": "sid", "SECRET_NAME": "db",
    "AWS_ACCESS_KEY_ID": "of-the-shop", "PASSWORD_MIN_LENGTH": 12, "MAX_TOKENS": 4000,
    "TOKEN_URL": "https://login.example.com/token", "COOKIE_DOMAIN": "example.com", "PWD": "/srv",
    "POSTGRES_HOST_AUTH_METHOD": "trust", "AUTH_HOST": "login", "image": "shop/secret-service:1.2",
    "PGUSER": "shop", "published": "8080", "target": 5432, "restart": "unless-stopped",
    "COMPASS": "north", "EMPTY_PASSWORD": "", "NO_PASSWORD": None, "REQUIRE_PASSWORD": True,
}  # fmt: skip

# what a generated password may be made of, without the beginnings that name a variable
secrets = st.text(
    st.characters(codec="ascii", categories=["L", "N"], include_characters="!#%*+.:/@_-"),
    min_size=8, max_size=24,
).map(lambda s: f"zQ{s}Qz")  # fmt: skip


@quick
@given(st.sampled_from(SECRET_NAMES), secrets)
def test_a_value_under_a_secret_name_is_hidden(name: str, secret: str) -> None:
    model = {
        "services": {"api": {"environment": {name: secret}, "build": {"args": {name: secret}}}}
    }
    assert secret not in json.dumps(redact(model))


@quick
@given(st.sampled_from(SECRET_NAMES), secrets)
def test_a_list_under_a_secret_name_is_hidden(name: str, secret: str) -> None:
    assert secret not in json.dumps(redact({name: [secret, {"kept": "x"}]}))


@quick
@given(st.sampled_from(SECRET_NAMES), secrets.map(lambda s: f"{s} and more;{s}"))
def test_an_assignment_is_hidden_to_its_end(name: str, secret: str) -> None:
    assert redact(["docker", "run", "-e", f"{name}={secret}"])[3] == f"{name}={HIDDEN}"


@pytest.mark.parametrize(
    "form",
    [
        "server --password {}", "server --password={} --port 80", "--db-password '{}'",
        "--api-key={}", "PASSWORD={} server", "Server=db;User=sa;Password={};Timeout=5",
        "redis-server --requirepass {}", "redis-cli -a {} ping", "mysqladmin ping -h db -p{}",
        "curl -u admin:{} http://api/", "curl -fsS --user 'admin:{}' http://api/",
        "sshpass -p {} ssh host", 'curl -H "Authorization: Bearer {}" http://api/',
        "curl -H 'X-Api-Key: {}' http://api/", "X-Api-Key:{}", '{{"password": "{}"}}',
        "https://api/?user=a&access_token={}", "password: {}", "token = {}",
        "postgres://shop:{}@db/shop", "redis://:{}@cache:6379/0", "amqp://u:{}@mq:5672/%2f",
        "jdbc:postgresql://db/shop?user=u&password={}", "https://user:{}@git.example.com/a.git",
    ],
)  # fmt: skip
@quick
@given(secret=secrets)
def test_an_argument_that_is_a_secret_is_hidden(form: str, secret: str) -> None:
    assert secret not in redact_text(form.format(secret))


@pytest.mark.parametrize(
    "words",
    [
        ["--password", "{} with spaces"], ["mysql", "-uroot", "-p{}"], ["--password={} and {}"],
        ["CMD", "redis-cli", "-a", "{}", "ping"], ["CMD-SHELL", "mysqladmin ping -p{}"],
        ["curl", "-u", "admin:{}"], ["--dsn", "x://u:{}@h"], ["TOKEN={}"],
    ],
)  # fmt: skip
@quick
@given(secret=secrets)
def test_a_word_of_a_command_that_is_a_secret_is_hidden(words: list[str], secret: str) -> None:
    hidden = redact([word.format(secret, secret) for word in words])
    assert len(hidden) == len(words)
    assert secret not in "".join(hidden)


def test_a_password_with_an_at_sign_is_hidden_whole() -> None:
    assert redact_text("postgres://u:p@ss/w@db/shop") == f"postgres://u:{HIDDEN}@db/shop"


@pytest.mark.parametrize(
    "token",
    ["AKIAABCDEFGHIJKLMNOP", "ghp_0123456789abcdefghij", "glpat-0123456789abcdefghij",
     "xoxb-0123456789ab", "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2lnbmF0dXJl",
     "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"],
)  # fmt: skip
def test_a_token_of_a_known_shape_is_hidden_anywhere(token: str) -> None:
    assert redact({"command": ["run", token], "note": f"see {token}"}) == {
        "command": ["run", HIDDEN],
        "note": f"see {HIDDEN}",
    }


@pytest.mark.parametrize("kind", ["secrets", "configs"])
def test_the_content_of_secrets_and_configs_is_hidden(kind: str) -> None:
    model = {kind: {"one": {"name": "shop_one", "content": CANARY}}}
    assert redact(model) == {kind: {"one": {"name": "shop_one", "content": HIDDEN}}}


@pytest.mark.parametrize("name", ["secrets", "configs", "volumes", "networks", "depends_on"])
def test_a_service_with_the_name_of_a_section_hides_its_secrets(name: str) -> None:
    model = {"services": {name: {"environment": {"DB_PASSWORD": CANARY}}}}
    assert CANARY not in json.dumps(redact(model))


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_value_is_shown(name: str) -> None:
    assert redact({name: HARMLESS[name]}) == {name: HARMLESS[name]}


@pytest.mark.parametrize(
    "text",
    [
        "shop/secret-service:1.2", "registry.example.com:5000/shop/token-api@sha256:abc",
        "http://localhost:8080/health?x=a@b", "ssh://deploy@example.com", "git@example.com:a/b.git",
        "cat /run/secrets/db_password | wc -c", "the password is wrong", "every token counts",
        "pg_isready -U $$POSTGRES_USER", "mysqladmin ping -p$$MYSQL_ROOT_PASSWORD",
        "--password=${DB_PASSWORD}", "--password-file /run/secrets/db", "--auth-host=scram-sha-256",
        "docker exec --user app:app", "docker run -p 8080:80", "curl -fsSo /dev/null http://api/",
        "proxy_pass = http://api", "/run/secrets/db_password:ro", "bypass=yes",
    ],
)  # fmt: skip
def test_harmless_words_are_shown(text: str) -> None:
    assert redact_text(text) == text
    assert redact(text.split(" ")) == text.split(" ")


def test_references_to_secrets_are_shown() -> None:
    service = {
        "secrets": [{"source": "db_password", "target": "/run/secrets/db_password"}],
        "volumes": [{"type": "volume", "source": "secrets"}],
        "depends_on": {"token-service": {"condition": "service_healthy"}},
        "healthcheck": {"test": ["CMD", "test", "-s", "/run/secrets/db_password"], "retries": 3},
    }
    model = {
        "services": {"token-service": service},
        "secrets": {"db_password": {"name": "shop_db_password", "file": "/srv/db_password.txt"}},
    }
    assert redact(model) == model


def test_the_model_itself_stays_as_it_is() -> None:
    model = {"environment": {"PASSWORD": CANARY}, "command": ["--password", CANARY]}
    before = json.dumps(model)
    redact(model)
    assert json.dumps(model) == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@quick
@given(json_values)
def test_hiding_twice_is_hiding_once(value: Any) -> None:
    once = redact(value)
    assert redact(once) == once


@pytest.mark.parametrize(
    "piece", ["a", "-", "/", "a_", "secret_", "token ", "--password ", "x=y&", "a://b:", "curl "]
)
def test_a_long_line_is_read_in_the_time_that_it_deserves(piece: str) -> None:
    """Read once, it takes a moment; read again from each letter, it takes an hour."""
    line = piece * (200_000 // len(piece))
    assert redact_text(line).startswith(piece.strip() or piece)
