"""Put a calibration into results/calibration, and its draws into scenarios/draws.

python experiments/calibration/report.py                            # only draw the stored tables again
python experiments/calibration/report.py results/large/calibration  # take over a calibration that was made
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import shutil
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, ROOT, version_line, write_figures, write_readme, write_table

from referral_sim.calibration.calibrate import prior_values
from referral_sim.calibration.calibration_file import Space, load_calibration
from referral_sim.experiment.authority_results import PUBLISHED_YEAR
from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.folders.read_folder import open_results

FOLDER = RESULTS / "calibration"
DRAWS = ROOT / "scenarios" / "draws"
PLAN = "scenarios/plans/calibration/plan.yaml"
TEXT = """Which values go with the published figures, and how sure that is
([question](../../experiments/calibration/README.md)). [report.md](report.md) says what came out; `tables/draws.csv` has
the draws that are shipped in `scenarios/draws`, `tables/prior.csv` values of the priors, `tables/runs-SCENARIO.csv`
every run of the waves with its values and figures, so that other emulators can be tried without a run of the model."""


def take_over(made: Path) -> None:
    """Report, tables and draws of a calibration in place of those that are stored."""
    for name in ("draws.parquet", "draws.json"):
        shutil.copy(made / name, DRAWS / name)
    shutil.copy(made / "README.md", FOLDER / "report.md")
    shutil.rmtree(FOLDER / "tables", ignore_errors=True)
    shutil.copytree(made / "tables", FOLDER / "tables")
    for scenario in sorted(p.name for p in (made / "bank" / "wave-1").iterdir()):
        write_table(FOLDER, f"runs-{scenario}", runs_of(made / "bank", scenario))


def runs_of(bank: Path, scenario: str) -> pd.DataFrame:
    """The runs of all waves of a scenario: wave, values of the parameters, and figures of the published year."""
    found = []
    for number, stage in enumerate(sorted(bank.glob("wave-*")), start=1):
        store = ParquetStore(stage / scenario)
        runs = store.runs().to_pandas().set_index("run").sort_values("point")
        keys = [name for name in runs if "." in name]
        rows = store.outcomes().to_pandas()
        rows = rows[rows["year"] == PUBLISHED_YEAR]
        names = rows["measure"] + ("/" + rows["group"]).where(rows["group"] != "all", "")
        figures = rows.assign(name=names).pivot_table(index="run", columns="name", values="value")
        found.append(runs[[*keys, "seed"]].join(figures).assign(wave=number))
    table = pd.concat(found, ignore_index=True)
    return table[["wave", *table.columns.drop("wave")]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("made", nargs="?", type=Path, help="folder of a calibration")
    made = parser.parse_args().made
    date = dt.datetime.now(dt.UTC).date().isoformat()
    if made is None:
        date = re.search(r"date \| (.*) \|", (FOLDER / "README.md").read_text("utf-8")).group(1)  # type: ignore[union-attr]
    else:
        take_over(made)
    draws = pd.read_parquet(DRAWS / "draws.parquet")
    calibration = load_calibration(ROOT / PLAN)
    write_table(FOLDER, "draws", draws)
    write_table(FOLDER, "prior", prior_values(Space(calibration.parameters, calibration.scenarios), len(draws)))
    write_figures(FOLDER, open_results(FOLDER))
    about = json.loads((DRAWS / "draws.json").read_text("utf-8"))
    known = {**about["versions"], "model": about["model"]}
    command = f"referral-sim calibrate {PLAN} --out results/large/calibration"
    title = "Calibration to the published figures"
    write_readme(FOLDER, title, TEXT, command, version_line(known), calibration.seed, date)


if __name__ == "__main__":
    main()
