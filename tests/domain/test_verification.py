"""What is said to differ between two stages."""

from __future__ import annotations

from typing import Any

from envctl.domain.verification import differing_settings, stored_files

ONE, TWO = "sha256:1", "sha256:2"


def model(stage: str, content: str, greeting: str = "hello") -> dict[str, Any]:
    """Return the model of a stage; the path of a file in its store is one of its own."""
    mount = {
        "type": "volume",
        "source": f"shop-{stage}-store",
        "target": "/run/secrets/token",
        "volume": {"nocopy": True, "subpath": f"files/{stage}00/token"},
    }
    port = {"target": 8000, "published": stage}
    web = {
        "image": f"shop-{stage}/web:1",
        "environment": {"GREETING": greeting},
        "volumes": [mount],
        "ports": [port],
    }
    return {"services": {"web": web}, "files": {"token": content}}


def test_files_are_known_by_their_names_with_their_paths() -> None:
    assert stored_files(model("live", ONE)) == {"token": "files/live00/token"}
    assert stored_files({"services": {"web": {"volumes": [{"type": "bind"}]}}}) == {}


def test_stages_with_the_same_settings_do_not_differ() -> None:
    assert differing_settings(model("test", ONE), model("live", ONE)) == ()


def test_what_differs_is_told_by_its_place() -> None:
    differing = differing_settings(model("test", ONE), model("live", TWO, "welcome"))
    assert differing == ("files.token", "services.web.environment.GREETING")
