"""The pytest plugin of envctl: the fixture `envctl_environment`, and what belongs to it.

Every pytest of everybody who has envctl imports this: what is heavy is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from envctl.errors import EnvctlError
from envctl.testing.environment import Environment
from envctl.testing.options import EnvironmentOptions
from envctl.testing.run import NEVER, RESETS, Run, said

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

FIXTURE = "envctl_environment"
_RUN = pytest.StashKey[Run]()
_SCOPES = ("session", "module")
_KEPT = "envctl_kept"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options and settings."""
    group = parser.getgroup("envctl", "environments of envctl")
    group.addoption(
        "--envctl-from",
        metavar="RELEASE",
        help="Test a release instead of the checkout: STAGE (what it runs now), RELEASE, "
        "REGISTRY/PROJECT@STAGE or REGISTRY/PROJECT:RELEASE.",
    )
    group.addoption(
        "--envctl-keep", action="store_true", help="Keep environments in which a test has failed."
    )
    texts = {
        "envctl_folder": "folder of the project, from this file; this file's own by default",
        "envctl_from": "release to test instead of the checkout; see --envctl-from",
        "envctl_scope": "who shares an environment: session (default) or module",
        "envctl_reset": "before which tests the data is new: never (default), module or test",
    }
    for name, text in texts.items():
        parser.addini(name, text, default="")
    lists = {
        "envctl_services": "services to start, with what they need; all by default",
        "envctl_profiles": "Compose profiles to use",
        "envctl_env_files": "files with settings, from the folder of the project",
    }
    for name, text in lists.items():
        parser.addini(name, text, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Check the settings."""
    config.addinivalue_line(
        "markers",
        f"envctl(reset): whether {FIXTURE} has new data before a test: never, module or test",
    )
    _chosen(config, "envctl_scope", _SCOPES)
    _chosen(config, "envctl_reset", RESETS)
    config.stash[_RUN] = Run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check the marks."""
    for item in items:
        _reset(item)


@pytest.fixture(scope="session")
def envctl_options(pytestconfig: pytest.Config) -> EnvironmentOptions:
    """What environment the tests get, by options and settings; override it to say otherwise."""
    worker: dict[str, Any] = getattr(pytestconfig, "workerinput", {})
    ini = pytestconfig.getini
    base = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    return EnvironmentOptions(
        folder=base / str(ini("envctl_folder")),
        from_=pytestconfig.getoption("envctl_from") or str(ini("envctl_from")),
        services=tuple(ini("envctl_services")),
        profiles=tuple(ini("envctl_profiles")),
        env_files=tuple(ini("envctl_env_files")),
        label=str(worker.get("workerid", "")),
        keep="failed" if pytestconfig.getoption("envctl_keep") else "never",
    )


def _scope(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    return "module" if config.getini("envctl_scope") == "module" else "session"


@pytest.fixture(scope=_scope)
def envctl_environment(
    request: pytest.FixtureRequest, envctl_options: EnvironmentOptions
) -> Iterator[Environment]:
    """A running environment; with pytest-xdist each worker has one of its own."""
    run = request.config.stash[_RUN]
    resets = any(_uses(item) and _reset(item) != NEVER for item in request.session.items)
    environment = Environment(envctl_options)
    _told(lambda: run.take(environment, resets=resets))
    yield environment
    _told(run.leave)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make the environment fresh before the test's own fixtures, where that is wanted."""
    if _uses(item):
        module = item.nodeid.partition("::")[0]
        _told(lambda: item.config.stash[_RUN].begin(module, _reset(item)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what services printed meanwhile."""
    report = yield
    if report.failed and _uses(item) and (logs := item.config.stash[_RUN].failed()):
        report.sections.append(("envctl logs", logs))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the process that started this worker say what is kept."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output[_KEPT] = session.config.stash[_RUN].kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from a worker of pytest-xdist what is kept."""
    node.config.stash[_RUN].kept += getattr(node, "workeroutput", {}).get(_KEPT, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what is kept, and how to look at it."""
    if kept := config.stash[_RUN].kept:
        terminalreporter.section("envctl environments")
        for text in kept:
            terminalreporter.write_line(text)


def _uses(item: pytest.Item) -> bool:
    return FIXTURE in getattr(item, "fixturenames", ())


def _reset(item: pytest.Item) -> str:
    """Return before which tests an item wants new data; UsageError for a mark that is wrong."""
    mark = item.get_closest_marker("envctl")
    default = str(item.config.getini("envctl_reset")) or NEVER
    if mark is None:
        return default
    reset = mark.kwargs.get("reset", default)
    if mark.args or mark.kwargs.keys() - {"reset"} or reset not in RESETS:
        ways = ", ".join(f"envctl(reset={way!r})" for way in RESETS)
        raise pytest.UsageError(f"{item.nodeid}: the mark is one of {ways}")
    return str(reset)


def _chosen(config: pytest.Config, name: str, values: tuple[str, ...]) -> None:
    said = config.getini(name)
    if said and said not in values:
        raise pytest.UsageError(f"{name} is {said!r}; it can be {', '.join(values)}")


def _told(act: Callable[[], None]) -> None:
    """Do it; an error of envctl's is shown as envctl says it, and not as a traceback."""
    try:
        act()
    except EnvctlError as error:
        pytest.fail(said(error), pytrace=False)
