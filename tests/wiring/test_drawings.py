"""What a target keeps of deployments, and what goes with the last that needs it."""

from __future__ import annotations

from pathlib import Path

from envctl.adapters.stage_settings import StageSettings
from envctl.config.stage.draw import Draft
from envctl.domain.deployment import Deployment
from envctl.wiring.drawings import ReleaseDrawing, StageDrawings
from envctl.workflows.releases import Shelf
from tests.config.stage.example import NAMES, choose, draft
from tests.fake_stage_store import FakeStageStore


def no_registry() -> Shelf:
    raise AssertionError("nothing but the target is needed")


def kept(store: FakeStageStore, of: Draft) -> Deployment:
    deployment = of.deployment(choose)
    ReleaseDrawing(of, store).keep(deployment)
    return deployment


def test_a_deployment_is_kept_with_its_secrets_and_goes_with_them() -> None:
    store = FakeStageStore()
    drawings = StageDrawings(
        NAMES, draft().stage, StageSettings("", (), Path()), store, no_registry, Path()
    )
    one, two = kept(store, draft()), kept(store, draft(secret=b"two"))
    assert drawings.names() == {one.name, two.name}
    assert drawings.stored(one.name) == one
    assert {b"one", b"two"} <= set(store.files.values())
    drawings.keep_prints(one.name, {"web-1": {"image": "a"}})
    assert drawings.prints(one.name) == {"web-1": {"image": "a"}}
    drawings.forget(one.name)
    assert drawings.names() == {two.name}
    assert b"one" not in store.files.values()
    assert b"two" in store.files.values()
    assert drawings.prints(one.name) == {}


def test_torn_prints_are_no_prints() -> None:
    store = FakeStageStore({"prints/x.json": b'{"web'})
    drawings = StageDrawings(
        NAMES, draft().stage, StageSettings("", (), Path()), store, no_registry, Path()
    )
    assert drawings.prints("x") == {}
