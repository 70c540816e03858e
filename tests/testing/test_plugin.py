"""What the plugin says to pytest, without an engine: options, settings, marks and mistakes."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ASKS = """
    def test_it(envctl_options):
        options = envctl_options
        print("asked:", options.folder, repr(options.from_), options.services, options.profiles,
              options.env_files, repr(options.label), options.keep)
"""
USES = "def test_it(envctl_environment): pass"


@pytest.fixture(autouse=True)
def _homes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine, and no state of anybody's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{pytester.path}/none.sock")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def asked(pytester: pytest.Pytester, *words: str) -> str:
    """Return what the tests would ask for."""
    pytester.makepyfile(ASKS)
    ran = pytester.runpytest_inprocess("-s", *words)
    ran.assert_outcomes(passed=1)
    (line,) = (line for line in ran.outlines if "asked: " in line)
    return line.partition("asked: ")[2]


def test_by_itself_the_environment_is_the_whole_project_beside_the_settings(
    pytester: pytest.Pytester,
) -> None:
    assert asked(pytester) == f"{pytester.path} '' () () () '' never"


def test_settings_and_options_say_otherwise(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        envctl_folder = shop
        envctl_from = integration
        envctl_services = api "web"
        envctl_profiles = debug
        envctl_env_files = test.env
        """
    )
    rest = "('api', 'web') ('debug',) ('test.env',) ''"
    assert asked(pytester) == f"{pytester.path}/shop 'integration' {rest} never"
    said = asked(pytester, "--envctl-from", "1.0", "--envctl-keep")
    assert said == f"{pytester.path}/shop '1.0' {rest} failed"


def test_settings_can_be_lists_in_toml(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        envctl_services = ["api", "web"]
        envctl_reset = "test"
        """
    )
    assert "('api', 'web')" in asked(pytester)


def test_a_project_can_ask_for_what_it_wants(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import dataclasses, pytest

        @pytest.fixture(scope="session")
        def envctl_options(envctl_options):
            return dataclasses.replace(envctl_options, services=("db",))
        """
    )
    assert "('db',)" in asked(pytester)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("envctl_scope = class", "envctl_scope is 'class'; it can be session, module"),
        ("envctl_reset = class", "envctl_reset is 'class'; it can be never, module, test"),
    ],
)
def test_a_setting_that_is_wrong_is_named(pytester: pytest.Pytester, line: str, said: str) -> None:
    pytester.makeini(f"[pytest]\n{line}")
    ran = pytester.runpytest_inprocess()
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines([f"ERROR: {said}"])


@pytest.mark.parametrize("mark", ["reset='class'", "'test'", "rest='test'"])
def test_a_mark_that_is_wrong_is_named(pytester: pytest.Pytester, mark: str) -> None:
    pytester.makepyfile(test_a=f"import pytest\n@pytest.mark.envctl({mark})\n{USES}")
    ran = pytester.runpytest_inprocess("--strict-markers")
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines(["*test_a.py::test_it: the mark is one of envctl(reset='never'), *"])


def test_the_mark_is_known(pytester: pytest.Pytester) -> None:
    ran = pytester.runpytest_inprocess("--markers")
    ran.stdout.fnmatch_lines(["@pytest.mark.envctl(reset): *"])


def test_a_folder_without_a_project_is_told_once_for_each_test_and_without_a_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(f"{USES}\ndef test_too(envctl_environment): pass\ndef test_not(): pass")
    ran = pytester.runpytest_inprocess()
    ran.assert_outcomes(errors=2, passed=1)
    ran.stdout.fnmatch_lines(["error: no envctl.toml and no Compose file in *", "hint: *"])
    ran.stdout.no_fnmatch_line("*Traceback*")
    ran.stdout.no_fnmatch_line("*playground.py*")


def test_no_test_is_no_environment(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USES)
    ran = pytester.runpytest_inprocess("--collect-only", "-q")
    assert ran.ret == 0
    assert not (pytester.path / "state").exists()
