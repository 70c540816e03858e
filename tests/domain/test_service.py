from __future__ import annotations

import pytest

from envctl.domain.service import Role, Service


@pytest.mark.parametrize(
    ("service", "may"),
    [
        (Service("s", "i"), True),
        (Service("s", "i", has_healthcheck=True), False),
        (Service("s", "i", restarts=True), False),
        (Service("s", "i", publishes=True), False),
        (Service("s", "i", role=Role.JOB, restarts=True, publishes=True), True),
    ],
)
def test_a_service_may_complete_when_nothing_says_that_it_stays(
    service: Service, may: bool
) -> None:
    assert service.may_complete is may
