"""What differs between the settings that two stages run with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.edge import Route

_OWN = ("image", "pull_policy", "x-envctl")
_OUR_LABELS = "dev.envctl."
Model = dict[str, Any]


@dataclass(frozen=True)
class StageModel:
    """What a stage runs with: the models of its two parts, and its ways in at the edge.

    The ports of `apps` are those behind the edge, other ones for each deployment: what a person
    asked for is in `routes`. `contents` has digests of the files in the store by their paths there:
    the paths have digests that are keyed, another one on each stage.
    """

    apps: Model = field(repr=False)
    data: Model = field(repr=False)
    routes: tuple[Route, ...] = ()
    contents: Mapping[str, str] = field(default_factory=dict, repr=False)


def stored_paths(part: Model) -> frozenset[str]:
    """Return the paths of the files in the stage's store that services mount."""
    every = (part.get("services") or {}).values()
    mounts = (m for body in every for m in body.get("volumes") or [])
    return frozenset(str(m["volume"]["subpath"]) for m in mounts if _is_stored(m))


def differing_settings(one: StageModel, two: StageModel) -> tuple[str, ...]:
    """Return the places at which two stages' models differ; never what stands there.

    What the stages' own names make different is left out.
    """
    return tuple(sorted(set(_differences(_settings(one), _settings(two), ""))))


def _settings(of: StageModel) -> Model:
    services: Model = {}
    files: dict[str, str] = {}
    for part, is_app in ((of.data, False), (of.apps, True)):
        for name, body in (part.get("services") or {}).items():
            ports = [*_published(body.get("ports") or [], is_app=is_app)]
            ways = [*_ways(r for r in of.routes if is_app and r.service == name)]
            services[name] = _service(body) | {"ports": _grouped([*ports, *ways])}
        files |= {path.split("/", 2)[2]: of.contents[path] for path in stored_paths(part)}
    bodies = (of.data.get("configs") or {}) | (of.apps.get("configs") or {})
    configs = {key: {k: v for k, v in body.items() if k != "name"} for key, body in bodies.items()}
    return {"services": services, "configs": configs, "files": files}


def _service(body: Model) -> Model:
    kept = {k: v for k, v in body.items() if k not in _OWN}
    kept["volumes"] = {str(m.get("target", "")): _mounted(m) for m in body.get("volumes") or []}
    labels = body.get("labels") or {}
    kept["labels"] = {k: v for k, v in labels.items() if not k.startswith(_OUR_LABELS)}
    return kept


def _published(ports: Iterable[Model], *, is_app: bool) -> Iterator[tuple[str, str]]:
    """Yield container ports, and where each is published without the edge."""
    for port in ports:
        protocol = str(port.get("protocol") or "tcp")
        if not (is_app and protocol == "tcp"):
            where = f"{port.get('host_ip') or ''}:{port.get('published') or ''}"
            yield _port(int(port["target"]), protocol), where


def _ways(routes: Iterable[Route]) -> Iterator[tuple[str, str]]:
    for route in routes:
        # how it is spoken to may have been found out by asking, so it is no setting
        where = f"{route.address}:{route.port} {' '.join(route.hosts)}"
        yield _port(route.container_port, "tcp"), where


def _port(number: int, protocol: str) -> str:
    return str(number) if protocol == "tcp" else f"{number}/{protocol}"


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for port, where in sorted(pairs):
        found.setdefault(port, []).append(where)
    return found


def _is_stored(mount: Model) -> bool:
    return "subpath" in (mount.get("volume") or {})


def _mounted(mount: Model) -> Any:
    """Return what is mounted; volumes are called after their stages, and files have a digest."""
    return str(mount["type"]) if mount.get("type") == "volume" else mount


def _differences(one: Any, two: Any, where: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(two, dict):
        for key in {*one, *two}:
            below = f"{where}.{key}" if where else key
            if key not in one or key not in two:
                yield below
            else:
                yield from _differences(one[key], two[key], below)
    elif one != two:
        yield where
