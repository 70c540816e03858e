from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.registry import WritableFileRegistry
from envctl.adapters.shared_ground import SharedGround
from envctl.domain.playground import Checkout, Claim


def test_claims_are_kept_though_the_playground_was_forgotten_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `up` that waits for a `down --volumes` registers before, and decides after it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    registry = WritableFileRegistry("unix:///none.sock")
    ground = SharedGround(registry, EngineHttp(), "shop-a", "shop", Checkout("/src/shop"))
    claims = (Claim("port", "web 80", "8080/tcp", "20001/tcp"),)
    registry.forget("shop-a")
    ground.remember(claims)
    known = registry.find("shop-a")
    assert known
    assert (known.claims, known.folder, known.project) == (claims, "/src/shop", "shop")
