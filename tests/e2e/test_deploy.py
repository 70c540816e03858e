"""A release comes into service beside the former one, or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from envctl.domain.deployment import PROJECT
from tests.e2e.conftest import engine
from tests.e2e.staging import (
    BAD_MIGRATION,
    DIES_LATER,
    EXITS_AT_ONCE,
    NEVER_HEALTHY,
    SECRET,
)
from tests.e2e.traffic import visitors

if TYPE_CHECKING:
    from tests.e2e.staging import Staged

pytestmark = pytest.mark.engine


def test_the_second_release_takes_over_without_a_failed_request(staged: Staged) -> None:
    staged.serve("1.0")
    staged.release("2.0")
    staged.promote("2.0")
    with visitors("127.0.0.1", staged.ports["integration"]) as seen:
        staged.deploy()
    assert not seen.failures
    assert seen.order == ["1.0", "2.0"], "at one moment, and never back"


def test_a_second_deploy_does_nothing(staged: Staged) -> None:
    staged.serve("1.0")
    before = staged.running()
    assert "runs already" in staged.deploy()
    assert staged.running() == before


def test_a_stage_that_follows_takes_what_comes_next_unless_it_is_on_hold(staged: Staged) -> None:
    project = staged.playground.folder / "envctl.toml"
    project.write_text(project.read_text().replace("drain =", "follow = true\ndrain ="))
    staged.release("1.0")
    assert "integration runs 1.0" in staged.deploy()
    staged.release("2.0")
    assert "deploy started: 2.0" in staged.done("deploy", "integration", "--dry-run")
    assert "integration runs 2.0" in staged.deploy()
    staged.done("rollback", "integration", "--yes")
    assert "integration runs already 1.0" in staged.deploy()


def test_a_dry_run_plans_and_changes_nothing(staged: Staged) -> None:
    staged.release("1.0")
    staged.promote("1.0")
    before = staged.running()
    planned = staged.done("deploy", "integration", "--dry-run")
    assert "record deploy started: 1.0" in planned
    assert staged.running() == before == {}


@pytest.mark.parametrize(
    "broken",
    [EXITS_AT_ONCE, DIES_LATER, NEVER_HEALTHY, BAD_MIGRATION],
    ids=["exits at once", "dies later", "never healthy", "bad migration"],
)
def test_a_bad_release_leaves_the_former_one_in_service(
    staged: Staged, broken: dict[str, str]
) -> None:
    staged.serve("1.0")
    before = staged.running()
    staged.release("2.0", **broken)
    staged.promote("2.0")
    with visitors("127.0.0.1", staged.ports["integration"]) as seen:
        answer = staged.run("deploy", "integration", "--timeout", "12")
    assert answer.code == 6, answer.stderr
    assert not seen.failures
    assert set(seen.answers) == {"1.0"}
    assert staged.running() == before, "nothing of the bad one is left"
    assert staged.json("status")[0]["running"]["version"] == "1.0"


def test_a_rollback_brings_the_former_release_back_with_its_settings(staged: Staged) -> None:
    staged.serve("1.0")
    staged.playground.write(
        "integration.env",
        f"WEB_PORT={staged.ports['integration']}\nTOKEN_FILE=token.txt\nGREETING=bye\n",
    )
    staged.release("2.0")
    staged.promote("2.0")
    staged.deploy()
    with visitors("127.0.0.1", staged.ports["integration"]) as seen:
        staged.done("rollback", "integration", "--yes")
    assert not seen.failures
    assert seen.order == ["2.0", "1.0"]
    (web,) = [c for name, c in staged.running().items() if "-web-" in name]
    assert "GREETING=hello" in engine().api.inspect_container(web)["Config"]["Env"]
    assert staged.json("status")[0]["hold"]
    assert policies(staged) == {"running": {"always"}, "exited": {"unless-stopped"}}


def policies(staged: Staged) -> dict[str, set[str]]:
    """Return the restart policies of the web and worker containers, by how these are."""
    found: dict[str, set[str]] = {}
    filters: dict[str, str | list[str] | bool] = {"label": [f"{PROJECT}={staged.name}"]}
    for one in engine().containers.list(all=True, filters=filters):
        if re.search("-(web|worker)-", str(one.name)):
            policy = one.attrs["HostConfig"]["RestartPolicy"]["Name"]
            found.setdefault(str(one.status), set()).add(policy)
    return found


def test_no_secret_is_anywhere_but_in_the_container(staged: Staged) -> None:
    staged.serve("1.0")
    (web,) = [c for name, c in staged.running().items() if "-web-" in name]
    container = engine().containers.get(web)
    assert container.exec_run(["cat", "/run/secrets/token"]).output == SECRET.encode()
    assert SECRET not in str(engine().api.inspect_container(web))
    assert SECRET not in staged.done("history", "integration", "--json")
    assert SECRET not in staged.run("deploy", "integration", "--dry-run").stdout


def test_a_stage_is_no_playground(staged: Staged) -> None:
    staged.serve("1.0")
    before = staged.running()
    answer = staged.playground.envctl("--name", f"{staged.name}-integration", "down", "--volumes")
    assert answer.code == 5
    assert "is the stage integration" in answer.stderr
    assert staged.running() == before
    assert f"{staged.name}-integration" not in staged.done("list")
