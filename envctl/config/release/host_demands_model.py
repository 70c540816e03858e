"""What containers, volumes and networks of a release would have of this machine.

It is asked of the effective model, in which variables are filled in and short forms are written
out. What is not known to be harmless is a demand.
"""

from __future__ import annotations

import os.path
from ipaddress import ip_network
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from envctl.config.release.host_demands import Demand, entries, mapping, shown
from envctl.config.release.host_demands_service import of_service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from envctl.config.release.complaint import Place

_OWN_DRIVERS = {"volumes": ("", "local"), "networks": ("", "default", "bridge", "overlay")}
_BRIDGE = "com.docker.network.bridge.name"
_PRIVATE = [
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]


def model_demands(model: dict[str, Any], *folders: str | os.PathLike[str]) -> tuple[Demand, ...]:
    """Return what an effective model asks for; files below `folders` are the playground's own."""
    own = [PurePath(os.path.normpath(folder)) for folder in folders]
    found: list[Demand] = []
    for name, body in mapping(model.get("services")).items():
        place = ("services", str(name))
        found += (Demand((*place, key), what) for key, what in of_service(mapping(body)))
    for kind in ("configs", "secrets"):
        found += _files(kind, model, own)
    for kind in ("volumes", "networks"):
        for key, body in mapping(model.get(kind)).items():
            place, said = (kind, str(key)), mapping(body)
            found += _shared(place, said, f"{model.get('name')}_{key}")
            found += _of_volume(place, said) if kind == "volumes" else _of_network(place, said)
    return tuple(dict.fromkeys(found))


def image_demands(model: dict[str, Any], digests: Collection[str]) -> tuple[Demand, ...]:
    """Return the services that run something else than the images of the release, by digest.

    It could be an image of this machine, with what is in it.
    """
    images = {
        str(name): str(mapping(body).get("image") or "something")
        for name, body in mapping(model.get("services")).items()
    }
    return tuple(
        Demand(
            ("services", name, "image"),
            f"runs {shown(image)}, which the release does not have",
        )
        for name, image in images.items()
        if image.partition("@")[2] not in digests
    )


def _files(kind: str, model: dict[str, Any], own: Sequence[PurePath]) -> Iterator[Demand]:
    for key, body in mapping(model.get(kind)).items():
        path = mapping(body).get("file")
        if path and not _is_below(str(path), own):
            yield Demand((kind, str(key), "file"), f"reads {shown(path)} of this machine")


def _is_below(path: str, folders: Sequence[PurePath]) -> bool:
    """Whether it is in one of the folders, in which nobody but envctl makes links."""
    above = PurePath(os.path.normpath(path)).parents
    return any(folder.is_absolute() and folder in above for folder in folders)


def _shared(place: Place, said: dict[str, Any], own_name: str) -> Iterator[Demand]:
    """Yield what is, or may be, somebody else's volume or network.

    One that has a name of its own is whoever's had that name first.
    """
    kind = place[0].removesuffix("s")
    name = said.get("name") or own_name
    if said.get("external"):
        yield Demand(place, f"is the {kind} {shown(name)} of somebody else on this machine")
    elif name != own_name:
        yield Demand((*place, "name"), f"is {shown(name)}, whoever has that {kind} here")
    driver = said.get("driver") or ""
    if driver not in _OWN_DRIVERS[place[0]]:
        yield Demand((*place, "driver"), f"is made by {shown(driver)} on this machine")


def _of_volume(place: Place, said: dict[str, Any]) -> Iterator[Demand]:
    options = mapping(said.get("driver_opts"))
    if device := options.get("device"):
        yield Demand((*place, "driver_opts"), f"mounts {shown(device)} from this machine")
    elif said.get("driver_opts"):
        names = ", ".join(map(str, options)) or said["driver_opts"]
        yield Demand((*place, "driver_opts"), f"says how this machine mounts it: {shown(names)}")


def _of_network(place: Place, said: dict[str, Any]) -> Iterator[Demand]:
    if bridge := mapping(said.get("driver_opts")).get(_BRIDGE):
        yield Demand((*place, "driver_opts"), f"uses the bridge {shown(bridge)} of this machine")
    for pool in entries(mapping(said.get("ipam")).get("config")):
        subnet = str(mapping(pool).get("subnet") or "")
        if subnet and not _is_private(subnet):
            # this machine would then not reach who really has them
            yield Demand((*place, "ipam"), f"takes the addresses {shown(subnet)} of somebody else")


def _is_private(subnet: str) -> bool:
    try:
        wanted = ip_network(subnet, strict=False)
    except ValueError:
        return True  # no engine takes it
    return any(
        wanted.version == one.version and wanted.subnet_of(one)  # type: ignore[arg-type]
        for one in _PRIVATE
    )
