"""What `target` of a stage says: the local engine, one over SSH, or a docker context."""

from __future__ import annotations

import re

from envctl.domain.target import LOCAL, Reach, Target
from envctl.errors import ConfigurationError

HINT = (
    'write "ssh://user@host" (":port" and "/path/of/docker.sock" may follow), the name of a docker '
    "context, or leave it out for the local engine"
)
# no part can begin with -, which ssh would take for an option
_PORT = r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_SSH = re.compile(
    r"ssh://(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.+-]*)@)?"
    r"(?P<host>[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])"
    rf"(?::(?P<port>{_PORT}))?(?P<socket>/[^\s:]*)?"
)
_CONTEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]+")  # the docker command's own rule


def parse_target(text: str, where: str) -> Target:
    """Return the target that `text` means; `where` names the key in errors."""
    if not text:
        return LOCAL
    if found := _SSH.fullmatch(text):
        return _over_ssh(found)
    if _CONTEXT.fullmatch(text):
        return Target(text, Reach.CONTEXT, context=text)
    raise ConfigurationError(f"{where}: {_trouble(text)}", hint=HINT)


def _over_ssh(found: re.Match[str]) -> Target:
    socket = found["socket"] or ""
    return Target(
        found[0],
        Reach.SSH,
        host=found["host"].strip("[]"),
        user=found["user"] or "",
        port=int(found["port"] or 0),
        socket="" if socket == "/" else socket,
    )


def _trouble(text: str) -> str:
    scheme, found, _ = text.partition("://")
    if found and scheme != "ssh":
        return f"{text!r}: a target is not reached by {scheme}://"
    return f"{text!r} is no target"
