"""What envctl makes of a registry that is slow, full, wrong, half gone, or none at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from envctl.adapters.image_registry.credentials import Credentials
from envctl.adapters.image_registry.patience import Patience
from envctl.adapters.image_registry.writer import Registry, open_registry
from envctl.domain.oci import Content
from envctl.errors import EnvctlError, Failed, Refused, Unreachable
from tests.adapters.test_image_registry import OCI, USER, client, image
from tests.fake_registry import FakeRegistry

BIG = bytes(range(256)) * 8192  # 2 MB


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with FakeRegistry() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def registry(server: FakeRegistry, pauses: list[float]) -> Registry:
    patience = Patience(connect=5, silence=5, pauses=(0.5, 1, 2), sleep=pauses.append)
    return client(server.address, USER, patience)


@pytest.fixture
def sent(registry: Registry) -> Content:
    """What is under shop:v1."""
    manifest = image(registry, "shop")
    registry.put_manifest("shop", "v1", manifest)
    return manifest


def test_a_tag_that_cannot_be_read_now_and_then_is_read_again(
    server: FakeRegistry, registry: Registry, sent: Content, pauses: list[float]
) -> None:
    server.faults.broken_tag_reads = 2
    assert registry.manifest("shop", "v1") == sent
    assert pauses == [0.5, 1]


def test_it_is_not_asked_for_ever(server: FakeRegistry, registry: Registry, sent: Content) -> None:
    server.faults.broken_tag_reads = 99
    with pytest.raises(Unreachable, match=r"answered 500 to GET /v2/shop/manifests/v1: UNKNOWN"):
        registry.manifest("shop", "v1")
    assert server.count("GET /v2/shop/manifests/v1") == 4


def test_what_is_final_is_asked_once(server: FakeRegistry, registry: Registry) -> None:
    server.faults.status = 418
    with pytest.raises(Failed, match="answered 418"):
        registry.tags("shop")
    assert server.count("GET") == 1


def test_a_busy_registry_gets_the_time_that_it_asks_for(
    server: FakeRegistry, registry: Registry, sent: Content, pauses: list[float]
) -> None:
    server.faults.busy, server.faults.retry_after = 1, "7"
    assert registry.manifest("shop", "v1") == sent
    assert pauses == [7]


def test_one_that_asks_for_an_hour_is_not_waited_for(
    server: FakeRegistry, registry: Registry, pauses: list[float]
) -> None:
    server.faults.busy, server.faults.retry_after = 1, "3600"
    with pytest.raises(Unreachable, match="answered 429"):
        registry.tags("shop")
    assert pauses == []


def test_silence_is_waited_for_twice(server: FakeRegistry) -> None:
    server.faults.silent = 99
    patience = Patience(connect=5, silence=0.2, pauses=(0, 0, 0), sleep=lambda _: None)
    with pytest.raises(Unreachable, match="did not answer GET /v2/shop/tags/list in time"):
        client(server.address, USER, patience).tags("shop")
    assert server.count("GET") == 2


def test_who_can_do_without_waits_for_a_registry_once(server: FakeRegistry) -> None:
    server.faults.silent = 99
    patience = Patience(5, 0.2, pauses=(0,), sleep=lambda _: None, gives_up=True)
    registry = client(server.address, USER, patience)
    for _ in range(3):
        with pytest.raises(Unreachable, match="in time"):
            registry.tags("shop")
        with pytest.raises(Unreachable, match="in time"):
            registry.time()
    assert server.count("GET") == 2


def test_nobody_at_the_address_is_said_at_once(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(Unreachable, match=f"no registry answers at {address}: Connection refused"):
        client(address, USER, Patience(sleep=pauses.append)).tags("shop")
    assert pauses == []


@pytest.mark.parametrize(("status", "kind"), [(507, Failed), (500, Failed)])
def test_a_full_disk_is_called_one(
    server: FakeRegistry, registry: Registry, status: int, kind: type[EnvctlError]
) -> None:
    server.faults.full = status
    with pytest.raises(kind, match=r"its disk is full") as caught:
        registry.put_blob("shop", b"more")
    assert "free space" in caught.value.hint
    assert server.count("POST") == 1


def test_a_login_page_is_no_registry(server: FakeRegistry, registry: Registry) -> None:
    server.faults.status, server.faults.body = 200, b"<html>please log in</html>"
    for ask in (registry.tags, lambda name: registry.manifest(name, "v1")):
        with pytest.raises(Unreachable, match="text/html where JSON was expected"):
            ask("shop")


@pytest.mark.parametrize("reference", ["v1", ""])
def test_another_content_than_the_digest_says_is_refused(
    server: FakeRegistry, registry: Registry, sent: Content, reference: str
) -> None:
    server.faults.wrong_content = True
    with pytest.raises(Unreachable, match="the content has the digest"):
        registry.manifest("shop", reference or sent.digest)


def test_a_wrong_blob_is_refused(server: FakeRegistry, registry: Registry) -> None:
    digest = registry.put_blob("shop", BIG)
    server.faults.wrong_content = True
    with pytest.raises(Unreachable, match="the content has the digest"):
        registry.blob("shop", digest, 2 * len(BIG))


def test_without_a_digest_in_the_answer_it_is_computed(
    server: FakeRegistry, registry: Registry, sent: Content
) -> None:
    server.faults.no_digest = True
    assert registry.digest("shop", "v1") == sent.digest


def test_half_a_manifest_is_asked_for_again(
    server: FakeRegistry, registry: Registry, sent: Content
) -> None:
    server.faults.truncated = 2
    assert registry.manifest("shop", "v1") == sent


@pytest.mark.parametrize("ignores_range", [False, True])
def test_a_download_goes_on_where_it_broke(
    server: FakeRegistry, registry: Registry, ignores_range: bool
) -> None:
    digest = registry.put_blob("shop", BIG)
    server.faults.truncated, server.faults.ignores_range = 2, ignores_range
    assert registry.blob("shop", digest, len(BIG)) == BIG
    assert server.count("GET /v2/shop/blobs") == 3


def test_a_download_that_always_breaks_ends(server: FakeRegistry, registry: Registry) -> None:
    digest = registry.put_blob("shop", b"short")
    server.faults.truncated = 99
    server.faults.ignores_range = True
    with pytest.raises(Unreachable, match="broke at GET /v2/shop/blobs/"):
        registry.blob("shop", digest, 5)
    assert server.count("GET /v2/shop/blobs") == 4


@pytest.mark.parametrize(("forgets", "begun"), [(False, 1), (True, 3)])
def test_an_upload_goes_on_after_a_break(
    server: FakeRegistry, registry: Registry, forgets: bool, begun: int
) -> None:
    server.faults.dropped_uploads, server.faults.forgets_uploads = 2, forgets
    digest = registry.put_blob("shop", BIG)
    assert server.content[digest] == BIG
    assert server.count("POST") == begun


def test_an_upload_whose_last_answer_was_lost_is_not_sent_twice(
    server: FakeRegistry, registry: Registry
) -> None:
    server.faults.lost_commits = 1
    registry.put_blob("shop", BIG)
    assert server.count("PATCH") == 1


def test_what_is_there_is_not_sent_again(server: FakeRegistry, registry: Registry) -> None:
    for _ in range(2):
        registry.put_blob("shop", BIG)
    assert server.count("PATCH") == 1


def test_without_mounts_a_copy_is_sent(server: FakeRegistry, registry: Registry) -> None:
    digest = registry.put_blob("shop", BIG)
    server.faults.no_mounts = True
    assert not registry.mount_blob("shop/api", digest, "shop")
    assert server.uploads == {}
    registry.copy_blob(registry, "shop", "shop/api", digest, len(BIG))
    assert registry.has_blob("shop/api", digest)


def many_tags(server: FakeRegistry, number: int) -> tuple[str, ...]:
    tags = tuple(f"i.{index:05}" for index in range(number))
    shop = server.repository("shop")
    shop.tags.update(dict.fromkeys(tags, "sha256:0"))
    shop.born.update(dict.fromkeys(tags, -1))
    return tags


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 2000, 2500])
@pytest.mark.parametrize(
    "fault", [{}, {"ignores_paging": True}, {"says_more": False}, {"circular": True}]
)
def test_tags_are_neither_lost_nor_doubled_nor_asked_for_ever(
    server: FakeRegistry, registry: Registry, number: int, fault: dict[str, bool]
) -> None:
    wanted = many_tags(server, number)
    for name, value in fault.items():
        setattr(server.faults, name, value)
    assert registry.tags("shop") == wanted
    assert server.count("GET") <= number // 1000 + 2


def test_a_new_tag_may_be_listed_later_and_can_be_read_at_once(
    server: FakeRegistry, registry: Registry
) -> None:
    server.faults.listing_lag = 1
    manifest = image(registry, "shop")
    registry.put_manifest("shop", "v1", manifest)
    assert registry.manifest("shop", "v1") == manifest
    assert [registry.tags("shop") for _ in range(2)] == [(), ("v1",)]


def test_a_token_is_asked_for_once_and_for_what_is_done() -> None:
    with FakeRegistry(bearer="somebody:a secret") as server:
        registry = client(server.address, USER)
        registry.put_manifest("shop", "v1", image(registry, "shop"))
        registry.tags("shop")
        assert sorted(server.scopes) == ["repository:shop:pull", "repository:shop:pull,push"]


def test_a_token_that_is_not_taken_any_more_is_renewed() -> None:
    with FakeRegistry(bearer="somebody:a secret") as server:
        registry = client(server.address, USER)
        registry.put_blob("shop", b"one")
        server.tokens.clear()
        registry.put_blob("shop", b"two")
        assert registry.tags("shop") == ()


def test_an_identity_token_is_exchanged() -> None:
    with FakeRegistry(bearer="an identity") as server:
        registry = client(server.address, Credentials(identity_token="an identity"))
        registry.put_blob("shop", b"one")
        assert server.count("POST /token") == 2


def test_the_hosts_own_words_are_told_and_no_secret() -> None:
    with FakeRegistry(bearer="somebody:a secret") as server:
        stranger = client(server.address, Credentials("somebody", "another secret"))
        with pytest.raises(Refused, match=r"401 to GET /token: UNAUTHORIZED: incorrect") as caught:
            stranger.tags("shop")
    assert "secret" not in f"{caught.value.message}{caught.value.hint}{stranger.__dict__}"


def test_plain_http_is_for_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    with FakeRegistry() as server:
        host = f"registry.example.com:{server.address.rpartition(':')[2]}"
        monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest: real("127.0.0.1", *rest))
        with pytest.raises(Refused, match=f"{host} speaks plain HTTP, which is for registries on"):
            open_registry(host, Patience(sleep=lambda _: None), lambda _: USER).tags("shop")
        assert server.requests == []


def test_a_test_can_do_something_at_the_third_request() -> None:
    seen: list[str] = []

    def note(number: int, words: str) -> None:
        if number == 3:
            seen.append(words)

    with FakeRegistry(before=note) as server:
        registry = client(server.address, USER)
        for _ in range(4):
            registry.manifest("shop", "v1")
    assert seen == ["GET /v2/shop/manifests/v1"]


def test_referrers_are_there_only_when_asked_for(server: FakeRegistry, sent: Content) -> None:
    import urllib3

    url = f"http://{server.address}/v2/shop/referrers/{sent.digest}"
    with urllib3.PoolManager() as pool:
        assert pool.request("GET", url).status == 404
        server.faults.referrers = True
        assert pool.request("GET", url).json()["manifests"] == []
    assert sent.media_type == OCI


def test_a_page_for_people_is_no_empty_registry(server: FakeRegistry, registry: Registry) -> None:
    server.faults.status, server.faults.body = 404, b"<html>nothing here</html>"
    with pytest.raises(Unreachable, match="a page for people"):
        registry.tags("team/shop")
