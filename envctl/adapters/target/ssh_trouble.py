"""What OpenSSH and the other side say, in words that help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Unreachable

if TYPE_CHECKING:
    from envctl.domain.target import Target

_AWAY = (
    "Connection refused", "timed out", "No route to host", "Network is unreachable",
    "Connection closed by", "Connection reset", "kex_exchange_identification",
)  # fmt: skip
LOOK = (
    "u=$(id -u); "
    'for s in "$@" "${DOCKER_HOST#unix://}" "$XDG_RUNTIME_DIR/docker.sock" '
    '"/run/user/$u/docker.sock"; do '
    'case $s in /*) [ -S "$s" ] && { [ -w "$s" ] && echo "yes $s" || echo "no $s"; };; esac; done; '
    "grep -q '00010000 .*/docker.sock$' /proc/net/unix && echo listening; true"
)
"""Asks the other side which sockets of an engine there are, and whether one is listened to."""


def not_connected(target: Target, said: str) -> Unreachable:
    """Return what stands against a connection, from what `ssh` said before it ended."""
    name = f"{target.user}@{target.host}" if target.user else target.host
    by_hand = f"ssh {f'-p {target.port} ' if target.port else ''}{name}"
    lines = [line for line in said.splitlines() if line.strip("@ \r")]
    message, hint = _known(target.host, name, by_hand, said, lines[-1].strip() if lines else "")
    return Unreachable(message, hint=hint, details=tuple(lines))


def _known(host: str, name: str, by_hand: str, said: str, last: str) -> tuple[str, str]:
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said:
        return (
            f"the host key of {host} has changed",
            "ask whoever runs it: if it was set up anew, ssh-keygen -R "
            f"{host}, then {by_hand} once by hand; if not, somebody else answers in its place",
        )
    if "Host key verification failed" in said:
        return (
            f"the host key of {host} is not known on this machine",
            f"{by_hand} once by hand, and compare the key that it shows with the host's",
        )
    if "Permission denied (" in said:
        return (
            f"{name} does not let this user in over SSH",
            f"{by_hand} has to work without a password: ssh-add -l lists the keys that are offered",
        )
    if "Could not resolve hostname" in said:
        return f"there is no host {host}", "mend target in envctl.toml, or your SSH configuration"
    if any(words in said for words in _AWAY):
        return f"{host} does not answer over SSH: {last}", f"{by_hand} tells when it is back"
    return f"ssh to {host} ended: {last or 'it said nothing'}", f"{by_hand} tells more"


@dataclass(frozen=True)
class Sockets:
    """The sockets of an engine at the other side, and whether one is listened to."""

    open: tuple[str, ...]
    closed: tuple[str, ...]
    listening: bool


def read_sockets(said: str) -> Sockets:
    """Return what the answer to `LOOK` says."""
    lines = [line.partition(" ") for line in dict.fromkeys(said.splitlines())]
    found = {word: tuple(s for w, _, s in lines if w == word) for word in ("yes", "no")}
    return Sockets(found["yes"], found["no"], any(w == "listening" for w, _, _ in lines))


def no_engine(target: Target, sockets: Sockets) -> Unreachable:
    """Return why no socket of an engine at the other side answers."""
    host = target.host
    if sockets.open and sockets.listening:
        return Unreachable(
            f"the SSH server of {host} does not forward to the engine's socket {sockets.open[0]}",
            hint="its sshd_config has to allow it: AllowStreamLocalForwarding yes, "
            "AllowTcpForwarding yes, and no DisableForwarding",
        )
    if sockets.open:
        return Unreachable(
            f"the engine of {host} does not run: nobody listens at {sockets.open[0]}",
            hint="start it there: sudo systemctl start docker",
        )
    if sockets.closed:
        who = target.user or "this user"
        return Unreachable(
            f"{who} may not talk to the engine of {host}: no permission on {sockets.closed[0]}",
            hint=f"there: sudo usermod -aG docker {target.user or 'USER'}",
        )
    return Unreachable(
        f"there is no engine on {host}: no socket {target.socket or 'of docker'} was found",
        hint="install or start Docker there; another socket goes behind the address: "
        "ssh://user@host/path/of/docker.sock",
    )
