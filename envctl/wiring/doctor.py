"""Hands `doctor` what it looks at."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.adapters.machine import ProjectView
    from envctl.ports import Machine
    from envctl.wiring.project_files import Choices


def machine(choices: Choices) -> Machine:
    """Return the machine; the project too, where there is one."""
    from envctl.adapters.machine import LocalMachine
    from envctl.config.discovery import has_project

    if not has_project(choices.folder, choices.files):
        return LocalMachine(None, None)
    return LocalMachine(partial(_view, choices), partial(_view_alone, choices))


def _view(choices: Choices) -> ProjectView:
    from envctl.adapters.machine import ProjectView
    from envctl.domain.adjust import adjusted
    from envctl.wiring.project_files import ProjectFiles

    notes: list[str] = []
    files = ProjectFiles(choices, notes.append)
    # as the playground has it: what was moved aside for others is no fault
    model = adjusted(files.model(), files.claims())
    return ProjectView(files.name(), files.project(), model, tuple(dict.fromkeys(notes)))


def _view_alone(choices: Choices) -> ProjectView:
    from envctl.wiring.project_files import ProjectFiles

    name = choices.name or ProjectFiles(choices, lambda _: None).base()
    return _view(replace(choices, name=name))
