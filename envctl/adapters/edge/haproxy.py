"""Serves stages through HAProxy; the volume of its container keeps the whole truth.

A change is a new generation of files beside the served one, put there in one call, and one script
in the container that makes it the served one. Killed before, between or after them, the old or the
new state is whole.
"""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from envctl.adapters.edge import issued, scripts
from envctl.adapters.edge.container import EdgeContainer
from envctl.adapters.engine_exec import run_inside
from envctl.domain import edge_config, edge_document
from envctl.domain.edge import Mode
from envctl.domain.edge_issuer import Issuer
from envctl.domain.edge_state import EdgeState, Offered
from envctl.errors import CommandFailed, Failed, Unhealthy, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from envctl.adapters.engine_exec import Ran
    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.edge import Backing, Certificate, EdgeStage, Route
    from envctl.domain.edge_state import Entry
    from envctl.domain.https import HttpsFiles

NAME = "envctl-edge"
_STATE = f"{edge_config.FOLDER}/current/state.json"
_TRIES = 20


class HaproxyEdge:
    """The edge of an engine: the container `name`, with a volume of that name.

    `have_image` makes sure that its image is on the engine; without it the image has to be
    there. Every method raises Unreachable where the edge does not run.
    """

    def __init__(
        self,
        http: EngineHttp,
        have_image: Callable[[], None] | None = None,
        *,
        name: str = NAME,
        plain_port: int = 80,
    ) -> None:
        self._http, self._name, self._plain = http, name, plain_port
        self._container = EdgeContainer(http, have_image, name)

    def stages(self) -> tuple[EdgeStage, ...]:
        """Return what it serves; nothing where there is no edge."""
        state = self._read()
        return state.stages() if state else ()

    def runs(self) -> bool:
        """Whether its container runs."""
        return self._container.is_running()

    def ensure(self) -> bool:
        """Make sure that it runs; return whether it ran already. It may be about to start."""
        return self._container.ensure(_archive("0", EdgeState(plain_port=self._plain), {}))

    def answering(self, ports: Collection[int]) -> frozenset[int]:
        """Return at which ports of the host's loopback address something answers."""
        said = self._answer(scripts.ANSWERING, *map(str, ports))
        return frozenset(int(port) for port in said.split())

    def mode_of(self, port: int) -> Mode:
        """Return what answers at a port of the host's loopback address: HTTP, or just TCP."""
        said = self._answer(scripts.MODE, str(port), _client_hello().hex())
        if said == b"closed":
            raise Unhealthy(f"nothing answers at port {port} of 127.0.0.1")
        return Mode.HTTP if said == b"http" else Mode.TCP

    def offer(
        self, stage: str, routes: Sequence[Route], backing: Backing, https: HttpsFiles
    ) -> None:
        """Let the edge know a further deployment of a stage, and its ways in."""
        pems = {sha256(pem).hexdigest(): pem for _, pem in https.certificates}
        trusted = {sha256(https.authority).hexdigest(): https.authority} if https.authority else {}
        issuer = Issuer(https.directory, https.email, "".join(trusted)) if https.directory else None
        offered = Offered(backing, tuple(routes), tuple(sorted(pems)), issuer)
        was = self._required()
        if was.offered(stage, offered) is was:  # known; a switch to it looks at all of it again
            return
        self._change(lambda state: state.offered(stage, offered), pems | trusted)

    def switch(self, stage: str, deployment: str) -> None:
        """Serve another deployment from now on, for all ways in at one moment; on disk first."""
        self._change(lambda state: state.switched(stage, deployment))

    def withdraw(self, stage: str, deployment: str) -> None:
        """Forget a deployment that is not active; with the last one the stage's ways in go."""
        self._change(lambda state: state.withdrawn(stage, deployment))

    def certificates(self, stage: str) -> tuple[Certificate, ...]:
        """Return what a stage's names are served with, and what is still to come."""
        state = self._read()
        files = state.entry(stage).certificates() if state else ()
        if not files:
            return ()
        paths = [f"{edge_config.CERTIFICATES}/{file}.pem" for file in files]
        lines = self._answer(scripts.CERTIFICATES_OF, *paths).decode().splitlines()
        return tuple(issued.described(*both) for both in zip(files, lines, strict=True))

    def busy(self, stage: str, deployment: str) -> int:
        """Return how many requests and connections a deployment is still busy with."""
        colour = self._required().entry(stage).colour_of(deployment)
        return int(self._answer(scripts.BUSY, stage, colour)) if colour else 0

    def confirm(self, stage: str) -> None:
        """Raise Unhealthy unless every way in reaches the active deployment, within 2 seconds."""
        state = self._required()
        looks = _looks(state, state.entry(stage))
        if wrong := self._answer(scripts.CONFIRM, *looks).decode():
            first, *others = wrong.splitlines()
            raise Unhealthy(
                f"{stage} does not answer through the edge: {first}", details=(*others,)
            )

    def _change(
        self, change: Callable[[EdgeState], EdgeState], pems: Mapping[str, bytes] | None = None
    ) -> None:
        """Make the state what `change` makes of it; another's change in between is built upon."""
        for _ in range(_TRIES):
            was = self._required()
            state = change(was)
            ran = self._applied(was, state, pems or {})
            if ran.code == 0:
                return
            if ran.code == scripts.SILENT:
                raise self._silent()
            words = (ran.out + ran.err).decode(errors="replace").strip()
            if ran.code != scripts.CHANGED:
                raise _refusal(words)
        raise Failed(f"the edge {self._name} is changed by others all the time")

    def _applied(self, was: EdgeState, state: EdgeState, pems: Mapping[str, bytes]) -> Ran:
        known = _generation(state)
        if state is not was:
            files = _archive(known, state, pems)
            self._http.put(f"/containers/{self._name}/archive", [files], path=edge_config.FOLDER)
        fresh = sorted(edge_config.listeners(state) - edge_config.listeners(was))
        return self._perl(
            scripts.APPLY,
            _generation(was),
            known,
            edge_config.structure(state),
            ",".join(f"{address}/{port}" for port, address in fresh),
            ",".join(sorted(state.files())),
        )

    def _silent(self) -> Unreachable:
        return Unreachable(
            f"the edge {self._name} runs and does not answer",
            hint=f"docker logs {self._name} shows why",
        )

    def _required(self) -> EdgeState:
        state = self._read()
        if state is None:
            raise Unreachable(f"the edge {self._name} does not run", hint="run the command again")
        return state

    def _read(self) -> EdgeState | None:
        content = self._container.file(_STATE)
        if content is None:
            return None
        try:
            return edge_document.read(content.decode())
        except (ValueError, KeyError, TypeError) as error:
            raise Failed(
                f"the volume {self._name} has a state.json that cannot be read",
                hint="a newer envctl may have written it: upgrade",
            ) from error

    def _answer(self, script: str, *words: str) -> bytes:
        ran = self._perl(script, *words)
        if ran.code == scripts.SILENT:
            raise self._silent()
        if ran.code:
            raise Unreachable(
                f"the edge {self._name} does not say what it is asked",
                hint=f"docker logs {self._name} shows why",
                details=tuple(ran.err.decode(errors="replace").splitlines()),
            )
        return ran.out

    def _perl(self, script: str, *words: str) -> Ran:
        try:
            return run_inside(self._http, self._name, ("perl", "-e", script, *words))
        except CommandFailed as error:
            raise Unreachable(
                f"the edge {self._name} does not run", hint=f"docker logs {self._name} shows why"
            ) from error


def _looks(state: EdgeState, entry: Entry) -> list[str]:
    """Return what to look at, one line a way in: kind, address, port, name, backend, servers."""
    if entry.active is None:
        return []
    found = edge_config.served_ways(state, entry)
    return [
        " ".join((mode, way.address, str(way.port), way.name, backend, *map(str, servers)))
        for way, mode, backend, servers in found
    ]


def _generation(state: EdgeState) -> str:
    if not state.sequence:
        return "0"
    return f"{state.sequence}-{sha256(edge_document.written(state).encode()).hexdigest()[:12]}"


def _archive(generation: str, state: EdgeState, pems: Mapping[str, bytes]) -> bytes:
    lines = "\n".join((*edge_config.commands(state), ""))
    top = f"generations/{generation}"
    files = {
        f"{top}/state.json": edge_document.written(state).encode(),
        f"{top}/haproxy.cfg": edge_config.config(state).encode(),
        f"{top}/active.map": edge_config.active_map(state).encode(),
        f"{top}/commands": lines.encode(),
    } | {f"{top}/certificates/{digest}.pem": pem for digest, pem in pems.items()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in ("generations", top, *((f"{top}/certificates",) if pems else ())):
            folder = tarfile.TarInfo(path)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o700
            tar.addfile(folder)
        for path, content in files.items():
            file = tarfile.TarInfo(path)
            file.size, file.mode = len(content), 0o600
            tar.addfile(file, io.BytesIO(content))
    return packed.getvalue()


def _refusal(words: str) -> Failed:
    first, *others = words.splitlines() or ["it said nothing"]
    if first.startswith("port "):
        hint = "end what has the port, or publish another one"
        return Failed(f"the edge cannot listen at {first}", hint=hint)
    return Failed(f"the edge refused the change: {first}", details=tuple(others))


def _client_hello() -> bytes:
    """Return how a client that wants TLS begins."""
    import ssl

    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and needs not
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()
