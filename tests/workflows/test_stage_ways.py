"""The ways in of a stage: what whoever deploys is told of its certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from envctl.cli.status import _remarks
from envctl.domain.edge import Certificate
from envctl.domain.https import HttpsFiles
from envctl.domain.stage import Stage
from envctl.domain.stage_record import StageState
from envctl.domain.stage_status import StageStatus
from envctl.ports import Clock, Reporter
from envctl.ports.edge import Edge
from envctl.workflows.stage_answers import StageAnswers
from envctl.workflows.stage_ways import StageWays

MISSING, GOOD = Certificate("new.test"), Certificate("shop.test", 80)


@dataclass
class Confirming:
    """An edge where all that is served answers, and somebody who reads what is noted."""

    found: tuple[Certificate, ...]
    notes: list[str] = field(default_factory=list)

    def confirm(self, stage: str) -> None:
        assert stage == "shop-production"

    def certificates(self, stage: str) -> tuple[Certificate, ...]:
        assert stage == "shop-production"
        return self.found

    def note(self, text: str) -> None:
        self.notes.append(text)


def confirmed(*found: Certificate) -> list[str]:
    here = Confirming(found)
    edge, reporter = cast("Edge", here), cast("Reporter", here)
    key, clock = "shop-production", cast("Clock", None)
    answers = cast("StageAnswers", None)
    StageWays(key, edge, answers, HttpsFiles, clock, lambda _: None, reporter).confirm()
    return here.notes


def test_a_certificate_that_is_still_to_come_is_told_and_where_to_look() -> None:
    assert confirmed(GOOD, MISSING) == [
        "new.test has no certificate yet, and connections to it fail: "
        "docker logs envctl-edge on the target says how far it is"
    ]


def test_of_good_certificates_nothing_is_said() -> None:
    assert confirmed(GOOD) == []
    assert confirmed() == []


def test_status_says_it_too() -> None:
    status = StageStatus(Stage("production"), StageState(), certificates=(MISSING.trouble,))
    assert _remarks(status) == [f"production: {MISSING.trouble}"]
