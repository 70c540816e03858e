"""What there is of a stage on the engine of its target, and what changes it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.at_once import all_at_once
from envctl.adapters.compose_options import NO_FILES, ComposeOptions
from envctl.adapters.compose_words import words_of
from envctl.adapters.engine import SERVICE, HttpEngineReader, of_project
from envctl.adapters.process import BackgroundRun, Command, run
from envctl.adapters.registry_words import in_words
from envctl.adapters.remover import HttpRemover
from envctl.adapters.target.container_print import print_of
from envctl.adapters.target.support import change_restart
from envctl.adapters.volumes import EngineVolumes
from envctl.domain.deployment import PORTS, PROJECT, RESTING, SERVING, STAGE
from envctl.errors import CommandFailed, Failed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.deployment import Deployment, Link, StageNames
    from envctl.domain.observed import Container
    from envctl.domain.volume import Volume
    from envctl.ports.stage import Prints

PULL_TIMEOUT = 3600.0
_FULL = "no space left on device"


class EngineStage:
    """Looks at one stage."""

    def __init__(self, http: EngineHttp, names: StageNames) -> None:
        self._http, self._names = http, names
        self._reader = HttpEngineReader(http)

    def containers(self) -> tuple[Container, ...]:
        """Return all containers that bear the stage's labels, sorted by name."""
        labels = (f"{PROJECT}={self._names.project}", f"{STAGE}={self._names.stage}")
        return self._reader.labelled(*labels)

    def volumes(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of `names` that are volumes there."""
        rows = self._http.get_json("/volumes").get("Volumes") or []
        return frozenset(names) & {row["Name"] for row in rows}

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine."""
        return self._reader.image_ids(names)

    def prints(self) -> Prints:
        """Return what tells a container from one that was changed since."""
        found = (self._http.get_json(f"/containers/{c.id}/json") for c in self.containers())
        return {data["Name"].removeprefix("/"): print_of(data) for data in found}

    def ports_given(self) -> frozenset[int]:
        """Return the ports of the loopback address that any deployment there has been given."""
        rows = self._http.get_json("/containers/json", all=True, filters={"label": [PORTS]})
        return frozenset(int(port) for row in rows for port in row["Labels"][PORTS].split(","))


class EngineStageHands:
    """Changes one stage; `docker_host` is where the docker command finds its engine.

    `reached` returns a reference as the target's engine has to ask for it.
    """

    def __init__(
        self,
        http: EngineHttp,
        names: StageNames,
        docker_host: str,
        reached: Callable[[str], str],
    ) -> None:
        self._http, self._names, self._reached = http, names, reached
        self._environment: dict[str, str | None] = {
            **NO_FILES,
            "DOCKER_HOST": docker_host,
            "DOCKER_CONTEXT": None,
            "COMPOSE_IGNORE_ORPHANS": "1",
        }
        self._remover = HttpRemover(http)
        self._stage = EngineStage(http, names)

    def pull(self, reference: str, name: str, ids: Sequence[str]) -> None:
        """Pull an image and call it `name`; Failed unless its ID is one of `ids`."""
        asked = self._reached(reference)
        words = ("docker", "pull", "--quiet", asked)
        answer = run(Command(words, environment=self._environment), timeout=PULL_TIMEOUT)
        if answer.code:
            raise _not_pulled(asked, words_of(answer.stderr))
        found = self._http.get_json(f"/images/{asked}/json")["Id"]
        if found not in ids:
            raise Failed(
                f"{asked} is {found} there, which is none of the release's images",
                hint="the registry or the engine gave something else; nothing was started",
            )
        self.tag(asked, name)

    def tag(self, source: str, name: str) -> None:
        """Give an image that is there a further name."""
        repository, _, tag = name.rpartition(":")
        self._http.post(f"/images/{source}/tag", repo=repository, tag=tag)

    def create_volume(self, volume: Volume) -> None:
        """Create a volume as Compose would for the stage's data services."""
        EngineVolumes(self._http).make(volume, self._names.key)

    def create(self, deployment: Deployment, *, anew: bool) -> BackgroundRun:
        """Begin to create the networks and containers of the app services."""
        flags = ["--no-build", "--pull", "never", *(["--force-recreate"] if anew else [])]
        options = self._options(deployment.apps_file, deployment.name)
        return BackgroundRun(options.command("create", *flags))

    def launch(
        self, deployment: Deployment, project: str, services: Sequence[str], *, forced: bool
    ) -> BackgroundRun:
        """Begin to create, replace or start services of one part, in the order they need."""
        is_app = project == deployment.name
        content = deployment.apps_file if is_app else deployment.data_file
        flags = ["--detach", "--no-build", "--pull", "never"]
        flags += ["--force-recreate", "--no-deps"] if forced else []
        rows = self._http.get_json("/containers/json", all=True, filters=of_project(project))
        known = [row["Id"] for row in rows if row["Labels"].get(SERVICE) in services]
        all_at_once(lambda c: self._let(c, SERVING), known)
        return BackgroundRun(self._options(content, project).command("up", *flags, *services))

    def connect(self, container: str, link: Link) -> None:
        """Connect a container to a network, under the names of the link."""
        config = {"Aliases": list(link.aliases)}
        body = {"Container": container, "EndpointConfig": config}
        try:
            self._http.post(f"/networks/{link.network}/connect", body)
        except CommandFailed as error:
            if "already exists in network" not in error.message:
                raise

    def start(self, containers: Sequence[str]) -> None:
        """Start containers that are there, all at once."""

        def start(container: str) -> None:
            self._let(container, SERVING)
            self._http.post(f"/containers/{container}/start")

        all_at_once(start, containers)

    def stop(self, containers: Sequence[str]) -> None:
        """Stop containers, all at once, each with its grace period; they do not come back."""

        def stop(container: str) -> None:
            self._http.post(f"/containers/{container}/stop", missing_ok=True)
            self._let(container, RESTING)  # what has stopped already, too

        all_at_once(stop, containers)

    def _let(self, container: str, policy: str) -> None:
        """Let a container that comes back by itself do so as one that serves, or that rests."""
        found = self._http.get_json(f"/containers/{container}/json", missing_ok=True)
        said = found["HostConfig"]["RestartPolicy"]["Name"] if found else policy
        if said in {SERVING, RESTING} - {policy}:
            change_restart(self._http, container, policy)

    def remove(self, containers: Sequence[str]) -> None:
        """Remove containers; those that run are stopped first."""
        self._remover.remove_containers(containers, stop_first=containers)

    def forget_images(self, names: Sequence[str]) -> None:
        """Take names off images, and remove those that have none left; not what is in use."""
        for name in names:
            with suppress(CommandFailed):  # a container has it
                self._http.delete(f"/images/{name}")

    def remove_deployment(self, name: str) -> None:
        """Remove the containers and networks of a deployment, and data services from these."""
        rows = self._http.get_json("/containers/json", all=True, filters=of_project(name))
        self._remover.remove_containers([row["Id"] for row in rows], stop_first=())
        for row in self._http.get_json("/networks", filters=of_project(name)):
            # one that does not run is on it too, and could not be started without it
            for guest in self._stage.containers():
                if row["Name"] in guest.networks:
                    self._remover.disconnect(row["Id"], guest.id)
            self._remover.remove_networks([row["Id"]])

    def _options(self, content: bytes, project: str) -> ComposeOptions:
        return ComposeOptions(
            Path("/"),
            files=("-",),
            name=project,
            project_folder="/",
            content=content,
            environment=self._environment,
        )


def _not_pulled(asked: str, words: str) -> Exception:
    said = f"cannot pull {asked} on the target: {words}"
    if _FULL in words:
        return Failed(said, hint="make room on the target: docker system df shows what takes it")
    if "not found" in words or "manifest unknown" in words:
        return Failed(said, hint="the registry has lost it: make the release again")
    return Unreachable(
        in_words(said), hint="the target has to reach the registry; docker login there"
    )
