"""What is begun beside something else hands out what came of it."""

from __future__ import annotations

import threading

import pytest

from envctl.adapters.at_once import begun


def test_it_goes_on_beside_and_is_waited_for() -> None:
    goes_on = threading.Event()

    def work() -> str:
        assert goes_on.wait(20)
        return "done"

    ended = begun(work)
    goes_on.set()
    assert (ended(), ended()) == ("done", "done")


def test_who_waits_for_it_gets_its_error() -> None:
    def work() -> str:
        raise ValueError("no")

    ended = begun(work)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            ended()
