"""What an engine says of a registry that it does not reach, put into words."""

from __future__ import annotations

import re

_DAEMON = "Error response from daemon: "
_CALL = re.compile(r'\b(?:Get|Head|Post|Put|Patch) "https?://(?P<host>[^/"]+)[^"]*": (?P<why>.*)')
_CAUSES = (
    (r"no such host|server misbehaving|name resolution", "{host} has no address"),
    (r"connection refused", "nothing answers at {host}"),
    (r"timeout|deadline exceeded|Client\.Timeout", "{host} did not answer in time"),
    (r"network is unreachable|no route to host", "there is no way to {host}"),
    (r"x509|certificate", "the engine does not trust the certificate of {host}"),
    (r"HTTP response to HTTPS client", "{host} speaks plain HTTP, the engine expects TLS"),
    (r"EOF|connection reset", "the connection to {host} broke"),
)


def in_words(text: str) -> str:
    """Return `text` with an engine's failed call of a registry in words; all else as it is."""
    found = _CALL.search(text)
    if found is None:
        return text
    for sign, words in _CAUSES:
        if re.search(sign, found["why"]):
            before = text[: found.start()].removesuffix(_DAEMON)
            return before + words.format(host=found["host"])
    return text
