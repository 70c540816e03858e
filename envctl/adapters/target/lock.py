"""The lock of a stage: a container with a fixed name on its target, alive while its holder is.

Names are atomic on an engine. The container ends when the stream to its stdin does, so a killed
holder's is gone in a moment, and when no line came for `PATIENCE` seconds: a host that was cut off
does not learn that its peer is gone. It answers each line. A holder whose last answered line was
sent `TRUST` seconds ago takes the lock for lost, which is before anybody else can get it; both
measure lengths of time, so no clock has to be right.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from envctl.adapters.at_once import begun
from envctl.adapters.engine_stream import attached, await_removal, run_inside
from envctl.adapters.target.facts import ASK_FACTS, read_facts
from envctl.adapters.target.support import IMAGE, ROLE, ensure_image, labels
from envctl.domain.target import Holder
from envctl.errors import CommandFailed, EnvctlError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.engine_wire import Wire
    from envctl.domain.target import HostFacts

PATIENCE = 15
"""Seconds without a line from its holder after which the lock is free."""
TRUST = 11.0
"""Seconds after the last answered line was sent for which the holder still believes in it."""
BEAT = 3.0
"""Seconds from one line to the next."""
START = 15.0
"""Seconds from making the container to starting it that nobody alive takes."""
_LIVE = ["bash", "-c", f"while read -r -t {PATIENCE} _; do echo; done"]
_MARK = "dev.envctl.lock."
_FREE = (
    "--wait 60 waits for it; it is free when that command ends, "
    f"{PATIENCE} s after its machine or network is gone, or after envctl unlock"
)
# a suspended machine's monotonic clock stands still, this one does not
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class ContainerLock:
    """The lock of `stage` of `project` on the engine that `http` calls; `me` takes it."""

    def __init__(self, http: EngineHttp, project: str, stage: str, me: Holder) -> None:
        self._http, self._me = http, me
        self._project, self._stage = project, stage
        self._name = f"{project}-{stage}-lock"

    @contextmanager
    def held(
        self, doing: str, *, wait: float | None, waiting: Callable[[Holder], None]
    ) -> Iterator[ContainerHeldLock]:
        """Hold it, as the port says."""
        lock = self._take(doing, wait, waiting)
        try:
            yield lock
        finally:
            lock.release()

    def holder(self) -> Holder | None:
        """Return who has it."""
        found = self._look()
        return _holder(found) if found and self._is_alive(found) else None

    def force(self) -> Holder | None:
        """Take it from its holder."""
        found = self._look()
        if not found:
            return None
        with suppress(CommandFailed):  # it goes by itself
            self._http.delete(f"/containers/{found['Id']}", force=True, v=True)
        await_removal(self._http, found["Id"], PATIENCE)
        return _holder(found)

    def _take(
        self, doing: str, wait: float | None, waiting: Callable[[Holder], None]
    ) -> ContainerHeldLock:
        end, told = time.monotonic() + (wait or 0), False
        while True:
            if (made := self._create(doing)) and (lock := self._start(made)):
                return lock
            if not (found := self._look()) or self._removed_dead(found):
                continue
            left = end - time.monotonic()
            if wait is None or left <= 0:
                raise Refused(f"{self._stage} is locked by {_holder(found)}", hint=_FREE)
            if not told:
                waiting(_holder(found))
                told = True
            # one that never starts is looked at again
            starts = found["State"]["Status"] == "created"
            await_removal(self._http, found["Id"], min(left, START) if starts else left)

    def _create(self, doing: str) -> str:
        """Return the ID of a new container; empty while there is one."""
        body = self._body(doing)
        try:
            return self._made(body)
        except CommandFailed as error:
            if "No such image" in error.message:
                ensure_image(self._http)
                return ""
            if "already in use" in error.message:
                return ""
            raise

    def _made(self, body: dict[str, Any]) -> str:
        return str(self._http.post("/containers/create", body, name=self._name)["Id"])

    def _start(self, made: str) -> ContainerHeldLock | None:
        """Start it, attached to it before; None where somebody took it for dead meanwhile."""
        stack = ExitStack()
        try:
            wire = stack.enter_context(attached(self._http, made))
            sent = _now()
            self._http.post(f"/containers/{made}/start")
        except BaseException as error:
            stack.close()
            with suppress(EnvctlError):
                self._http.delete(f"/containers/{made}", force=True, v=True)
            if isinstance(error, CommandFailed) and "No such container" in error.message:
                return None
            raise
        return ContainerHeldLock(self._http, made, self._name, wire, stack, sent)

    def _look(self) -> dict[str, Any] | None:
        """Return the container as the engine describes it, if there is one; Refused for another."""
        found = self._http.get_json(f"/containers/{self._name}/json", missing_ok=True)
        if found and (found["Config"].get("Labels") or {}).get(ROLE) != "lock":
            raise Refused(
                f"there is a container {self._name} that envctl did not make",
                hint=f"docker rename {self._name} ANOTHER-NAME",
            )
        return dict(found) if found else None

    def _is_alive(self, found: dict[str, Any]) -> bool:
        """Whether it has a holder: it runs, or its holder may be about to start it."""
        status = found["State"]["Status"]
        if status == "created":
            now = datetime.fromisoformat(self._http.get_json("/info")["SystemTime"])
            return (now - datetime.fromisoformat(found["Created"])).total_seconds() < START
        return status not in ("exited", "dead", "removing")

    def _removed_dead(self, found: dict[str, Any]) -> bool:
        """Whether it was nobody's, and is gone now; one that was started after all is not."""
        if self._is_alive(found):
            return False
        with suppress(CommandFailed):
            self._http.delete(f"/containers/{found['Id']}", v=True)
        return await_removal(self._http, found["Id"], 5.0)

    def _body(self, doing: str) -> dict[str, Any]:
        marks = {"who": self._me.who, "where": self._me.where, "since": self._me.since}
        marks = {f"{_MARK}{key}": value for key, value in (marks | {"doing": doing}).items()}
        return {
            "Image": IMAGE,
            "Entrypoint": _LIVE,
            "User": "0",
            "Labels": labels(self._project, self._stage, "lock") | marks,
            "AttachStdin": True,
            "AttachStdout": True,
            "OpenStdin": True,
            "StdinOnce": True,
            "HostConfig": {
                "AutoRemove": True,
                "NetworkMode": "host",  # for the host's ports; the quickest to start, too
                "UsernsMode": "host",
                "IpcMode": "none",
                "LogConfig": {"Type": "none"},
                "ReadonlyRootfs": True,
                "CapDrop": ["ALL"],
            },
        }


class ContainerHeldLock:
    """The lock, held: a line is sent every few seconds by a thread of its own."""

    def __init__(
        self,
        http: EngineHttp,
        container: str,
        name: str,
        wire: Wire,
        stack: ExitStack,
        started: float,
    ) -> None:
        self._http, self._id, self._name = http, container, name
        self._wire, self._stack = wire, stack
        self._answered, self._ended = started, threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise Refused when it is lost."""
        if self._ended.is_set() or _now() - self._answered > TRUST:
            raise Refused(
                f"the lock {self._name} is lost: its target does not answer, or somebody took it",
                hint="run the same command again; it goes on where this one stopped",
            )

    def host_facts(self) -> Callable[[], HostFacts]:
        """Ask the target's host what it says of itself; what is returned waits for the answer."""
        return begun(lambda: read_facts(run_inside(self._http, self._id, ASK_FACTS)))

    def release(self) -> None:
        """Let it go. Its name is free at once, the container goes by itself."""
        if not self._ended.is_set():
            self._ended.set()
            self._free_name()
        self._wire.close()
        self._thread.join()
        self._stack.close()

    def _free_name(self) -> None:
        try:
            gone = f"{self._name}-{self._id[:12]}"
            self._http.post(f"/containers/{self._id}/rename", missing_ok=True, name=gone)
        except EnvctlError:
            with suppress(EnvctlError):  # it ends with the stream
                self._http.delete(f"/containers/{self._id}", force=True, v=True)

    def _beat(self) -> None:
        """Send a line when the last one was answered; until the stream ends."""
        try:
            while not self._ended.is_set():
                sent = _now()
                self._wire.allow_silence(TRUST)
                self._wire.send(b"\n")
                if not self._wire.read():
                    break
                self._answered = sent
                if self._wire.has_more(BEAT):
                    break  # it says nothing on its own: this is the end
        except (OSError, ValueError):  # broken, or closed by `release`
            pass
        self._ended.set()


def _holder(found: dict[str, Any]) -> Holder:
    marks = found["Config"].get("Labels") or {}
    return Holder(*(marks.get(f"{_MARK}{key}", "") for key in ("who", "where", "since", "doing")))


def _now() -> float:
    return time.clock_gettime(_CLOCK)


def this_person() -> Holder:
    """Return who runs this command."""
    import getpass
    import socket

    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Holder(getpass.getuser(), socket.gethostname(), since, "")
