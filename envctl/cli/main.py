"""The entry point, and the only place that catches errors."""

from __future__ import annotations

import difflib
import errno
import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core
from typer.exceptions import TyperException

from envctl import __version__
from envctl.cli.invocation import Invocation
from envctl.cli.verbs import HELP, VERBS, load_verb
from envctl.errors import Bug, EnvctlError, Failed, Interrupted, UsageError


class LazyGroup(typer.core.TyperGroup):
    """Imports a verb when it is called, so that `--help` and the other verbs do not pay for it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the verbs in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command for a verb, or None when there is none of that name."""
        return load_verb(cmd_name) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that `args` begin with; UsageError names the nearest verb."""
        if args and args[0] not in VERBS:
            near = difflib.get_close_matches(args[0], VERBS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"there is no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the table of verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


app = typer.Typer(
    cls=LazyGroup,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"envctl {__version__}")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    directory: Annotated[
        Path, typer.Option("--directory", "-C", metavar="DIR", help="Run as if started in DIR.")
    ] = Path(),
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            "-f",
            metavar="FILE",
            help="A Compose file; several are merged. Instead of envctl.toml.",
        ),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", metavar="NAME", help="A Compose profile to use."),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The playground's name.")
    ] = "",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the commands that are called.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that hold for every verb."""
    if ctx.invoked_subcommand is None:
        raise UsageError("there is no command")
    ctx.obj = Invocation.from_options(
        directory, tuple(file or ()), tuple(profile or ()), name, verbose=verbose
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what went wrong is said on stderr."""
    try:
        answer = typer.main.get_command(app).main(
            list(arguments), prog_name="envctl", standalone_mode=False
        )
        code = answer if isinstance(answer, int) else 0
        if code == Interrupted.exit_code:
            raise Interrupted("interrupted")
        sys.stdout.flush()
        return code
    except EnvctlError as error:
        return _say(error)
    except TyperException as error:
        return _say_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return _say(Interrupted("interrupted"))
    except SystemExit as ended:
        return _ended(ended)
    except OSError as error:
        return _say_os_error(error, arguments)
    except Exception as error:  # noqa: BLE001 - the one catcher: nobody sees a bare traceback
        return _say_bug(error, arguments)


def _ended(ended: SystemExit) -> int:
    # Typer ends so, with its own stdout, when whoever read our output has seen enough
    seen_enough = type(sys.stdout).__name__ == "PacifyFlushWrapper"
    return 0 if seen_enough else int(ended.code or 0)


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


def _say_usage(error: TyperException) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message())
        return UsageError.exit_code
    message = error.format_message().rstrip(".")
    return _say(UsageError(message[:1].lower() + message[1:]))


def _say(error: EnvctlError) -> int:
    from envctl.cli.words import error_lines

    for line in error_lines(error):
        print(line, file=sys.stderr)
    return error.exit_code
