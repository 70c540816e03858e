"""Stages: each figure of a deploy, a rollback, a promotion, a look, beside the other tool's.

`ENVCTL_BENCH=full` measures as often as a statement needs.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.stages.far import ssh
from bench.stages.local import nothing_to_do, promotion, rollback, status
from bench.stages.shop import shop
from bench.stages.traffic import bad_releases, lost_requests

SECTIONS: dict[str, Callable[[], None]] = {
    "stages-requests": lost_requests,
    "stages-bad-releases": bad_releases,
    "stages-ssh": ssh,
    "stages-rollback": rollback,
    "stages-promotion": promotion,
    "stages-status": status,
    "stages-nothing-to-do": nothing_to_do,
    "stages-shop": shop,
}
