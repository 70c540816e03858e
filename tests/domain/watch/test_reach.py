from __future__ import annotations

import pytest

from envctl.domain.observed import Mount
from envctl.domain.watch.reach import Reach

REACH = Reach(
    [
        Mount("bind", "/home/me/data", target="/app/data"),
        Mount("volume", "shop_modules", target="/app/node_modules"),
        Mount("volume", "shop_conf", writable=False, target="/etc/conf/"),
        Mount("tmpfs", "", target="/run"),
        Mount("npipe", ""),
    ]
)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/app/data", "/app/data is mounted from /home/me/data"),
        ("/app/data/x/y", "/app/data is mounted from /home/me/data"),
        ("/etc/conf/a", "/etc/conf/ is mounted read-only"),
        ("/run/a", "/run is in memory, where the engine does not write"),
        ("/app/node_modules/a", ""),
        ("/app/data2", ""),
        ("/app", ""),
    ],
)
def test_what_is_mounted_from_elsewhere_is_out_of_reach(target: str, why: str) -> None:
    assert REACH.why_not(target) == why


def test_a_mount_cannot_be_removed_nor_what_holds_one() -> None:
    assert REACH.is_mounted("/app/node_modules")
    assert REACH.is_mounted("/app")
    assert not REACH.is_mounted("/app/node_modules/x")
    assert not REACH.is_mounted("/srv")
