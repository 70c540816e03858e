from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.config.release.plain import plain_files
from envctl.config.release.writing import compose_bytes, escaped
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import Failed


def test_configs_become_files_beside_it() -> None:
    model = {
        "services": {"web": {"configs": [{"source": "run", "mode": 0o555}, {"source": "conf"}]}},
        "configs": {
            "conf": {"content": "a $$b"},
            "filled": {"content": "$$a ${B}"},
            "host": {"file": "/etc/x"},
            "run": {"content": "#!/bin/sh\n"},
        },
    }
    files = plain_files(ComposeDefinition(compose_bytes(model), (("env-1.env", b"A=1\n"),)))
    assert [(file.path, file.executable) for file in files] == [
        ("compose.yaml", False), ("env-1.env", False), ("configs/conf", False),
        ("configs/run", True),
    ]  # fmt: skip
    assert [file.data for file in files[1:]] == [b"A=1\n", b"a $b", b"#!/bin/sh\n"]
    assert json.loads(files[0].data)["configs"] == {
        "conf": {"file": "./configs/conf"},
        "filled": {"content": "$$a ${B}"},
        "host": {"file": "/etc/x"},
        "run": {"file": "./configs/run"},
    }


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_file_that_was_carried_comes_out_the_same(text: str) -> None:
    model = {"configs": {"a": {"content": escaped(text)}}}
    files = plain_files(ComposeDefinition(compose_bytes(model)))
    assert files[1].data == text.encode()


def test_images_are_taken_from_where_they_are_now() -> None:
    said = {"services": {"a": {"image": "old:1/shop@sha256:1"}, "b": {"image": "c@sha256:2"}}}
    definition = ComposeDefinition(json.dumps(said).encode())
    (file,) = plain_files(definition, {"sha256:1": "new:2/shop@sha256:1"})
    services = json.loads(file.data)["services"]
    assert services == {"a": {"image": "new:2/shop@sha256:1"}, "b": {"image": "c@sha256:2"}}


def test_a_config_whose_name_leads_elsewhere_is_refused() -> None:
    for key in ("..", "../../compose.yaml", "a/b", ""):
        with pytest.raises(Failed, match=r"configs: .* is no name"):
            plain_files(ComposeDefinition(compose_bytes({"configs": {key: {"content": "a"}}})))


def test_what_compose_will_refuse_is_left_to_it() -> None:
    model = {
        "services": {"a": None, "b": {"configs": 7}, "c": {"configs": [{"mode": 0o555}, "x", 1]}},
        "configs": {"x": {"content": 1}, "y": None},
    }
    (file,) = plain_files(ComposeDefinition(compose_bytes(model)))
    assert json.loads(file.data) == model
