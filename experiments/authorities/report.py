"""Put the runs of the authorities into results/authorities: tables and figures.

python experiments/authorities/report.py results/large/authorities
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_figures, write_readme, write_table

from referral_sim.folders.read_folder import open_results

TEXT = """Four authorities of the report and England's average, 20 simulated years each
([question](../../experiments/authorities/README.md)). `tables/measures.csv`: mean and 90% interval of single years of
each measure and group, and what was published of it, series by series; `tables/monthly.csv`: middle and 90% of the
replicates in each month."""


def main() -> None:
    results = open_results(sys.argv[1])
    folder = RESULTS / "authorities"
    rows = pd.concat([p.rows.assign(scenario=p.scenario) for p in results.profiles], ignore_index=True)
    write_table(folder, "measures", rows[["scenario", *rows.columns.drop("scenario")]])
    assert results.monthly is not None
    whole = results.monthly[results.monthly["group"] == "all"]
    by = whole.groupby(["scenario", "month", "measure", "unit"], sort=False, observed=True)["value"]
    ends = {name: by.quantile(q) for name, q in (("middle", 0.5), ("low", 0.05), ("high", 0.95))}
    write_table(folder, "monthly", pd.DataFrame(ends).reset_index())
    write_figures(folder, results)
    command, date = results.command, results.created[:10]
    assert results.seed is not None
    title = "Four authorities and England's average"
    write_readme(folder, title, TEXT, command, version_line(results.versions), results.seed, date)


if __name__ == "__main__":
    main()
