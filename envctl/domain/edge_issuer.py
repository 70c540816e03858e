"""Certificates that an edge asks an ACME server for, as HAProxy is told of them.

Each name has a certificate of its own: one that cannot be had yet keeps no other from being served.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHORT = 16
CHALLENGES = "/.well-known/acme-challenge/"
EVENTS = "acme"
"""The ring that keeps what HAProxy says about its orders."""
_ASKED = "path,field(-1,/)"
_KEY = f"{_ASKED},map(virt@acme)"
ANSWER = (
    f'    http-request return status 200 content-type text/plain lf-string "%[{_ASKED}].%[{_KEY}]"'
    f" if {{ path_beg {CHALLENGES} }} {{ {_KEY} -m found }}"
)
"""What answers an ACME server that looks whether a name leads here; all else it leaves alone."""


@dataclass(frozen=True, order=True)
class Issuer:
    """An ACME server.

    `directory` is its URL, `email` whom it may write to, `authority` the digest of a PEM file in
    the edge's volume with what signed its own certificate; empty where any machine trusts it.
    """

    directory: str
    email: str = ""
    authority: str = ""

    @property
    def account(self) -> str:
        """What the account there is called."""
        said = f"{self.directory} {self.email}"
        return sha256(said.encode()).hexdigest()[:_SHORT]

    def certificate(self, name: str) -> str:
        """Return the name of a certificate among those of the edge."""
        return f"acme/{self.account}/{name}"


def settings(issuers: Iterable[Issuer], folder: str) -> str:
    """Return what belongs into the global section; `folder` is where the certificates are."""
    known = {issuer.authority[:_SHORT] for issuer in issuers if issuer.authority}
    lines = [
        "expose-experimental-directives",
        f"log ring@{EVENTS} format raw local0 notice",
        "log stdout format raw local0 notice",
        "httpclient.resolvers.prefer ipv4",
    ]
    if known:
        lines.append(f"httpclient.ssl.ca-file {folder}/authorities/{'+'.join(sorted(known))}.crt")
    return "".join(f"    {line}\n" for line in lines)


def sections(wanted: Mapping[str, Issuer], folder: str) -> list[str]:
    """Return the sections that say which names are asked for where."""
    loads = [
        f"    load crt {folder}/{issuer.certificate(name)}.pem acme {issuer.account} domains {name}"
        for name, issuer in sorted(wanted.items())
    ]
    ring = f"ring {EVENTS}\n    format raw\n    size 65536\n"
    store = "\n".join(("crt-store", *loads, ""))
    accounts = {issuer.account: issuer for issuer in sorted(wanted.values())}
    return [ring, store, *(_account(issuer, folder) for _, issuer in sorted(accounts.items()))]


def _account(issuer: Issuer, folder: str) -> str:
    lines = [
        f"directory {_quoted(issuer.directory)}",
        f"account-key {folder}/acme/{issuer.account}/account.key",
        *([f"contact {_quoted(issuer.email)}"] if issuer.email else []),
        "challenge http-01",
        "keytype ECDSA",
        "curves P-256",
        "map virt@acme",
    ]
    return "\n".join((f"acme {issuer.account}", *(f"    {line}" for line in lines), ""))


def _quoted(words: str) -> str:
    inner = words.replace("'", "'\\''")
    return f"'{inner}'"
