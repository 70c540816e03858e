"""One way, as people and release jobs meet it: what is refused, and what would allow it."""

from __future__ import annotations

import sys

import pytest

from tests.e2e.conftest import eventually
from tests.e2e.releasing import everything
from tests.e2e.staging import Staged
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


def refused(staged: Staged, *words: str, says: str, allows: str) -> None:
    """Expect a command to be refused, with its reason and with what would allow it."""
    answer = staged.run(*words)
    assert answer.code == 5, answer.stderr
    error, _, hint = answer.stderr.rstrip().rpartition("error: ")[2].partition("\nhint: ")
    assert error == says
    assert hint == allows


def demands(staged: Staged, lines: str) -> None:
    """Let production demand this, too."""
    project = staged.playground.folder / "envctl.toml"
    head, _, _ = project.read_text().partition('after = "integration"')
    project.write_text(f'{head}after = "integration"\n{lines}\n')


def kinds(staged: Staged, stage: str) -> list[str]:
    """Return what happened to a stage, the oldest first."""
    return [r["event"]["kind"] for r in reversed(staged.json("history", stage))]


def tags(staged: Staged, registry: FakeRegistry) -> dict[str, str]:
    """Return what people find of the web service, by its names."""
    return everything(registry)[f"team/{staged.name}/web"]


def test_production_takes_only_what_integration_ran(
    lean: Staged, memory_registry: FakeRegistry
) -> None:
    lean.release("1.0")
    steps = (("promote", "integration", "--release", "1.0"), ("deploy", "integration"))
    for more in ((), ("--dry-run",)):
        refused(
            lean, "promote", "production", "--release", "1.0", *more,
            says="1.0 may not come to production: integration has never run 1.0",
            allows=", then ".join(f"envctl {' '.join(words)}" for words in steps),
        )  # fmt: skip
    assert kinds(lean, "production") == []
    for words in steps:
        lean.done(*words)
    lean.done("promote", "production")
    assert lean.runs("production") == ""
    found = tags(lean, memory_registry)
    assert found["production"] == found["integration"] == found["1.0"]
    lean.serve("2.0")
    lean.done("promote", "production")
    now = tags(lean, memory_registry)
    assert now["production"] == now["2.0"] != found["1.0"] == now["1.0"]


def test_it_has_to_run_there_for_long_enough_and_be_checked(lean: Staged) -> None:
    demands(lean, 'soak = "1h"\nrequires_check = true')
    lean.serve("1.0")
    check = ("check", "integration", "--", sys.executable, "-c")
    visit = "from urllib.request import urlopen as ask; from os import environ as known; "
    visit += "assert ask(known['ENVCTL_URL']).read() == b'1.0\\n'"
    for done, said in (("import sys; sys.exit(3)", "was never made"), (visit, "failed")):
        answer = lean.run("promote", "production")
        assert answer.code == 5
        assert "1.0 has to run on integration for 1 h; " in answer.stderr
        assert f"the check of 1.0 on integration {said}\n" in answer.stderr
        assert "a check that passes: envctl check integration -- COMMAND" in answer.stderr
        assert lean.run(*check, done).code == (1 if said == "was never made" else 0)
    answer = lean.run("promote", "production")
    assert answer.code == 5
    assert "for 1 h\nhint: wait for " in answer.stderr
    demands(lean, 'soak = "1s"\nrequires_check = true')
    eventually(lambda: lean.run("promote", "production").code == 0, "the end of its time")


def test_a_rejected_release_comes_nowhere_whoever_insists(lean: Staged) -> None:
    lean.serve("1.0")
    lean.promote("1.0", "production")
    lean.done("reject", "1.0", "--reason", "it leaks")
    says = "1.0 may not {} production: 1.0 was rejected (it leaks)"
    refused(
        lean, "promote", "production", "--release", "1.0", "--hotfix", "--reason", "now",
        says=says.format("come to"), allows="make another release",
    )  # fmt: skip
    refused(lean, "deploy", "production", says=says.format("run on"), allows="make another release")
    assert lean.running("production") == {}


def test_a_hotfix_needs_a_reason_and_shows_for_ever(lean: Staged) -> None:
    lean.release("1.0")
    hotfix = ("promote", "production", "--release", "1.0", "--hotfix")
    answer = lean.run(*hotfix)
    assert (answer.code, "--hotfix needs --reason" in answer.stderr) == (2, True)
    lean.done(*hotfix, "--reason", "the shop is down")
    lean.deploy("production")
    assert "1.0 (hotfix)" in lean.done("status", "production")
    lean.serve("2.0")
    lean.promote("2.0", "production")
    lean.deploy("production")
    assert "hotfix" not in lean.done("status", "production")
    (row,) = [one for one in lean.done("history", "production").splitlines() if "HOTFIX" in one]
    assert "promoted (HOTFIX)" in row
    assert "the shop is down" in row


def test_what_was_promoted_past_the_rule_is_refused_at_the_target(lean: Staged) -> None:
    project = lean.playground.folder / "envctl.toml"
    rule = project.read_text()
    lean.release("1.0")
    project.write_text(rule.replace('after = "integration"', ""))
    lean.promote("1.0", "production")
    project.write_text(rule)
    refused(
        lean, "deploy", "production",
        says="1.0 may not run on production: integration has never run 1.0",
        allows="envctl promote integration --release 1.0, then envctl deploy integration",
    )  # fmt: skip
    assert kinds(lean, "production") == ["promoted"]
    assert lean.running("production") == {}


def test_tags_that_are_moved_by_hand_lead_no_release_past_the_rule(
    lean: Staged, memory_registry: FakeRegistry
) -> None:
    lean.serve("1.0")
    lean.promote("1.0", "production")
    lean.deploy("production")
    before = lean.running("production")
    lean.serve("2.0")
    people = memory_registry.repositories[f"team/{lean.name}/web"].tags
    own = memory_registry.repositories[f"team/{lean.name}"]
    people["production"] = people["2.0"]
    own.tags["s.production"] = own.tags["s.integration"]
    assert "production runs already 1.0" in lean.done("deploy", "production")
    assert lean.json("verify", "production")["holds"]
    forged = max(tag for tag in own.tags if tag.startswith("p.integration."))
    number = len(kinds(lean, "production")) + 1
    name = f"p.production.{number:08}.{forged.rpartition('.')[2]}"
    own.tags[name] = own.tags[forged]
    own.born[name] = 0
    answer = lean.run("deploy", "production")
    assert answer.code == 5, answer.stderr
    assert "the ledger of production is not sound" in answer.stderr
    assert lean.running("production") == before
