"""Two commands on one stage at the same moment: one after the other, and none is lost.

`ENVCTL_ROUNDS` says how often; few rounds where it is not said.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from tests.e2e.staging import Staged

pytestmark = pytest.mark.engine
ROUNDS = int(os.environ.get("ENVCTL_ROUNDS", "3"))


def at_once(staged: Staged, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Run commands at the same moment; returns their exit codes and what they said."""
    started = [staged.playground.start(*words) for words in commands]
    try:
        said = ["".join(process.communicate(timeout=300)) for process in started]
    finally:
        for process in started:
            process.kill()
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def chain(staged: Staged) -> list[dict[str, Any]]:
    """Return the records of integration, the oldest first; each has to follow the one before."""
    records: list[dict[str, Any]] = staged.json("history", "integration")[::-1]
    assert [r["sequence"] for r in records] == list(range(1, len(records) + 1))
    for one, two in itertools.pairwise(records):
        assert two["previous"] == one["digest"]
        assert not two["late"]
    return records


def is_well(staged: Staged) -> None:
    (status,) = staged.json("status", "integration")  # which fails where it is not
    assert (status["state"], status["open"], status["drift"]) == ("healthy", "", [])


def test_of_two_deploys_one_wins_and_the_other_waits_or_is_told_who_holds_the_lock(
    lean: Staged,
) -> None:
    for version in ("1.0", "2.0"):
        lean.release(version)
    for number in range(ROUNDS):
        version, patience = ("1.0", "2.0")[number % 2], ("--wait", "200") if number % 3 else ()
        lean.promote(version)
        deploy = ("deploy", "integration", *patience)
        answers = at_once(lean, deploy, deploy)
        codes = sorted(code for code, _ in answers)
        assert codes == ([0, 0] if patience else [0, 5]), answers
        for code, said in answers:
            words = "integration runs" if code == 0 else "integration is locked by "
            assert words in said, said
            assert code == 0 or f": deploy {version}" in said, said
        kinds = [r["event"]["kind"] for r in chain(lean)]
        assert kinds[-3:] == ["promoted", "deploy started", "deployed"]
        assert len(kinds) == 3 * (number + 1), "one deploy, however many were asked for"
        is_well(lean)
        assert lean.runs() == version


def test_of_two_promotions_none_that_was_made_is_lost(lean: Staged) -> None:
    made = 0
    versions = itertools.cycle(["1.0", "2.0", "3.0", "4.0"])
    for version in ("1.0", "2.0", "3.0", "4.0"):
        lean.release(version)
    for number in range(ROUNDS):
        patience = ("--wait", "200") if number % 2 else ()
        wanted = [next(versions), next(versions)]
        words = [("promote", "integration", "--release", one, *patience) for one in wanted]
        answers = at_once(lean, *words)
        assert {code for code, _ in answers} <= ({0} if patience else {0, 5}), answers
        won = [one for one, (code, _) in zip(wanted, answers, strict=True) if code == 0]
        assert won, answers
        records = chain(lean)[made:]
        assert sorted(r["event"]["version"] for r in records) == sorted(won)
        made += len(records)
        state = lean.json("status", "integration")[0] if number == ROUNDS - 1 else None
        assert state is None or state["promoted"]["version"] == records[-1]["event"]["version"]


def test_of_two_releases_that_are_promoted_and_deployed_at_once_one_runs(lean: Staged) -> None:
    for version in ("1.0", "2.0", "3.0"):
        lean.release(version)
    lean.promote("1.0")
    lean.deploy()
    words = ("deploy", "integration", "--wait", "200", "--release")
    answers = at_once(lean, (*words, "2.0"), (*words, "3.0"))
    # who promoted first may find that something else is to run by now
    assert 0 in {code for code, _ in answers} <= {0, 5}, answers
    last = chain(lean)[-1]
    assert last["event"]["kind"] == "deployed"
    assert lean.runs() == last["event"]["version"]
    assert last["state"]["promoted"] == last["event"]["release"]
    is_well(lean)
