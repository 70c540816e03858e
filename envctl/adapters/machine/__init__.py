"""Find out what `doctor` judges; every look is on its own, and none can hang the others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from envctl.adapters.machine import here
from envctl.adapters.machine.engine_facts import find_endpoint, no_endpoint
from envctl.adapters.machine.engine_looks import EngineLooks
from envctl.adapters.machine.looks import Look, Seer
from envctl.adapters.machine.project_facts import ProjectView, project_facts
from envctl.domain.diagnosis.belongings_facts import Belongings
from envctl.domain.diagnosis.facts import Facts
from envctl.domain.diagnosis.machine_facts import MachineFacts, Tool
from envctl.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.diagnosis.machine_facts import Disk, EngineFacts

    ReadProject = Callable[[], ProjectView]

__all__ = ["LocalMachine", "ProjectView"]

TOOL_PATIENCE = 30.0
"""Seconds; a slow machine is no fault, and a look that hangs is left behind anyway."""


class LocalMachine:
    """Looks at the engine, at this machine, and at the project that `read` gives, if any.

    `read_alone` gives it without a question to the engine: whose its name is, is a guess then.
    """

    def __init__(self, read: ReadProject | None, read_alone: ReadProject | None) -> None:
        self._read, self._read_alone = read, read_alone

    def facts(self) -> Facts:
        """Return all that could be found out; what could not is left out, with the reason."""
        tools = [Look(partial(here.plugin, name), TOOL_PATIENCE) for name in ("compose", "buildx")]
        seer = Seer()
        engine, looks = _engine(seer)
        read = self._read if looks else self._read_alone
        view = Look(read, TOOL_PATIENCE) if read else None
        project = project_facts(view, looks, engine, seer) if view else None
        return Facts(
            engine=engine,
            docker=here.docker_command(),
            compose=seer.see("compose", tools[0], Tool()),
            buildx=seer.see("buildx", tools[1], Tool()),
            machine=_machine(looks.disk(seer, engine) if looks else None),
            project=project,
            belongings=looks.belongings(seer, engine, project) if looks else Belongings(),
            room=looks.room(seer) if looks else None,
            unseen=tuple(seer.unseen),
        )


def _engine(seer: Seer) -> tuple[EngineFacts, EngineLooks | None]:
    """What answers, and the way to ask it more; None where nothing answers."""
    try:
        looks = EngineLooks(find_endpoint())
    except Unreachable as error:
        return no_endpoint(error), None
    engine = looks.engine(seer)
    return engine, looks if engine.version else None


def _machine(disk: Disk | None) -> MachineFacts:
    return MachineFacts(
        disk=disk,
        memory_free=here.memory_free(),
        watches=here.kernel_limit("max_user_watches"),
        instances=here.kernel_limit("max_user_instances"),
        folders=here.folders(),
        docker_config=here.docker_config(),
    )
