"""``referral-sim run``: simulate scenarios and set them beside the published figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, command_line, fail
from .options import AsJson, Changes, DrawsFrom, Everything, Folder, Seed, Workers
from .run_inputs import (
    load_all,
    load_warned_draws,
    record_of_draws,
    report_failures,
    simulate,
    usable_folder,
    with_draws,
    written,
)

if TYPE_CHECKING:
    from ..experiment.authority_results import AuthorityResult
    from ..experiment.jobs import JobResult
    from ..scenario import Scenario


@app.command("run", short_help="Simulate scenarios beside the published figures.")
def run(
    sources: Annotated[list[str], typer.Argument(metavar="SCENARIO", help="Presets or YAML files.")],
    seed: Seed = 1,
    replicates: Annotated[int, typer.Option(min=1, help="Runs of each scenario.")] = 10,
    changes: Changes = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policy", metavar="NAME", help="Lay a policy (a name or a file) over every scenario; may be repeated."
        ),
    ] = None,
    out: Folder = None,
    as_json: AsJson = False,
    workers: Workers = None,
    everything: Everything = False,
    draws: DrawsFrom = None,
    point: Annotated[int | None, typer.Option(min=0, help="Of a sweep's plan: make the runs at this point.")] = None,
    replicate: Annotated[int, typer.Option(min=0, help="With --point: of this replicate.")] = 0,
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="Of a sweep's plan: make this run.")] = None,
) -> None:
    """Simulate scenarios (names of presets, or files) and set them beside the published figures."""
    if point is not None or run_id is not None:
        both = point is not None and run_id is not None
        if len(sources) != 1 or both or changes or policies or out:
            fail(["--point and --run go with one plan, and not with each other, --set, --policy or --out"])
        from .single_runs import repeat

        repeat(Path(sources[0]), point, replicate, run_id, draws, as_json=as_json)
        return
    scenarios = load_all(sources, changes or [], policies or [])
    folder = usable_folder(out)
    loaded_draws = load_warned_draws(draws)
    drawn = with_draws(loaded_draws, scenarios, sources, changes or [])
    from ..experiment.jobs import Job, take_measures, take_tables

    take = take_measures if folder is None else take_tables
    jobs = [Job(drawn(one, k), seed, k, take) for one in scenarios for k in range(replicates)]
    results = simulate(jobs, workers or usable_cores())
    failed = report_failures(results)
    if folder is not None:
        from ..folders.write_folder import write_folder

        record = {"seed": seed, "replicates": replicates, **record_of_draws(draws, loaded_draws)}
        record["command"] = command_line()
        failed |= not written(folder, partial(write_folder, folder, scenarios, results, record))
    _show([_profile(one, seed, results, draws is not None) for one in scenarios], as_json, everything)
    if failed:
        raise typer.Exit(FAILED)


def _profile(scenario: Scenario, seed: int, results: Sequence[JobResult], drawn: bool) -> AuthorityResult:
    import pandas as pd

    from ..experiment.authority_results import authority_result

    frames = []
    for r in results:
        if r.task.scenario.name == scenario.name and r.value is not None:
            table: Any = r.value["measures"] if isinstance(r.value, dict) else r.value
            frames.append(table.assign(replicate=r.task.replicate))
    empty = pd.DataFrame(columns=["replicate", "measure", "unit", "group", "value"])
    return authority_result(scenario, seed, pd.concat(frames, ignore_index=True) if frames else empty, drawn)


def _show(profiles: Sequence[AuthorityResult], as_json: bool, everything: bool) -> None:
    if as_json:
        from ..experiment.authority_results import to_json

        typer.echo(to_json(profiles))
        return
    from ..report.console import show_profiles
    from .printing import console

    show_profiles(console(), [p for p in profiles if p.replicates], everything)
