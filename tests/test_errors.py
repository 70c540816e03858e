from __future__ import annotations

import re

import pytest

from envctl import errors
from envctl.errors import EnvctlError


def _all_kinds(kind: type[EnvctlError]) -> list[type[EnvctlError]]:
    return [k for sub in kind.__subclasses__() for k in (sub, *_all_kinds(sub))]


KINDS = [k for k in _all_kinds(EnvctlError) if k.__module__ == errors.__name__]
DIRECT = [k for k in KINDS if EnvctlError in k.__bases__]


def test_each_direct_kind_has_an_exit_code_of_its_own() -> None:
    codes = {kind.__name__: kind.__dict__.get("exit_code") for kind in DIRECT}
    assert None not in codes.values()
    assert len(set(codes.values())) == len(codes)


def test_a_kind_of_a_kind_keeps_its_exit_code() -> None:
    assert [k for k in KINDS if k not in DIRECT and "exit_code" in k.__dict__] == []


def test_exit_codes_can_be_told_from_success_and_by_a_shell() -> None:
    assert all(0 < kind.exit_code < 256 for kind in DIRECT)


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^[├└]── (\w+) +(\d+) ", errors.__doc__ or "", re.MULTILINE)
    assert drawn == [(kind.__name__, str(kind.exit_code)) for kind in DIRECT]


def test_the_branches_are_drawn_below_their_kind() -> None:
    branches: dict[str, list[str]] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"[├└]── (\w+)", line):
            kind = found[1]
        elif found := re.match(r"│   [├└]── (\w+)", line):
            branches.setdefault(kind, []).append(found[1])
    assert branches == {k.__name__: subs for k in DIRECT if (subs := [
        s.__name__ for s in k.__subclasses__() if s in KINDS])}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_kind_says_what_helps(kind: type[EnvctlError]) -> None:
    assert kind.help
    assert kind.help[0].islower()
    assert not kind.help.endswith(".")


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_kind_is_described(kind: type[EnvctlError]) -> None:
    assert kind.__doc__


def test_the_hint_is_the_kinds_own_unless_one_is_given() -> None:
    assert errors.Refused("no").hint == errors.Refused.help
    assert errors.Refused("no", hint="ask").hint == "ask"


def test_the_text_of_an_error_is_its_message() -> None:
    assert str(errors.Failed("it broke", details=("a", "b"))) == "it broke"
