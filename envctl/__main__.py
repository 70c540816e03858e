"""`envctl`, and `python -m envctl`: ready for Ctrl-C before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the console script."""
    try:
        from envctl.cli.main import main as run_command_line
    except KeyboardInterrupt:
        sys.exit(130)
    run_command_line()


if __name__ == "__main__":
    main()
