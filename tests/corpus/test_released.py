"""What a release carries means to Compose what the files of the project mean, or it is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.compose_files import compose_files
from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.project_content import ProjectContent
from envctl.adapters.released_model import released_model, settings_files
from envctl.config.discovery import find_project
from envctl.config.release.definition import release_definition
from envctl.config.release.meaning import other_meanings
from envctl.domain.compose_artifact import ComposeDefinition
from tests.corpus.cases import cases
from tests.corpus.compare import Call, _environment
from tests.corpus.conftest import compose_version
from tests.corpus.test_valid import VERSION

# Compose itself cannot put these together without filling in variables
NOT_AS_WRITTEN = {
    "container-other-forms.yaml",  # a list of ulimits with variables
    "variables-in-paths",  # a path of another Compose file
    "variables-in-paths-set.toml",
    "words-that-yaml-reads-in-many-ways.yaml",  # a number that JSON does not have
}
PINNED = f"registry.example.com/a@sha256:{'0' * 64}"


def drawn(call: Call) -> tuple[ComposeDefinition, set[str], set[str]]:
    """Return the definition, what stands against it, and where it has another meaning."""
    named = call.files or os.environ.get("COMPOSE_FILE")
    root = call.folder if named else find_project(call.folder)
    options = ComposeOptions(root, call.files, profiles=call.profiles)
    reader = ComposeReader(options, lambda _: None)
    effective, written = reader.model(), reader.written()
    folder = (root / compose_files(options)[0]).parent
    services = sorted(effective["services"])
    name = effective["name"]
    definition, complaints = release_definition(
        written, name, dict.fromkeys(services, PINNED), ProjectContent(folder, root).read
    )
    released = released_model(definition, name, settings_files(options, folder))
    others = other_meanings(effective, released, services)
    return (
        definition,
        {".".join(c.place[:3]) for c in complaints},
        {".".join(c.place[:3]) for c in others},
    )


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name, _ in cases("valid") if name not in NOT_AS_WRITTEN])
def test_only_what_is_refused_has_another_meaning(corpus: Path, name: str) -> None:
    if compose_version() < VERSION:
        pytest.skip("an older Compose knows fewer keys")
    call = dict(cases("valid", corpus))[name]
    with _environment(call.environment):
        _, refused, others = drawn(call)
    # variables of included files are not known to a release: that is how it is found and refused
    known = {"services.deeper.image", "services.one.environment"} if name == "include" else set()
    assert others - refused <= known
    moved = {place for place in others if place.endswith((".volumes", ".driver_opts"))}
    assert others - moved == others & known


@pytest.mark.engine
def test_it_is_the_same_in_every_clone_and_environment(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    copy = tmp_path / "elsewhere" / "valid"  # a project without a name has that of the folder
    shutil.copytree(corpus / "valid", copy, symlinks=True)
    for name in ("env-files", "interpolation.yaml", "extends-another-file", "ports.yaml"):
        one, other = (Path(root, name) for root in (corpus / "valid", copy))
        first, *_ = drawn(_call(one))
        monkeypatch.setenv("TAG", "another")
        second, *_ = drawn(_call(other))
        monkeypatch.delenv("TAG")
        assert first == second


def _call(path: Path) -> Call:
    return Call(path) if path.is_dir() else Call(path.parent, (path.name,))


@pytest.mark.engine
def test_the_shop_passes_every_rule() -> None:
    root = Path(__file__).parents[2]
    _, refused, others = drawn(Call(root, (os.path.join("compose", "compose.yaml"),)))  # noqa: PTH118
    assert (refused, others) == (set(), set())
