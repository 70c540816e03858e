"""One tree of errors; each kind has an exit code of its own and says what helps.

EnvctlError
├── Failed                1   something envctl started did not work
│   ├── BuildFailed
│   ├── CommandFailed
│   └── ProblemsFound
├── UsageError            2   the command line makes no sense
├── ConfigurationError    3   envctl.toml or a Compose file is wrong
├── Unreachable           4   the engine, or a tool it needs, does not answer
├── Refused               5   envctl could, and will not
│   └── UnsoundLedger
├── Unhealthy             6   a service did not become healthy
├── Bug                  70   envctl itself is wrong
└── Interrupted         130   Ctrl-C, or a signal that asked to stop
"""

from __future__ import annotations

from typing import ClassVar


class EnvctlError(Exception):
    """Everything envctl says it cannot do.

    `message` is one sentence: what is wrong and where. `hint` says what to do; the class has a
    general one. `details` are further lines (a log, a list), printed as they are.
    """

    exit_code: ClassVar[int]
    help: ClassVar[str]

    def __init__(self, message: str, *, hint: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.help
        self.details = details


class Failed(EnvctlError):
    """Something that envctl started on the user's behalf did not work."""

    exit_code = 1
    help = "run the command again with --verbose to see what was called"


class BuildFailed(Failed):
    """An image could not be built; `details` ends with the builder's last lines."""

    help = "mend what the last lines name, then run the same command again; nothing was replaced"


class CommandFailed(Failed):
    """A command line tool that envctl called ended with an error."""


class ProblemsFound(Failed):
    """`doctor` found something that needs a person."""

    help = "each finding above says what to do"


class UsageError(EnvctlError):
    """The arguments make no sense, or name something that does not exist."""

    exit_code = 2
    help = "envctl --help lists the commands"


class ConfigurationError(EnvctlError):
    """A file of the project is wrong; the message names the file and the path in it."""

    exit_code = 3
    help = "mend the file and run the command again; nothing was changed"


class Unreachable(EnvctlError):
    """The engine does not answer, or Compose or Buildx is missing or too old."""

    exit_code = 4
    help = "envctl doctor tells what is missing"


class Refused(EnvctlError):
    """A rule forbids it; the message names the rule, the hint what would allow it."""

    exit_code = 5
    help = "nothing was changed"


class UnsoundLedger(Refused):
    """The records of a stage are not all there, or do not hold together: nothing builds on them."""

    help = "envctl ledger repair STAGE shows more and says what can be done"


class Unhealthy(EnvctlError):
    """A service ended, crashed or did not become healthy in time."""

    exit_code = 6
    help = "envctl logs SERVICE shows more; the containers are left as they are for a look"


class Bug(EnvctlError):
    """Something in envctl is wrong; `details` holds a report to paste into an issue."""

    exit_code = 70
    help = "this is a mistake in envctl: please report the lines above"


class Interrupted(EnvctlError):
    """The user asked to stop; the next run of the same command completes the work."""

    exit_code = 130
    help = "run the same command again to complete it"
