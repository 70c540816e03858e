"""What one service of a release would have of this machine, as the effective model says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.release.host_demands import entries, mapping, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    Found = Iterator[tuple[str, str]]

_SOCKET = "asks for the engine's socket, which is root on this machine"
_RIGHTS = "has all rights on this machine"
_MOUNTS = ("volume", "tmpfs", "image")
_SOCKETS = ("docker", "podman", "containerd", "crio", "buildkitd")
_GIVEN = """
AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID
SETPCAP SETUID SYS_CHROOT
"""
DEFAULT_CAPABILITIES = frozenset(_GIVEN.split())
"""What the engine gives every container."""
# how each namespace is called in words, and the values that are harmless
_NAMESPACES = {
    "network_mode": ("network", ("none", "bridge", "default")),
    "pid": ("processes", ("private",)),
    "ipc": ("shared memory", ("none", "private", "shareable")),
    "uts": ("host name", ()),
    "userns_mode": ("users", ("private",)),
    "cgroup": ("control groups", ("private",)),
}
_RUNTIMES = ("runc", "io.containerd.runc.v2")
# others are plugins, or have the engine itself open files and connections of this machine
_LOG_DRIVERS = ("json-file", "local", "journald", "none")
# what runtimes go by: files of this machine, settings of its init
_ANNOTATIONS = ("run.oci.", "org.systemd.", "io.katacontainers.", "io.kubernetes.cri")


def of_service(body: dict[str, Any]) -> Found:
    """Yield what a service asks for, each with the key that says so."""
    yield from _mounts(body)
    yield from _rights(body)
    yield from _devices(body)
    yield from _namespaces(body)
    yield from _others(body)
    yield from _run_by(body)


def _mounts(body: dict[str, Any]) -> Found:
    for entry in entries(body.get("volumes")):
        said = mapping(entry)
        kind, source = said.get("type"), said.get("source", entry)
        if kind in _MOUNTS:
            continue
        if kind == "npipe" or _is_socket(str(source)):
            yield "volumes", f"{_SOCKET} ({shown(source)})"
        else:
            yield "volumes", f"mounts {shown(source)} of this machine"


def _is_socket(path: str) -> bool:
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    return name.startswith(_SOCKETS) and (name.endswith(".sock") or "pipe" in path)


def _rights(body: dict[str, Any]) -> Found:
    if _is_on(body.get("use_api_socket")):
        yield "use_api_socket", _SOCKET
    if _is_on(body.get("privileged")):
        yield "privileged", _RIGHTS
    for key in ("post_start", "pre_stop"):
        if any(_is_on(mapping(hook).get("privileged")) for hook in entries(body.get(key))):
            yield key, f"runs a command that {_RIGHTS}"
    names = (str(name).upper().removeprefix("CAP_") for name in entries(body.get("cap_add")))
    if more := sorted(set(names) - DEFAULT_CAPABILITIES):
        yield "cap_add", f"asks for more rights: {shown(', '.join(more))}"
    for option in entries(body.get("security_opt")):
        if not str(option).startswith("no-new-privileges"):
            yield "security_opt", f"is confined in another way: {shown(option)}"


def _is_on(value: Any) -> bool:
    return value not in (None, False, "", "false")


def _devices(body: dict[str, Any]) -> Found:
    for device in entries(body.get("devices")):
        source = mapping(device).get("source", device)
        yield "devices", f"uses {shown(source)} of this machine"
    for rule in entries(body.get("device_cgroup_rules")):
        yield "device_cgroup_rules", f"uses devices of this machine: {shown(rule)}"


def _namespaces(body: dict[str, Any]) -> Found:
    for key, (words, fine) in _NAMESPACES.items():
        value = str(body.get(key) or "")
        kind, _, whose = value.partition(":")
        if not value or value in fine or (kind == "service" and whose):
            continue
        if value == "host":
            yield key, f"shares the {words} of this machine"
        elif kind == "container":
            yield key, f"shares the {words} of the container {shown(whose)}"
        else:
            yield key, f"shares {words} with others: {shown(value)}"


def _others(body: dict[str, Any]) -> Found:
    for source in entries(body.get("volumes_from")):
        if str(source).startswith("container:"):
            whose = str(source).split(":")[1]
            yield "volumes_from", f"mounts what the container {shown(whose)} has"
    for link in entries(body.get("external_links")):
        yield "external_links", f"speaks to the container {shown(link)}"


def _run_by(body: dict[str, Any]) -> Found:
    """Yield what runs or feeds the container on the engine's side, and is not in it."""
    if body.get("cgroup_parent"):
        yield "cgroup_parent", f"is counted as {shown(body['cgroup_parent'])} of this machine"
    if (runtime := body.get("runtime") or "runc") not in _RUNTIMES:
        yield "runtime", f"is run by {shown(runtime)} of this machine"
    driver = mapping(body.get("logging")).get("driver") or "none"
    if driver not in _LOG_DRIVERS:
        yield "logging", f"has the engine pass its log on: {shown(driver)}"
    if str(body.get("oom_score_adj") or "").startswith("-"):
        yield "oom_score_adj", "has this machine's programs ended before it when memory is short"
    for name in mapping(body.get("annotations")):
        if str(name).startswith(_ANNOTATIONS):
            yield "annotations", f"tells the runtime of this machine {shown(name)}"
