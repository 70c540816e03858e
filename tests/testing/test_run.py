"""What becomes of an environment between tests, and of its failures."""

from __future__ import annotations

import pytest

from envctl.errors import EnvctlError, Refused, Unhealthy
from envctl.testing import Environment, EnvironmentOptions, Keep
from envctl.testing.run import LINES, MODULE, NEVER, TEST, Run, said


class Noted(Environment):
    """An environment without an engine, which takes note of what is done to it."""

    name = "shop-test-1"
    folder = "/src/shop"
    release = ""
    has_data = True

    def __init__(self, keep: Keep = "never", *, well: bool = True, wrong: str = "") -> None:
        super().__init__(EnvironmentOptions(keep=keep))
        self.done: list[str] = []
        self.well, self.wrong, self.printed = well, wrong, ""

    def start(self) -> Noted:
        return self._note("start")

    def stop(self, *, failed: bool = False) -> None:
        self._note(f"stop failed={failed}")
        self._kept = self.options.keep == "failed" and failed

    def up(self) -> None:
        self._note("up")

    def reset(self, to: str = "") -> None:
        self._note(f"reset {to}".strip())

    def snapshot(self, name: str) -> None:
        self._note(f"snapshot {name}")

    def restore(self, name: str) -> None:
        self._note(f"restore {name}")

    def logs(self, *services: str, tail: int | None = None, since: float | None = None) -> str:
        self._note("logs")
        return self.printed

    @property
    def is_well(self) -> bool:
        return self.well

    @property
    def addresses(self) -> dict[str, tuple[str, ...]]:
        return {"web": ("http://localhost:20001",), "db": ("localhost:20002",)}

    def _note(self, what: str) -> Noted:
        self.done.append(what)
        if what == self.wrong:
            raise Unhealthy(f"{what}: it is not well")
        return self


def run_tests(noted: Noted, *tests: tuple[str, str]) -> list[str]:
    """Let tests, each of a module and with a reset, have the environment; returns what was done."""
    run = Run()
    run.begin(*tests[0])
    run.take(noted, resets=any(reset != NEVER for _, reset in tests))
    for module, reset in tests[1:]:
        run.begin(module, reset)
    run.leave()
    return noted.done[1:-1]


def test_nothing_is_done_between_tests_that_do_not_ask() -> None:
    assert run_tests(Noted(), ("a", NEVER), ("a", NEVER), ("b", NEVER)) == []


def test_each_test_that_asks_has_the_data_of_the_beginning() -> None:
    done = run_tests(Noted(), ("a", TEST), ("a", TEST), ("a", NEVER), ("a", TEST))
    assert done == ["snapshot fresh", "restore fresh", "restore fresh"]


def test_each_module_has_it_once() -> None:
    done = run_tests(Noted(), ("a", MODULE), ("a", MODULE), ("b", MODULE), ("b", MODULE))
    assert done == ["snapshot fresh", "restore fresh"]


def test_without_data_only_what_is_not_well_is_started() -> None:
    noted = Noted()
    noted.has_data = False
    assert run_tests(noted, ("a", TEST), ("a", TEST)) == []
    noted = Noted(well=False)
    noted.has_data = False
    assert run_tests(noted, ("a", TEST), ("a", TEST)) == ["up"]


def test_what_cannot_be_restored_is_made_anew() -> None:
    done = run_tests(Noted(wrong="restore fresh"), ("a", TEST), ("a", TEST))
    assert done == ["snapshot fresh", "restore fresh", "reset fresh"]


def test_one_that_fails_at_its_beginning_is_stopped_and_not_left_again() -> None:
    run, noted = Run(), Noted("failed", wrong="snapshot fresh")
    with pytest.raises(Unhealthy):
        run.take(noted, resets=True)
    run.leave()
    assert noted.done == ["start", "snapshot fresh", "stop failed=True"]
    assert run.kept[0].startswith("shop-test-1 is kept\n")


@pytest.mark.parametrize("fails", [True, False])
def test_one_is_kept_with_its_addresses_when_a_test_failed(fails: bool) -> None:
    run, noted = Run(), Noted("failed")
    run.take(noted, resets=False)
    if fails:
        run.failed()
    run.leave()
    kept = (
        "shop-test-1 is kept: web http://localhost:20001, db localhost:20002\n"
        "  look: envctl -C /src/shop --name shop-test-1 logs\n"
        "  remove: envctl -C /src/shop --name shop-test-1 down --volumes"
    )
    assert run.kept == ([kept] if fails else [])


def test_a_failure_says_what_was_printed_last_without_secrets() -> None:
    run, noted = Run(), Noted()
    assert run.failed() == ""
    run.take(noted, resets=False)
    noted.printed = "".join(f"db | {number}\n" for number in range(LINES)) + "db | password=x1\n"
    lines = run.failed().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (LINES, "db | 1", "db | password=********")


def test_logs_that_cannot_be_read_hide_no_failure() -> None:
    run, noted = Run(), Noted(wrong="logs")
    run.take(noted, resets=False)
    assert run.failed() == "they cannot be read: logs: it is not well"


def test_an_error_is_told_as_the_command_line_tells_it() -> None:
    error: EnvctlError = Refused("no", hint="ask again", details=("more",))
    assert said(error) == "more\nerror: no\nhint: ask again"


def test_what_was_not_started_says_so() -> None:
    with pytest.raises(RuntimeError, match="use it in a with statement"):
        _ = Environment().name
    Environment().stop()


def test_a_kept_one_of_a_release_is_found_by_its_name_alone() -> None:
    run, environment = Run(), Noted(keep="failed")
    environment.release = "1.4.0"
    run.take(environment, resets=False)
    run.failed()
    run.leave()
    assert "look: envctl --name shop-test-1 logs" in run.kept[0]
