"""Follow scenarios in which nothing changes for six years, into results/rest: tables and a figure (T1).

python experiments/rest/report.py --replicates 20
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.experiment.draws import SHIPPED, Draws, load_draws
from referral_sim.experiment.executors import usable_cores
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.experiment.rest import MOVES
from referral_sim.experiment.summaries import REPLICATES_PER_DRAW
from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.style import GREY, draw_intervals, finish_grid, name_rows, wrapped
from referral_sim.measures.table import RATES
from referral_sim.measures.wording import measure_label
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario, load_scenario
from referral_sim.scenario.keys import flatten, key_text

FOLDER = RESULTS / "rest"
SEED, YEARS, REPLICATES = 3, 6, 20
ERRORS = 2.0
"""Standard errors that a drift must exceed to be flagged."""
WIDEST = 0.3
"""Largest drift that the figure has room for."""
WITHIN = 0.05
"""How far de-registrations may be from registrations."""
AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire", "england-average")
FAR = {
    "high threshold": ("england-average", {"front_door.threshold": 4.0}),
    "40% vacancies": ("england-average", {"workforce.vacancy": 0.4}),
    "twice the trouble": ("england-average", {"trouble.rate": 2.0}),
}
"""Scenarios far from the presets: preset, and what is changed; a rate of trouble is a multiple of the draw's."""
DRAWN = (*RATES, "sslp_concerns", "backlog_days", "trust_sslp", "trust_team", "children")
TEXT = """\
Nothing changes in these scenarios for {years} reporting years
([question and method](../../experiments/rest/README.md)). Drift: the last year less the first, as a share of the
measure's level; {replicates} replicates of each scenario, each under a draw of its own of the calibrated parameters,
and each scenario with a seed of its own ({seeds}).

{flagged}

De-registrations for each registration, over all years: {turnover}.

`tables/drift.csv`: each measure's drift and its standard error, flagged where it exceeds 3% and two standard errors;
`tables/years.csv`: its mean in each year; `tables/turnover.csv`: de-registrations over registrations by year.

The figure has room for drifts up to 30%; lines: two standard errors either way; dashed: 3%.

![Drift of the main measures from the first to the last year](figures/drift.svg)"""


def at_rest(scenario: Scenario) -> Scenario:
    """The scenario over the years in which nothing begins or ends: what has a date is there from the first day."""
    dated = [key for key, value in flatten(scenario.model_dump()) if isinstance(value, dt.date) and key[0] != "time"]
    still = {key_text(key): None for key in dated}
    return scenario.with_values(**{key.replace(".", "__"): value for key, value in still.items()}, time__years=YEARS)


def scenarios() -> dict[str, Scenario]:
    """The presets that are followed, by the names that the tables give to what is made of them."""
    presets = {name: name for name in AUTHORITIES} | {name: preset for name, (preset, _) in FAR.items()}
    return {name: at_rest(load_scenario(preset)) for name, preset in presets.items()}


def drawn(name: str, scenario: Scenario, draws: Draws, replicate: int) -> Scenario:
    """A scenario under the draw of a replicate, with what makes it a far one."""
    found = draws.lay(scenario, REPLICATES_PER_DRAW * replicate)
    if name not in FAR:
        return found
    values: dict[str, Any] = {key.replace(".", "__"): value for key, value in FAR[name][1].items()}
    if "trouble__rate" in values:
        values["trouble__rate"] *= found.trouble.rate
    return found.with_values(**values, name=name.replace(" ", "-").replace("%", ""))


def take_whole(model: ReferralModel) -> pd.DataFrame:
    """Measures of the whole authority by year, and the children there are: year, measure, value."""
    table = model.measures()
    table = table[(table["group"] == "all") & (table["measure"] != "drift")]
    years = model.calendar.years
    children = [float(model.families.children_at(year.middle).sum()) for year in years]
    there = pd.DataFrame({"year": [year.name for year in years], "measure": "children", "value": children})
    return pd.concat([table[["year", "measure", "value"]], there], ignore_index=True)


def drifts(values: pd.DataFrame) -> pd.DataFrame:
    """Drift of each measure of each scenario.

    Args:
        values: scenario, replicate, year, measure, value.

    Returns:
        scenario, measure, level (mean over years and replicates), drift and standard_error (shares of the level), n
        (replicates that have a value in both years), moves (whether the drift exceeds 3% and two standard errors).
    """
    first, last = values["year"].min(), values["year"].max()
    wide = values.pivot_table(index=["scenario", "measure", "replicate"], columns="year", values="value", sort=False)
    change = (wide[last] - wide[first]).rename("change").dropna()
    by = ["scenario", "measure"]
    level = values.groupby(by, sort=False)["value"].mean()
    grouped = change.groupby(by, sort=False)
    table = pd.DataFrame({"level": level, "mean": grouped.mean(), "n": grouped.count()}).loc[grouped.mean().index]
    size = table["level"].abs().replace(0.0, np.nan)
    table["drift"] = table["mean"] / size
    table["standard_error"] = grouped.std(ddof=1) / np.sqrt(table["n"]) / size
    table["moves"] = (table["drift"].abs() > MOVES) & (table["drift"].abs() > ERRORS * table["standard_error"])
    return table.reset_index()[[*by, "level", "drift", "standard_error", "n", "moves"]]


def turnover(values: pd.DataFrame) -> pd.DataFrame:
    """De-registrations for each registration, by scenario and year, and over all years."""
    kept = values[values["measure"].isin(["registrations", "deregistrations"])]
    sums = kept.groupby(["scenario", "year", "measure"], sort=False)["value"].sum().unstack("measure")
    whole = sums.groupby("scenario", sort=False).sum()
    whole.index = pd.MultiIndex.from_product([whole.index, ["all"]], names=sums.index.names)
    both = pd.concat([sums, whole])
    ratio = (both["deregistrations"] / both["registrations"]).rename("deregistrations_for_each_registration")
    return ratio.sort_index(level="scenario", sort_remaining=False, kind="stable").reset_index()


def figure(table: pd.DataFrame) -> Any:
    """Drift of the main measures with two standard errors either way, a facet a scenario."""
    rows = table[table["measure"].isin(DRAWN)].dropna(subset=["drift", "standard_error"])
    rows = rows.assign(
        y=rows["measure"].map(DRAWN.index).astype(float), low=rows["drift"] - ERRORS * rows["standard_error"],
        high=rows["drift"] + ERRORS * rows["standard_error"],
    )  # fmt: skip
    grid = sns.FacetGrid(rows, col="scenario", col_wrap=4)
    for name, ax in grid.axes_dict.items():
        mine = rows[rows["scenario"] == name]
        draw_intervals(ax, mine, ("low", "high"), 1.2, color="C0")
        sns.scatterplot(mine, x="drift", y="y", hue="moves", hue_order=[False, True], legend=False, s=18, ax=ax)
        for end in (-MOVES, MOVES):
            ax.axvline(end, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        name_rows(ax, ["children there are" if m == "children" else measure_label(m) for m in DRAWN])
        ax.set(xlabel="", ylabel="")
    finish_grid(
        grid, 0.7 + 2.7 * -(-len(grid.axes_dict) // 4), "Drift over six years in which nothing changes", "share"
    )
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(name, 14))
        ax.set_xlim(-WIDEST, WIDEST)
    return grid


def page(table: pd.DataFrame, ratios: pd.DataFrame, replicates: int) -> str:
    """The text of the README."""
    moving = table[table["moves"]]
    counts: Mapping[str, int] = moving.groupby("scenario").size().to_dict()
    lines = [f"Of {len(table)} measures of all scenarios {len(moving)} move; chance alone moves about one in twenty."]
    for name in dict.fromkeys(table["scenario"]):
        mine = moving[moving["scenario"] == name]
        worst = mine.reindex(mine["drift"].abs().sort_values(ascending=False).index)[:6]
        told = ", ".join(
            f"`{r.measure}` {r.drift:+.1%} (standard error {r.standard_error:.1%})" for r in worst.itertuples()
        )
        lines.append(f"- {name}: {counts.get(name, 0)}" + (f"; most: {told}" if told else ""))
    whole = ratios[ratios["year"] == "all"]
    column = "deregistrations_for_each_registration"
    said = ", ".join(f"{r.scenario} {getattr(r, column):.2f}" for r in whole.itertuples())
    outside = int((whole[column].sub(1.0).abs() > WITHIN).sum())
    return TEXT.format(
        years=YEARS, replicates=replicates, seeds=f"{SEED} to {SEED + len(whole) - 1}",
        flagged="\n".join([lines[0], "", *lines[1:]]),
        turnover=f"{said} ({outside} of {len(whole)} are not 1 within 5%)",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="runs of each scenario, 2 or more")
    parser.add_argument("--workers", type=int, default=usable_cores(), help="processes")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios alone, printed and not stored")
    options = parser.parse_args()
    if options.replicates < 2:
        parser.error("--replicates must be 2 or more: one run has no standard error")
    known = scenarios()
    unknown = [name for name in options.only or () if name not in known]
    if unknown:
        parser.error(f"--only {unknown[0]}: there is no such scenario; there are {', '.join(known)}")
    wanted = {name: known[name] for name in options.only or known}
    seeds = {name: SEED + number for number, name in enumerate(known)}  # so that no two scenarios share their chances
    draws = load_draws(SHIPPED)
    jobs = {
        Job(drawn(name, one, draws, k), seeds[name], k, take_whole): name
        for name, one in wanted.items()
        for k in range(options.replicates)
    }
    frames = {}
    for result in run_jobs(list(jobs), options.workers):
        if result.failure:
            raise SystemExit(result.failure)
        name, replicate = jobs[result.task], result.task.replicate
        frames[list(wanted).index(name), replicate] = result.value.assign(scenario=name, replicate=replicate)
    values = pd.concat([frames[key] for key in sorted(frames)], ignore_index=True)
    table, ratios = drifts(values), turnover(values)
    if options.only:
        print(table.to_string(index=False), ratios.to_string(index=False), sep="\n\n")
        return
    means = values.groupby(["scenario", "measure", "year"], sort=False)["value"].mean().unstack("year").reset_index()
    for name, one in (("drift", table), ("years", means), ("turnover", ratios)):
        write_table(FOLDER, name, one)
    (FOLDER / "figures").mkdir(parents=True, exist_ok=True)
    with project_theme():
        (FOLDER / "figures" / "drift.svg").write_bytes(to_bytes(figure(table)))
    command = "make results-rest" + ("" if options.replicates == REPLICATES else f" REPLICATES={options.replicates}")
    write_readme(
        FOLDER,
        "Six years in which nothing changes",
        page(table, ratios, options.replicates),
        command,
        version_line(),
        SEED,
    )
    print(f"{int(table['moves'].sum())} of {len(table)} measures move; the page is {os.path.relpath(FOLDER)}/README.md")


if __name__ == "__main__":
    main()
