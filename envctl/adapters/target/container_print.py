"""What tells a container from one that somebody changed by hand."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_LIMITS = ("Memory", "MemorySwap", "NanoCpus", "CpuShares", "CpuQuota", "PidsLimit", "CpusetCpus")


def print_of(data: dict[str, Any]) -> dict[str, str]:
    """Return a digest for each aspect of a container, from the engine's description of it.

    On which networks a data service is depends on what else is kept; that is left out.
    """
    config, host = data["Config"], data["HostConfig"]
    mounts = sorted(
        f"{m['Type']} {m.get('Name') or m['Source']} {m['Destination']}"
        for m in data["Mounts"] or []
    )
    aspects = {
        "image": data["Image"],
        "environment": sorted(config.get("Env") or []),
        "command": [config.get("Entrypoint"), config.get("Cmd"), config.get("User")],
        "mounts": mounts,
        "ports": host.get("PortBindings") or {},
        "limits": {name: host.get(name) for name in _LIMITS},
        "restart policy": (host.get("RestartPolicy") or {}).get("Name"),
        "network mode": host.get("NetworkMode"),
    }
    return {name: _digest(said) for name, said in aspects.items()}


def _digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
