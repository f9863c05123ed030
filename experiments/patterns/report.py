"""Run the twelve patterns and write what came out.

    python experiments/patterns/report.py               # 40 replicates, an hour on two cores
    python experiments/patterns/report.py --replicates 8
    python experiments/patterns/report.py --only 6 11   # these anew, the others as they stand in results/patterns
    python experiments/patterns/report.py --only        # only write the stored ones again

Writes results/patterns: ``patterns.json``, as ``referral-sim patterns --json`` prints it, the checks as a table, and
the README.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.measures.wording import significant
from referral_sim.patterns import REPLICATES, run_patterns
from referral_sim.report.patterns_table import patterns_as_data

FOLDER = RESULTS / "patterns"
SEED = 1
ALL = range(1, 13)


def _number(value: float | None) -> str:
    return "" if value is None else significant(value)


def markdown(patterns: list[dict[str, Any]], replicates: int) -> str:
    """Each pattern with its checks, as tables."""
    lines = [
        f"{replicates} replicates of each scenario, seed {SEED}. Intervals are of the mean (1.96 standard errors).",
        "",
    ]
    for pattern in patterns:
        verdict = "holds" if pattern["holds"] else "**fails**"
        if pattern["shown_only"]:
            verdict += " (shown; need not hold)"
        lines += [
            f"### {pattern['pattern']}. {pattern['name']}: {verdict}",
            "",
            f"Predicted: {pattern['predicted']}.",
            "",
        ]
        lines += ["| what | predicted | observed | 95% interval | unit | |", "|---|---|--:|---|---|---|"]
        for check in pattern["checks"]:
            span = "" if check["low"] == check["high"] else f"{_number(check['low'])} to {_number(check['high'])}"
            came_out = {True: "holds", False: "**fails**", None: ""}[check["holds"]]
            row = (check["what"], check["predicted"], _number(check["observed"]), span, check["unit"], came_out)
            lines.append("| " + " | ".join(row) + " |")
        if pattern["reason"]:
            lines += ["", f"{pattern['reason'][0].upper()}{pattern['reason'][1:]}."]
        lines.append("")
    return "\n".join(lines)


def stored(what: str) -> str:
    """A line of the table in the stored README."""
    found = re.search(rf"\| {what} \| (.*) \|", (FOLDER / "README.md").read_text("utf-8"))
    assert found is not None
    return found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--only", type=int, nargs="*", default=ALL, help="with as many replicates as the others had")
    options = parser.parse_args()
    path = FOLDER / "patterns.json"
    on_record = {pattern["pattern"]: pattern for pattern in json.loads(path.read_text("utf-8"))}
    if options.only:
        new = run_patterns(options.only, options.replicates, SEED, os.cpu_count() or 1)
        on_record |= {pattern["pattern"]: pattern for pattern in patterns_as_data(new)}
    found = [on_record[number] for number in ALL]
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    checks = [{"pattern": p["pattern"], "name": p["name"], **check} for p in found for check in p["checks"]]
    write_table(FOLDER, "checks", pd.DataFrame(checks))
    version, date = (version_line(), None) if options.only else (stored("version"), stored("date"))
    asked = "[What was asked, and how to read it](../../experiments/patterns/README.md)."
    text = f"{asked}\n\n{markdown(found, options.replicates)}"
    command = f"python experiments/patterns/report.py --replicates {options.replicates}"
    write_readme(FOLDER, "Do the twelve patterns come out?", text.rstrip(), command, version, SEED, date)
    for pattern in found:
        print(f"{pattern['pattern']:3} {'holds' if pattern['holds'] else 'FAILS'}  {pattern['name']}")


if __name__ == "__main__":
    main()
