"""Whether a command of the user's can be started is known before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.local_command import require_program
from envctl.errors import UsageError


def test_programs_are_found_in_path_and_by_paths_from_the_projects_folder(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/smoke"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in ("sh", "bin/smoke", "./bin/smoke", str(program)):
        require_program(tmp_path, [name, "-x"])


@pytest.mark.parametrize("name", ["no-such-program", "./smoke", "/no/such/program"])
def test_what_is_not_there_or_no_program_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "smoke").write_text("no program")
    with pytest.raises(UsageError, match="cannot be started: there is no such program"):
        require_program(tmp_path, [name])
