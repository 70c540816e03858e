"""All playgrounds on an engine, in a few calls however many there are."""

from __future__ import annotations

import re
import time
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING, Any

from envctl.adapters.engine import ONEOFF, PROJECT, SERVICE
from envctl.adapters.engine_address import reached_host
from envctl.adapters.engine_http import EngineHttp
from envctl.domain.deployment import STAGE
from envctl.domain.observed import Container, Publication
from envctl.domain.survey import Disk, Resident, Survey, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = "com.docker.compose.project.working_dir"
ANONYMOUS = "com.docker.volume.anonymous"
_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")
_CODE = re.compile(r"(?:Exited|Restarting) \((\d+)\)")


class HttpSurveyor:
    """Looks at all playgrounds at once; inspects none of their containers for it."""

    def __init__(self, http: EngineHttp | None = None) -> None:
        self._http = http or EngineHttp()

    def survey(self) -> Survey:
        """Return all that belongs to playgrounds; what runs on a stage is none."""
        containers = self._http.get_json("/containers/json", all=True)
        volumes = self._http.get_json("/volumes").get("Volumes") or []
        networks = self._http.get_json("/networks")
        stages = {_owner(row) for row in containers if STAGE in _labels(row)}
        return Survey(
            residents=tuple(
                _resident(r) for r in containers if _owner(r) and _owner(r) not in stages
            ),
            volumes=tuple(
                _thing(r, "CreatedAt") for r in volumes if _owner(r) not in stages - {""}
            ),
            networks=tuple(
                _thing(r, "Created") for r in networks if _owner(r) and _owner(r) not in stages
            ),
            local=self._http.address.startswith("unix://"),
        )

    def measure(self) -> DiskMeasure:
        """Begin to measure what containers and volumes take."""
        return DiskMeasure(self._http)

    def last_change(self, ids: Iterable[str]) -> float:
        """Return when one of these containers last started or ended, 0 when none did."""
        found = (self._http.get_json(f"/containers/{one}/json", missing_ok=True) for one in ids)
        states = [data["State"] for data in found if data]
        times = (_epoch(s.get(key, "")) for s in states for key in ("StartedAt", "FinishedAt"))
        return max(times, default=0.0)

    def host(self) -> str:
        """Return the name under which the engine's published ports are reached from here."""
        return reached_host(self._http.address)


class DiskMeasure:
    """The engine walks every volume for this, which may take it long: it works in a thread."""

    def __init__(self, http: EngineHttp) -> None:
        self._http = http
        self._disk: Disk | None = None
        self._error: Exception | None = None
        self._began = time.monotonic()
        self._thread = Thread(target=self._ask, daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None) -> Disk | None:
        """Return what was found out; None when it takes longer than `seconds` in all."""
        spent = time.monotonic() - self._began
        self._thread.join(None if seconds is None else max(seconds - spent, 0))
        if self._error:
            raise self._error
        return self._disk

    def _ask(self) -> None:
        try:
            volumes = self._http.get_json("/system/df", type="volume")["Volumes"] or []
            containers = self._http.get_json("/system/df", type="container")["Containers"] or []
            layers = {row["Id"]: int(row.get("SizeRw", 0)) for row in containers}
            self._disk = Disk(layers, dict(_measured(volumes)))
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            self._error = error


def _measured(volumes: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    """Volumes of other drivers than the engine's own have no size: -1."""
    for row in volumes:
        size = (row.get("UsageData") or {}).get("Size", -1)
        if size >= 0:
            yield row["Name"], size


def _labels(row: Mapping[str, Any]) -> Mapping[str, str]:
    return row.get("Labels") or {}


def _owner(row: Mapping[str, Any]) -> str:
    return _labels(row).get(PROJECT, "")


def _thing(row: Mapping[str, Any], time_key: str) -> Thing:
    created = _epoch(row.get(time_key, ""))
    return Thing(row["Name"], _owner(row), created, anonymous=ANONYMOUS in _labels(row))


def _resident(row: Mapping[str, Any]) -> Resident:
    mounts = row.get("Mounts") or []
    return Resident(
        playground=_owner(row),
        container=_container(row),
        folder=_labels(row).get(FOLDER, ""),
        created=float(row.get("Created") or 0),
        volumes=tuple(m["Name"] for m in mounts if m.get("Type") == "volume" and m.get("Name")),
    )


def _container(row: Mapping[str, Any]) -> Container:
    """Health and exit code stand only in the words for people."""
    labels, status = _labels(row), row.get("Status", "")
    health, code = _HEALTH.search(status), _CODE.match(status)
    names = row.get("Names") or [row["Id"][:12]]
    return Container(
        id=row["Id"],
        name=names[0].removeprefix("/"),
        service=labels.get(SERVICE, ""),
        state=row["State"],
        health=health[1] if health else "",
        exit_code=int(code[1]) if code else 0,
        image=row.get("Image", ""),
        image_id=row.get("ImageID", ""),
        ports=_publications(row.get("Ports") or []),
        oneoff=labels.get(ONEOFF, "False").lower() == "true",
    )


def _publications(rows: Iterable[Mapping[str, Any]]) -> tuple[Publication, ...]:
    found = (
        Publication(r["PrivatePort"], r["PublicPort"], r.get("Type", "tcp"), r.get("IP", ""))
        for r in rows
        if r.get("PublicPort")
    )
    return tuple(sorted(found, key=lambda p: (p.container_port, p.host_port, p.host_ip)))


def _epoch(text: str) -> float:
    """Return an RFC 3339 time in seconds since the epoch; 0 for none, and for the year 1."""
    try:
        return max(datetime.fromisoformat(text).timestamp(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
