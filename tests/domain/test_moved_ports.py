"""Ports of a copy of a stage, in place of the stage's own."""

from __future__ import annotations

import pytest

from envctl.domain.loopback import MOVED, MovedPorts
from envctl.errors import Refused


def test_a_port_is_recognised_and_stays_the_same() -> None:
    ports = MovedPorts(())
    assert [ports(port) for port in (8082, 80, 8082)] == [19082, 19080, 19082]


def test_what_is_taken_or_given_is_passed_over() -> None:
    ports = MovedPorts({19082, 19083})
    assert [ports(port) for port in (8082, 9082, 8084)] == [19084, 19085, 19086]


def test_the_last_is_followed_by_the_first() -> None:
    ports = MovedPorts({MOVED[-1]})
    assert ports(999) == MOVED[0]


def test_where_none_is_free_it_is_refused() -> None:
    with pytest.raises(Refused, match="no port is free between 19000 and 19999"):
        MovedPorts(MOVED)(80)
