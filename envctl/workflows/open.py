"""`open`: find the address that a browser should be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.front import front_address

if TYPE_CHECKING:
    from envctl.domain.project import Project
    from envctl.ports import EngineReader


def find_address(engine: EngineReader, project: Project, service: str) -> str:
    """Return a web address of `service`, or of the project's front; Refused when there is none."""
    return front_address(project, engine.containers(project.name), engine.host(), service)
