"""How an environment begins and ends, and what it is then."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from envctl.errors import EnvctlError
from envctl.testing.options import EnvironmentOptions

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.ports import EngineReader
    from envctl.testing.playground import Opened
    from envctl.wiring.project_files import ProjectFiles


class Lifetime:
    """Starts a playground of its own, and takes it away; see Environment."""

    def __init__(self, options: EnvironmentOptions | None = None) -> None:
        from envctl.testing.reporter import LoggedReporter

        self.options = options or EnvironmentOptions()
        self._reporter = LoggedReporter()
        self._opened: Opened | None = None
        self._stopped = self._kept = False

    def start(self) -> Self:
        """Build what is not here, start, and wait until every service is healthy or done.

        What fails is taken away again, unless it is to be kept. Raises BuildFailed, Unhealthy,
        ConfigurationError and the others of EnvctlError.
        """
        from envctl.testing.playground import bring_images, open_playground

        if self._opened:
            raise RuntimeError("an environment is started once; make another one")
        self._opened = open_playground(self.options, self._reporter)
        try:
            bring_images(self._opened, self._chosen, self._reporter)
            self.up()
        except BaseException as error:
            with suppress(EnvctlError):  # what is left is the next run's
                self.stop(failed=_is_failure(type(error)))
            raise
        return self

    def stop(self, *, failed: bool = False) -> None:
        """Remove it with its data, unless the options say that it stays; then it is yours.

        `failed` says whether what it was for has failed. Does nothing where it was never
        started, or was stopped before.
        """
        from envctl.testing.playground import close_playground

        if self._opened and not self._stopped:
            keep = self.options.keep
            self._stopped = True
            self._kept = keep == "always" or (keep == "failed" and failed)
            close_playground(self._opened, self._reporter, keep=self._kept)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop(failed=_is_failure(kind))

    @property
    def name(self) -> str:
        """The playground's name, which `envctl --name` and `docker compose --project-name` take."""
        return self._place.mark.name

    @property
    def release(self) -> str:
        """The version of the release that it runs; empty where it is of a checkout."""
        return self._place.release

    @property
    def kept(self) -> bool:
        """Whether it was stopped and stays all the same."""
        return self._kept

    @property
    def folder(self) -> str:
        """The folder of its Compose files."""
        return str(self._files.folder)

    def up(self) -> None:
        """Start what does not run, such as a service that a test has stopped, and wait for it."""
        from envctl.wiring.playgrounds import BringUp, bring_up

        asked = BringUp(self._asked, timeout=self.options.timeout)
        bring_up(self._files, asked, self._reporter)

    @property
    def _asked(self) -> tuple[str, ...]:
        return tuple(self.options.services)

    @property
    def _chosen(self) -> tuple[Service, ...]:
        return self._project.closure(self._asked)

    @property
    def _project(self) -> Project:
        return self._files.project()

    @property
    def _engine(self) -> EngineReader:
        from envctl import wiring

        return wiring.engine_reader()

    @property
    def _files(self) -> ProjectFiles:
        return self._place.files

    @property
    def _place(self) -> Opened:
        if not self._opened:
            raise RuntimeError("the environment was not started: use it in a with statement")
        return self._opened


def _is_failure(kind: type[BaseException] | None) -> bool:
    """Whether a block was left by an error, and not because somebody wanted it to end."""
    return kind is not None and not issubclass(kind, KeyboardInterrupt | SystemExit)
