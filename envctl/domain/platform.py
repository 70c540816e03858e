"""Platforms, written one way: `linux/amd64`."""

from __future__ import annotations

_ARCHITECTURES = {
    "x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm/v7",
    "armel": "arm/v6", "arm": "arm/v7", "arm/7": "arm/v7", "arm/6": "arm/v6", "arm/5": "arm/v5",
    "arm64/8": "arm64", "arm64/v8": "arm64", "aarch64/v8": "arm64", "amd64/v1": "amd64",
    "x86_64/v1": "amd64",
}  # fmt: skip
_SYSTEMS = {"macos": "darwin"}
_KNOWN_SYSTEMS = frozenset({"linux", "windows", "darwin", "freebsd", "macos"})


def normalised(platform: str, own: str = "linux/amd64") -> str:
    """Return `platform` as the engine understands it: its other spellings give the same text.

    What is left out, the system or the architecture, is that of `own`.
    """
    system, _, architecture = platform.strip().lower().partition("/")
    if not architecture and system not in _KNOWN_SYSTEMS:
        system, architecture = "linux", system
    architecture = architecture or own.partition("/")[2]
    return f"{_SYSTEMS.get(system, system)}/{_ARCHITECTURES.get(architecture, architecture)}"


def arguments_of(platform: str) -> dict[str, str]:
    """Return the variables that a Dockerfile is given about `platform`, which is `normalised`."""
    system, architecture, variant = (*platform.split("/"), "", "")[:3]
    return {
        f"{side}{name}": value
        for side in ("TARGET", "BUILD")
        for name, value in (
            ("PLATFORM", platform), ("OS", system), ("ARCH", architecture), ("VARIANT", variant)
        )
    }  # fmt: skip
