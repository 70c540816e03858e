"""HAProxy's configuration: the text, and what needs a reload."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from envctl.domain.edge import Backing, Mode, Route, Servers
from envctl.domain.edge_config import (
    LISTENER,
    active_map,
    commands,
    config,
    listeners,
    structure,
)
from envctl.domain.edge_document import read, written
from envctl.domain.edge_state import Colour, EdgeState, Offered
from envctl.errors import Failed, Refused

WEB = Route(8080, "web", 80)
DB = Route(5432, "db", 5432, Mode.TCP)
NAMED = Route(443, "web", 80, hosts=("shop.example.com", "www.example.com"))


def offered(
    deployment: str, *routes: Route, web: tuple[int, ...] = (19001,), pems: tuple[str, ...] = ()
) -> Offered:
    servers = (Servers("web", 80, web), Servers("db", 5432, (19009,)))
    return Offered(Backing(deployment, servers), routes, pems)


def serving(*routes: Route, pems: tuple[str, ...] = ()) -> EdgeState:
    state = EdgeState().offered("shop", offered("a", *routes, pems=pems))
    return state.switched("shop", "a")


def parts(state: EdgeState) -> dict[str, str]:
    """The sections of the configuration by their first lines."""
    sections = [part.strip("\n") for part in config(state).split("\n\n")]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in sections}


def text(words: str) -> str:
    return "\n".join("    " + line for line in dedent(words).strip("\n").splitlines())


def test_an_empty_edge_has_no_way_in() -> None:
    assert list(parts(EdgeState())) == ["global", "defaults"]
    assert f"stats socket {LISTENER} mode 600 level operator" in config(EdgeState())
    assert active_map(EdgeState()) == ""


def test_http_goes_to_the_colour_that_the_map_names() -> None:
    found = parts(serving(WEB))
    assert list(found) == [
        "global",
        "defaults",
        "frontend 8080",
        "backend shop:8080:blue",
        "backend shop:8080:green",
    ]
    assert found["frontend 8080"] == text("""
        mode http
        bind 0.0.0.0:8080
        .if defined(ENVCTL_IPV6)
        bind [::]:8080 v6only
        .endif
        bind /run/envctl-probe-8080.sock mode 600 name probe
        option forwardfor
        http-request set-header X-Forwarded-Proto http
        http-request set-header X-Forwarded-Host %[req.hdr(host)]
        http-request set-header X-Forwarded-Port %[dst_port] unless { so_name probe }
        http-response set-header X-Envctl-Edge "%[be_name]/%[srv_name]" if { so_name probe }
        use_backend shop:8080:%[str(shop),map_str(/var/lib/envctl-edge/current/active.map,none)]
    """)
    assert found["backend shop:8080:blue"] == text("""
        mode http
        http-reuse safe
        retry-on conn-failure empty-response
        http-request disable-l7-retry unless { method GET HEAD OPTIONS }
        server s1 127.0.0.1:19001
        server s2 127.0.0.1:1 disabled
        server s3 127.0.0.1:1 disabled
        server s4 127.0.0.1:1 disabled
    """)
    assert active_map(serving(WEB)) == "shop blue\n"


def test_tcp_is_passed_on_as_it_is() -> None:
    found = parts(serving(DB))
    assert found["frontend 5432"].splitlines()[0] == "    mode tcp"
    assert "probe" not in found["frontend 5432"]
    assert found["backend shop:5432:blue"].splitlines()[:2] == [
        "    mode tcp",
        "    server s1 127.0.0.1:19009",
    ]


def test_names_with_certificates_are_sent_on_to_their_port() -> None:
    found = parts(serving(NAMED, pems=("0" * 64,)))
    crt = f"ssl strict-sni crt /var/lib/envctl-edge/certificates/{'0' * 64}.pem alpn h2,http/1.1"
    assert f"    bind 0.0.0.0:443 {crt}" in found["frontend 443"].splitlines()
    asked = "if { req.hdr(host),host_only,lower -m str www.example.com }"
    to = "redirect location https://www.example.com%[pathq] code 308"
    assert f"    http-request {to} {asked}" in found["frontend 80"].splitlines()
    assert "X-Forwarded-Proto https" in found["frontend 443"]
    assert "no stage has this name" in found["frontend 443"]


def test_the_next_deployment_with_the_same_ways_in_needs_no_reload() -> None:
    state = serving(WEB, DB)
    following = state.offered("shop", offered("b", WEB, DB, web=(19002, 19003)))
    assert structure(following) == structure(state)
    assert structure(following.switched("shop", "b")) == structure(state)
    said = commands(following.switched("shop", "b"))
    assert "set server shop:8080:green/s2 addr 127.0.0.1 port 19003" in said
    assert "set server shop:8080:green/s3 state maint" in said
    assert said[-1] == "set map /var/lib/envctl-edge/current/active.map shop green"


@pytest.mark.parametrize(
    "further",
    [
        offered("b", WEB, DB, web=(1, 2, 3, 4, 5)),
        offered("b", WEB, DB, Route(9000, "web", 80)),
        offered("b", replace(WEB, mode=Mode.TCP), DB),
        offered("b", WEB, DB, NAMED),
    ],
)
def test_what_needs_a_reload(further: Offered) -> None:
    state = serving(WEB, DB)
    assert structure(state.offered("shop", further)) != structure(state)


def test_another_certificate_needs_a_reload() -> None:
    state = serving(NAMED, pems=("0" * 64,))
    renewed = state.offered("shop", offered("a", NAMED, pems=("1" * 64,)))
    assert structure(renewed) != structure(state)


def test_ways_in_of_both_deployments_are_there_until_one_goes() -> None:
    state = serving(WEB).offered("shop", offered("b", DB)).switched("shop", "b")
    assert listeners(state) == {(8080, ""), (5432, "")}
    assert listeners(state.withdrawn("shop", "a")) == {(5432, "")}
    assert listeners(state.withdrawn("shop", "a").withdrawn("shop", "b")) == set()


def test_beside_the_next_deployment_stays_the_active_one_only() -> None:
    state = serving(WEB).offered("shop", offered("b", WEB)).offered("shop", offered("c", WEB))
    assert [b.deployment for b in state.stages()[0].backings] == ["a", "c"]
    assert state.stages()[0].active == "a"
    again = state.switched("shop", "c").offered("shop", offered("d", WEB))
    assert [b.deployment for b in again.stages()[0].backings] == ["d", "c"]


def test_one_that_never_served_is_replaced() -> None:
    state = EdgeState().offered("shop", offered("a", WEB)).offered("shop", offered("b", WEB))
    assert [b.deployment for b in state.stages()[0].backings] == ["b"]
    assert state.stages()[0].active == ""


def test_the_active_deployment_can_change_where_its_containers_are() -> None:
    state = serving(WEB).offered("shop", offered("a", WEB, web=(19005,)))
    assert state.entry("shop").active is Colour.BLUE
    assert "set server shop:8080:blue/s1 addr 127.0.0.1 port 19005" in commands(state)


def test_what_changes_nothing_is_the_same_state() -> None:
    state = serving(WEB)
    assert state.offered("shop", offered("a", WEB)) is state
    assert state.switched("shop", "a") is state
    assert state.withdrawn("shop", "z") is state
    assert state.withdrawn("none", "a") is state


def test_with_the_active_deployment_the_stage_goes() -> None:
    state = serving(WEB).offered("shop", offered("b", WEB))
    assert state.withdrawn("shop", "a").entries == ()
    assert state.withdrawn("shop", "b").withdrawn("shop", "a").entries == ()


def test_a_port_can_be_for_one_address_of_the_host() -> None:
    here, there = replace(WEB, address="127.0.0.1"), replace(WEB, address="::1")
    state = serving(here).offered("blog", offered("x", there))
    assert "    bind 127.0.0.1:8080" in parts(state)["frontend 8080:127.0.0.1"].splitlines()
    assert "    bind [::1]:8080" in parts(state)["frontend 8080:::1"].splitlines()
    assert "backend shop:8080:127.0.0.1:blue" in parts(state)
    with pytest.raises(Refused, match="port 8080 is already served for blog"):
        state.offered("mine", offered("y", WEB))


def test_an_unknown_deployment_cannot_be_served() -> None:
    with pytest.raises(Failed, match="does not know the deployment z of shop"):
        serving(WEB).switched("shop", "z")


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (WEB, "port 8080 is already served for shop"),
        (replace(NAMED, hosts=("www.example.com",)), r"the name www\.example\.com at port 443"),
        (Route(443, "web", 80), "port 443 is already served for shop"),
        (Route(8080, "web", 80, hosts=("other.example.com",)), "port 8080 is already served"),
    ],
)
def test_ways_in_belong_to_one_stage(theirs: Route, words: str) -> None:
    with pytest.raises(Refused, match=words):
        serving(WEB, NAMED).offered("blog", offered("x", theirs))


def test_stages_share_a_port_by_name() -> None:
    theirs = replace(NAMED, hosts=("blog.example.com",))
    state = serving(NAMED).offered("blog", offered("x", theirs))
    assert "use_backend blog:443:blog.example.com:" in config(state)
    assert "use_backend shop:443:shop.example.com:" in config(state)


def test_the_document_says_it_all() -> None:
    state = serving(WEB, NAMED, pems=("0" * 64,)).offered("shop", offered("b", DB))
    assert read(written(state)) == state
    assert read(written(EdgeState(plain_port=81))) == EdgeState(plain_port=81)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sequence": 1}', "null"])
def test_what_is_no_document_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read(text)
