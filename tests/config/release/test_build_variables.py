"""Builds that would be others on another machine."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.config.release.build_variables import machine_dependent
from envctl.config.release.variables import names_in


def _said(build: Any) -> list[str]:
    written = {"services": {"api": {"build": build}, "other": {"build": {"args": {"A": "$V"}}}}}
    found = machine_dependent(written, ["api"], {"V"})
    return [".".join(one.place) for one in found]


@pytest.mark.parametrize(
    ("build", "places"),
    [
        ({"context": ".", "args": {"A": "${V:-x}", "B": "$W"}}, ["services.api.build.args.A"]),
        ({"args": {"V": None}}, ["services.api.build.args.V"]),
        ({"args": ["V", "A=$V"]}, ["services.api.build.args", "services.api.build.args"]),
        ({"target": "${W:-${V}}"}, ["services.api.build.target"]),
        ("./$V", ["services.api.build.context"]),
        ({"args": {"A": "$$V", "B": "V", "V": "x"}, "cache_from": ["$V"], "tags": ["a:$V"]}, []),
        (None, []),
    ],
)
def test_variables_of_the_machine_are_found_where_they_change_an_image(
    build: Any, places: list[str]
) -> None:
    assert _said(build) == places


def test_names_are_those_that_are_filled_in() -> None:
    assert names_in("$A-${B:-${C}}-$$D-${E?x}") == {"A", "B", "C", "E"}
