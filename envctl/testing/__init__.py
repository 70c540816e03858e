"""Running environments for tests: new playgrounds of the checkout, a release or a stage.

    from envctl.testing import environment

    with environment(from_="integration") as shop:
        requests.get(f"{shop.url()}/api/products").raise_for_status()

What can go wrong is in `envctl.errors`: ConfigurationError for files that are wrong, BuildFailed,
Unhealthy for a service that does not come up, Unreachable without an engine, Refused and
UsageError for what cannot be. All are EnvctlError. With pytest, the fixture `envctl_environment`
gives the same.
"""

from __future__ import annotations

from envctl.testing.environment import Environment, ExecResult, environment
from envctl.testing.options import EnvironmentOptions, Keep

__all__ = ["Environment", "EnvironmentOptions", "ExecResult", "Keep", "environment"]
