"""Every policy, point of the continuum and indicator in five authorities, three years on, into results/what-helps.

    python experiments/what-helps/report.py                       # all: some 40 minutes on two cores
    python experiments/what-helps/report.py --replicates 2 --authorities east-borough --only family-support-panel

What was run lies in results/large/what-helps: the same command goes on where it was stopped, and more replicates add to
those that are there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from recommendations import YARDSTICK, text_of
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.experiment.atomic_write import write_whole
from referral_sim.experiment.comparison import ComparedRun, take_compared
from referral_sim.experiment.draws import Draws, chosen_draws, kept_keys
from referral_sim.experiment.executors import usable_cores
from referral_sim.experiment.family_paths import PLACES, count_changes
from referral_sim.experiment.jobs import Job, JobResult, run_jobs
from referral_sim.experiment.model_version import model_version
from referral_sim.experiment.summaries import (
    REPLICATES_PER_DRAW,
    differences,
    intervals,
    summarise_differences,
    with_verdicts,
)
from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.style import finish, rows_height
from referral_sim.measures.table import RATE
from referral_sim.measures.what_matters import Verdict
from referral_sim.measures.wording import measure_label, number
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario, ScenarioError, load_scenario
from referral_sim.scenario.dated import PolicyDates
from referral_sim.scenario.library import POLICIES
from referral_sim.scenario.named_layers import indicators

FOLDER = RESULTS / "what-helps"
KEPT = RESULTS / "large" / "what-helps"
SEED, YEARS, REPLICATES = 1, 3, 5
AUTHORITIES = ("southshire", "midtown", "england-average", "east-borough", "city-borough")
"""The largest first, so that two workers end together."""
NOTHING = "nothing"
BEGINS = dt.date(2005, 4, 1)
HIGHEST_SCORE = 4
PER_FAMILIES = {"per 1,000 families in the year": "families a year", "days a year for 1,000 families": "days a year"}
PER_CHILDREN = {RATE: "children a year", "per 10,000 children under 18 in the year": "children a year"}
MEASURES = (
    YARDSTICK, "days_of_unmet_need", "children_harmed", "referrals", "initial_assessments", "registrations",
    "families_in_need_referred", "referrals_of_need", "packages_started", "days_to_help", "backlog_days", "hours_used",
)  # fmt: skip
DRAWN = (YARDSTICK, "referrals", "registrations")
"""Measures that get a heat map."""
TEXT = """\
What {count} policies, points of the continuum and indicators would change, each alone, in
{places} ([question and method](../../experiments/what-helps/README.md)):
means over the three years after it begins, {replicates} pairs of runs each, {draws}. A change matters if its whole 90%
interval lies beyond the smallest difference that matters (`smallest` in the table).

{text}

**For whom.** {whom}

![Families in unmet need: changes a year](figures/families_in_unmet_need.svg)

`tables/what-helps.csv`: each measure's level without (`base`), its difference in the unit given, interval, smallest
difference that matters and verdict; `begins`: the first day of the first reporting year, or the first day of the run
for what cannot begin on a date; `same_world` is false where families or signs differ, so that runs are not paired.
`tables/families.csv`: families whose path changed over the three years, all and those in programmes' areas."""


@dataclass(frozen=True)
class Alternative:
    """What is compared with nothing in one authority: its scenario, and whether it could begin on a date."""

    name: str
    scenario: Scenario
    dated: bool


def alternatives(authority: str, names: Sequence[str], folder: Path) -> list[Alternative]:
    """The authority as it is over three years, and under each alternative from the first reporting year on.

    Args:
        authority: name of a preset.
        names: of policies, points of the continuum and indicators.
        folder: takes a policy's file for each indicator.
    """
    found = [Alternative(NOTHING, load_scenario(authority, [f"time.years={YEARS}"]), True)]
    for name in names:
        source = name
        if name in indicators():
            source = str(folder / f"{name}.yaml")
            Path(source).write_text(
                f"title: {indicators()[name].title}\nat_least: {{{name}: {HIGHEST_SCORE}}}\n", "utf-8"
            )
        read = partial(load_scenario, authority, [f"time.years={YEARS}"], [source])
        try:
            found.append(Alternative(name, read(dates=PolicyDates(begins=BEGINS)), True))
        except ScenarioError:  # it changes what holds for the whole run
            found.append(Alternative(name, read(), False))
    return found


def known() -> list[str]:
    """All alternatives: policies and points of the continuum, then indicators."""
    return [name for name in POLICIES.files() if name != "no-change"] + list(indicators())


def take(model: ReferralModel) -> tuple[ComparedRun, int]:
    """What a comparison keeps of a run, and how many families with children there are in the middle of the years."""
    middle = model.calendar.years[YEARS // 2].middle
    return take_compared(model), int(np.count_nonzero(np.asarray(model.families.children_at(middle))))


@dataclass(frozen=True)
class Part:
    """One authority and replicate: its runs, and the file that keeps what came of them."""

    authority: str
    alternatives: tuple[Alternative, ...]
    jobs: tuple[Job, ...]
    file: Path


def parts(of: dict[str, list[Alternative]], replicates: int, draws: Draws | None) -> Iterator[Part]:
    """All runs, replicate by replicate, so that what was stopped has whole replicates."""
    for k in range(replicates):
        for authority, mine in of.items():
            laid = []
            for one in mine:
                kept = kept_keys(one.scenario, mine[0].scenario)
                # a draw of its own for each replicate: of few replicates, all tell of what is not known
                at = one.scenario if draws is None else draws.lay(one.scenario, REPLICATES_PER_DRAW * k, kept)
                laid.append(Job(at, SEED, k, take))
            told = [model_version(), str(SEED), str(k), *(job.scenario.content_hash() for job in laid)]
            digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
            yield Part(authority, tuple(mine), tuple(laid), KEPT / f"{authority}-{k}-{digest}.parquet")


def compared(part: Part, results: dict[Job, JobResult]) -> pd.DataFrame:
    """Authority, alternative, replicate, same_world, dated, families, year, measure, unit, group, base, value.

    Families whose path changed are rows of the measure ``families_changed``, whose group is the place.
    """
    base, families = results[part.jobs[0]].value
    frames = []
    for alternative, job in zip(part.alternatives[1:], part.jobs[1:], strict=True):
        run = results[job].value[0]
        both = [one.measures.assign(replicate=job.replicate) for one in (base, run)]
        table = differences(*both).drop(columns="difference")
        table = table[table["measure"].isin(MEASURES) & (table["group"] == "all")]
        if base.world == run.world:
            changes = count_changes(base.paths, run.paths)
            changes = changes[(changes["milestone"] == "path") & (changes["change"] == "changed")]
            row = {"year": "", "measure": "families_changed", "unit": "families", "base": 0.0}
            here = pd.DataFrame({**row, "group": changes["place"], "value": changes["families"].astype(float)})
            table = pd.concat([table, here.assign(replicate=job.replicate)], ignore_index=True)
        frames.append(table.assign(alternative=alternative.name, same_world=base.world == run.world,
                                   dated=alternative.dated))  # fmt: skip
    return pd.concat(frames, ignore_index=True).assign(authority=part.authority, families=families)


def run(wanted: Sequence[Part], workers: int) -> pd.DataFrame:
    """Make the runs that are not there yet, and read all."""
    left = [part for part in wanted if not part.file.is_file()]
    of_job = {job: part for part in left for job in part.jobs}
    results: dict[Path, dict[Job, JobResult]] = {part.file: {} for part in left}
    KEPT.mkdir(parents=True, exist_ok=True)
    done = len(wanted) - len(left)
    for result in run_jobs(list(of_job), workers):
        if result.failure:
            raise SystemExit(f"{of_job[result.task].authority}, {result.task.scenario.name}: {result.failure}")
        part = of_job[result.task]
        results[part.file][result.task] = result
        if len(results[part.file]) == len(part.jobs):
            table = compared(part, results.pop(part.file))
            with write_whole(part.file) as place:
                table.to_parquet(place, index=False)
            done += 1
            print(f"{part.authority}: {done} of {len(wanted)} are there", file=sys.stderr, flush=True)
    return pd.concat([pd.read_parquet(part.file) for part in wanted], ignore_index=True)


def summary(runs: pd.DataFrame, children: dict[str, int]) -> pd.DataFrame:
    """Means over the three years, of each alternative in each authority, in children and families a year."""
    runs = runs[runs["measure"] != "families_changed"]
    by = ["authority", "alternative", "dated", "same_world"]
    frames = []
    for (authority, alternative, dated, same_world), mine in runs.groupby(by, sort=False):
        means = mine.groupby(["replicate", "measure", "unit", "group"], sort=False)[["base", "value"]].mean()
        means = means.assign(difference=means["value"] - means["base"], year="").reset_index()
        found = with_verdicts(summarise_differences(means))
        families = float(mine["families"].mean())
        scaled = [_scale(unit, children[authority], families) for unit in found["unit"]]
        for column in ("base", "value", "difference", "standard_error", "low_90", "high_90", "smallest"):
            found[column] = found[column] * [factor for factor, _ in scaled]
        found["unit"] = [unit for _, unit in scaled]
        begins = BEGINS.isoformat() if dated else "first day of the run"
        frames.append(found.assign(authority=authority, alternative=alternative, begins=begins, same_world=same_world))
    columns = ["authority", "alternative", "begins", "same_world", "measure", "unit", "base", "value", "difference",
               "standard_error", "low_90", "high_90", "smallest", "verdict", "n"]  # fmt: skip
    return pd.concat(frames, ignore_index=True)[columns]


def _scale(unit: str, children: int, families: float) -> tuple[float, str]:
    """What a measure is multiplied with to be the authority's, and its unit then."""
    if unit in PER_CHILDREN:
        return children / 10_000.0, PER_CHILDREN[unit]
    return (families / 1_000.0, PER_FAMILIES[unit]) if unit in PER_FAMILIES else (1.0, unit)


def changed_families(runs: pd.DataFrame) -> pd.DataFrame:
    """Families whose path changed over the three years: authority, alternative, place, families, low, high."""
    rows = runs[runs["measure"] == "families_changed"]
    found = intervals(rows, ["authority", "alternative", "group"], fewest=2).reset_index()
    return found.rename(columns={"group": "place", "mean": "families"})


def heat_map(table: pd.DataFrame, measure: str) -> Any:
    """Alternative by authority: the change as a number, its share of the level as colour; bold where it matters."""
    mine = table[table["measure"] == measure]
    order = list(dict.fromkeys(mine["alternative"])), [a for a in sorted(AUTHORITIES) if a in set(mine["authority"])]
    share, change, verdicts = (
        mine.assign(share=mine["difference"] / mine["base"])
        .pivot(index="alternative", columns="authority", values=values)
        .reindex(index=order[0], columns=order[1])
        for values in ("share", "difference", "verdict")
    )
    words = change.map(lambda v: number(v, 0, sign=True)) + verdicts.map({Verdict.CANNOT_TELL: " ?"}.get).fillna("")
    with project_theme():
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(6.3, rows_height(len(share), 1.2)), layout="constrained")
        most = float(np.nanquantile(share.abs().to_numpy(), 0.95)) or 1.0
        sns.heatmap(
            100.0 * share, ax=ax, annot=words, fmt="", cmap="vlag", center=0.0, vmin=-100.0 * most, vmax=100.0 * most,
            linewidths=0.4, annot_kws={"fontsize": 6.0}, cbar_kws={"label": "change, % of the level"},
        )  # fmt: skip
        for text, verdict in zip(ax.texts, verdicts.to_numpy().ravel(), strict=True):
            text.set_fontweight("bold" if verdict == Verdict.MATTERS else "normal")
        ax.set_xticks(ax.get_xticks(), [name.replace("-", "-\n") for name in order[1]], rotation=0)
        unit = mine["unit"].iloc[0]
        title = f"{measure_label(measure)}: change, {unit}\nbold: it matters; ?: the runs cannot tell"
        return finish(ax, ax, title)


def whom(changed: pd.DataFrame) -> str:
    """Where the families live whose path changes."""
    wide = changed.pivot_table(index="authority", columns="place", values="families", aggfunc="sum")
    everywhere, inside = wide[PLACES[0]], wide[PLACES[1]]
    told = [f"{name} {inside[name] / everywhere[name]:.0%}" for name in wide.index if everywhere[name] > 0]
    return (
        "Of the families whose path changes, over all alternatives together, so many live in a programme's area: "
        f"{', '.join(told) or 'no path changes'}. The others are reached through the intake teams that all share."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="runs of each alternative, 2 or more")
    parser.add_argument("--workers", type=int, default=usable_cores(), help="processes")
    parser.add_argument("--draws", metavar="DIR", help="as in referral-sim compare")
    parser.add_argument("--authorities", nargs="+", choices=AUTHORITIES, default=AUTHORITIES, help="these alone")
    parser.add_argument("--only", nargs="+", choices=known(), metavar="NAME", help="these alternatives alone")
    options = parser.parse_args()
    if options.replicates < 2:
        parser.error("--replicates must be 2 or more: one run has no interval")
    with tempfile.TemporaryDirectory() as folder:
        of = {name: alternatives(name, options.only or known(), Path(folder)) for name in options.authorities}
    draws = chosen_draws(options.draws, [mine[0].scenario for mine in of.values()])
    runs = run(list(parts(of, options.replicates, draws)), options.workers)
    table = summary(runs, {name: mine[0].scenario.population.children for name, mine in of.items()})
    changed = changed_families(runs)
    write_table(FOLDER, "what-helps", table)
    write_table(FOLDER, "families", changed)
    (FOLDER / "figures").mkdir(parents=True, exist_ok=True)
    for measure in DRAWN:
        (FOLDER / "figures" / f"{measure}.svg").write_bytes(to_bytes(heat_map(table, measure)))
    under = "under chance alone" if draws is None else f"each under a draw of its own ({draws.label})"
    page = TEXT.format(
        count=len(options.only or known()), places=", ".join(options.authorities), replicates=options.replicates,
        draws=under, text=text_of(table), whom=whom(changed),
    )  # fmt: skip
    write_readme(FOLDER, "What helps?", page, " ".join(["python", *_words()]), version_line(), SEED)
    print(f"written to {FOLDER.relative_to(RESULTS.parent)}")


def _words() -> list[str]:
    """The command as it was given, from the folder of the repository."""
    return [Path(__file__).relative_to(RESULTS.parent).as_posix(), *sys.argv[1:]]


if __name__ == "__main__":
    main()
