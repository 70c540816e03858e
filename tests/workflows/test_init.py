from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from envctl.config.compose_model import parse_model
from envctl.errors import Refused
from envctl.ports.starter import Starter, Unsettled
from envctl.workflows.init import prepare_init

MODEL = {"name": "shop", "services": {"web": {"image": "nginx", "restart": "always"}}}


@dataclass
class FakeStarter:
    """A project in memory."""

    settings: str | None = None
    asked: list[str] = field(default_factory=list)

    def path(self) -> str:
        return "/p/envctl.toml"

    def exists(self) -> bool:
        return self.settings is not None

    def reference(self) -> str:
        return '# the name\nname = "x"\n'

    def read(self) -> Unsettled:
        self.asked.append("read")
        project = parse_model(MODEL, lambda _: None)
        return Unsettled({"name": "shop"}, {}, project, MODEL, MODEL, (), ())

    def write(self, text: str) -> None:
        self.settings = text


def test_what_would_be_written_is_told_with_the_advice_and_nothing_is_written() -> None:
    starter = FakeStarter()
    beginning = prepare_init(starter)
    assert (beginning.path, beginning.text) == ("/p/envctl.toml", '# the name\nname = "shop"\n')
    assert [f.subject for f in beginning.advice] == ["healthcheck", "image"]
    assert starter.settings is None


def test_settings_that_are_there_are_not_written_again() -> None:
    starter = FakeStarter(settings="")
    with pytest.raises(Refused) as caught:
        prepare_init(starter)
    assert caught.value.message == "/p/envctl.toml exists already"
    assert starter.asked == []


def test_the_fake_is_a_starter() -> None:
    starter: Starter = FakeStarter()
    starter.write("x")
    assert starter.exists()
