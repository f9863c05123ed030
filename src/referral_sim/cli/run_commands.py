"""``referral-sim run`` and ``referral-sim compare``: scenarios beside published figures, and beside each other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, command_line, fail, say
from .printing import RunCounter
from .run_inputs import (
    AsJson,
    Begins,
    Changes,
    DrawsFrom,
    Ends,
    Everything,
    Folder,
    PhaseIn,
    PhaseInProgrammes,
    ReportingYear,
    Seed,
    Workers,
    check_year,
    load_all,
    load_warned_draws,
    policy_dates,
    record_of_draws,
    report_failures,
    say_outside,
    simulate,
    usable_folder,
    with_draws,
    written,
)

if TYPE_CHECKING:
    from ..experiment.authority_results import AuthorityResult
    from ..experiment.comparison import Comparison
    from ..experiment.jobs import JobResult
    from ..scenario import Scenario
    from ..scenario.dated import PolicyDates


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
    begins: Begins = None,
    ends: Ends = None,
    phase_in: PhaseIn = None,
    phase_in_programmes: PhaseInProgrammes = None,
    out: Folder = None,
    as_json: AsJson = False,
    workers: Workers = None,
    everything: Everything = False,
    year: ReportingYear = None,
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
        from .sweep_commands import repeat

        repeat(Path(sources[0]), point, replicate, run_id, draws, as_json=as_json)
        return
    dates = policy_dates(sources, policies or [], begins, ends, phase_in, phase_in_programmes)
    scenarios = load_all(sources, changes or [], policies or [], dates)
    check_year(year, scenarios)
    folder = usable_folder(out)
    loaded_draws = load_warned_draws(draws, scenarios)
    drawn = with_draws(loaded_draws, scenarios, sources, changes or [])
    from ..experiment.jobs import Job, take_measures, take_tables

    take = take_measures if folder is None else take_tables
    jobs = [Job(drawn(one, k), seed, k, take) for one in scenarios for k in range(replicates)]
    results = simulate(jobs, workers or usable_cores())
    failed = report_failures(results)
    if folder is not None:
        from ..folders.write_folder import write_folder

        record = {"seed": seed, "replicates": replicates, **record_of_draws(loaded_draws)}
        record["command"] = command_line()
        failed |= not written(folder, partial(write_folder, folder, scenarios, results, record))
    profiles = [
        _profile(one, seed, results, loaded_draws is not None and bool(loaded_draws.columns(one))) for one in scenarios
    ]
    say(filter(None, (one.not_at_rest for one in profiles)), "warning: ")
    say_outside(scenarios)
    _show_profiles(profiles, as_json, everything, year)
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
    empty = pd.DataFrame(columns=["replicate", "year", "measure", "unit", "group", "value"])
    return authority_result(scenario, seed, pd.concat(frames, ignore_index=True) if frames else empty, drawn)


def _show_profiles(profiles: Sequence[AuthorityResult], as_json: bool, everything: bool, year: str | None) -> None:
    if as_json:
        from ..experiment.authority_results import to_json

        typer.echo(to_json(profiles))
        return
    from ..report.console import show_profiles
    from .printing import console

    show_profiles(console(), [p for p in profiles if p.replicates], everything, year)


@app.command(
    "compare",
    help="Compare scenarios with the first under common random numbers: differences of measures, and families "
    "whose path changed. A scenario is a preset or a file, with any policies: east-borough+family-support-panel.",
    short_help="Compare scenarios under common random numbers.",
)
def compare(
    sources: Annotated[
        list[str], typer.Argument(metavar="BASE [OTHER]...", help="Presets or YAML files; NAME+POLICY is understood.")
    ],
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME", help="With BASE alone: OTHER is BASE with this; may be repeated."),
    ] = None,
    begins: Begins = None,
    ends: Ends = None,
    phase_in: PhaseIn = None,
    phase_in_programmes: PhaseInProgrammes = None,
    replicates: Annotated[int, typer.Option(min=2, help="Runs of each scenario.")] = 20,
    seed: Seed = 1,
    changes: Changes = None,
    workers: Workers = None,
    as_json: AsJson = False,
    everything: Everything = False,
    year: ReportingYear = None,
    draws: DrawsFrom = None,
    same_hours: Annotated[
        bool,
        typer.Option("--same-hours", help="Every OTHER has as many paid posts as BASE; family support gives up more."),
    ] = False,
    out: Folder = None,
) -> None:
    """Compare scenarios; the output does not depend on the number of workers."""
    dates = policy_dates(sources, policies or [], begins, ends, phase_in, phase_in_programmes)
    base, *others = _scenarios(sources, changes or [], policies or [], dates)
    check_year(year, [base, *others])
    if same_hours:
        from ..experiment.equal_hours import at_equal_hours

        try:
            others = [at_equal_hours(base, other) for other in others]
        except ValueError as error:
            fail([f"--same-hours: {error}"])
    folder = usable_folder(out)
    from ..experiment.comparison import compare_scenarios

    loaded_draws = load_warned_draws(draws, [base, *others])
    drawn = None if loaded_draws is None else with_draws(loaded_draws, [base, *others], sources, changes or [])
    with RunCounter(sys.stderr) as counter:
        cores = workers or usable_cores()
        found = compare_scenarios(base, others, replicates, seed, cores, counter.watch, drawn)
    failed = report_failures(found.failures)
    say(dict.fromkeys(line for pair in found.pairs for line in pair.warnings), "warning: ")
    say_outside([base, *others])
    if folder is not None:
        from ..folders.write_folder import write_comparison

        record = {**record_of_draws(loaded_draws), "command": command_line()}
        failed |= not written(folder, partial(write_comparison, folder, found, record))
    _show_comparison(found, as_json, everything, year)
    if failed:
        raise typer.Exit(FAILED)


def _scenarios(sources: list[str], changes: list[str], policies: list[str], dates: PolicyDates) -> list[Scenario]:
    """The base and the others, two or more, each under a name of its own."""
    if policies and len(sources) > 1:
        fail([f"--policy goes with one scenario; for several write {sources[0]} {sources[1]}+{policies[0]}"])
    if policies:
        scenarios = load_all(sources, changes, []) + load_all(sources, changes, policies, dates)
        if scenarios[0].name == scenarios[1].name:
            fail([f"base and other are both named {scenarios[0].name!r}; give the base a shorter name"])
        return scenarios
    if len(sources) < 2:
        fail([f"name a second scenario, or give --policy NAME: nothing to compare {sources[0]} with"])
    scenarios = load_all(sources, changes, [], dates)
    if len(scenarios) < 2:
        fail([f"all of these are the scenario {scenarios[0].name!r}: nothing to compare it with"])
    return scenarios


def _show_comparison(found: Comparison, as_json: bool, everything: bool, year: str | None) -> None:
    if as_json:
        from ..experiment.comparison import comparison_to_json

        typer.echo(comparison_to_json(found))
        return
    from ..report.console import show_comparison
    from .printing import console

    show_comparison(console(120), found, everything, year)
