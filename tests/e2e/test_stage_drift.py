"""What is changed by hand on a stage is seen; and stages that are equal are proven to be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.staging import Staged

pytestmark = pytest.mark.engine


def docker(*words: str) -> str:
    """Do something by hand, and return what the engine says."""
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def web(pair: Staged) -> Iterator[str]:
    """The web container of integration, which is well; afterwards there is another one."""
    assert pair.json("status", "integration")[0]["state"] == "healthy"
    name = pair.container()
    yield name
    for left in docker("ps", "--all", "--quiet", "--filter", f"name={name}").split():
        docker("rm", "--force", left)
    pair.deploy()


def drift(pair: Staged) -> list[str]:
    """Return what `status` finds otherwise than the deploy left it; it has to fail then."""
    answer = pair.run("status", "integration")
    assert answer.code == 1, answer.stdout
    assert "drifted" in answer.stdout
    return [
        line.removeprefix("integration: ")
        for line in answer.stdout.splitlines()
        if line.startswith("integration: ")
    ]


def another(web: str, image: str) -> None:
    """Put a container of another image into the place of one."""
    http = EngineHttp()
    found = http.get_json(f"/containers/{web}/json")
    docker("rm", "--force", web)
    config = found["Config"] | {"Image": image, "Cmd": ["sleep", "1000"], "Healthcheck": None}
    networks = {
        name: {"Aliases": on["Aliases"]}
        for name, on in found["NetworkSettings"]["Networks"].items()
    }
    body = config | {
        "HostConfig": found["HostConfig"],
        "NetworkingConfig": {"EndpointsConfig": networks},
    }
    made = http.post("/containers/create", body, name=web)["Id"]
    http.post(f"/containers/{made}/start")


def test_equal_stages_are_proven_equal_and_differ_in_settings_only(pair: Staged) -> None:
    said = pair.done("verify", "integration", "production")
    assert "integration and production: the same release, the same image digests" in said
    proof = pair.json("verify", "integration", "production")
    assert proof["holds"]
    assert proof["same_release"]
    settings = ["services.web.environment.GREETING", "services.web.ports.8000"]
    assert proof["settings"] == [{"stages": ["integration", "production"], "differ": settings}]
    said = pair.done("diff", "integration", "production")
    assert said == f"settings that differ: {', '.join(settings)}\n"


def test_a_container_that_was_stopped(pair: Staged, web: str) -> None:
    docker("stop", web)
    assert drift(pair) == ["web: 0 of 1 containers are well"]
    answer = pair.run("verify", "integration")
    assert (answer.code, "web has no running container" in answer.stdout) == (1, True)
    pair.deploy()
    assert pair.json("status", "integration")[0]["state"] == "healthy"


def test_a_container_that_was_removed(pair: Staged, web: str) -> None:
    docker("rm", "--force", web)
    assert drift(pair) == ["web: 1 of 1 containers are gone"]
    pair.deploy()
    assert pair.json("status", "integration")[0]["state"] == "healthy"


def test_a_container_of_another_image(pair: Staged, web: str) -> None:
    another(web, "busybox:1.35")
    assert "web: runs another image than the release's" in drift(pair)
    answer = pair.run("verify", "integration", "production")
    assert answer.code == 1
    assert "integration: 1.0" in answer.stdout
    assert "DIFFERS" in answer.stdout
    assert f"{web} runs sha256:" in answer.stdout
    assert pair.run("verify", "production").code == 0


def test_a_container_that_was_taken_off_its_network(pair: Staged, web: str) -> None:
    (network,) = EngineHttp().get_json(f"/containers/{web}/json")["NetworkSettings"]["Networks"]
    docker("network", "disconnect", network, web)
    assert drift(pair) == [f"web: is not on the network {network}"]


def test_a_database_that_was_taken_off_the_network_of_the_release(pair: Staged, web: str) -> None:
    (network,) = EngineHttp().get_json(f"/containers/{web}/json")["NetworkSettings"]["Networks"]
    docker("network", "disconnect", network, pair.container("db"))
    assert f"db: is not on the network {network}" in drift(pair)
    pair.deploy()
    assert pair.json("status", "integration")[0]["state"] == "healthy"


def test_a_name_that_means_another_image_now(pair: Staged, web: str) -> None:
    name = EngineHttp().get_json(f"/containers/{web}/json")["Config"]["Image"]
    own = EngineHttp().get_json(f"/images/{name}/json")["Id"]
    docker("tag", "busybox:1.35", name)
    assert f"image {name} is another one there than the release's" in drift(pair)
    docker("tag", own, name)
