"""Which machine the engine is: what images are built for where nothing else is said."""

from __future__ import annotations


def engine_platform() -> str:
    """Return the engine's own platform, such as `linux/amd64`."""
    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.platform import normalised

    version = EngineHttp().get_json("/version") or {}
    return normalised(f"{version.get('Os', 'linux')}/{version.get('Arch', '')}")
