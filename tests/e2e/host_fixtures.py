"""The fixtures of hosts, for the tests of adapters and for whole commands alike."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.e2e.hosts import Hosts, hosts_trouble, running_hosts


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Two hosts that are reached over SSH; tests that change one mend it again."""
    if trouble := hosts_trouble():
        in_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
        (pytest.fail if in_ci and os.geteuid() == 0 else pytest.skip)(trouble)
    with running_hosts(tmp_path_factory.mktemp("hosts")) as started:
        yield started


@pytest.fixture
def ssh_user(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """The hosts, and this process is the user who has the key to them."""
    for name, value in hosts.environment.items():
        monkeypatch.setenv(name, value)
    return hosts
