"""Who does something, and when."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from envctl.adapters.identity import ci_job, identity, utc_now
from envctl.domain.moments import is_moment

GITHUB = {
    "GITHUB_SERVER_URL": "https://git.example.com",
    "GITHUB_REPOSITORY": "team/shop",
    "GITHUB_RUN_ID": "7",
}


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ({}, ""),
        (GITHUB, "https://git.example.com/team/shop/actions/runs/7"),
        ({"GITHUB_REPOSITORY": "team/shop"}, ""),
        ({"CI_JOB_URL": "https://git.example.com/shop/-/jobs/7"},
         "https://git.example.com/shop/-/jobs/7"),
        ({"BUILD_URL": "http://ada:word@ci.example.com/job/7/?token=abc"},
         "http://ci.example.com/job/7/"),
        ({"BUILD_URL": "7"}, ""),
    ],
)  # fmt: skip
def test_the_job_is_told_by_its_address_without_secrets(
    environment: dict[str, str], job: str
) -> None:
    assert ci_job(environment) == job


@pytest.mark.process
def test_git_and_the_system_say_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    for words in (["init", "-q"], ["config", "user.name", "Ada"], ["config", "user.email", "a@b"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    found = identity(tmp_path)
    assert found.user == pwd.getpwuid(os.getuid()).pw_name
    assert found.git == "Ada <a@b>"
    assert found.machine


def test_this_machine_has_a_time_of_the_right_form() -> None:
    assert is_moment(utc_now())
