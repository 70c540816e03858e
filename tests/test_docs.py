"""What the README says is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from envctl import errors
from envctl.cli.root import call_parser
from envctl.cli.verbs import VERBS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def section(heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def test_the_help_in_the_readme_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    block = re.search(r"^```\w*\n(Usage: envctl \[OPTIONS\].*?)^```$", README, re.DOTALL | re.M)
    assert block
    assert block[1].rstrip() == call_parser().format_help().rstrip()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb: str) -> None:
    assert re.search(rf"^\| `envctl {verb}\b", section("Daily commands"), re.MULTILINE)


def test_every_verb_that_is_documented_exists() -> None:
    named = re.findall(r"^\| `envctl (\w+)", section("Daily commands"), re.MULTILINE)
    assert sorted(set(named)) == sorted(VERBS)


def test_the_exit_codes_in_the_readme_are_those_of_the_errors() -> None:
    listed = {int(row) for row in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    kinds = errors.EnvctlError.__subclasses__()
    assert listed == {0} | {kind.exit_code for kind in kinds}


@pytest.mark.parametrize("kind", errors.EnvctlError.__subclasses__()[:6], ids=lambda k: k.__name__)
def test_an_exit_code_is_explained_by_the_word_for_it(kind: type[errors.EnvctlError]) -> None:
    row = re.search(rf"^\| {kind.exit_code} \| (\w+)", section("Exit codes"), re.MULTILINE)
    assert row
    assert row[1] == re.sub(r"Error$", "", kind.__name__).lower()


def test_every_job_that_the_readme_names_exists() -> None:
    jobs = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README))
    assert named
    assert named <= jobs


def test_every_job_is_phony() -> None:
    jobs = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(phony[1].replace("\\", " ").split()) >= jobs


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


# put together here, so that this file does not hold them
MACHINE = re.compile(
    "|".join([r"/" + r"work/(?!dir)", r"/" + r"farm\b",
              r"\bpypi" + r"\.org", r"pythonhosted" + r"\.org",
              r"registry" + r"\.npmjs", r"(?:registry-1|hub)\." + r"docker\.(?:io|com)",
              r"deb" + r"\.debian\.org", r"archive\." + r"ubuntu\.com", r"proxy" + r"\.golang"])
)  # fmt: skip


@pytest.mark.process
def test_no_file_names_a_machine_or_a_package_registry() -> None:
    tracked = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in tracked.stdout.split("\0") if name]
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in paths
        if path.is_file() and (found := MACHINE.search(path.read_text(errors="replace")))
    ]
    assert named == []
