"""The entry point, and the only place that catches errors."""

from __future__ import annotations

import errno
import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from envctl.cli.arguments import did_you_mean
from envctl.cli.root import call_parser
from envctl.cli.verbs import VERBS, load_verb, verb_parser
from envctl.errors import Bug, EnvctlError, Failed, Interrupted, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what went wrong is said on stderr."""
    try:
        code = _call(arguments)
        sys.stdout.flush()
        return code
    except EnvctlError as error:
        return _say(error)
    except KeyboardInterrupt:
        return _say(Interrupted("interrupted"))
    except OSError as error:
        return _say_os_error(error, arguments)
    except Exception as error:  # noqa: BLE001 - the one catcher: nobody sees a bare traceback
        return _say_bug(error, arguments)


def _call(arguments: Sequence[str]) -> int:
    try:
        return _call_verb(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def _call_verb(arguments: Sequence[str]) -> int:
    root = call_parser()
    if not arguments:
        print(root.format_help(), end="")
        return UsageError.exit_code
    options = root.understand(arguments)
    name, *words = _from_the_verb_on(options.call)
    verb = load_verb(name)
    parser = verb_parser(name, verb)
    parser.before = root.names()
    own = parser.understand(words)

    from envctl.cli.invocation import Invocation

    starts = not getattr(own, "dry_run", False)
    return verb.run(Invocation.from_options(options, starts=starts), own) or 0


def _from_the_verb_on(call: list[str]) -> list[str]:
    words = call[1:] if call[:1] == ["--"] else call
    if not words:
        raise UsageError("there is no command")
    if words[0] not in VERBS:
        raise UsageError(f"there is no command {words[0]!r}", hint=did_you_mean(words[0], VERBS))
    return words


def _say_os_error(error: OSError, arguments: Sequence[str]) -> int:
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
        return _say(Failed(f"cannot write {error.filename or 'the output'}: {error.strerror}"))
    return _say_bug(error, arguments)


def _say_bug(error: Exception, arguments: Sequence[str]) -> int:
    from envctl.cli.bug_report import report
    from envctl.domain.redaction import redact_text

    said = redact_text(f"{type(error).__name__}: {error}")
    return _say(Bug(said, details=report(error, arguments)))


def main() -> NoReturn:
    """Run the command line; the console script."""
    for asked in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, _interrupt)
    _open_streams()
    if "_ARGCOMPLETE" in os.environ:
        from envctl.cli.completion import complete

        complete()
    code = run(sys.argv[1:])
    _flush()
    sys.exit(code)


def _open_streams() -> None:
    """Give closed streams a place to go to, and words that a stream cannot spell another form."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, number)
            setattr(sys, name, os.fdopen(number, mode))
        elif isinstance(stream, TextIOWrapper) and mode == "w":
            stream.reconfigure(errors="replace")


def _flush() -> None:
    """Write what is left; what cannot be written at the very end has been said before."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(error: EnvctlError) -> int:
    from envctl.cli.words import error_lines

    for line in error_lines(error):
        print(line, file=sys.stderr)
    return error.exit_code
