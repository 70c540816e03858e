from __future__ import annotations

from typing import Any

from envctl.config.release.meaning import other_meanings


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    one, other = ({"services": {"web": body}} for body in (before, after))
    return [f"{'.'.join(c.place)} {c.what}" for c in other_meanings(one, other, ["web"])]


def test_what_is_dropped_or_pinned_is_no_other_meaning() -> None:
    before = {"image": "a", "build": {"context": "."}, "profiles": ["a"], "command": ["x"]}
    assert told(before, {"image": "a@sha256:1", "command": ["x"]}) == []


def test_what_is_carried_inside_is_the_same_in_another_way() -> None:
    bound = {"type": "bind", "source": "/p/a", "target": "/a"}
    host = {"type": "bind", "source": "/etc/b", "target": "/b"}
    config = {"source": "file-1", "target": "/a", "mode": "0555"}
    before = {"volumes": [bound, host], "configs": [{"source": "c", "target": "/c"}]}
    after = {
        "volumes": [host],
        "configs": [{"source": "c", "target": "/c", "mode": "0555"}, config],
    }
    assert told(before, after) == []


def test_a_mount_that_is_nowhere_is_told() -> None:
    bound = {"type": "bind", "source": "/p/a", "target": "/a"}
    assert told({"volumes": [bound]}, {}) == [
        f"services.web.volumes means {[bound]!r} to Compose, and [] in a release"
    ]


def test_another_value_is_told_and_no_secret_with_it() -> None:
    before = {"environment": {"TAG": "one", "DB_PASSWORD": "word"}}
    assert told(before, {"environment": {"TAG": "none"}}) == [
        "services.web.environment.DB_PASSWORD means '********' to Compose, and None in a release",
        "services.web.environment.TAG means 'one' to Compose, and 'none' in a release",
    ]


def test_what_only_one_of_them_has_at_the_top_is_not_used() -> None:
    before = {"volumes": {"a": {"name": "p_a"}, "b": {"name": "p_b"}}}
    assert list(other_meanings(before, {"volumes": {"a": {"name": "p_a"}}}, [])) == []
