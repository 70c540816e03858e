"""Which deployment a rollback goes to."""

from __future__ import annotations

import pytest

from envctl.domain.rollback_choice import choose_rollback
from envctl.domain.stage_record import Deployed, StageState
from envctl.errors import Refused
from tests.stages import deployment

ONE, TWO, THREE = (deployment(v).deployed for v in ("1", "2", "3"))
EVERY = {d.name for d in (ONE, TWO, THREE)}


def chosen(state: StageState, said: str = "", **more: object) -> Deployed:
    stored = more.get("stored", EVERY)
    rejected = more.get("rejected", {})
    return choose_rollback("live", state, stored, rejected, said)  # type: ignore[arg-type]


def test_by_itself_it_is_the_one_before() -> None:
    assert chosen(StageState(running=THREE, good=(TWO, ONE))) == TWO


def test_one_that_was_rolled_back_from_is_not_gone_back_to_by_itself() -> None:
    left = StageState(running=TWO, good=(THREE, ONE), left=(THREE.name,))
    assert chosen(left) == ONE
    assert chosen(left, "3") == THREE
    with pytest.raises(Refused, match="has run nothing before 2"):
        chosen(StageState(running=TWO, good=(THREE,), left=(THREE.name,)))


@pytest.mark.parametrize("said", ["1", ONE.name, ONE.release, ONE.release[:13]])
def test_it_is_named_by_version_name_or_digest(said: str) -> None:
    assert chosen(StageState(running=THREE, good=(TWO, ONE)), said) == ONE


def test_what_cannot_be_gone_back_to_is_refused_with_what_can() -> None:
    state = StageState(running=THREE, good=(TWO, ONE))
    for said, more in (
        ("9", {}),
        ("1", {"stored": {TWO.name}}),
        ("1", {"rejected": {ONE.release: "bad"}}),
    ):
        with pytest.raises(Refused, match=f"cannot go back to '{said}'") as refused:
            chosen(state, said, **more)
        assert f"2 ({TWO.name})" in refused.value.hint
    with pytest.raises(Refused, match="runs 3 already"):
        chosen(state, "3")
    with pytest.raises(Refused, match="runs nothing yet"):
        chosen(StageState())
