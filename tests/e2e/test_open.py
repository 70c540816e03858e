"""`open` on a real playground, with a script for a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, eventually, free_port, new_name

pytestmark = pytest.mark.engine

COMPOSE = """\
services:
  web:
    image: &image busybox:1.35
    init: true
    stop_grace_period: 0s
    command: &wait [sleep, "3600"]
    depends_on: [api]
    ports: ["127.0.0.1:${WEB_PORT}:80"]
  api:
    image: *image
    init: true
    stop_grace_period: 0s
    command: *wait
    ports: ["127.0.0.1::8000"]
  db:
    image: *image
    init: true
    stop_grace_period: 0s
    command: *wait
    ports: ["127.0.0.1::5432"]
  still:
    image: *image
    command: *wait
    scale: 0
    ports: ["80"]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """A project with several addresses, up, and a machine without a screen."""
    folder = tmp_path_factory.mktemp("shop")
    bare = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
    state = {"XDG_STATE_HOME": str(folder / "state"), "WEB_PORT": str(free_port())}
    shop = Playground(folder, new_name(), {**bare, **state})
    shop.write("compose.yaml", COMPOSE)
    shop.up()
    yield shop
    shop.envctl("down", "--volumes")


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that chatters, writes down what it is given, and stays while `stay` is there."""
    script = tmp_path / "browser"
    script.write_text(
        f'#!/bin/sh\necho chatter; echo chatter >&2; echo "$@" >{tmp_path}/seen\n'
        f"while test -e {tmp_path}/stay; do sleep 0.05; done\nexit $CODE\n"
    )
    script.chmod(0o755)
    return script


def address(shop: Playground) -> str:
    return f"http://localhost:{shop.environment['WEB_PORT']}"


def test_the_front_is_shown_in_the_browser_and_printed(shop: Playground, browser: Path) -> None:
    answer = shop.envctl("open", BROWSER=str(browser), CODE="0")
    assert (answer.code, answer.stdout, answer.stderr) == (0, f"{address(shop)}\n", "")
    assert (browser.parent / "seen").read_text() == f"{address(shop)}\n"


def test_a_service_is_shown_when_named(shop: Playground, browser: Path) -> None:
    answer = shop.envctl("open", "api", BROWSER=str(browser), CODE="0")
    (published,) = shop.container("api").ports["8000/tcp"] or []
    port = published["HostPort"]
    assert answer.stdout == f"http://localhost:{port}\n"
    assert (browser.parent / "seen").read_text() == answer.stdout


def test_without_a_screen_the_address_is_printed_and_that_is_said(shop: Playground) -> None:
    answer = shop.envctl("open")
    assert (answer.code, answer.stdout) == (0, f"{address(shop)}\n")
    assert answer.stderr.startswith("note: there is no display")


def test_a_browser_that_fails_is_told_and_is_no_failure(shop: Playground, browser: Path) -> None:
    answer = shop.envctl("open", BROWSER=str(browser), CODE="3")
    assert (answer.code, answer.stdout) == (0, f"{address(shop)}\n")
    assert answer.stderr == "note: no browser could be opened\n"


def test_print_opens_nothing(shop: Playground, browser: Path) -> None:
    answer = shop.envctl("open", "--print", BROWSER=str(browser))
    assert (answer.code, answer.stdout, answer.stderr) == (0, f"{address(shop)}\n", "")
    assert not (browser.parent / "seen").exists()


def test_a_browser_that_stays_open_holds_up_nobody(shop: Playground, browser: Path) -> None:
    """`$(envctl open)` ends although the browser it began goes on."""
    stay = browser.parent / "stay"
    stay.touch()
    try:
        answer = shop.envctl("open", BROWSER=f"{browser} %s &", CODE="0")
        assert answer.stdout == f"{address(shop)}\n"
        eventually((browser.parent / "seen").exists, "the browser")
    finally:
        stay.unlink()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["still"], "error: still does not run\nhint: envctl up still starts it\n"),
        (["db"], "error: db answers no browser, only localhost:"),
    ],
)
def test_what_cannot_be_shown_is_refused(shop: Playground, words: list[str], said: str) -> None:
    answer = shop.envctl("open", *words)
    assert (answer.code, answer.stdout) == (5, "")
    assert answer.stderr.startswith(said)


def test_a_project_that_is_not_up_is_refused_with_the_way_to_start_it(shop: Playground) -> None:
    other = Playground(shop.folder, new_name(), shop.environment)
    answer = other.envctl("open")
    assert answer.code == 5
    assert answer.stderr == f"error: {other.name} does not run\nhint: envctl up starts it\n"


def test_a_terminal_s_own_browser_keeps_the_terminal(shop: Playground, browser: Path) -> None:
    """On a terminal nothing is taken from the browser: a text browser needs it."""
    import pty

    main, side = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as screen:
        ran = subprocess.Popen(
            [sys.executable, "-m", "envctl", "--name", shop.name, "open"],
            cwd=shop.folder, env=shop.environ({"BROWSER": str(browser), "CODE": "0"}),
            stdin=side, stdout=side, stderr=side,
        )  # fmt: skip
        assert ran.wait(timeout=60) == 0
        os.close(side)
        assert b"chatter" in screen.read(4096)
