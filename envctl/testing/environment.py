"""A running environment, in the hands of a test."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.testing.lifetime import Lifetime
from envctl.testing.options import EnvironmentOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from envctl.domain.observed import Publication
    from envctl.testing.options import Keep

_SILENCE = 60.0


@dataclass(frozen=True)
class ExecResult:
    """How a command ended that was run in a container, and what it printed."""

    exit_code: int
    stdout: str
    stderr: str


class Environment(Lifetime):
    """A playground that belongs to a test: new, under a name and on ports that nobody else has.

    As a context manager it is started at the beginning of the block, and removed at its end with
    its data, its snapshots and the names of its images, also after an error or Ctrl-C. What a
    killed process leaves is removed by the next environment on the same engine. Ports and names
    that the Compose file fixes are left to the developer's own playground: ask for them here.

    Methods raise EnvctlError (see `envctl.errors`): UsageError for a service, port or snapshot
    that does not exist, Unreachable when the engine does not answer, Unhealthy when services
    do not come up, Refused for what cannot be, such as a command in a service that does not run.
    """

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services that it consists of, sorted."""
        return tuple(service.name for service in self._chosen)

    @property
    def urls(self) -> Mapping[str, str]:
        """The web address of each service that publishes one, the lowest port first.

        Ports that the Compose file fixes are others here, and stay the same ones; those that the
        engine chooses are others after `reset`, `restore` and `up`.
        """
        found = self.addresses.items()
        return {name: url for name, some in found if (url := _web(some))}

    @property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """All addresses of services that publish ports, such as `localhost:20417`, by service."""
        from envctl.domain.addresses import addresses
        from envctl.domain.front import containers_of

        host, there = self._engine.host(), self._engine.containers(self.name)
        found = {s.name: addresses(s, containers_of(s, there), host) for s in self._chosen}
        return {name: some for name, some in found.items() if some}

    def url(self, service: str = "") -> str:
        """Return the web address of a service, of the project's front when none is named.

        Refused when it does not run, or answers no browser.
        """
        from envctl.workflows.open import find_address

        return find_address(self._engine, self._project, service)

    def host(self, service: str, port: int = 0) -> str:
        """Return the host under which a container port of a service is reached from here."""
        from envctl.domain.addresses import reached_at

        return reached_at(self._published(service, port), self._engine.host())

    def port(self, service: str, port: int = 0) -> int:
        """Return the port under which a container port of a service is reached from here.

        Where the service publishes one port only it need not be named.
        """
        return self._published(service, port).host_port

    def get_service_host(self, service_name: str, port: int = 0) -> str:
        """Do what `host` does, under testcontainers' name."""
        return self.host(service_name, port)

    def get_service_port(self, service_name: str, port: int = 0) -> int:
        """Do what `port` does, under testcontainers' name."""
        return self.port(service_name, port)

    def exec(
        self,
        service: str,
        command: str | Sequence[str],
        *,
        user: str = "",
        timeout: float | None = _SILENCE,
    ) -> ExecResult:
        """Run a command in a running container of a service, and return how it ended.

        A text is cut into words as a shell does it; there is no shell: `["sh", "-c", …]` is one.
        `timeout` is how many seconds it may print nothing (then: Unreachable), None is for ever.
        """
        from envctl.wiring.environments import run_inside
        from envctl.workflows.execute import running_containers

        words = shlex.split(command) if isinstance(command, str) else command
        (container, *_), _ = running_containers(self._engine, self._project, service)
        ran = run_inside(container.id, words, user=user, silence=timeout)
        return ExecResult(ran.code, _text(ran.out), _text(ran.err))

    def exec_in_container(self, command: Sequence[str], service_name: str) -> tuple[str, str, int]:
        """Do what `exec` does, under testcontainers' name: stdout, stderr and exit code."""
        ran = self.exec(service_name, command)
        return ran.stdout, ran.stderr, ran.exit_code

    def logs(self, *services: str, tail: int | None = None, since: float | None = None) -> str:
        """Return what services printed, all for none: `service | line`, in the order of time.

        `tail` are the last lines of each container, `since` is in seconds since the epoch.
        """
        from envctl.workflows.logs import logs

        start = None if since is None else int(since)
        note = self._reporter.note
        lines = logs(self._engine, self._project, services, note, tail=tail, since=start)
        return "".join(f"{line.service} | {line.text}\n" for line in lines)

    def reset(self, to: str = "") -> None:
        """Make it new: all of it is removed, data too, and started again.

        It begins with the data of the snapshot `to`, else with the project's seed.
        """
        from envctl.wiring.playgrounds import Renew, renew
        from envctl.workflows.snapshot_restore import RestoreRequest

        begin = RestoreRequest(self._snapshot(to)) if to else None
        asked = Renew(begin, self._asked, timeout=self.options.timeout)
        renew(self._files, asked, self._reporter)

    def snapshot(self, name: str) -> None:
        """Keep the data of all named volumes as it is now; replaces the snapshot of that name.

        It is this environment's own, and goes with it. Refused where there is no volume.
        """
        from envctl.wiring.environments import own_snapshot
        from envctl.wiring.snapshots import save
        from envctl.workflows.snapshot import SaveRequest

        request = SaveRequest(own_snapshot(self.name, name), replace=True)
        save(self._files, request, self._reporter)

    def restore(self, name: str) -> None:
        """Bring the data back as a snapshot has it: one of its own, or one of the project's.

        Services that use the data are replaced, and so are those that need them, which have
        connections to them and remember what was there. Others are not touched.
        """
        from envctl.wiring.snapshots import restore
        from envctl.workflows.snapshot_restore import RestoreRequest

        request = RestoreRequest(self._snapshot(name))
        timeout = self.options.timeout
        restore(self._files, request, self._reporter, timeout=timeout, followed=True)

    @property
    def has_data(self) -> bool:
        """Whether there are named volumes that a snapshot can keep."""
        there = self._engine.volumes(self.name)
        return any(v.name in there and not v.external for v in self._project.volumes)

    @property
    def is_well(self) -> bool:
        """Whether every service is healthy, or done."""
        from envctl import wiring
        from envctl.domain.readiness import Phase

        settler = wiring.settler(self._files, self._engine, self._reporter)
        states = settler.look(self._project, self._chosen)
        return all(state.phase in (Phase.READY, Phase.DONE) for state in states)

    def _snapshot(self, name: str) -> str:
        from envctl.wiring.environments import own_snapshot
        from envctl.wiring.snapshots import snapshot_reader

        own = own_snapshot(self.name, name)
        kept = {snapshot.name for snapshot in snapshot_reader(self._files).all()}
        return own if own in kept else name

    def _published(self, service: str, port: int) -> Publication:
        from envctl.domain.addresses import published
        from envctl.domain.front import containers_of

        there = self._engine.containers(self.name)
        return published(service, containers_of(self._project.service(service), there), port)


def environment(
    folder: str | PathLike[str] = ".",
    *,
    from_: str = "",
    own: Sequence[str] = (),
    services: Sequence[str] = (),
    profiles: Sequence[str] = (),
    files: Sequence[str] = (),
    env_files: Sequence[str | PathLike[str]] = (),
    name: str = "",
    label: str = "",
    timeout: float | None = None,
    allow_host: bool = False,
    keep: Keep = "never",
) -> Environment:
    """Return an environment, to be used in a `with` statement; see EnvironmentOptions.

    Nothing is looked at before the statement begins.
    """
    return Environment(
        EnvironmentOptions(
            folder=folder,
            from_=from_,
            own=own,
            services=services,
            profiles=profiles,
            files=files,
            env_files=env_files,
            name=name,
            label=label,
            timeout=timeout,
            allow_host=allow_host,
            keep=keep,
        )
    )


def _web(addresses: Sequence[str]) -> str:
    return next((one for one in addresses if one.startswith(("http://", "https://"))), "")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
