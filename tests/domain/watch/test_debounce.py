from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.watch.debounce import FEW, LONGEST, QUIET, SETTLE, UNFINISHED, Batch, Debounce


def test_nothing_heard_is_nothing_due() -> None:
    debounce = Debounce()
    assert debounce.due() is None
    assert debounce.take(100.0) is None
    assert not debounce


def test_one_save_is_due_at_once_and_no_later_event_puts_it_off() -> None:
    debounce = Debounce()
    debounce.add("/a", 10.0)
    debounce.add("/a", 10.003)
    debounce.add("/b", 10.004)
    assert debounce.due() == 10.0 + SETTLE
    assert debounce.take(10.005) is None
    assert debounce.take(10.007) == Batch(("/a", "/b"), 10.0)
    assert not debounce


def test_a_burst_is_taken_together_when_it_ends() -> None:
    debounce = Debounce()
    for number in range(100):
        debounce.add(f"/{number}", 10.0 + number / 1000)
    assert debounce.due() == 10.099 + QUIET
    assert debounce.take(10.1) is None
    batch = debounce.take(10.12)
    assert batch is not None
    assert len(batch.paths) == 100
    assert batch.since == 10.0


def test_a_burst_that_does_not_end_is_taken_all_the_same() -> None:
    debounce = Debounce()
    for number in range(1000):
        debounce.add(f"/{number}", 10.0 + number / 1000)
    assert debounce.due() == 10.0 + LONGEST


def test_a_file_that_is_being_written_may_finish_while_others_go() -> None:
    debounce = Debounce()
    debounce.add("/big", 10.0, finished=False)
    debounce.add("/small", 10.001)
    assert debounce.take(10.006) == Batch(("/small",), 10.001)
    debounce.add("/big", 10.03, finished=True)
    assert debounce.take(10.03) == Batch(("/big",), 10.0)


def test_a_file_that_is_written_for_ever_goes_as_it_is() -> None:
    debounce = Debounce()
    debounce.add("/log", 10.0, finished=False)
    assert debounce.due() == 10.0 + UNFINISHED
    debounce.add("/log", 10.05, finished=False)
    assert debounce.take(10.061) == Batch(("/log",), 10.0)


def test_a_few_paths_are_a_save_and_more_are_a_burst() -> None:
    debounce = Debounce()
    for number in range(FEW):
        debounce.add(f"/{number}", 10.0)
    assert debounce.due() == 10.0 + SETTLE
    debounce.add("/more", 10.0)
    assert debounce.due() == 10.0 + QUIET


def test_what_was_not_heard_makes_all_count_once_for_a_flood() -> None:
    debounce = Debounce()
    debounce.add("/a", 9.9)
    debounce.lose(10.0)
    debounce.lose(10.1)
    assert debounce
    assert debounce.take(10.15) is None
    assert debounce.take(10.0 + LONGEST) == Batch(("/a",), 9.9, all=True)
    assert debounce.due() is None


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.floats(0, 0.05), st.booleans()), min_size=1, max_size=200
    )
)
def test_whatever_comes_nothing_waits_longer_than_the_longest(
    events: list[tuple[int, float, bool]],
) -> None:
    """Each path heard is taken, no later than LONGEST after it was first heard."""
    debounce, now = Debounce(), 0.0
    waiting: dict[str, float] = {}

    def take() -> None:
        batch = debounce.take(now)
        for path in batch.paths if batch else ():
            assert now - waiting.pop(path) <= LONGEST + 1e-9

    for number, pause, finished in events:
        end = now + pause
        while (due := debounce.due()) is not None and due <= end:
            now = max(now, due)
            take()
        now = end
        debounce.add(f"/{number}", now, finished=finished)
        waiting.setdefault(f"/{number}", now)
    while (due := debounce.due()) is not None:
        now = max(now, due)
        take()
    assert not waiting
