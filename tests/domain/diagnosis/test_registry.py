from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.diagnosis.project_facts import Reach, RegistryFact
from tests.domain.diagnosis.healthy import HEALTHY, PROJECT, bad

HOST = "registry.example.com"


def found(reach: Reach, said: str = "", **more: Any) -> list[str]:
    fact = RegistryFact(HOST, (f"{HOST}/shop/api:1",), reach, said, **more)
    project = replace(PROJECT, absent=fact.images, registries=(fact,))
    return bad(replace(HEALTHY, project=project))


def test_a_registry_that_has_the_image_is_well() -> None:
    assert found(Reach.FOUND) == []


@pytest.mark.parametrize(
    ("reach", "cure"),
    [
        (Reach.NO_NAME, "mend the host in image: if it is misspelt; else this machine's DNS"),
        (Reach.REFUSED, f"start the registry at {HOST}, or mend the host or port in image:"),
        (Reach.SILENT, f"switch on the VPN or open the firewall to {HOST}"),
        (Reach.UNTRUSTED, "put the authority's certificate at /etc/docker/certs.d"),
        (Reach.PLAIN, f'add "insecure-registries": ["{HOST}"] to /etc/docker/daemon.json'),
        (Reach.LOGIN, f"docker login {HOST}"),
        (
            Reach.ABSENT,
            f"mend the name or tag in image:, or push it (docker push {HOST}/shop/api:1",
        ),
        (Reach.UNWELL, f"try again later; docker pull {HOST}/shop/api:1"),
    ],
)
def test_each_way_to_fail_has_a_cure_of_its_own(reach: Reach, cure: str) -> None:
    (line,) = found(reach, "so it says")
    level = "warning" if reach is Reach.UNTRUSTED else "problem"
    seen = f"{reach}: so it says; needed for {HOST}/shop/api:1"
    assert line.startswith(f"{level} registry {HOST}: {seen} -> {cure}")


def test_a_proxy_of_the_engine_that_does_not_answer_is_what_is_to_mend() -> None:
    (line,) = found(Reach.REFUSED, through="http://proxy:3128")
    assert "the engine's proxy http://proxy:3128: connection refused" in line
    assert "-> mend the engine's proxy: HTTPS_PROXY in sudo systemctl edit docker" in line


def test_a_proxy_that_only_the_shell_has_is_to_be_given_to_the_engine() -> None:
    (line,) = found(Reach.SILENT, shell_proxy=True)
    assert "-> give the engine the proxy that this shell has" in line
