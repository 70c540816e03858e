"""`envctl`, and `python -m envctl`: ready for Ctrl-C before anything heavy is imported."""

from __future__ import annotations

import gc
import sys

# a command makes what it needs and ends: looking for garbage took a tenth of `ps` (measured)
GARBAGE_THRESHOLD = 50_000


def main() -> None:
    """Run the command line; the console script."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        from envctl.cli.main import main as run_command_line
    except KeyboardInterrupt:
        sys.exit(130)
    run_command_line()


if __name__ == "__main__":
    main()
