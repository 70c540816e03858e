"""Which build arguments count is what the builder says; all do where it says nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from envctl.adapters.context_tree import ContextReader
from envctl.adapters.declared import declared_arguments
from envctl.adapters.outline import Question, ask_outlines, outlines_folder
from envctl.domain.project import Project
from envctl.domain.service import Build, Service

STAGES = """\
ARG GLOBAL=1
ARG UNUSED
FROM busybox:1.35 AS base
ARG BELOW
FROM scratch AS aside
ARG ASIDE
FROM busybox:${GLOBAL} AS other
FROM base AS last
ARG OWN=1
RUN true
"""
PLATFORM = ("linux/amd64",)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM", raising=False)


@pytest.fixture
def without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on there is no docker command to be asked."""
    monkeypatch.setenv("PATH", "/nowhere")


def ask(text: str, target: str = "") -> frozenset[str] | None:
    question = Question(text.encode(), target, PLATFORM[0])
    return ask_outlines([question])[question]


def look(folder: Path, text: str, **arguments: str) -> str:
    """Return the input digest of an image that is built with these arguments."""
    context = folder / "context"
    context.mkdir(exist_ok=True)
    section = Build(
        str(context), "Dockerfile", inline=text, arguments=tuple(sorted(arguments.items()))
    )
    reader = ContextReader(lambda names: {}, lambda: PLATFORM[0])
    project = Project("shop", (Service("api", "api", build=section),))
    return reader.digests(project, ["api"])["api"]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("target", "declared"),
    [
        ("last", {"OWN", "BELOW"}),
        ("", {"OWN", "BELOW"}),
        ("base", {"BELOW"}),
        ("aside", {"ASIDE"}),
        ("other", {"GLOBAL"}),
    ],
)
def test_a_target_declares_what_it_and_the_stages_below_it_do(
    target: str, declared: set[str]
) -> None:
    text = STAGES.replace("busybox:1.35", "scratch").replace(
        "busybox:${GLOBAL}", "${GLOBAL:+scratch}"
    )
    assert ask(text, target) == frozenset(declared)


@pytest.mark.engine
def test_an_argument_that_nobody_declares_does_not_count(tmp_path: Path) -> None:
    text = "FROM scratch AS aside\nARG ASIDE\nFROM scratch\nARG OWN\n"
    assert (
        look(tmp_path, text, OWN="1")
        == look(tmp_path, text, OWN="1", OTHER="1")
        == look(tmp_path, text, OWN="1", OTHER="2", ASIDE="")
    )
    assert look(tmp_path, text, OWN="2", OTHER="1") != look(tmp_path, text, OWN="1", OTHER="1")


@pytest.mark.engine
def test_arguments_are_those_of_all_platforms() -> None:
    build = Build("/", "Dockerfile", inline="FROM scratch\nARG A\n", arguments=(("B", "1"),))
    platforms = ("linux/amd64", "linux/arm64")
    declared = declared_arguments({build: (build.inline.encode(), platforms, {})})
    assert declared == {build: frozenset("A")}


@pytest.mark.engine
def test_a_stage_may_come_from_another_context(tmp_path: Path) -> None:
    build = Build(
        str(tmp_path), "Dockerfile", extra_contexts=(("lib", str(tmp_path)),), target="last"
    )
    text = b"FROM scratch AS last\nARG A\nCOPY --from=lib . /\n"
    assert declared_arguments({build: (text, PLATFORM, {})}) == {build: frozenset("A")}


@pytest.mark.engine
def test_an_answer_is_kept_and_nobody_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "FROM scratch\nARG OWN\n"
    first = look(tmp_path, text, OWN="1", OTHER="1")
    monkeypatch.setenv("PATH", "/nowhere")
    assert look(tmp_path, text, OWN="1", OTHER="1") == first
    # another question was not asked yet
    assert look(tmp_path, text + "# more", OTHER="1") != look(tmp_path, text + "# more")


@pytest.mark.engine
def test_a_dockerfile_that_the_builder_refuses_makes_all_arguments_count(tmp_path: Path) -> None:
    text = "FROM scratch\nNONSENSE\nARG OWN\n"
    assert ask(text) is None
    assert look(tmp_path, text, OTHER="1") != look(tmp_path, text, OTHER="2")
    assert not outlines_folder().exists()


@pytest.mark.process
@pytest.mark.usefixtures("without_docker")
def test_without_a_builder_all_arguments_count(tmp_path: Path) -> None:
    text = "FROM scratch\nARG OWN\n"
    assert ask(text) is None
    assert look(tmp_path, text, OTHER="1") != look(tmp_path, text, OTHER="2")


def test_nobody_is_asked_where_the_dockerfile_makes_it_certain(tmp_path: Path) -> None:
    """A process would be an error here."""
    text = "FROM scratch AS below\nARG BELOW\nFROM below\nARG OWN\n"
    assert look(tmp_path, text, OWN="1", BELOW="1") != look(tmp_path, text, OWN="1", BELOW="2")


@pytest.mark.process
@pytest.mark.usefixtures("without_docker")
@pytest.mark.parametrize("damage", ["", "{", "[]", '{"declared":1}', "\udcff"])
def test_a_damaged_answer_is_none(damage: str) -> None:
    question = Question(b"FROM scratch\n", "", PLATFORM[0])
    from envctl.adapters import outline

    path = outline._path(question)
    path.parent.mkdir(parents=True)
    path.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert ask_outlines([question]) == {question: None}


_ASK = """
from envctl.adapters.outline import Question, ask_outlines
questions = [Question(b"FROM scratch\\nARG A%d\\n" % n, "", "linux/amd64") for n in range(4)]
for question, answer in ask_outlines(questions).items():
    print(sorted(answer or ()))
"""


@pytest.mark.engine
def test_two_may_ask_at_once() -> None:
    words = [sys.executable, "-c", _ASK]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0] for process in running]
    assert answers == ["['A0']\n['A1']\n['A2']\n['A3']\n"] * 2
    assert [path.suffix for path in outlines_folder().iterdir()] == [".json"] * 4
