"""The verbs of stages in process, with a registry that is spoken to over HTTP."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from envctl.cli.main import run
from envctl.domain.deployment import StageNames
from envctl.domain.edge import EdgeStage, Route
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Deployed, Event, Kind
from envctl.domain.target import Holder
from envctl.wiring import open_stage, stages
from envctl.wiring.project_files import ProjectFiles
from envctl.workflows.kept_ledger import KeptLedger
from envctl.workflows.ledger import RegistryLedger
from tests.fake_registry import FakeRegistry
from tests.fake_stage_lock import FakeStageLock
from tests.fake_stage_store import FakeStageStore
from tests.ledgers import client
from tests.releases import put_release

pytestmark = pytest.mark.process  # Git is asked who works here

REPOSITORY = "shop"
BOB = Holder("bob", "lap", "2026-01-31T00:00:00Z", "deploy 1.0")
TOML = """
name = "shop"
registry = "{}"

[stages.integration]

[stages.live]
after = "integration"
requires_check = true
"""


@dataclass(frozen=True)
class Edge:
    """What serves the stages, always at the same place."""

    def stages(self) -> tuple[EdgeStage, ...]:
        return (EdgeStage("shop-integration", (Route(8080, "web", 80),)),)


@dataclass(frozen=True)
class Here:
    """A stage whose target is open, as far as these verbs look at it."""

    files: ProjectFiles
    stage: Stage
    lock: FakeStageLock
    store: FakeStageStore
    edge: Edge = Edge()

    @property
    def names(self) -> StageNames:
        return StageNames("shop", self.stage.name)

    @property
    def ledger(self) -> RegistryLedger:
        return stages.ledger(self.files, kept=KeptLedger(self.stage.name, self.store))

    def host(self) -> str:
        return "integration.example.com"


@pytest.fixture
def stores() -> defaultdict[str, FakeStageStore]:
    """What the targets of stages keep."""
    return defaultdict(FakeStageStore)


@pytest.fixture
def lock(
    monkeypatch: pytest.MonkeyPatch, stores: defaultdict[str, FakeStageStore]
) -> FakeStageLock:
    lock = FakeStageLock()

    @contextmanager
    def opened(
        files: ProjectFiles, stage: Stage, note: Callable[[str], None], *, start: bool = False
    ) -> Iterator[Here]:
        yield Here(files, stage, lock, stores[stage.name])

    monkeypatch.setattr(open_stage, "open_stage", opened)
    return lock


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: FakeStageLock
) -> Iterator[FakeRegistry]:
    """Stand in a project with stages and two releases."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with FakeRegistry() as server:
        (tmp_path / "envctl.toml").write_text(TOML.format(server.address))
        (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
        for version, commit in (("1.0", "a" * 40), ("2.0", "b" * 40)):
            put_release(server.address, REPOSITORY, version, commit=commit)
        yield server


def deploy(stage: str, version: str) -> None:
    ledger = stages.ledger(_files())
    state = ledger.state(stage)
    deployed = Deployed(state.promoted, version, "s", f"shop-{stage}-{version}")
    for kind in (Kind.DEPLOY_STARTED, Kind.DEPLOYED):
        ledger.append(stage, Event(kind, deployed.release, version, deployed))


def _files() -> ProjectFiles:
    from envctl.wiring.project_files import Choices

    return ProjectFiles(Choices(Path.cwd(), (), (), ""), lambda _: None)


def test_a_release_goes_its_way_to_the_last_stage(
    shop: FakeRegistry, lock: FakeStageLock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["promote", "integration", "--release", "1.0", "--reason", "go"]) == 0
    assert capsys.readouterr().out.startswith("1.0 sha256:")
    deploy("integration", "1.0")
    assert run(["promote", "live"]) == 5
    assert capsys.readouterr().err.splitlines() == [
        "error: 1.0 may not come to live: the check of 1.0 on integration was never made",
        "hint: a check that passes: envctl check integration -- COMMAND",
    ]
    code = 'import os; assert os.environ["ENVCTL_URL"] == "http://integration.example.com:8080"'
    assert run(["check", "integration", "--", sys.executable, "-c", code]) == 0
    assert capsys.readouterr().err == "note: the check of 1.0 on integration passed\n"
    assert run(["promote", "live", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "record promoted: 1.0, the first release here",
        "tag s0: s0:live is nothing yet",
        "tag s1: s1:live is nothing yet",
    ]
    assert run(["promote", "live", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["steps"]) == 3
    assert run(["promote", "live"]) == 0
    assert "nothing to do: live is to run 1.0 already" in capsys.readouterr().err
    assert lock.said == ["promote 1.0", "promote", "check", "promote", "promote"]


def test_a_promotion_knows_of_a_rollback_that_only_the_target_has_recorded(
    shop: FakeRegistry, lock: FakeStageLock, stores: defaultdict[str, FakeStageStore]
) -> None:
    for version in ("1.0", "2.0"):
        assert run(["promote", "integration", "--release", version]) == 0
        deploy("integration", version)
    kept = KeptLedger("integration", stores["integration"])
    ledger = stages.ledger(_files(), kept=kept)
    head = ledger.head("integration")
    assert head
    kept.keep(head)
    (former,) = head.state.good
    away = replace(ledger, registry=client("127.0.0.1:1"))
    for kind in (Kind.ROLLBACK_STARTED, Kind.ROLLED_BACK):
        away.append("integration", Event(kind, former.release, former.version, former))
    assert run(["promote", "integration", "--release", "2.0"]) == 0
    kinds = [str(record.event.kind) for record in ledger.history("integration")]
    assert kinds[:3] == ["promoted", "rolled back", "rollback started"]
    assert ledger.state("integration").hold == ""


def test_a_check_that_fails_says_so_with_its_exit_code(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", "integration", "--release", "1.0"])
    deploy("integration", "1.0")
    assert run(["check", "integration", "--", sys.executable, "-c", "exit(7)"]) == 1
    assert "the check of 1.0 on integration failed" in capsys.readouterr().err
    assert run(["check", "integration", "no-such-program"]) == 2
    assert run(["check", "integration"]) == 2
    (found,) = stages.ledger(_files()).state("integration").checks
    assert not found.passed


def test_a_hotfix_needs_a_reason_and_shows_in_the_history(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["promote", "live", "--release", "2.0", "--hotfix"]) == 2
    assert "--hotfix needs --reason" in capsys.readouterr().err
    assert run(["promote", "live", "--release", "2.0", "--hotfix", "--reason", "on fire"]) == 0
    capsys.readouterr()
    assert run(["history", "live"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == [
        "WHEN",
        "WHAT",
        "RELEASE",
        "WHO",
        "FROM",
        "WHY",
        "HOW",
        "IT",
        "ENDED",
    ]
    assert "promoted (HOTFIX)  2.0" in row
    assert "on fire" in row
    assert run(["history", "live", "--json", "--limit", "1"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record["event"]["hotfix"] is True
    assert record["digest"].startswith("sha256:")


def test_what_is_promoted_already_becomes_a_hotfix(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", "integration", "--release", "2.0"])
    hotfix = ["promote", "integration", "--release", "2.0", "--hotfix", "--reason", "now"]
    assert run([*hotfix, "--dry-run"]) == 0
    assert "record promoted: 2.0, now as a hotfix" in capsys.readouterr().out
    assert run(hotfix) == 0
    ledger = stages.ledger(_files())
    assert ledger.state("integration").hotfix
    assert [r.event.reason for r in ledger.history("integration")] == ["now", ""]
    assert run(hotfix) == 0
    assert len(ledger.history("integration")) == 2


def test_a_reason_that_is_not_recorded_is_not_lost_in_silence(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["promote", "integration", "--release", "2.0", "--reason", "go"]) == 0
    said = "nothing is recorded, so the reason is not either"
    assert said not in capsys.readouterr().err
    assert run(["promote", "integration", "--release", "2.0", "--reason", "again"]) == 0
    assert said in capsys.readouterr().err


def test_a_rejected_release_is_refused_everywhere(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", "integration", "--release", "1.0"])
    deploy("integration", "1.0")
    capsys.readouterr()
    assert run(["reject", "1.0", "--reason", "leaks"]) == 0
    assert "integration runs it still: envctl rollback integration" in capsys.readouterr().err
    assert run(["reject", "1.0", "--reason", "again"]) == 0
    assert "1.0 is rejected already" in capsys.readouterr().err
    assert run(["promote", "integration", "--release", "1.0"]) == 5
    assert "1.0 was rejected (leaks)" in capsys.readouterr().err


def test_releases_say_where_they_run(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", "integration", "--release", "1.0"])
    deploy("integration", "1.0")
    capsys.readouterr()
    assert run(["releases", "--json"]) == 0
    found = {one["version"]: one["runs_on"] for one in json.loads(capsys.readouterr().out)}
    assert found == {"1.0": ["integration"], "2.0": []}
    assert run(["releases"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[-2:] == ["RUNS", "ON"]


def test_releases_and_show_say_that_one_is_rejected(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["reject", "1.0", "--reason", "leaks"])
    capsys.readouterr()
    assert run(["releases"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "1.0 (rejected)" in rows["1.0"]
    assert "rejected" not in rows["2.0"]
    assert run(["releases", "--json"]) == 0
    found = {one["version"]: one["rejected"] for one in json.loads(capsys.readouterr().out)}
    assert found == {"1.0": "leaks", "2.0": None}
    for words in (["1.0"], ["1.0", "--json"]):
        assert run(["show", *words]) == 0
        assert "leaks" in capsys.readouterr().out


def test_rejections_that_are_missing_are_told_and_can_be_mended(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["reject", "1.0", "--reason", "leaks"])
    tags = shop.repository(REPOSITORY).tags
    del tags[next(tag for tag in tags if tag.startswith("p._."))]
    capsys.readouterr()
    assert run(["releases"]) == 0
    said = "the project's list of rejections is not sound: its record 1 is not listed"
    assert said in capsys.readouterr().err
    assert run(["promote", "integration", "--release", "1.0"]) == 5
    assert "envctl ledger repair _" in capsys.readouterr().err
    assert run(["ledger", "repair", "_", "--yes"]) == 0
    assert run(["promote", "integration", "--release", "1.0"]) == 5
    assert "1.0 was rejected (leaks)" in capsys.readouterr().err


def test_nothing_has_happened_to_a_stage_that_was_never_used(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["history", "live"]) == 0
    assert "nothing happened to live yet" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["history", "promote"])
def test_a_stage_that_is_none_is_told_with_those_that_are(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert run([verb, "prod"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: there is no stage 'prod'",
        "hint: there are: integration, live",
    ]


def test_whoever_holds_the_lock_is_named(
    shop: FakeRegistry, lock: FakeStageLock, capsys: pytest.CaptureFixture[str]
) -> None:
    lock.by = BOB
    assert run(["promote", "integration", "--release", "1.0", "--wait", "1"]) == 5
    assert "note: waiting for bob at lap" in capsys.readouterr().err


def test_a_lock_is_taken_only_from_somebody_and_is_recorded(
    shop: FakeRegistry, lock: FakeStageLock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["unlock", "live", "--reason", "gone home"]) == 0
    assert "nobody holds the lock of live" in capsys.readouterr().err
    lock.by = BOB
    assert run(["unlock", "live", "--reason", "gone home", "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        "live is held by bob at lap, since 2026-01-31T00:00:00Z: deploy 1.0\n"
    )
    assert run(["unlock", "live", "--reason", "gone home"]) == 5
    assert lock.by == BOB
    assert run(["unlock", "live", "--reason", "gone home", "--yes"]) == 0
    (record,) = stages.ledger(_files()).history("live")
    assert (record.event.kind, record.event.reason) == (Kind.UNLOCKED, "gone home")
    assert record.event.outcome.startswith("taken from bob at lap")


def test_a_ledger_is_mended_after_it_was_shown(
    shop: FakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", "integration", "--release", "1.0"])
    del shop.repository(REPOSITORY).tags["s.integration"]
    capsys.readouterr()
    plan = "point s.integration to record 1, the last one\n"
    assert run(["ledger", "repair", "integration", "--dry-run"]) == 0
    assert capsys.readouterr().out == plan
    assert run(["ledger", "repair", "integration"]) == 5
    assert capsys.readouterr().err.startswith(plan)
    assert run(["ledger", "repair", "integration", "--yes"]) == 0
    assert "s.integration" in shop.repository(REPOSITORY).tags
    capsys.readouterr()
    assert run(["ledger", "repair", "integration"]) == 0
    assert capsys.readouterr().out == "nothing to do\n"
