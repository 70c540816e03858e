"""Named volumes, and who uses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Volume:
    """A named volume of the Compose model: `key` is its name in the files, `name` on the engine."""

    key: str
    name: str
    driver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    external: bool = False

    @property
    def lies_elsewhere(self) -> bool:
        """Whether removing the volume leaves its content where it is, or loses it when unused."""
        return "device" in self.options


@dataclass(frozen=True)
class VolumeUser:
    """A container that mounts a volume; `state` is the engine's word."""

    id: str
    name: str
    project: str
    service: str
    state: str
    writable: bool = True
    image: str = ""
    image_id: str = ""

    @property
    def is_writing(self) -> bool:
        """Whether it could change the volume at this moment."""
        return self.writable and self.state == "running"
