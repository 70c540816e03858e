"""A release runs by plain `docker compose`: from the registry, and from files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.image_registry import trust
from envctl.adapters.image_registry.writer import Registry, open_registry
from envctl.adapters.project_content import ProjectContent
from envctl.config.release.definition import release_definition
from envctl.config.release.plain import plain_files
from envctl.config.release.writing import compose_bytes, escaped
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.domain.oci import Content
from envctl.domain.release import BASE, PlatformImage, Release, ReleaseImage
from envctl.domain.release_reading import parse_release
from envctl.domain.release_version import release_tag
from tests.corpus.conftest import compose_version
from tests.e2e.conftest import Playground, engine, remove_images
from tests.e2e.releasing import release, repository, write_project

pytestmark = pytest.mark.engine

READS_AN_INDEX = (2, 40)
AWKWARD = "$a ${b} $$c $$$ \"quoted\" 'single' \\n\t#: x\r\n\u2028 ü \U0001f600 {{.}} no end"
FILES = {
    "compose.yaml": """\
        services:
          job:
            image: busybox:1.35
            command: ["true"]
          web:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [/run.sh]
            depends_on: {job: {condition: service_completed_successfully}}
            env_file: web.env
            environment: {OWN: "${OWN:-own}", DOLLAR: "$$1"}
            configs: [{source: awkward, target: /etc/awkward}]
            secrets: [word]
            volumes:
              - ./run.sh:/run.sh:ro
              - data:/data
        configs: {awkward: {file: awkward.conf}}
        secrets: {word: {file: word.txt}}
        volumes: {data: {}}
        """,
    "web.env": "FROM_FILE=1\nFILLED=${TAG:-none}-$FROM_FILE\n",
    "run.sh": "#!/bin/sh\necho up\nexec sleep 3600\n",
    "word.txt": "not in a release",
}
CERTIFICATE = """\
set -e
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=an own CA' -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj /CN=registry -keyout key -out request
echo subjectAltName=IP:127.0.0.1 >names
openssl x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -out crt
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an own CA and what a registry on this machine shows."""
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run(["sh", "-c", CERTIFICATE], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def registry(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry that only those believe who know the CA."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
    trust._system_trust.cache_clear()
    container = (
        DockerContainer("registry:2")
        .with_exposed_ports(5000)
        .with_env("REGISTRY_HTTP_TLS_CERTIFICATE", "/crt")
        .with_env("REGISTRY_HTTP_TLS_KEY", "/key")
        .with_copy_into_container(certificates / "crt", "/crt")
        .with_copy_into_container(certificates / "key", "/key")
        .waiting_for(LogMessageWaitStrategy("listening on"))
    )
    with container as running:
        host = f"127.0.0.1:{running.get_exposed_port(5000)}"
        yield open_registry(host)
    trust._system_trust.cache_clear()
    remove_images(f"{host}/")


@pytest.fixture
def project(playground: Playground) -> Playground:
    for path, text in FILES.items():
        playground.write(path, text)
    (playground.folder / "run.sh").chmod(0o755)
    (playground.folder / "awkward.conf").write_bytes(AWKWARD.encode())
    secret = playground.write("elsewhere/word", "the word of a stage")
    playground.environment |= {"WORD_FILE": str(secret), "TAG": "tag"}
    return playground


def defined(project: Playground, image: str) -> ComposeDefinition:
    written = ComposeReader(ComposeOptions(project.folder), lambda _: None).written()
    content = ProjectContent(project.folder, project.folder)
    images = {"job": image, "web": image}
    definition, complaints = release_definition(written, "shop", images, content.read)
    assert complaints == ()
    return definition


def pushed(registry: Registry) -> Content:
    """Return the manifest of an image that the registry has."""
    name = f"{registry.host}/shop"
    client = engine()
    client.images.get("busybox:1.35").tag(name, "busybox")
    try:
        client.images.push(name, "busybox")
    finally:
        client.images.remove(f"{name}:busybox")
    manifest = registry.manifest("shop", "busybox")
    assert manifest is not None
    return manifest


def released(project: Playground, registry: Registry) -> tuple[Release, ComposeDefinition]:
    """Put a release of `project` into the registry."""
    image = pushed(registry)
    said = json.loads(image.data)
    config = said["config"]["digest"] if "config" in said else image.digest
    made = PlatformImage("linux/amd64", image.digest, config)
    definition = defined(project, f"{registry.host}/shop@{image.digest}")
    release = Release(
        "shop", "0" * 40, "2026-01-31T23:59:59Z", "", "",
        ((BASE, definition.manifest().descriptor()),),
        (ReleaseImage(image.media_type, image.digest, len(image.data), ("job", "web"), (made,),
                      origin="busybox:1.35"),),
    )  # fmt: skip
    for blob in definition.blobs():
        registry.put_blob("shop", blob.data)
    for manifest in (definition.manifest(), release.index()):
        registry.put_manifest("shop", manifest.digest, manifest)
    registry.put_manifest("shop", release_tag("1", release.index().digest), release.index())
    return release, definition


def compose(project: Playground, *words: str) -> str:
    called = ["docker", "compose", "-p", project.name, *words]
    done = subprocess.run(
        called, env=project.environ({}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_runs_as_the_project(project: Playground) -> None:
    web = project.container("web")
    assert web.exec_run(["cat", "/etc/awkward"]).output == AWKWARD.encode()
    assert web.exec_run(["cat", "/run.sh"]).output == FILES["run.sh"].encode()
    assert web.exec_run(["cat", "/run/secrets/word"]).output == b"the word of a stage"
    said = dict(entry.split("=", 1) for entry in web.attrs["Config"]["Env"])
    expected = {"FROM_FILE": "1", "FILLED": "tag-1", "OWN": "own", "DOLLAR": "$1"}
    assert {name: said.get(name) for name in expected} == expected
    assert project.container("job").attrs["State"]["ExitCode"] == 0


def by_digest(digest: str) -> str:
    return f"@{digest}"


def by_tag(digest: str) -> str:
    return f":{release_tag('1', digest)}"


@pytest.mark.parametrize("named", [by_digest, by_tag], ids=["digest", "tag"])
def test_compose_runs_a_release_from_the_registry(
    project: Playground, registry: Registry, tmp_path: Path, named: Callable[[str], str]
) -> None:
    if compose_version() < READS_AN_INDEX:
        pytest.skip("this Compose reads no index; it takes the files")
    release, _ = released(project, registry)
    project.environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    address = f"oci://{registry.host}/shop{named(release.index().digest)}"
    compose(project, "-f", address, "up", "--detach", "--yes")
    assert_runs_as_the_project(project)


def test_compose_runs_what_envctl_has_released(
    playground: Playground, registry: Registry, tmp_path: Path
) -> None:
    if compose_version() < READS_AN_INDEX:
        pytest.skip("this Compose reads no index; it takes the files")
    write_project(playground, registry.host)
    made = release(playground)
    playground.environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    compose(playground, "-f", f"oci://{made['reference']}", "up", "--detach", "--yes")
    runs = {s: playground.container(s).attrs["Config"]["Image"] for s in ("api", "db", "web")}
    digests = {s: image["digest"] for image in made["images"] for s in image["services"]}
    assert runs == {s: f"{registry.host}/{repository(playground)}@{digests[s]}" for s in runs}


def test_compose_runs_a_release_from_plain_files(
    project: Playground, registry: Registry, tmp_path: Path
) -> None:
    _, definition = released(project, registry)
    folder = tmp_path / "files"
    for file in plain_files(definition):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(0o755 if file.executable else 0o644)
    compose(project, "-f", str(folder / "compose.yaml"), "up", "--detach")
    assert_runs_as_the_project(project)


def test_a_release_is_read_back_from_the_registry(project: Playground, registry: Registry) -> None:
    release, _ = released(project, registry)
    index = registry.manifest("shop", release_tag("1", release.index().digest))
    assert index is not None
    assert parse_release(index.data, "shop").index() == release.index()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=5)
@given(st.lists(TEXTS | st.text("$a{}:-\\\"'\n\r\t #|", min_size=1), min_size=20, max_size=100))
def test_compose_gives_back_the_content_of_any_text(texts: list[str]) -> None:
    configs = {f"c{number}": {"content": escaped(text)} for number, text in enumerate(texts)}
    model = {"name": "a", "services": {"a": {"image": "a", "configs": [*configs]}}}
    said = subprocess.run(
        ["docker", "compose", "-f", "-", "config", "--format", "json"],
        input=compose_bytes({**model, "configs": configs}),
        env={**os.environ},
        capture_output=True,
        check=True,
    ).stdout
    read = json.loads(said)["configs"]
    assert [read[f"c{number}"]["content"].replace("$$", "$") for number in range(len(texts))] == [
        *texts
    ]


def test_the_certificate_of_an_own_ca_is_needed(registry: Registry, tmp_path: Path) -> None:
    if compose_version() < READS_AN_INDEX:
        pytest.skip("this Compose reads no index")
    environment = {**os.environ, "SSL_CERT_FILE": os.devnull, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        ["docker", "compose", "-f", f"oci://{registry.host}/shop:x", "config"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "certificate" in done.stderr
