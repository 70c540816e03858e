"""What each registry does for envctl: that in memory, and real ones with and without a login."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from envctl.adapters.image_registry.credentials import Credentials
from envctl.adapters.image_registry.patience import Patience
from envctl.adapters.image_registry.writer import Registry, open_registry
from envctl.domain.oci import Content
from envctl.errors import Failed, Refused
from tests.fake_registry import FakeRegistry, digest_of

OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
USER = Credentials("somebody", "a secret")
HTPASSWD = "somebody:$2b$05$BLu0sTACw28Y1F21TuuEGuc38Saw9vGpq9draN.5Kk/hRHlaMyc1m"
"""Made of USER by `htpasswd -B`."""
QUICK = Patience(connect=10, silence=30, pauses=(0, 0, 0), sleep=lambda _: None)


@dataclass(frozen=True)
class Place:
    """A registry: its address, a client that may do all, and whether it asks who is there."""

    address: str
    client: Registry
    asks: bool


@contextmanager
def fake(basic: str = "", bearer: str = "") -> Iterator[Place]:
    with FakeRegistry(basic=basic, bearer=bearer) as server:
        yield Place(server.address, client(server.address, USER), bool(basic or bearer))


@contextmanager
def real(**environment: str) -> Iterator[Place]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy

    container = DockerContainer("registry:2").with_exposed_ports(5000)
    for name, value in environment.items():
        container = container.with_env(name, value)
    if environment:
        script = (
            f"echo '{HTPASSWD}' >/htpasswd; exec registry serve /etc/docker/registry/config.yml"
        )
        container = container.with_kwargs(entrypoint=["sh", "-c"]).with_command([script])
    ready = HttpWaitStrategy(5000, "/v2/").for_status_code_matching(
        lambda status: status in (200, 401)
    )
    with container.waiting_for(ready) as running:
        address = f"127.0.0.1:{running.get_exposed_port(5000)}"
        yield Place(address, client(address, USER), bool(environment))


def client(address: str, credentials: Credentials, patience: Patience = QUICK) -> Registry:
    return open_registry(address, patience, lambda _: credentials)


KINDS: dict[str, Callable[[], Any]] = {
    "in memory": fake,
    "in memory, with a login": lambda: fake(basic="somebody:a secret"),
    "in memory, with tokens": lambda: fake(bearer="somebody:a secret"),
    "real": real,
    "real, with a login": lambda: real(
        REGISTRY_AUTH="htpasswd",
        REGISTRY_AUTH_HTPASSWD_REALM="a realm",
        REGISTRY_AUTH_HTPASSWD_PATH="/htpasswd",
    ),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=[pytest.mark.engine] if kind.startswith("real") else [])
        for kind in KINDS
    ],
)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with KINDS[request.param]() as place:
        yield place


@pytest.fixture
def registry(place: Place) -> Registry:
    return place.client


@pytest.fixture
def repository() -> str:
    return f"team/{secrets.token_hex(8)}"


def image(registry: Registry, repository: str, content: bytes = b"a layer") -> Content:
    """Return the manifest of an image whose blobs are there."""
    config = registry.put_blob(repository, b"{}")
    layer = registry.put_blob(repository, content)
    return Content(OCI, manifest_bytes(config, layer, len(content)))


def manifest_bytes(config: str, layer: str, size: int) -> bytes:
    kinds = ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar")
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": {"mediaType": kinds[0], "digest": config, "size": 2},
            "layers": [{"mediaType": kinds[1], "digest": layer, "size": size}],
        },
        indent=3,  # a client that writes it anew would give it another digest
    ).encode()


def test_a_manifest_comes_back_byte_for_byte(registry: Registry, repository: str) -> None:
    sent = image(registry, repository)
    assert registry.put_manifest(repository, "v1", sent) == sent.digest
    assert registry.manifest(repository, "v1") == sent
    assert registry.manifest(repository, sent.digest) == sent


def test_a_digest_is_had_without_the_manifest(registry: Registry, repository: str) -> None:
    sent = image(registry, repository)
    registry.put_manifest(repository, "v1", sent)
    assert registry.digest(repository, "v1") == sent.digest
    assert registry.digest(repository, sent.digest) == sent.digest


def test_an_index_keeps_its_bytes_too(registry: Registry, repository: str) -> None:
    child = image(registry, repository)
    registry.put_manifest(repository, child.digest, child)
    entry = {"mediaType": OCI, "digest": child.digest, "size": child.size}
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()
    registry.put_manifest(repository, "both", Content(INDEX, content))
    assert registry.manifest(repository, "both") == Content(INDEX, content)


def test_what_is_not_there_is_said_without_an_error(registry: Registry, repository: str) -> None:
    absent = digest_of(b"nowhere")
    assert registry.manifest(repository, "v1") is None
    assert registry.manifest(repository, absent) is None
    assert registry.digest(repository, "v1") == ""
    assert not registry.has_blob(repository, absent)
    assert registry.tags(repository) == ()


def test_a_tag_moves(registry: Registry, repository: str) -> None:
    first, second = image(registry, repository), image(registry, repository, b"another layer")
    registry.put_manifest(repository, "v1", first)
    registry.put_manifest(repository, "v1", second)
    assert registry.digest(repository, "v1") == second.digest
    assert registry.manifest(repository, first.digest) == first


def test_a_blob_comes_back(registry: Registry, repository: str) -> None:
    content = secrets.token_bytes(3 << 20)
    digest = registry.put_blob(repository, content)
    assert registry.has_blob(repository, digest)
    assert registry.blob(repository, digest, len(content)) == content


def test_a_blob_can_be_empty(registry: Registry, repository: str) -> None:
    digest = registry.put_blob(repository, b"")
    assert registry.blob(repository, digest, 0) == b""


def test_a_blob_is_had_from_the_middle_on(registry: Registry, repository: str) -> None:
    digest = registry.put_blob(repository, b"0123456789")
    assert b"".join(registry.blob_chunks(repository, digest, 4)) == b"456789"


def test_a_blob_larger_than_expected_is_not_read(registry: Registry, repository: str) -> None:
    digest = registry.put_blob(repository, b"0123456789")
    with pytest.raises(Failed, match="more than 9 bytes"):
        registry.blob(repository, digest, 9)


def test_a_blob_that_is_not_there_is_named(registry: Registry, repository: str) -> None:
    with pytest.raises(Failed, match=f"{repository} has no blob sha256:"):
        registry.blob(repository, digest_of(b"nowhere"), 9)


def test_a_blob_is_mounted_from_another_repository(registry: Registry, repository: str) -> None:
    digest = registry.put_blob(repository, b"shared")
    assert registry.mount_blob(f"{repository}/api", digest, repository)
    assert registry.blob(f"{repository}/api", digest, 6) == b"shared"


def test_what_is_nowhere_cannot_be_mounted(registry: Registry, repository: str) -> None:
    assert not registry.mount_blob(f"{repository}/api", digest_of(b"nowhere"), repository)


def test_a_blob_is_copied_from_another_registry(registry: Registry, repository: str) -> None:
    content = secrets.token_bytes(3 << 20)
    with fake(bearer="somebody:a secret") as other:
        digest = other.client.put_blob("there", content)
        registry.copy_blob(other.client, "there", repository, digest, len(content))
    assert registry.blob(repository, digest, len(content)) == content


def test_a_copy_within_a_registry_is_a_mount(registry: Registry, repository: str) -> None:
    digest = registry.put_blob(repository, b"shared")
    registry.copy_blob(registry, repository, f"{repository}/api", digest, 6)
    assert registry.has_blob(f"{repository}/api", digest)


def test_a_blob_of_another_size_is_not_copied(registry: Registry, repository: str) -> None:
    with fake() as other:
        digest = other.client.put_blob("there", b"0123456789")
        for size in (9, 11):
            with pytest.raises(Failed, match="another size"):
                registry.copy_blob(other.client, "there", repository, digest, size)
    assert not registry.has_blob(repository, digest)


def test_tags_come_sorted_and_once(registry: Registry, repository: str) -> None:
    sent = image(registry, repository)
    for tag in ("b", "c", "a"):
        registry.put_manifest(repository, tag, sent)
    assert registry.tags(repository) == ("a", "b", "c")


def test_all_of_many_tags_come(registry: Registry, repository: str) -> None:
    sent = image(registry, repository)
    wanted = tuple(f"i.{number:04}" for number in range(1100))

    def put(part: int) -> None:
        for tag in wanted[part::8]:
            registry.put_manifest(repository, tag, sent)

    at_work = [threading.Thread(target=put, args=(part,)) for part in range(8)]
    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()
    assert registry.tags(repository) == wanted


def test_a_manifest_whose_blobs_are_missing_is_refused(registry: Registry, repository: str) -> None:
    absent = digest_of(b"nowhere")
    with pytest.raises(Failed, match=r"answered 40\d to PUT .*MANIFEST_BLOB_UNKNOWN"):
        registry.put_manifest(repository, "v1", Content(OCI, manifest_bytes(absent, absent, 1)))
    assert registry.tags(repository) == ()


@pytest.mark.parametrize("wrong", [Credentials(), Credentials("somebody", "a guess")])
def test_who_may_not_is_told_to_log_in(place: Place, repository: str, wrong: Credentials) -> None:
    stranger = client(place.address, wrong)
    if not place.asks:
        assert stranger.put_blob(repository, b"anybody's")
        return
    with pytest.raises(Refused, match=f"registry {place.address} answered 401 to ") as caught:
        stranger.put_blob(repository, b"mine")
    assert f"docker login {place.address}" in caught.value.hint
    assert "a guess" not in f"{caught.value} {caught.value.hint} {caught.value.details}"
