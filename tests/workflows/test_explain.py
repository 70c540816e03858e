"""`explain`, on an engine and records in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from envctl.domain.explanation import KnownInputs, known
from envctl.domain.inputs import Entry, InputDocument, Inputs
from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.errors import UsageError
from envctl.workflows.explain import Explainer, Explanation
from tests.fakes import FakePublished

API = Service("api", "shop-api:latest", build=Build("/src", "Dockerfile", "{}"))
PROJECT = Project("shop", (API, Service("db", "postgres:15")))


def _inputs(target: str) -> Inputs:
    document = InputDocument(("linux/amd64",), "a" * 64, {"": "b"}, target)
    return Inputs(document, document.digest, lambda: {"": (Entry("a", "dir"),)})


NOW, BEFORE = _inputs("now"), _inputs("before")
KEPT = f"shop:i.{NOW.digest[:32]}"


@dataclass
class World:
    images: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    published: FakePublished = field(default_factory=FakePublished)
    known: dict[str, KnownInputs] = field(default_factory=dict)
    readable: bool = True

    def documents(self, project: Project, services: Iterable[str]) -> Mapping[str, Inputs]:
        return dict.fromkeys(services, NOW) if self.readable else {}

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.images[name] for name in names if name in self.images}

    def names_of(self, name: str) -> tuple[str, ...]:
        return self.names

    def find(self, digits: Iterable[str]) -> KnownInputs | None:
        return next((self.known[d] for d in digits if d in self.known), None)

    def explain(self, name: str = "api", other: KnownInputs | None = None) -> Explanation:
        explainer = Explainer(self, self, self, self.published, self, "shop")
        look = (lambda _: other) if other else None
        return explainer.explain(PROJECT, name, look, "1.0" if other else "")


def test_what_the_engine_has_is_used() -> None:
    found = World({KEPT: "id"}, (KEPT,), known={NOW.digest[:32]: known(NOW)}).explain()
    assert (found.verdict, found.differences) == ("use", ())
    assert found.cause == f"the engine has i.{NOW.digest[:32]}, made of the same inputs"


def test_what_the_registry_has_is_pulled() -> None:
    world = World(published=FakePublished({KEPT: "r.example/shop@sha256:1"}))
    found = world.explain()
    assert found.verdict == "pull"
    assert found.cause == "the registry has r.example/shop@sha256:1, made of the same inputs"


def test_what_nobody_has_is_built_and_it_is_told_what_differs() -> None:
    former = f"shop:d.{BEFORE.digest[:32]}"
    known_inputs = {BEFORE.digest[:32]: known(BEFORE)}
    found = World(names=("shop-api:latest", former), known=known_inputs).explain()
    assert found.verdict == "build"
    assert found.against == "shop-api:latest"
    assert list(map(str, found.differences or ())) == ["target: before -> now"]


def test_an_image_that_envctl_did_not_build_cannot_be_compared() -> None:
    assert World(names=("shop-api:latest",)).explain().differences is None


def test_it_is_compared_with_the_image_of_a_release() -> None:
    found = World().explain(other=known(BEFORE))
    assert found.against == "1.0"
    assert list(map(str, found.differences or ())) == ["target: before -> now"]


def test_a_context_that_lies_elsewhere_is_left_to_the_builder() -> None:
    found = World(readable=False).explain()
    assert (found.verdict, found.differences) == ("build", None)


def test_what_is_not_built_has_nothing_to_explain() -> None:
    with pytest.raises(UsageError, match="db is not built here"):
        World().explain("db")
