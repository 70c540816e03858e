"""What holds for one call of envctl, whatever the verb."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.wiring.project_files import Choices, ProjectFiles


class CommandEnded(SystemExit):
    """The command has nothing more to say, and ends with an exit code that is not envctl's own."""


@dataclass(frozen=True)
class Invocation:
    """The options before the verb; a dry run `starts` nothing, a registry neither."""

    folder: Path
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""
    verbose: bool = False
    starts: bool = True
    notes: list[str] = field(default_factory=list)

    @classmethod
    def from_options(cls, options: argparse.Namespace, *, starts: bool = True) -> Invocation:
        """Check the options; UsageError for a folder or file that does not exist."""
        folder = Path(options.directory).absolute()
        if not folder.is_dir():
            raise UsageError(f"--directory: {options.directory} is not a folder")
        if options.name:
            _check_name(options.name)
        for file in options.file:
            if file != "-" and not (folder / file).exists():
                raise UsageError(f"--file: there is no file {file} in {folder}")
        if options.verbose:
            _show_commands()
        files, profiles = tuple(options.file), tuple(options.profile)
        return cls(folder, files, profiles, options.name, options.verbose, starts)

    def choices(self) -> Choices:
        """Return what they say about which project is meant."""
        from envctl.wiring.chosen import chosen

        return chosen(self.folder, self.files, self.profiles, self.name)

    def project_files(self) -> ProjectFiles:
        """Return the project; notes of Compose go to stderr, each once."""
        from envctl.wiring.project_files import ProjectFiles

        return ProjectFiles(self.choices(), self.note, starts=self.starts)

    def checkout(self) -> ProjectFiles | None:
        """Return the project that lies here, whatever --name says; None for none."""
        from envctl.wiring.chosen import checkout_of
        from envctl.wiring.project_files import Choices

        said = Choices(self.folder, self.files, self.profiles)
        return checkout_of(said, self.note, starts=self.starts)

    def note(self, text: str) -> None:
        """Say something that the user should know, once."""
        if text not in self.notes:
            self.notes.append(text)
            print(f"note: {text}", file=sys.stderr)


def _check_name(name: str) -> None:
    from envctl.domain.project import NAME_HINT, is_name

    if not is_name(name):
        raise UsageError(f"--name: {name!r} cannot be a playground's name", hint=NAME_HINT)


def _show_commands() -> None:
    import logging

    logging.basicConfig(stream=sys.stderr, format="+ %(message)s")
    logging.getLogger("envctl").setLevel(logging.DEBUG)
