"""The engine and the docker command: there, reachable, new enough, on time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.domain.diagnosis.machine_facts import Trouble
from envctl.domain.findings import ok, problem, warning
from envctl.domain.quantities import size
from envctl.domain.versions import OLDEST, is_supported

if TYPE_CHECKING:
    from envctl.domain.diagnosis.machine_facts import EngineFacts, Tool
    from envctl.domain.findings import Finding

GIB = 1024**3
MEMORY_LOW = GIB
# what a call takes is taken off before, so this is no slow line; from here on, `logs --since`
# and builds that go by the time of files are wrong
CLOCK_OFF = 2.0
# a registry's token may live for no more than a minute: with this, none is ever valid
CLOCK_WRONG = 60.0
PACKAGES = {
    "engine": "docker-ce of Docker's own packages, docker.io of Debian and Ubuntu",
    "compose": "docker-compose-plugin of Docker's own packages, docker-compose of Debian,"
    " docker-compose-v2 of Ubuntu",
    "buildx": "docker-buildx-plugin of Docker's own packages, docker-buildx of Debian and Ubuntu",
}
_GROUP = "add yourself to the group docker (sudo usermod -aG docker $USER), then log in again"
_JOINED = "log in again, or run newgrp docker: your account is in the group docker since you did"
_START = "start the engine (sudo systemctl start docker, or Docker Desktop)"
_KEEP = "and the same line in /etc/sysctl.d to keep it"
# what /info warns of, and what helps; blkio is missing on most machines and nobody misses it
_KERNEL = (
    (r"no memory limit", "boot with cgroup_enable=memory; until then mem_limit has no effect"),
    (r"no swap limit", "boot with swapaccount=1; until then memswap_limit has no effect"),
    (r"ipv4 forwarding", f"sudo sysctl net.ipv4.ip_forward=1, {_KEEP}"),
    (r"bridge-nf-call-iptables",
     f"sudo modprobe br_netfilter && sudo sysctl net.bridge.bridge-nf-call-iptables=1, {_KEEP}"),
    (r"bridge-nf-call-ip6tables",
     f"sudo modprobe br_netfilter && sudo sysctl net.bridge.bridge-nf-call-ip6tables=1, {_KEEP}"),
    (r"no cpu (?:cfs|shares)", "boot a kernel with CONFIG_CFS_BANDWIDTH; until then cpus has no"
     " effect"),
    (r"no cpuset", "boot a kernel with CONFIG_CPUSETS; until then cpuset has no effect"),
    (r"no pidslimit|no pids limit", "boot a kernel with CONFIG_CGROUP_PIDS; until then pids_limit"
     " has no effect"),
    (r"api is accessible on http",
     "take -H tcp:// out of the engine's options, or add --tlsverify: who reaches that port is"
     " root there"),
)  # fmt: skip


def engine_findings(engine: EngineFacts) -> list[Finding]:
    """Return what there is to say of the engine."""
    if not engine.version:
        return [problem("engine", engine.error or "no answer", _way_in(engine))]
    return [
        _versioned("engine", engine.version, f"{engine.version} at {engine.host}"),
        ok("engine API", engine.api),
        ok("image store", engine.image_store),
        *_clock(engine),
        *_memory(engine),
        *[_warned(text) for text in engine.warnings],
    ]


def _way_in(engine: EngineFacts) -> str:
    by, home = engine.chosen_by, "docker context use default"
    known = f"; there are: {', '.join(engine.contexts)}" if engine.contexts else ""
    match engine.trouble:
        case Trouble.PERMISSION:
            return _JOINED if engine.joined_group else _GROUP
        case Trouble.CONTEXT:
            return f"unset {by}, or name another context{known}" if by else f"{home}{known}"
        case Trouble.ADDRESS:
            return "write it like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST"
    if engine.other:
        return f"{f'unset {by}' if by else home}: an engine answers at {engine.other}"
    if engine.trouble is Trouble.SILENT and engine.local:
        return "look what it is doing (journalctl -u docker), or sudo systemctl restart docker"
    return f"start the engine at that address, or unset {by}" if by else _START


def tool_findings(docker: Tool, compose: Tool, buildx: Tool, *, blind: bool) -> list[Finding]:
    """Return what there is to say of the docker command and its plugins.

    `blind` says that docker cannot read its own settings: it finds no plugin then.
    """
    if docker.error:
        cure = "install it (docker-ce-cli of Docker's own packages, docker-cli of Debian), or add"
        first = problem("docker command", docker.error, f"{cure} its folder to PATH")
    else:
        first = ok("docker command", docker.version)
    return [first, _tool("compose", compose, blind), _tool("buildx", buildx, blind)]


def _tool(name: str, tool: Tool, blind: bool) -> Finding:
    if not tool.version and blind:
        cure = "mend docker's settings first, see below: docker finds no plugin without them"
        return problem(name, tool.error, cure)
    if not tool.version:
        cure = f"install the {name} plugin of docker, {OLDEST[name]} or newer ({PACKAGES[name]})"
        return problem(name, tool.error or "not found", cure)
    return _versioned(name, tool.version, tool.version)


def _versioned(name: str, version: str, seen: str) -> Finding:
    if is_supported(name, version):
        return ok(name, seen)
    oldest = f"{OLDEST[name]} is the oldest that envctl supports"
    return problem(name, seen, f"upgrade: {oldest} ({PACKAGES[name]})")


def _clock(engine: EngineFacts) -> list[Finding]:
    if engine.clock_off is None:
        return []
    off = abs(engine.clock_off)
    if off <= CLOCK_OFF:
        return [ok("clock", "engine and machine agree")]
    way = "ahead of" if engine.clock_off > 0 else "behind"
    seen = f"the engine's clock is {_duration(off)} {way} this machine's"
    cure = (
        "set the one that is wrong: sudo chronyc makestep, or sudo timedatectl set-ntp true;"
        " Docker Desktop sets its own when it is restarted"
    )
    return [(problem if off > CLOCK_WRONG else warning)("clock", seen, cure)]


def _duration(seconds: float) -> str:
    for length, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"


def _memory(engine: EngineFacts) -> list[Finding]:
    if engine.memory is None:
        return []
    if engine.memory >= MEMORY_LOW:
        return [ok("engine's memory", size(engine.memory))]
    cure = "give its machine 2 GiB or more (Docker Desktop: Settings, Resources, Memory)"
    return [warning("engine's memory", f"{size(engine.memory)} in all", cure)]


def _warned(text: str) -> Finding:
    said = re.sub(r"^(?:warning|deprecated):?\s*", "", text, flags=re.IGNORECASE).strip()
    for pattern, cure in _KERNEL:
        if re.search(pattern, said, re.IGNORECASE):
            return warning("engine's warning", said, cure)
    return ok("engine's warning", said)
