"""Make docs/terminal.svg, the README's picture of a terminal, from a real run.

    python -m bench.picture

Runs `envctl up` and `envctl ps` on a copy of the shop, in a pseudo-terminal, and draws what is
on the screen at the end. The copy is a playground of its own and is gone afterwards.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.padding import Padding
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from bench.screen import Screen

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "terminal.svg"
ENVCTL = str(ROOT / ".venv" / "bin" / "envctl")
NAME = "shop-picture"
COMMANDS = ("up", "ps")
COLUMNS, ROWS = 88, 40
MARGIN = 1
PORTS = (8080, 18181)
PATIENCE = 300.0
UNFINISHED = re.compile(r"\x1b(\[[?\d;]*)?\Z")

THEME = TerminalTheme(
    (22, 27, 34),
    (214, 222, 232),
    [
        (22, 27, 34),
        (255, 123, 114),
        (98, 211, 132),
        (232, 190, 92),
        (110, 176, 255),
        (203, 157, 255),
        (86, 205, 215),
        (214, 222, 232),
    ],
)
# rich's own template asks a server for its font
TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>envctl up and envctl ps in a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{
  font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 16px; opacity: 0.6;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    with project_copy() as (folder, environment):
        rows = record(folder, environment)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(rows), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {len(rows)} lines")


def record(folder: Path, environment: Mapping[str, str]) -> list[Text]:
    """Return what is on the screen after all commands."""
    screen = Screen(COLUMNS)
    for verb in COMMANDS:
        screen.feed(f"\x1b[32m$\x1b[0m \x1b[1menvctl {verb}\x1b[0m\r\n")
        code = run_in_terminal([ENVCTL, verb], folder, environment, screen)
        if code:
            seen = "\n".join(row.plain for row in screen.lines())
            sys.exit(f"{seen}\nerror: envctl {verb} ended with exit code {code}")
        screen.feed("\r\n")
    return screen.lines()


def draw(rows: list[Text]) -> str:
    """Return an SVG of `rows` that asks nobody for anything."""
    console = Console(
        record=True,
        width=COLUMNS + 2 * MARGIN,
        file=io.StringIO(),
        color_system="truecolor",
        highlight=False,
    )
    console.print(Padding(Group(*rows), (0, MARGIN)))
    svg = console.export_svg(
        title="shop", theme=THEME, code_format=TEMPLATE, font_aspect_ratio=0.6, unique_id="envctl"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


@contextmanager
def project_copy() -> Iterator[tuple[Path, dict[str, str]]]:
    """Copy the shop into a folder of its own, and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-") as temporary:
        folder = Path(temporary) / "shop"
        for part in ("compose", "images"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        settings = f'name = "{NAME}"\ncompose = ["compose/compose.yaml"]\n'
        (folder / "envctl.toml").write_text(settings, encoding="utf-8")
        environment = terminal_environment() | {"XDG_STATE_HOME": temporary}
        take_down(folder, environment)  # what a killed run has left
        environment["SHOP_PORT"] = str(next(filter(is_free, PORTS), 0))
        try:
            yield folder, environment
        finally:
            take_down(folder, environment)


def take_down(folder: Path, environment: Mapping[str, str]) -> None:
    """Remove containers, volumes and images, so that the next run builds again."""
    down = [ENVCTL, "down", "--volumes"]
    subprocess.run(down, cwd=folder, env=environment, check=True, capture_output=True)
    listing = ["docker", "image", "ls", "--filter", f"reference={NAME}-*"]
    wanted = ["--format", "{{.Repository}}:{{.Tag}}"]
    names = subprocess.check_output([*listing, *wanted], text=True).split()
    if names:
        subprocess.run(["docker", "image", "rm", *names], check=True, capture_output=True)


def terminal_environment() -> dict[str, str]:
    """Return this environment with the terminal of a person who has set nothing."""
    left_out = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "COLORTERM", "TTY_COMPATIBLE", "CI")
    kept = {k: v for k, v in os.environ.items() if k not in left_out}
    return kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def run_in_terminal(
    words: list[str], folder: Path, environment: Mapping[str, str], screen: Screen
) -> int:
    """Run `words` in a pseudo-terminal that shows on `screen`, and return the exit code."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        for text in whole_sequences(ours, time.monotonic() + PATIENCE):
            screen.feed(text)
        return process.wait(PATIENCE)
    finally:
        process.terminate()
        process.wait()
        os.close(ours)


def whole_sequences(terminal: int, deadline: float) -> Iterator[str]:
    """Yield what comes until the other end is closed, no control sequence cut in two."""
    decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
    while data := read_some(terminal, deadline):
        text = rest + decoder.decode(data)
        begun = UNFINISHED.search(text)
        cut = begun.start() if begun else len(text)
        rest = text[cut:]
        yield text[:cut]
    yield rest


def read_some(terminal: int, deadline: float) -> bytes:
    """Return what is there to read; nothing when the other end was closed."""
    if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        sys.exit(f"error: no end after {PATIENCE:.0f} s")
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody holds the other end
        return b""


if __name__ == "__main__":
    main()
