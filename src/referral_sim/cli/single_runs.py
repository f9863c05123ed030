"""Runs of a sweep's plan made again, alone: what ``run PLAN --point N --replicate K`` and ``run PLAN --run ID`` do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .app import FAILED, fail, resumable, say
from .printing import print_json, print_table
from .run_inputs import load_plan_with_draws

if TYPE_CHECKING:
    from ..experiment.plan import Plan, PlannedRun
    from ..experiment.stores import FinishedRun


def repeat(
    plan: Path, point: int | None, replicate: int, run_id: str | None, draws: str | None, *, as_json: bool
) -> None:
    """Make runs of a plan again and show their outcomes.

    Args:
        plan: its file.
        point: number of the point; not used with an id.
        replicate: number of the replicate at the point.
        run_id: what the id of one run begins with, or None.
        draws: as ``--draws`` says.
        as_json: print JSON instead of a table.
    """
    from ..experiment.executors import SerialExecutor
    from ..experiment.running import make

    with resumable():
        loaded = load_plan_with_draws(plan, draws)
        chosen = _at(loaded, point, replicate) if run_id is None else _with_id(loaded, run_id)
        finished = list(make(loaded, chosen, SerialExecutor()))
    _show(finished, as_json)
    if any(one.status != "done" for one in finished):
        raise typer.Exit(FAILED)


def _with_id(plan: Plan, beginning: str) -> list[PlannedRun]:
    from ..experiment.plan import runs_of

    chosen = [run for run in runs_of(plan) if run.id.startswith(beginning)]
    if len(chosen) != 1:
        there = "no run of this plan has" if not chosen else f"{len(chosen)} runs of this plan have"
        fail([f"--run: {there} an id that begins with {beginning!r}"])
    return chosen


def _at(plan: Plan, point: int | None, replicate: int) -> list[PlannedRun]:
    from ..experiment.plan import runs_of

    runs = list(runs_of(plan))
    chosen = [run for run in runs if (run.number, run.replicate) == (point, replicate)]
    if not chosen:
        allowed = f"points 0 to {max(run.number for run in runs)}, replicates 0 to {plan.replicates - 1}"
        fail([f"--point {point} --replicate {replicate}: the plan has {allowed}"])
    return chosen


def _show(finished: Sequence[FinishedRun], as_json: bool) -> None:
    from ..experiment.plan import place_of_run

    found: list[dict[str, Any]] = []
    for one in finished:
        if one.reason or one.traceback:
            say([f"run {one.status}: {one.reason}"])
        if one.traceback:
            typer.echo(one.traceback, err=True)
        rows = [] if one.value is None else one.value[["measure", "group", "value", "unit"]].to_dict("records")
        rows = [{**row, "value": None if row["value"] != row["value"] else row["value"]} for row in rows]
        place = {"run": one.task.id, **place_of_run(one.task), "values": dict(one.task.point)}
        found.append({**place, "status": one.status, "reason": one.reason, "outcomes": rows})
    if as_json:
        print_json(found)
        return
    for run in found:
        at = ", ".join(f"{key} {value}" for key, value in run["values"].items())
        named = [f"{key} {run[key]}" for key in ("scenario", "policies", "point", "seed", "replicate")]
        print_table(
            f"{run['run']}: {', '.join(named)}" + (f": {at}" if at else ""),
            ("measure", "group", "value", "unit"),
            (
                (r["measure"], r["group"], "" if r["value"] is None else repr(r["value"]), r["unit"])
                for r in run["outcomes"]
            ),
        )
