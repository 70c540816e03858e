"""Who gets what, compared as text: `kind place: wanted -> given`, then the notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from envctl.domain.claims import unmovable, wants
from envctl.domain.moves import Ground, Settled, Taken, overlap, settle, standing
from envctl.domain.playground import Claim

MODEL: dict[str, Any] = {
    "name": "shop-a",
    "services": {
        "db": {
            "image": "postgres:15",
            "container_name": "shop-db",
            "networks": {"back": {"ipv4_address": "172.28.0.10"}},
        },
        "web": {
            "image": "shop/web",
            "build": {"context": "/src"},
            "ports": [
                {"target": 80, "published": "8080", "protocol": "tcp"},
                {"target": 53, "published": "5353", "protocol": "udp", "host_ip": "127.0.0.1"},
                {"target": 81},
                {"target": 82, "published": "9000-9010"},
            ],
        },
    },
    "networks": {
        "default": {"name": "shop-a_default"},
        "back": {"name": "shop-net", "ipam": {"config": [{"subnet": "172.28.0.0/24"}]}},
        "far": {"name": "corporate", "external": True},
    },
    "volumes": {"data": {"name": "shop-data"}, "own": {"name": "shop-a_own"}},
}
AS_WRITTEN = """\
port web 80: 8080/tcp -> 8080/tcp
port web 53: 127.0.0.1:5353/udp -> 127.0.0.1:5353/udp
container db: shop-db -> shop-db
image web: shop/web -> shop/web
network back: shop-net -> shop-net
volume data: shop-data -> shop-data
subnet back: 172.28.0.0/24 -> 172.28.0.0/24"""


def settled(
    *taken: Taken, before: Iterable[Claim] = (), listening: str = "", routes: tuple[str, ...] = ()
) -> Settled:
    ground = Ground(taken, lambda port: port == listening, routes)
    return settle("shop-a", wants(MODEL, ["db", "web"]), before, ground)


def text(settled: Settled) -> str:
    lines = [f"{c.kind} {c.place}: {c.wanted} -> {c.given or 'none'}" for c in settled.claims]
    return "\n".join([*lines, *settled.notes])


def changed(result: Settled) -> str:
    """Return what differs from the Compose file."""
    return "\n".join(line for line in text(result).splitlines() if line not in AS_WRITTEN)


def test_a_subnet_that_is_none_is_for_compose_to_refuse() -> None:
    model = {"name": "x", "networks": {"n": {"ipam": {"config": [{"subnet": "nonsense"}]}}}}
    assert wants(model, []) == ()


def test_alone_it_has_all_as_it_is_written() -> None:
    assert text(settled()) == AS_WRITTEN


def test_only_the_services_that_are_meant_ask_for_ports_and_names() -> None:
    kinds = [c.kind for c in wants(MODEL, ["db"])]
    assert kinds == ["container", "network", "volume", "subnet"]


def test_beside_a_copy_all_moves() -> None:
    shop = "playground shop"
    taken = [
        Taken("port", "0.0.0.0:8080/tcp", shop),
        Taken("port", "127.0.0.1:5353/udp", shop),
        Taken("container", "shop-db", shop),
        Taken("image", "shop/web", shop),
        Taken("network", "shop-net", shop),
        Taken("volume", "shop-data", shop),
        Taken("subnet", "172.28.0.0/16", "network shop-net"),
    ]
    assert (
        text(settled(*taken))
        == """\
port web 80: 8080/tcp -> 21668/tcp
port web 53: 127.0.0.1:5353/udp -> 127.0.0.1:26019/udp
container db: shop-db -> none
image web: shop/web -> shop/web:latest-shop-a
network back: shop-net -> shop-a_back
volume data: shop-data -> shop-a_data
subnet back: 172.28.0.0/24 -> 10.173.215.0/24
port 8080 of web is taken by playground shop: it answers on 21668 here
port 5353 of web is taken by playground shop: it answers on 26019 here
container name shop-db is taken by playground shop: only networks know db by it
image shop/web is that of playground shop: web is built as shop/web:latest-shop-a here
network shop-net is that of playground shop: back is shop-a_back here
volume shop-data is that of playground shop: data is shop-a_data here
subnet 172.28.0.0/24 of back is taken by network shop-net: back is 10.173.215.0/24 here"""
    )


def test_who_stands_aside_leaves_even_what_is_free_and_says_nothing() -> None:
    ground = Ground(aside=True)
    first = settle("shop-a", wants(MODEL, ["db", "web"]), (), ground)
    assert (
        text(first)
        == """\
port web 80: 8080/tcp -> 21668/tcp
port web 53: 127.0.0.1:5353/udp -> 127.0.0.1:26019/udp
container db: shop-db -> none
image web: shop/web -> shop/web:latest-shop-a
network back: shop-net -> shop-a_back
volume data: shop-data -> shop-a_data
subnet back: 172.28.0.0/24 -> 10.173.215.0/24"""
    )
    assert settle("shop-a", wants(MODEL, ["db", "web"]), first.claims, ground) == first


def test_a_port_that_some_program_holds_moves() -> None:
    assert (
        changed(settled(listening="8080/tcp"))
        == """\
port web 80: 8080/tcp -> 21668/tcp
port 8080 of web is taken by another program: it answers on 21668 here"""
    )


def test_the_next_port_is_taken_where_the_first_is_not_free() -> None:
    taken = [Taken("port", "8080/tcp", "container x"), Taken("port", "21668/tcp", "container y")]
    assert "-> 21669/tcp" in changed(settled(*taken))


def test_what_moved_once_stays_where_it_is() -> None:
    before = [Claim("port", "web 80", "8080/tcp", "23817/tcp")]
    assert changed(settled(before=before)) == "port web 80: 8080/tcp -> 23817/tcp"


def test_what_moved_once_moves_again_only_when_that_is_taken() -> None:
    before = [Claim("port", "web 80", "8080/tcp", "23817/tcp")]
    assert (
        changed(settled(Taken("port", "23817/tcp", "container x"), before=before))
        == """\
port web 80: 8080/tcp -> 21668/tcp
port 8080 of web is taken by container x: it answers on 21668 here"""
    )


def test_a_move_is_remembered_while_nothing_asks_for_it() -> None:
    debug = Claim("port", "debugger 80", "8081/tcp", "23818/tcp")
    gone = Claim("port", "web 80", "8088/tcp", "8088/tcp")
    assert changed(settled(before=[debug, gone])) == "port debugger 80: 8081/tcp -> 23818/tcp"


def test_a_subnet_keeps_clear_of_the_hosts_routes() -> None:
    net = Taken("subnet", "172.28.0.0/24", "network x")
    assert "-> 10.173.215.0/24" in changed(settled(net))
    assert "-> 10.173.216.0/24" in changed(settled(net, routes=("10.173.215.128/25",)))


def test_what_fits_nowhere_is_said() -> None:
    big = Claim("subnet", "back", "10.0.0.0/8", "10.0.0.0/8")
    ground = Ground((Taken("subnet", "10.1.0.0/16", "network x"),))
    result = settle("shop-a", [big], [], ground)
    said = "subnet 10.0.0.0/8 of back is taken by network x, and nothing else fits"
    assert result == Settled((big,), (said,))


def test_a_subnet_of_version_6_moves_within_private_ones() -> None:
    want = Claim("subnet", "back", "fd00:1::/64", "fd00:1::/64")
    result = settle("shop-a", [want], [], Ground((Taken("subnet", "fd00:1::/48", "network x"),)))
    assert result.claims[0].given.startswith("fd65:6e76:")
    assert result.claims[0].given.endswith("/64")


def test_a_host_without_a_free_port_leaves_it_as_written() -> None:
    result = settle("shop-a", wants(MODEL, ["web"])[:1], [], Ground(listens=lambda port: True))
    said = "port 8080/tcp of web 80 is taken by another program, and nothing else fits"
    assert result.notes == (said,)


@pytest.mark.parametrize(
    ("kind", "one", "other", "both"),
    [
        ("port", "80/tcp", "80/tcp", True),
        ("port", "80/tcp", "81/tcp", False),
        ("port", "80/tcp", "80/udp", False),
        ("port", "80/tcp", "127.0.0.1:80/tcp", True),
        ("port", "127.0.0.1:80/tcp", "127.0.0.2:80/tcp", False),
        ("port", "0.0.0.0:80/tcp", "::1:80/tcp", False),
        ("port", "80/tcp", "::1:80/tcp", True),
        ("port", ":::80/tcp", "::1:80/tcp", True),
        ("subnet", "10.0.0.0/24", "10.0.0.128/25", True),
        ("subnet", "10.0.0.0/24", "10.0.1.0/24", False),
        ("subnet", "10.0.0.0/24", "fd00::/64", False),
        ("container", "a", "a", True),
        ("volume", "a", "b", False),
    ],
)
def test_what_two_playgrounds_cannot_have_at_once(
    kind: str, one: str, other: str, both: bool
) -> None:
    assert overlap(kind, one, other) is both
    assert overlap(kind, other, one) is both


def test_a_port_that_moved_before_is_named() -> None:
    moved, kept = "23817/tcp", "8443/tcp"
    claims = [Claim("port", "web 80", "8080/tcp", moved), Claim("port", "web 443", kept, kept)]
    assert standing(claims) == ("port 8080 of web is 23817 here",)


def test_what_cannot_move_is_named() -> None:
    model = {
        "name": "x",
        "services": {
            "proxy": {"network_mode": "host"},
            "cam": {"devices": [{"source": "/dev/video0", "target": "/dev/video0"}]},
            "not_meant": {"network_mode": "host"},
        },
    }
    assert unmovable(model, ["proxy", "cam"]) == (
        "cam uses the device /dev/video0 of the host, which all playgrounds share",
        "proxy uses the network of the host, which all playgrounds share",
    )
