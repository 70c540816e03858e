"""`envctl status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.cli.completion import add_stages

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.cli.table import Cell
    from envctl.domain.stage_status import StageStatus

_HEADINGS = ("STAGE", "RELEASE", "SINCE", "STATE", "TARGET", "ADDRESS", "NEXT")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `status` takes."""
    what = "Stages to look at; all when left out. It ends with 1 where one is not well."
    add_stages(parser, what)
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Show what runs on each stage, whether it is well, and what may come to it next."""
    from envctl.cli.words import print_json, print_table
    from envctl.wiring.stage_looks import statuses
    from envctl.wiring.stages import stage_of

    files = invocation.project_files()
    wanted = [stage_of(files, name) for name in options.stages] or list(files.settings.stages)
    found = statuses(files, wanted, invocation.note)
    if options.json:
        print_json([_as_json(one) for one in found])
    elif not found:
        invocation.note("there are no stages: describe them in envctl.toml")
    else:
        print_table(_HEADINGS, [_row(one) for one in found])
        for line in (line for one in found for line in _remarks(one)):
            print(line)
    return 0 if all(one.is_well for one in found) else 1


def _row(status: StageStatus) -> tuple[Cell, ...]:
    from envctl.cli.table import Coloured

    state = status.state
    version = state.running.version if state.running else "-"
    following = status.next.version if status.next else ""
    return (
        status.stage.name,
        f"{version} (hotfix)" if state.hotfix and state.running else version,
        state.since.replace("T", " ").removesuffix("Z"),
        Coloured(status.health, "green" if status.is_well else "bold red"),
        str(status.stage.target),
        status.urls[0] if status.urls else "",
        f"{following} (not yet)" if status.next and status.next.obstacles else following,
    )


def _remarks(status: StageStatus) -> list[str]:
    """Return what does not fit into a table, a line each."""
    name, state = status.stage.name, status.state
    lines = [status.problem, status.doubt, status.remark, status.hint]
    lines = [f"{name}: {said}" for said in lines if said]
    lines += [f"{name}: {said}" for said in status.drift]
    lines += [f"{name}: {said}" for said in status.certificates]
    lines += [f"{name}: {said}" for said in _opened(status)]
    if state.hold:
        lines.append(f"{name}: on hold: {state.hold}")
    is_there = state.running is not None and state.running.release == state.promoted
    if state.promoted and not is_there and not status.holder:
        lines.append(f"{name}: {state.version} is promoted: envctl deploy {name} brings it there")
    if status.next:
        version = status.next.version
        lines += [f"{name}: {version} may not come yet: {o}" for o in status.next.obstacles]
    return lines


def _opened(status: StageStatus) -> list[str]:
    """Return what to say of a change that has begun and has no end yet."""
    from envctl.domain.stage_status import under_way

    if not (opened := status.state.opened):
        return []
    if status.holder:
        return [under_way(opened, status.holder)]
    return [f"{opened.kind} without an end: the next command recovers it"]


def _as_json(status: StageStatus) -> dict[str, Any]:
    from dataclasses import asdict

    state = status.state
    return {
        "stage": status.stage.name,
        "target": str(status.stage.target),
        "running": asdict(state.running) if state.running else None,
        "promoted": {"release": state.promoted, "version": state.version},
        "since": state.since,
        "state": status.health,
        "drift": status.drift,
        "hold": state.hold,
        "open": str(state.opened.kind) if state.opened else "",
        "under_way": asdict(status.holder) if status.holder else None,
        "hotfix": state.hotfix,
        "urls": status.urls,
        "certificates": status.certificates,
        "next": asdict(status.next) if status.next else None,
        "problem": status.problem,
        "doubt": status.doubt,
        "hint": status.hint,
        "remark": status.remark,
    }
