"""Take a playground away through the engine's API, as much at once as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.at_once import all_at_once
from envctl.adapters.engine import HELPER
from envctl.adapters.engine_http import EngineHttp
from envctl.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class HttpRemover:
    """Removes containers, networks and volumes; what is gone already does no harm."""

    def __init__(self, http: EngineHttp | None = None) -> None:
        self._http = http or EngineHttp()

    def disconnect(self, network: str, container: str) -> None:
        """Take somebody else's container off a network."""
        self._http.post(f"/networks/{network}/disconnect", {"Container": container, "Force": True})

    def rename(self, container: str, name: str) -> None:
        """Give a container another name."""
        self._http.post(f"/containers/{container}/rename", name=name)

    def remove_containers(self, ids: Sequence[str], *, stop_first: Collection[str]) -> None:
        """Remove containers with their anonymous volumes; see the port."""

        def remove(container: str) -> None:
            if container in stop_first:
                self._stop(container)
            self._remove(container)

        all_at_once(remove, ids)

    def remove_networks(self, names: Sequence[str]) -> None:
        """Remove networks."""
        all_at_once(lambda name: self._http.delete(f"/networks/{name}"), names)

    def remove_volumes(self, names: Sequence[str]) -> None:
        """Remove volumes, and the data in them; what a killed copy of them left goes before."""
        if not names:
            return
        left = {"label": [HELPER], "volume": list(names)}
        rows = self._http.get_json("/containers/json", all=True, filters=left)
        all_at_once(self._remove, [row["Id"] for row in rows])
        all_at_once(lambda name: self._http.delete(f"/volumes/{name}"), names)

    def _stop(self, container: str) -> None:
        path = f"/containers/{container}"
        state = self._http.get_json(f"{path}/json", missing_ok=True)
        if state and state["State"]["Paused"]:  # it could not hear that it is to stop
            self._http.post(f"{path}/unpause")
        if state and state["State"]["Running"]:
            self._http.post(f"{path}/stop")

    def _remove(self, container: str) -> None:
        try:
            self._http.delete(f"/containers/{container}", force=True, v=True)
        except CommandFailed:
            # somebody else is removing it already: then it is enough to see it go
            if not self._is_being_removed(container):
                raise
            path = f"/containers/{container}/wait"
            self._http.post(path, missing_ok=True, condition="removed")

    def _is_being_removed(self, container: str) -> bool:
        state = self._http.get_json(f"/containers/{container}/json", missing_ok=True)
        return state is not None and state["State"]["Status"] == "removing"
