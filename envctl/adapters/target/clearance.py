"""Remove all there is of a stage on an engine: what it runs, its data, its store, its ways in.

It is known by its labels, networks and volumes too, so this is for stages that label those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.at_once import all_at_once
from envctl.adapters.remover import HttpRemover
from envctl.adapters.target.stage_engine import EngineStageHands
from envctl.adapters.target.support import PROJECT, ROLE, STAGE
from envctl.adapters.volumes import EngineVolumes
from envctl.domain.registry_place import as_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.deployment import StageNames
    from envctl.ports.edge import Edge

_LOCK = "lock"


class StageClearance:
    """Clears one stage; whoever calls it holds its lock, which is all that is left."""

    def __init__(self, http: EngineHttp, names: StageNames, edge: Edge) -> None:
        self._http, self._names, self._edge = http, names, edge
        self._remover = HttpRemover(http)
        self._own = {"label": [f"{PROJECT}={names.project}", f"{STAGE}={names.stage}"]}

    def clear(self) -> bool:
        """Remove it; what is gone already does no harm. Returns whether there was anything."""
        found = [self._withdraw(), self._containers(), self._networks(), self._volumes()]
        return bool(sum((*found, self._images())))

    def _withdraw(self) -> int:
        here = next((s for s in self._edge.stages() if s.stage == self._names.key), None)
        for backing in here.backings if here else ():
            self._edge.ensure()
            self._edge.withdraw(self._names.key, backing.deployment)
        return int(here is not None)

    def _containers(self) -> int:
        rows = self._http.get_json("/containers/json", all=True, filters=self._own)
        ids = [row["Id"] for row in rows if row["Labels"].get(ROLE) != _LOCK]
        EngineVolumes(self._http).sweep(self._names.key)
        self._remover.remove_containers(ids, stop_first=())
        return len(ids)

    def _networks(self) -> int:
        ids = [row["Id"] for row in self._http.get_json("/networks", filters=self._own)]
        self._remover.remove_networks(ids)
        return len(ids)

    def _volumes(self) -> int:
        rows = self._http.get_json("/volumes", filters=self._own).get("Volumes") or []
        self._remover.remove_volumes([row["Name"] for row in rows])
        return len(rows)

    def _images(self) -> int:
        names = [*self._image_names()]
        hands = EngineStageHands(self._http, self._names, "", lambda name: name)
        all_at_once(lambda name: hands.forget_images([name]), names)
        return len(names)

    def _image_names(self) -> Iterator[str]:
        start = f"{as_repository(self._names.key)}/"
        for row in self._http.get_json("/images/json"):
            yield from (name for name in row.get("RepoTags") or () if name.startswith(start))
