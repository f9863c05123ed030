"""Put a run of England into results/england: tables and figures.

python experiments/england/report.py results/large/england
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.experiment.manifest import MANIFEST, read_manifest

TEXT = """{title}: authorities drawn from distributions ([question](../../experiments/england/README.md)).
`tables/national.csv`: children counted in the country, the DfES return, and the spread of the authorities' rates;
`tables/effects.csv`: what the policy changes; `tables/authorities.csv`: a row a run, with what was drawn for the
authority.

| figure | simulated | return | ratio |
|---|---|---|---|
{rows}"""


def main() -> None:
    made = Path(sys.argv[1])
    manifest = read_manifest(made / MANIFEST)
    folder = RESULTS / "england"
    for name in ("national", "effects", "authorities"):
        write_table(folder, name, pd.read_csv(made / f"{name}.csv"))
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for name in ("spread.svg", "changes.svg"):
        shutil.copyfile(made / name, folder / "figures" / name)
    national = pd.read_csv(made / "national.csv")
    lines = []
    for row in national.to_dict("records"):
        share = row["published_rate"] < 1
        one, other = (row["rate"], row["published_rate"]) if share else (row["count"], row["published"])
        cells = [f"{value:.2f}" if share else f"{value:,.0f}" for value in (one, other)]
        lines.append(f"| {row['measure']} | {cells[0]} | {cells[1]} | {one / other:.2f} |")
    text = TEXT.format(title=manifest["title"], rows="\n".join(lines))
    version, date = version_line(manifest["versions"]), manifest["created"][:10]
    write_readme(folder, "England as many authorities", text, manifest["command"], version, manifest["seed"], date)


if __name__ == "__main__":
    main()
