"""Healthchecks that fit well-known images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.service import Service

# by the last part of an image's name; the command is in the image, and needs no password
_TESTS = {
    "postgres": ("CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "{user}", "-d", "{database}"),
    "mysql": ("CMD", "mysqladmin", "ping", "-h", "127.0.0.1", "--silent"),
    "mariadb": ("CMD", "healthcheck.sh", "--connect", "--innodb_initialized"),
    "redis": ("CMD", "redis-cli", "ping"),
    "valkey": ("CMD", "valkey-cli", "ping"),
    "nginx": ("CMD", "curl", "-fsSo", "/dev/null", "http://127.0.0.1/"),
    "rabbitmq": ("CMD", "rabbitmq-diagnostics", "-q", "ping"),
    "mongo": ("CMD", "mongosh", "--quiet", "--eval", "db.runCommand('ping').ok || quit(1)"),
    "elasticsearch": ("CMD", "curl", "-fsS", "http://127.0.0.1:9200/_cluster/health"),
    "opensearch": ("CMD", "curl", "-fsS", "http://127.0.0.1:9200/_cluster/health"),
    "minio": ("CMD", "mc", "ready", "local"),
}
_SAME = {"postgis": "postgres", "timescaledb": "postgres", "pgvector": "postgres"}
_DATA = {
    "postgres": "/var/lib/postgresql/data",
    "mysql": "/var/lib/mysql",
    "mariadb": "/var/lib/mysql",
    "mongo": "/data/db",
    "rabbitmq": "/var/lib/rabbitmq",
    "elasticsearch": "/usr/share/elasticsearch/data",
    "opensearch": "/usr/share/opensearch/data",
    "minio": "/data",
}
_EVERY = "interval: 5s, start_period: 30s, start_interval: 200ms"


def product(image: str) -> str:
    """Return what an image is known as: `postgres` for `registry.example.com/postgis:15`."""
    last = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return _SAME.get(last, last)


def is_known(service: Service) -> bool:
    """Whether what its image does is known here."""
    return not service.build and product(service.image) in _TESTS


def data_folder(service: Service) -> str:
    """Return where a well-known database keeps its data; empty for any other image."""
    return "" if service.build else _DATA.get(product(service.image), "")


def suggested_check(service: Service, body: Mapping[str, object]) -> str:
    """Return the healthcheck to write, as YAML on one line."""
    if not is_known(service):
        return _general(body)
    values = _database(body.get("environment"))
    test = json.dumps([word.format(**values) for word in _TESTS[product(service.image)]])
    return f"healthcheck: {{test: {test}, {_EVERY}}}"


def _database(environment: object) -> dict[str, str]:
    variables = environment if isinstance(environment, dict) else {}
    user = str(variables.get("POSTGRES_USER") or "postgres")
    return {"user": user, "database": str(variables.get("POSTGRES_DB") or user)}


def _general(body: Mapping[str, object]) -> str:
    ports = body.get("ports")
    first = ports[0] if isinstance(ports, list) and ports else {}
    port = first.get("target") if isinstance(first, dict) else None
    if port:
        test = f'[CMD, curl, -fsSo, /dev/null, "http://127.0.0.1:{port}/"]'
        return f"healthcheck: {{test: {test}, {_EVERY}}}"
    plain = f"healthcheck: {{test: [CMD, COMMAND], {_EVERY}}}"
    return f"{plain}, with a COMMAND that fails until the service works"
