"""The commands that make an answer of many runs: ``explore``, ``sensitivity``, ``power``, ``voi`` and ``costs``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .app import FAILED, app, examples, fail, require, say
from .printing import console, print_json
from .run_inputs import AsJson, DrawsFrom, Workers, load_plan_with_draws

if TYPE_CHECKING:
    import pandas as pd

    from ..report.decisions import Decision
    from ..report.grids import Grid

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that compare --out or sweep --out has written.")]
OfMeasure = Annotated[str, typer.Option("--measure", metavar="NAME", help="What the answer is about.")]
OfGroup = Annotated[str, typer.Option("--group", metavar="GROUP", help="Of which group.")]
Better = Annotated[Literal["less", "more"], typer.Option("--better", help="Which way is an improvement.")]
Drawn = Annotated[
    Path | None,
    typer.Option("--figure", metavar="FILE", help="Draw it to this .svg, .png or .pdf too; it is replaced."),
]
UNMET = "days_of_unmet_need"
PICTURES = (".svg", ".png", ".pdf")


@app.command(
    "explore",
    short_help="When a policy helps and when it fails, over the futures of a sweep or the draws of a comparison.",
    epilog=examples("sweep plan.yaml --out futures", "explore futures --measure referrals"),
)
def explore(
    folder: Folder,
    measure: OfMeasure = UNMET,
    group: OfGroup = "all",
    better: Better = "less",
    figure: Drawn = None,
    as_json: AsJson = False,
) -> None:
    """Explore a sweep with policies (none among them) over levers, uncertainties or draws, or a comparison under draws.

    For each policy: over all futures its benefit and regret; which variables its effect depends on; and where it makes
    things worse, or changes too little to matter, as boxes of values.
    """
    _can_draw(figure)
    require(["sklearn", "ema_workbench"], "explore needs {missing}", "calibration,sensitivity")
    from ..report.decisions import when_it_helps

    _show_decision(_decided(when_it_helps, folder, measure, group, better == "more"), as_json, figure)


@app.command(
    "sensitivity",
    short_help="What an outcome depends on: indices of Sobol, effects of Morris.",
    epilog=examples(
        "sensitivity plan.yaml --out runs --measure referrals",
        "sensitivity plan.yaml --out screened --method morris --trajectories 20",
    ),
)
def sensitivity(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan with levers or uncertainties (docs/sweeps.md).")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Keeps the runs; the same command goes on there.")
    ],
    method: Annotated[
        Literal["sobol", "morris"],
        typer.Option(help="Indices on an emulator of the plan's random points, or effects from runs in steps of one."),
    ] = "sobol",
    trajectories: Annotated[
        int, typer.Option(metavar="N", min=4, max=1000, help="Of Morris's design: runs of each variable.")
    ] = 10,
    measure: OfMeasure = UNMET,
    group: OfGroup = "all",
    workers: Workers = None,
    draws: DrawsFrom = None,
    figure: Drawn = None,
    as_json: AsJson = False,
) -> None:
    """Make the runs of a plan and say how much of an outcome goes with each of its variables, with 95% intervals.

    With policies, each policy's effect is such an outcome. Runs that failed are made again by sweep --retry-failed;
    a point or trajectory that lacks one is left out, and with more than a tenth of them nothing is said.
    """
    _can_draw(figure)
    require(["SALib", "sklearn"], "sensitivity needs {missing}", "calibration,sensitivity")
    from dataclasses import replace

    from ..answers import sensitivity as found_by
    from ..experiment.executors import usable_cores
    from ..experiment.summaries import in_year
    from ..experiment.variants import shares_of
    from ..report.decisions import DecisionError, together, unit_of
    from .app import resumable
    from .sweep_commands import ExecutorKind, executor_of, made_runs

    loaded = load_plan_with_draws(plan, draws)
    variables, names = loaded.variables, [v.key for v in loaded.variables]
    if not names:
        fail([f"{plan}: the plan varies nothing: give levers or uncertainties"])
    if method == "morris":
        shares = found_by.morris_shares(len(names), trajectories, loaded.seed)
        design, places = found_by.morris_design(variables, shares)
        loaded = replace(loaded, design=design)
    elif loaded.design.kind in ("latin-hypercube", "sobol"):
        shares = shares_of(loaded.design, len(names), loaded.seed)
        loaded, places = replace(loaded, independent_points=True), list(range(len(shares)))
    else:
        fail([f"{plan}: design: --method sobol needs random points (latin-hypercube or sobol); morris makes its own"])
    with resumable():
        by, count = executor_of(ExecutorKind.LOCAL, None, workers or usable_cores(), None, None)
        store = made_runs(loaded, out, by, count)
    outcomes = in_year(store.outcomes().to_pandas())
    try:
        unit = unit_of(outcomes, measure, group)
    except DecisionError as error:
        fail([str(error)])
    runs = store.runs().to_pandas()
    values = found_by.by_point(runs, outcomes, measure, group, max(places) + 1, loaded.replicates)
    found: dict[str, pd.DataFrame] = {}
    for name, (at_points, chance) in values.items():
        means, lacking = at_points[places], int((at_points != at_points).sum())
        left_out = f"; {lacking} of {len(at_points)} points lack a run and are left out" if lacking else ""
        try:
            if method == "morris":
                table = found_by.elementary_effects(shares, means, names, loaded.seed)
                found[f"{name}: {measure} of {group}, {unit}, for a variable's whole range{left_out}"] = table
            else:
                table, explained = found_by.sobol_indices(shares, means, variables, chance, loaded.seed)
                found[
                    f"{name}: shares of the variance of {measure}; the emulator explains {explained:.0%}{left_out}"
                ] = table
        except found_by.SensitivityError as error:
            fail([f"{name}: {error}"])
    note = {
        "sobol": "first: what a variable explains alone; total: with all that it does together with others.",
        "morris": "size: mean absolute effect; mean: with its sign; spread: how much it depends on the others.",
    }
    _show(found, f"{note[method]} 95% intervals: low, high.", as_json)
    _draw(figure, "dependence", together(found))


@app.command(
    "power",
    short_help="Which study of published statistics would see the effect of a policy.",
    epilog=examples("compare midtown -p link-worker-everywhere -o both", "power both --authorities 40 --years 5"),
)
def power(
    folder: Folder,
    measure: OfMeasure = "referrals",
    group: OfGroup = "all",
    authorities: Annotated[
        int, typer.Option(metavar="N", min=2, max=10_000, help="Authorities in a study, all together.")
    ] = 20,
    years: Annotated[int, typer.Option(metavar="N", min=3, max=100, help="Years of a study.")] = 3,
    wanted: Annotated[float, typer.Option("--power", metavar="SHARE", help="Wanted chance to see the effect.")] = 0.8,
    size: Annotated[float, typer.Option("--size", metavar="SHARE", help="Chance of a false alarm.")] = 0.05,
    between: Annotated[
        float | None,
        typer.Option(
            metavar="SIZE", help="Standard deviation between authorities; of the published ones if not given."
        ),
    ] = None,
    figure: Drawn = None,
    as_json: AsJson = False,
) -> None:
    """Which studies would see the effects of a comparison: with and without, before and after, stepped wedge."""
    _can_draw(figure)
    from ..report.decisions import who_would_notice

    answer = _decided(who_would_notice, folder, measure, group, authorities, years, wanted, size, between)
    _show_decision(answer, as_json, figure)


@app.command(
    "voi",
    short_help="What to find out next before a policy is chosen.",
    epilog=examples("compare midtown -p no-liaison -r 200 --draws shipped -o both", "voi both --worth 500"),
)
def voi(
    folder: Folder,
    measure: OfMeasure = UNMET,
    group: OfGroup = "all",
    better: Better = "less",
    worth: Annotated[
        float | None,
        typer.Option(
            metavar="SIZE",
            min=0.0,
            help="Gain from which a policy is worth its cost; the smallest that matters if not given.",
        ),
    ] = None,
    figure: Drawn = None,
    as_json: AsJson = False,
) -> None:
    """Value of knowing each parameter, and how far published figures would narrow a comparison under draws."""
    _can_draw(figure)
    require(["sklearn"], "voi needs {missing}", "calibration")
    from ..report.decisions import what_to_find_out

    _show_decision(_decided(what_to_find_out, folder, measure, group, better == "more", worth), as_json, figure)


@app.command(
    "costs",
    short_help="What the policies of a comparison cost and save, at your own prices or in hours.",
    epilog=examples("compare midtown -p family-support-panel -r 40 -o both", "costs both my-prices.yaml"),
)
def costs(
    folder: Folder,
    prices: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Your unit costs, with year and source; in hours if not given."),
    ] = None,
    figure: Drawn = None,
    as_json: AsJson = False,
) -> None:
    """What each policy costs a year, by agency, and for each day of unmet need avoided.

    The package has no prices: scenarios/costs/example.yaml shows the form of the file, with examples.
    """
    _can_draw(figure)
    from ..answers.costs import read_unit_costs
    from ..report.decisions import what_it_costs

    unit_costs = None if prices is None else read_unit_costs(prices)
    _show_decision(_decided(what_it_costs, folder, unit_costs), as_json, figure)


def _decided(question: Callable[..., Decision], folder: Path, *about: Any) -> Decision:
    """The answer to a question about a folder; what cannot be answered ends the command with status 2."""
    from ..folders.read_folder import open_results
    from ..report.decisions import DecisionError

    try:
        return question(open_results(folder), *about)
    except DecisionError as error:
        fail([f"{folder}: {error}"])


def _show_decision(answer: Decision, as_json: bool, figure: Path | None) -> None:
    _show(answer.tables, answer.note, as_json)
    _draw(figure, answer.figure, *answer.drawn)


def _can_draw(file: Path | None) -> None:
    """End the command with status 2, before anything runs, where a figure cannot be written."""
    if file is None:
        return
    if file.suffix.lower() not in PICTURES:
        fail([f"--figure: {file}: must end in {', '.join(PICTURES)}"])
    if file.is_dir() or not file.parent.is_dir():
        fail([f"--figure: {file}: {'is a folder; name a file' if file.is_dir() else 'there is no such folder'}"])


def _draw(file: Path | None, kind: str, *about: Any) -> None:
    """Draw an answer to a file, and say where it is."""
    if file is None:
        return
    from matplotlib import use

    from ..experiment.atomic_write import write_whole
    from ..figures import answer_figures, project_theme, to_bytes

    use("agg")  # no windows
    with project_theme():
        made = to_bytes(getattr(answer_figures, kind)(*about), file.suffix.lower().removeprefix("."))
    try:
        with write_whole(file) as part:
            part.write_bytes(made)
    except OSError as error:
        fail([f"--figure: {file}: {error.strerror}"], FAILED)
    say([f"written to {file}"])


def _show(tables: Mapping[str, pd.DataFrame], note: str, as_json: bool) -> None:
    import math

    from ..experiment.summaries import finite_or_none

    if as_json:
        rows = {
            name: [{str(k): finite_or_none(v) for k, v in row.items()} for row in table.to_dict("records")]
            for name, table in tables.items()
        }
        print_json({"note": note, "tables": rows})
        return
    from ..measures.wording import significant
    from ..report.console import show_grid, show_line
    from ..report.grids import Grid, GridCell

    screen = console()
    for name, table in tables.items():
        cells = tuple(
            tuple(
                GridCell(significant(value), value) if isinstance(value, float) and not math.isnan(value)
                else GridCell("" if isinstance(value, float) else str(value))
                for value in row
            )
            for row in table.itertuples(index=False)
        )  # fmt: skip
        grid: Grid = Grid(name, tuple(str(c).replace("_", " ") for c in table.columns), cells)
        show_grid(screen, grid if cells else Grid(name, ("Result",), ((GridCell("no box says more than chance"),),)))
        screen.print()
    show_line(screen, note)
