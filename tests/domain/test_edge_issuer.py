"""Certificates of ACME servers, as HAProxy is told of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.adapters.edge.issued import PLACEHOLDER, described
from envctl.domain.edge import Backing, Certificate, Route, Servers
from envctl.domain.edge_config import config, structure
from envctl.domain.edge_document import read, written
from envctl.domain.edge_issuer import Issuer, settings
from envctl.domain.edge_state import EdgeState, Offered

CA = Issuer("https://ca.example.com/it's", "ops@example.com")
TEST = Issuer("https://test.example.com/dir", authority="a" * 64)
FOLDER = "/var/lib/envctl-edge/certificates"


def offered(issuer: Issuer | None, *names: str, port: int = 443) -> Offered:
    backing = Backing("a", (Servers("web", 80, (19001,)),))
    return Offered(backing, (Route(port, "web", 80, hosts=names),), ("0" * 64,), issuer)


def edge(**stages: Offered) -> EdgeState:
    state = EdgeState()
    for stage, one in stages.items():
        state = state.offered(stage, one).switched(stage, "a")
    return state


def test_each_name_is_asked_for_at_the_server_of_its_stage() -> None:
    said = config(edge(shop=offered(CA, "a.test", "b.test"), blog=offered(TEST, "c.test")))
    wanted = ((CA, "a.test"), (CA, "b.test"), (TEST, "c.test"))
    lines = [
        f"    load crt {FOLDER}/acme/{ca.account}/{name}.pem acme {ca.account} domains {name}"
        for ca, name in wanted
    ]
    assert "\n".join(("crt-store", *lines, "")) in said
    assert said.count("\nacme ") == 2
    assert "    directory 'https://ca.example.com/it'\\''s'\n" in said
    assert said.count("    contact ") == 1


def test_names_are_served_with_their_own_certificates_only() -> None:
    said = config(edge(shop=offered(CA, "a.test"), files=offered(None, "b.test")))
    bind = next(line for line in said.splitlines() if line.startswith("    bind 0.0.0.0:443"))
    files = f"crt {FOLDER}/{'0' * 64}.pem crt {FOLDER}/acme/{CA.account}/a.test.pem"
    assert bind == f"    bind 0.0.0.0:443 ssl strict-sni {files} alpn h2,http/1.1"


def test_the_port_without_tls_answers_the_server_before_it_sends_anybody_on() -> None:
    said = config(edge(shop=offered(CA, "a.test")))
    plain = said[said.index("frontend 80\n") : said.index("frontend 443\n")]
    assert 0 < plain.index("/.well-known/acme-challenge/") < plain.index("redirect location")
    assert "acme" not in config(edge(shop=offered(None, "a.test")))


def test_an_own_authority_is_trusted_beside_the_known_ones() -> None:
    line = f"httpclient.ssl.ca-file {FOLDER}/authorities/{'a' * 16}.crt"
    assert line in settings([CA, TEST], FOLDER)
    assert "ca-file" not in settings([CA], FOLDER)
    assert edge(blog=offered(TEST, "c.test")).files() == {"a" * 64, "0" * 64}


def test_another_server_needs_a_reload_and_is_kept() -> None:
    state = edge(shop=offered(CA, "a.test"))
    assert read(written(state)) == state
    other = edge(shop=offered(replace(CA, email="dev@example.com"), "a.test"))
    assert structure(other) != structure(state)


def test_only_what_is_served_has_certificates_to_show() -> None:
    state = edge(shop=offered(CA, "b.test", "a.test"))
    assert state.entry("shop").certificates() == (
        f"acme/{CA.account}/a.test",
        f"acme/{CA.account}/b.test",
    )
    assert EdgeState().entry("shop").certificates() == ()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "a.test has no certificate yet, and connections to it fail"),
        (-1, "the certificate of a.test has expired"),
        (6, "the certificate of a.test expires in 6 days"),
    ],
)
def test_what_somebody_has_to_know_of_a_certificate(days: int | None, said: str) -> None:
    assert Certificate("a.test", days).trouble.startswith(said)
    assert Certificate("a.test", 7).trouble == ""


def test_what_haproxy_says_of_a_certificate() -> None:
    one = described("acme/1234/a.test", f"/CN={PLACEHOLDER}\tNov 21 08:25:21 2036 GMT\t")
    assert one == Certificate("a.test")
    gone = described("0" * 64, "/CN=x\tNov 21 08:25:21 2006 GMT\tDNS:a.test, DNS:b.test")
    assert gone.names == "a.test b.test"
    assert gone.trouble == "the certificate of a.test b.test has expired"
