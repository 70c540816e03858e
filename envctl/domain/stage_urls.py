"""Where a stage answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.edge import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.edge import Route


def urls_of(routes: Iterable[Route], host: str, *, https: bool) -> tuple[str, ...]:
    """Return the addresses of ways in: names first, then ports of `host`."""
    named = [
        f"{'https' if https else 'http'}://{name}/" for route in routes for name in route.hosts
    ]
    ports = [
        f"{'http' if route.mode is Mode.HTTP else 'tcp'}://{route.address or host}:{route.port}"
        + ("/" if route.mode is Mode.HTTP else "")
        for route in routes
        if not route.hosts
    ]
    return tuple(dict.fromkeys([*named, *ports]))


def urls_by_service(routes: Iterable[Route], host: str, *, https: bool) -> dict[str, str]:
    """Return the first address of each service, names before ports."""
    named = sorted(routes, key=lambda route: not route.hosts)
    found: dict[str, str] = {}
    for route in named:
        for url in urls_of([route], host, https=https):
            found.setdefault(route.service, url)
    return found


def url_variables(urls: Mapping[str, str]) -> dict[str, str]:
    """Return what tells a command where services answer; the first one is the front.

    None ends with a slash, so that `$ENVCTL_URL/version` is what it looks like.
    """
    bare = {name: url.rstrip("/") for name, url in urls.items()}
    return {
        "ENVCTL_URL": next(iter(bare.values()), ""),
        "ENVCTL_URLS": " ".join(f"{name}={url}" for name, url in bare.items()),
    }
