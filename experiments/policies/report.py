"""Put the comparison of the policies into results/policies: tables and figures.

python experiments/policies/report.py results/large/policies
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_figures, write_readme, write_table

from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.style import finish_grid, wrapped
from referral_sim.folders.read_folder import open_results
from referral_sim.measures.table import unit_of
from referral_sim.measures.wording import measure_label

MEASURES = ("referrals", "registrations", "need_at_referral", "days_of_unmet_need", "trust_sslp", "backlog_days")
TEXT = """East Borough with each of the shipped policies against East Borough without, 20 pairs of years on the same
families with the same chances ([question](../../experiments/policies/README.md)). `tables/summary.csv`: of
measures of the whole authority and of shares by source, mean difference, its standard error, and where 50% and 90% of
single years lie; `tables/families.csv`: families whose path changed."""


def with_unit(measure: str) -> str:
    return f"{measure_label(measure)}, {unit_of(measure)}"


def overview(differences: pd.DataFrame) -> Any:
    """Differences of six measures by policy: means, and 90% of single years."""
    rows = differences[(differences["group"] == "all") & differences["measure"].isin(MEASURES)]
    rows = rows.assign(
        policy=[name.partition("+")[2] for name in rows["scenario"]], measure=rows["measure"].map(with_unit)
    )
    grid = sns.catplot(
        rows.reset_index(drop=True), kind="point", x="difference", y="policy", col="measure", col_wrap=3,
        col_order=[with_unit(m) for m in MEASURES], errorbar=("pi", 90), linestyle="none", markersize=3,
        err_kws={"linewidth": 1.2}, sharex=False,
    )  # fmt: skip
    for ax in grid.axes.flat:
        ax.axvline(0.0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, linestyle="--", zorder=0)
    grid.set_axis_labels("", "")
    finish_grid(grid, 7.0, "Policies in East Borough: mean difference, and 90% of single years")
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(name, 24), fontsize=mpl.rcParams["axes.labelsize"])
    return grid


def main() -> None:
    results = open_results(sys.argv[1])
    folder = RESULTS / "policies"
    (comparison,) = results.comparisons
    pairs = comparison.pairs
    for name in ("summary", "families"):
        parts = [getattr(pair, name).assign(scenario=pair.scenario.name) for pair in pairs]
        table = pd.concat(parts, ignore_index=True)
        if name == "summary":
            table = table[(table["group"] == "all") | table["group"].str.startswith("source:")]
        write_table(folder, name, table[["scenario", *table.columns.drop("scenario")]])
    write_figures(folder, results, ("differences",))
    for number, pair in enumerate(pairs):
        made = folder / "figures" / f"differences-1-{number + 1}.svg"
        made.replace(made.with_name(f"differences-{pair.scenario.name.partition('+')[2]}.svg"))
    every = pd.concat([pair.differences.assign(scenario=pair.scenario.name) for pair in pairs], ignore_index=True)
    with project_theme():
        (folder / "figures" / "overview.svg").write_bytes(to_bytes(overview(every)))
    assert results.seed is not None
    title, date = "Policies in East Borough", results.created[:10]
    write_readme(folder, title, TEXT, results.command, version_line(results.versions), results.seed, date)


if __name__ == "__main__":
    main()
