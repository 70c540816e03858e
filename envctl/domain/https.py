"""What the edge needs to speak TLS for the host names of a stage."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpsFiles:
    """Certificates as PEM, chain and key in one, by file name; or an ACME server to ask.

    `directory` is the server's URL, `email` whom it may write to, `authority` the PEM of what
    signed the server's own certificate, where not every machine trusts it.
    """

    certificates: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    directory: str = ""
    email: str = ""
    authority: bytes = field(default=b"", repr=False)
