"""``referral-sim run`` and ``referral-sim compare``: scenarios beside published figures, and beside each other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, command_line, examples, fail, given, say
from .printing import EVERY, RunCounter
from .run_inputs import (
    AsJson,
    Begins,
    Changes,
    DrawsFrom,
    Ends,
    Everything,
    Folder,
    Overwrite,
    PhaseIn,
    PhaseInProgrammes,
    ReportingYear,
    Seed,
    Workers,
    check_year,
    complete_policy,
    complete_scenario,
    load_all,
    load_warned_draws,
    policy_dates,
    record_of_draws,
    refuse_with_json,
    replicates_option,
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


Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="NAME",
        help="Lay a policy (a name or a file) over every scenario; may be repeated.",
        autocompletion=complete_policy,
    ),
]


@app.command(
    "run",
    short_help="Simulate scenarios beside the published figures.",
    epilog=examples(
        "run midtown",
        "run midtown city-borough east-borough southshire -r 20",
        "run east-borough -p link-worker-everywhere --set time.years=5",
        "run my-borough.yaml --all -o results/mine",
        "run plan.yaml --point 17 --replicate 3",
    ),
)
def run(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO",
            help="Presets or YAML files; NAME+POLICY is understood.",
            autocompletion=complete_scenario,
        ),
    ],
    seed: Seed = 1,
    replicates: Annotated[int, replicates_option()] = 10,
    changes: Changes = None,
    policies: Policies = None,
    begins: Begins = None,
    ends: Ends = None,
    phase_in: PhaseIn = None,
    phase_in_programmes: PhaseInProgrammes = None,
    out: Folder = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    workers: Workers = None,
    everything: Everything = False,
    year: ReportingYear = None,
    draws: DrawsFrom = None,
    point: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Of a sweep's plan: make the runs at this point.")
    ] = None,
    replicate: Annotated[
        int | None, typer.Option(metavar="K", min=0, help="With --point: of this replicate; 0 if not given.")
    ] = None,
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="Of a sweep's plan: make this run.")] = None,
) -> None:
    """Simulate scenarios and set them beside the published figures.

    The answer is one table: referrals and registrations of each scenario, and how many published figures lie inside.
    """
    if point is not None or run_id is not None:
        _run_of_plan(given(context), sources, point, replicate, run_id, draws, as_json=as_json)
        return
    if replicate is not None:
        fail([
            f"--replicate {replicate} goes with --point, for one run of a plan; --replicates {replicate} makes "
            f"{replicate} runs of each scenario"
        ])  # fmt: skip
    refuse_with_json(as_json, everything=everything, year=year)
    dates = policy_dates(sources, policies or [], begins, ends, phase_in, phase_in_programmes)
    scenarios = load_all(sources, changes or [], policies or [], dates)
    check_year(year, scenarios)
    folder = usable_folder(out, overwrite)
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
        failed |= not written(folder, partial(write_folder, folder, scenarios, results, record, overwrite))
    profiles = [
        _profile(one, seed, results, loaded_draws is not None and bool(loaded_draws.columns(one))) for one in scenarios
    ]
    say(filter(None, (one.not_at_rest for one in profiles)), "warning: ")
    say_outside(scenarios)
    _show_profiles(profiles, as_json, everything, year, None if failed else out)
    if failed:
        raise typer.Exit(FAILED)


def _run_of_plan(
    options: Sequence[str],
    sources: Sequence[str],
    point: int | None,
    replicate: int | None,
    run_id: str | None,
    draws: str | None,
    *,
    as_json: bool,
) -> None:
    """Make runs of a plan again; an option that would do nothing there is refused."""
    which = "--point" if run_id is None else "--run"
    allowed = {which, "--draws", "--json"} | ({"--replicate"} if run_id is None else set())
    if idle := [option for option in options if option not in allowed]:
        fail([f"{idle[0]} does nothing with {which}, which makes runs of a plan as the plan says"])
    if len(sources) != 1:
        fail([f"{which} goes with one plan"])
    from .sweep_commands import repeat

    repeat(Path(sources[0]), point, replicate or 0, run_id, draws, as_json=as_json)


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


def _show_profiles(
    profiles: Sequence[AuthorityResult], as_json: bool, everything: bool, year: str | None, kept: Path | None
) -> None:
    if as_json:
        from ..experiment.authority_results import to_json

        typer.echo(to_json(profiles))
        return
    from ..report.console import show_profiles
    from .printing import console

    show_profiles(console(), [p for p in profiles if p.replicates], everything, year, kept)


@app.command(
    "compare",
    short_help="Say what changes from one scenario to another.",
    epilog=examples(
        "compare east-borough -p link-worker-everywhere",
        "compare east-borough east-borough+no-liaison my-borough.yaml -r 40",
        "compare midtown -p family-support-panel --matters referrals=10",
        "compare midtown -p family-support-panel --begins 2005-07-01 -o results/panel",
    ),
)
def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO",
            help="The base, and then what is compared with it: presets or YAML files, with any policies after a plus "
            "(east-borough+family-support-panel).",
            autocompletion=complete_scenario,
        ),
    ],
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            metavar="NAME",
            help="With the base alone: compare it with itself under this policy; may be repeated.",
            autocompletion=complete_policy,
        ),
    ] = None,
    begins: Begins = None,
    ends: Ends = None,
    phase_in: PhaseIn = None,
    phase_in_programmes: PhaseInProgrammes = None,
    replicates: Annotated[int, replicates_option(2)] = 20,
    seed: Seed = 1,
    changes: Changes = None,
    workers: Workers = None,
    as_json: AsJson = False,
    everything: Everything = False,
    year: ReportingYear = None,
    matters: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MEASURE=SIZE",
            help="The smallest difference of a measure that matters to you, in the measure's unit (of a rate: per "
            "10,000 children under 18); may be repeated.",
        ),
    ] = None,
    draws: DrawsFrom = None,
    same_hours: Annotated[
        bool,
        typer.Option(
            "--same-hours", help="All scenarios have as many paid posts as the base; family support gives up more."
        ),
    ] = False,
    out: Folder = None,
    overwrite: Overwrite = False,
) -> None:
    """Compare scenarios with the first: what changes in a year, for whom, and how sure that is.

    All scenarios meet the same families with the same chances, so that a difference is the policy's.
    """
    refuse_with_json(as_json, everything=everything, year=year)
    sizes = _sizes(matters or [])
    dates = policy_dates(sources, policies or [], begins, ends, phase_in, phase_in_programmes)
    base, *others = _scenarios(sources, changes or [], policies or [], dates)
    check_year(year, [base, *others])
    if same_hours:
        from ..experiment.paid_posts import at_equal_hours

        try:
            others = [at_equal_hours(base, other) for other in others]
        except ValueError as error:
            fail([f"--same-hours: {error}"])
    folder = usable_folder(out, overwrite)
    from ..experiment.comparison import compare as compared
    from ..experiment.draws import NONE

    loaded_draws = load_warned_draws(draws, [base, *others])
    drawn = None if loaded_draws is None else with_draws(loaded_draws, [base, *others], sources, changes or [])
    with RunCounter(sys.stderr, EVERY) as counter:
        counter.start(replicates * (1 + len(others)))
        cores = workers or usable_cores()
        found = compared(
            base, *others, replicates=replicates, seed=seed, workers=cores, draws=NONE, matters=sizes,
            watch=counter.watch, under=drawn,
        )  # fmt: skip
    failed = report_failures(found.failures)
    say(dict.fromkeys(line for pair in found.pairs for line in pair.warnings), "warning: ")
    say_outside([base, *others])
    if folder is not None:
        from ..folders.write_folder import write_comparison

        record: dict[str, Any] = {**record_of_draws(loaded_draws), "command": command_line()}
        record |= {"matters": sizes} if sizes else {}
        failed |= not written(folder, partial(write_comparison, folder, found, record, overwrite))
    _show_comparison(found, as_json, everything, year, list(sizes), None if failed else out)
    if failed:
        raise typer.Exit(FAILED)


def _sizes(asked: Sequence[str]) -> dict[str, float]:
    """The smallest differences that matter, as ``--matters`` gives them; one that is wrong is status 2."""
    from ..measures.table import MEASURES
    from ..measures.what_matters import smallest_that_matters
    from ..scenario.errors import clipped, did_you_mean

    found: dict[str, float] = {}
    for text in asked:
        name, equals, size = (part.strip() for part in text.partition("="))
        before = f"--matters {clipped(text)}: "
        if not equals:
            fail(["write MEASURE=SIZE, such as referrals=10"], before=before)
        if name not in MEASURES:
            hint = did_you_mean(name, MEASURES) or "; docs/columns.md lists them"
            fail([f"there is no measure {clipped(name)!r}{hint}"], before=before)
        if name in found:
            fail([f"{name} is given twice"], before=before)
        try:
            found[name] = float(size)
            smallest_that_matters(name, MEASURES[name].unit, found)
        except ValueError:
            fail([f"the size must be a number above 0 ({MEASURES[name].unit}), not {clipped(size)!r}"], before=before)
    return found


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


def _show_comparison(
    found: Comparison, as_json: bool, everything: bool, year: str | None, more: Sequence[str], kept: Path | None
) -> None:
    if as_json:
        from ..experiment.comparison import comparison_to_json

        typer.echo(comparison_to_json(found))
        return
    from ..report.console import show_comparison
    from .printing import console

    show_comparison(console(), found, everything, year, more, kept)
