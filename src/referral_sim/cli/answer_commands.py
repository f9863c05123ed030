"""The commands that make an answer of many runs: ``explore``, ``sensitivity``, ``power``, ``voi`` and ``costs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .app import FAILED, app, examples, fail, require, say
from .printing import console, print_json
from .run_inputs import AsJson, DrawsFrom, Workers, load_plan_with_draws

if TYPE_CHECKING:
    import pandas as pd

    from ..experiment.comparison import Pair
    from ..folders.read_folder import Results
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
    short_help="When a policy helps and when it fails, over the futures of a sweep.",
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
    """Explore a sweep with policies (none among them) over levers, uncertainties or draws.

    For each policy: over all futures its benefit and regret; which variables its effect depends on; and where it makes
    things worse, or changes too little to matter, as boxes of values.
    """
    _can_draw(figure)
    require(["sklearn", "ema_workbench"], "explore needs {missing}", "calibration,sensitivity")
    from ..answers.exploration import ExplorationError, boxes, effects_of, feature_scores, regrets, variables_of
    from ..measures.what_matters import smallest_that_matters

    results = _opened(folder)
    if "runs" not in results.tables:
        fail([f"{folder}: explore reads the folder of a sweep"])
    runs, outcomes = results.tables["runs"], _last_year(results.tables["outcomes"])
    unit = _unit(outcomes, measure, group)
    least = smallest_that_matters(measure, unit)
    try:
        effects = effects_of(runs, outcomes, measure, group)
        regret = regrets(effects, better == "more", least)
        found: dict[str, pd.DataFrame] = {
            f"{name}: benefit and regret over {effects['future'].nunique()} futures": part.drop(columns="scenario")
            for name, part in regret.groupby("scenario", sort=False)
        }
        names = variables_of(runs)
        for (scenario, policy), part in effects.groupby(["scenario", "policies"], sort=False):
            gain = part["effect"].to_numpy() * (1.0 if better == "more" else -1.0)
            questions = {"makes it worse": gain <= -least, "does not matter": abs(gain) < least}
            title = f"{policy} in {scenario}"
            if names and part["effect"].nunique() > 1:
                found[f"{title}: what its effect depends on"] = feature_scores(part[names], gain)
            for question, happens in questions.items():
                if 0 < happens.sum() < len(happens) and names:
                    found[f"{title}: where it {question} ({happens.mean():.0%} of futures)"] = boxes(
                        part[names], happens
                    )
    except ExplorationError as error:
        fail([f"{folder}: {error}"])
    note = f"Effect on {measure} of {group}, {unit}; {better} is better; it matters from {least:g}."
    _show(found, note, as_json)
    _draw(figure, "regret", regret)


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
    from ..experiment.variants import shares_of
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
    outcomes = _last_year(store.outcomes().to_pandas())
    unit = _unit(outcomes, measure, group)
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
    _draw(figure, "dependence", _together(found))


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
    from ..answers.study_power import DESIGNS, Noise, study_table

    results = _opened(folder)
    found: dict[str, pd.DataFrame] = {}
    for pair in _pairs(results, folder):
        rows = _rows(pair, measure, group, folder)
        spread = _between(measure, group) if between is None else between
        noise = Noise(_chance_alone(rows["base"], drawn=results.draws is not None), spread)
        try:
            table = study_table(
                rows["difference"].to_numpy(), noise, [d(authorities, years) for d in DESIGNS], wanted, size
            )
        except ValueError as error:
            fail([str(error)])
        unit = rows["unit"].iloc[0]
        found[
            f"{pair.scenario.name}: effect {rows['difference'].mean():+.3g} {unit}; from year to year "
            f"{noise.within:.3g}, between authorities {noise.between:.3g}"
        ] = table.drop(columns=["authorities", "years", "wrong_sign"])
    note = (
        f"{measure} of {group}, {authorities} authorities and {years} years. chance: to see the effect, over what is "
        f"not known of it; needed: authorities for a chance of {wanted:g}; times too large: what is seen, in the mean."
    )
    _show(found, note, as_json)
    _draw(figure, "power", _together(found), wanted)


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
    import pandas as pd

    from ..answers.value_of_information import narrowed, value_of_information
    from ..experiment.draws import load_draws
    from ..measures.what_matters import smallest_that_matters

    results = _opened(folder)
    if not results.draws:
        fail([f"{folder}: its runs were not made under draws, so that nothing is unknown in them"])
    pairs = _pairs(results, folder)
    tables = {pair.scenario.name: _rows(pair, measure, group, folder).set_index("replicate") for pair in pairs}
    unit = next(iter(tables.values()))["unit"].iloc[0]
    least = smallest_that_matters(measure, unit) if worth is None else worth
    sign = 1.0 if better == "more" else -1.0
    benefits = pd.DataFrame({name: sign * rows["difference"] - least for name, rows in tables.items()}).dropna()
    benefits.insert(0, results.scenarios[0].name, 0.0)
    draws = load_draws(results.draws)
    values = pd.DataFrame([draws.values(results.scenarios[0], int(k)) for k in benefits.index], index=benefits.index)
    try:
        known = value_of_information(benefits, values)
        chosen = known["decision"].iloc[0]
        found = {f"What knowing would be worth ({unit}); now {chosen} is best": known.drop(columns="decision")}
        for pair in pairs:
            last = pair.of_year().differences
            whole = last[(last["group"] == "all") & last["replicate"].isin(benefits.index)]
            figures = whole.pivot(index="replicate", columns="measure", values="base").dropna(axis=1)
            figures = figures[_published(figures.columns)]
            effect = benefits[pair.scenario.name]
            if effect.nunique() < 2:
                continue  # no effect in any future: nothing to narrow
            found[f"{pair.scenario.name}: how far a published figure would narrow its effect"] = narrowed(
                effect, figures
            )
    except ValueError as error:
        fail([f"{folder}: {error}"])
    note = f"Decision by {measure} of {group}; {better} is better; a policy is worth it from {least:g} {unit}."
    _show(found, note, as_json)
    _draw(figure, "information_value", known, unit)


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
    import pandas as pd

    from ..answers.costs import costs_of, families_of, read_unit_costs
    from ..experiment.comparison import same_world

    results = _opened(folder)
    unit_costs = None if prices is None else read_unit_costs(prices)
    unit = "hours" if unit_costs is None else f"{unit_costs.currency} of {unit_costs.year}"
    base, seed = results.scenarios[0], results.seed or 0
    families, found = families_of(base, seed), dict[str, pd.DataFrame]()
    planes, curves = {}, {}
    for pair in _pairs(results, folder):
        name = pair.scenario.name
        if not same_world(base, pair.scenario, seed):
            fail([f"{folder}: {name} has other families than {base.name}: what it costs them cannot be told apart"])
        rows = pair.of_year().differences
        try:
            answer = costs_of(rows, base.population.children, families, unit_costs, seed)
        except ValueError as error:
            fail([f"{folder}: {name}: {error}"])
        found[f"{name}: {unit} a year"] = answer.by_agency
        mean, low, high = answer.a_day
        values = {"avoided": answer.plane["avoided"].mean(), "for_each": mean, "low": low, "high": high}
        found[f"{name}: days of unmet need avoided a year, and {unit} for each"] = pd.DataFrame([values])
        planes[name], curves[name] = answer.plane, answer.curve
    told = "Hours worked" if unit_costs is None else f"Prices: {unit_costs.title}"
    note = (
        f"{told}. by agency: low and high hold 90% of {results.replicates} pairs of years; for each day: 95% of means. "
        "Empty: no days are avoided, or that is not sure."
    )
    _show(found, note, as_json)
    _draw(figure, "costs", _together(planes), _together(curves), unit)


def _can_draw(file: Path | None) -> None:
    """End the command with status 2, before anything runs, where a figure cannot be written."""
    if file is None:
        return
    if file.suffix.lower() not in PICTURES:
        fail([f"--figure: {file}: must end in {', '.join(PICTURES)}"])
    if file.is_dir() or not file.parent.is_dir():
        fail([f"--figure: {file}: {'is a folder; name a file' if file.is_dir() else 'there is no such folder'}"])


def _together(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other, with their titles in the column ``of``."""
    import pandas as pd

    return pd.concat([table.assign(of=name) for name, table in tables.items()], ignore_index=True)


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


def _opened(folder: Path) -> Results:
    from ..folders.read_folder import open_results

    return open_results(folder)


def _pairs(results: Results, folder: Path) -> list[Pair]:
    pairs = [pair for comparison in results.comparisons for pair in comparison.pairs]
    if not pairs or not results.profiles:
        fail([f"{folder}: holds no comparison; referral-sim compare BASE OTHER --out DIR writes one"])
    return pairs


def _rows(pair: Pair, measure: str, group: str, folder: Path) -> pd.DataFrame:
    """Replicate, base, value, difference and unit of a measure in the last reporting year."""
    last = pair.of_year().differences
    rows = last[(last["measure"] == measure) & (last["group"] == group)].dropna(subset=["difference"])
    if rows.empty:
        _no_such(last, measure, group, folder)
    return rows


def _unit(outcomes: pd.DataFrame, measure: str, group: str) -> str:
    rows = outcomes[(outcomes["measure"] == measure) & (outcomes["group"] == group)]
    if rows.empty:
        _no_such(outcomes, measure, group, None)
    return str(rows["unit"].iloc[0])


def _no_such(there: pd.DataFrame, measure: str, group: str, folder: Path | None) -> None:
    from ..scenario.errors import did_you_mean

    where = f"{folder}: " if folder else ""
    known = sorted(set(there["measure"]))
    if measure not in known:
        fail([f"{where}--measure: there is no {measure}{did_you_mean(measure, known)}"])
    groups = sorted(set(there.loc[there["measure"] == measure, "group"]))
    fail([f"{where}--group: {measure} has no group {group}{did_you_mean(group, groups)}"])


def _last_year(outcomes: pd.DataFrame) -> pd.DataFrame:
    from ..experiment.summaries import in_year

    return in_year(outcomes)


def _chance_alone(values: pd.Series[float], drawn: bool) -> float:
    """Standard deviation from year to year: within draws, where replicates ran under draws in pairs."""
    from ..experiment.summaries import REPLICATES_PER_DRAW

    if not drawn:
        return float(values.std(ddof=1))
    number = values.reset_index(drop=True)
    return float(number.groupby(number.index // REPLICATES_PER_DRAW).var(ddof=1).mean() ** 0.5)


def _between(measure: str, group: str) -> float:
    """Standard deviation between the published authorities, 0 where fewer than three have the figure."""
    import statistics

    from ..evidence import published

    figures = {f.authority: f.value for f in published() if f.authority != "england" and f.measure == measure}
    return statistics.stdev(figures.values()) if group == "all" and len(figures) > 2 else 0.0


def _published(names: Any) -> list[str]:
    from ..measures.table import MEASURES

    return [name for name in names if name in MEASURES and MEASURES[name].published]


def _show(tables: dict[str, pd.DataFrame], note: str, as_json: bool) -> None:
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
