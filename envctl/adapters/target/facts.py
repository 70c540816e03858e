"""What a target's host says of itself, asked in a container on its network."""

from __future__ import annotations

from envctl.domain.target import HostFacts

# the root of a container is on the file system that the engine writes to
ASK_FACTS = (
    "bash",
    "-c",
    "df --block-size=1 --output=avail / && cat /proc/net/tcp && "
    "{ [ ! -r /proc/net/tcp6 ] || cat /proc/net/tcp6; }",
)
_LISTENS = "0A"


def read_facts(said: str) -> HostFacts:
    """Return the facts in the answer to `ASK_FACTS`."""
    lines = [line.split() for line in said.splitlines()]
    ports = {
        int(words[1].rpartition(":")[2], 16)
        for words in lines[2:]
        if len(words) > 3 and words[3] == _LISTENS
    }
    return HostFacts(int(lines[1][0]), frozenset(ports))
