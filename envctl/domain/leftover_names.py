"""Names that a replacement left behind when it was cut short.

Compose makes the new container under the old one's ID and name, removes the old one and gives the
new one its name. What is killed in between stays under a name that Compose never mends.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Step

if TYPE_CHECKING:
    from envctl.domain.observed import Container, Observed

_LEFTOVER = re.compile(r"[0-9a-f]{12}_(?P<name>.+)")
_CAUSE = "a replacement was cut short"


def mend_names(observed: Observed) -> tuple[tuple[Step, ...], Observed]:
    """Return the steps that leave no such name, and what is there after them.

    Where the container that was to be replaced is still there, the new one goes: it is made again.
    """
    taken = {c.name for c in observed.containers}
    steps, containers = [], []
    for container in observed.containers:
        found = _LEFTOVER.fullmatch(container.name)
        if not found:
            containers.append(container)
        elif found["name"] in taken:
            steps.append(_step(Action.REMOVE, container))
        else:
            steps.append(_step(Action.RENAME, container, found["name"]))
            containers.append(replace(container, name=found["name"]))
            taken.add(found["name"])
    return tuple(steps), replace(observed, containers=tuple(containers))


def _step(action: Action, container: Container, name: str = "") -> Step:
    cause = f"{_CAUSE}, it is called {container.name}"
    return Step(action, container.service, cause, forced=True, source=container.id, target=name)
