"""Hands `doctor` what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.ports import Machine
    from envctl.wiring.project_files import Choices


def machine(choices: Choices) -> Machine:
    """Return the machine; the project too, where there is one."""
    from envctl.adapters.machine import LocalMachine, ProjectView
    from envctl.config.discovery import has_project
    from envctl.domain.adjust import adjusted
    from envctl.wiring.project_files import ProjectFiles

    def read() -> ProjectView:
        notes: list[str] = []
        files = ProjectFiles(choices, notes.append)
        # as the playground has it: what was moved aside for others is no fault
        model = adjusted(files.model(), files.claims())
        return ProjectView(files.name(), files.project(), model, tuple(dict.fromkeys(notes)))

    return LocalMachine(read if has_project(choices.folder, choices.files) else None)
