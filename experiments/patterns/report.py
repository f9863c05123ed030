"""Run the twelve patterns and write what came out.

    python experiments/patterns/report.py               # 40 replicates, a quarter of an hour on two cores
    python experiments/patterns/report.py --replicates 8
    python experiments/patterns/report.py --only 6 11   # these anew, the others as they stand in results.json

Writes ``results.json``, as ``referral-sim patterns --json`` prints it, and the table of the README.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from referral_sim.patterns import REPLICATES, run_patterns
from referral_sim.report.patterns_table import number, patterns_as_data

HERE = Path(__file__).parent
SEED = 1
ALL = range(1, 13)
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--only", type=int, nargs="+", default=ALL, help="with as many replicates as the others had")
    options = parser.parse_args()
    page, results = HERE / "README.md", HERE / "results.json"
    on_record = {pattern["pattern"]: pattern for pattern in json.loads(results.read_text())}
    new = run_patterns(options.only, options.replicates, SEED, os.cpu_count() or 1)
    on_record |= {pattern["pattern"]: pattern for pattern in patterns_as_data(new)}
    found = [on_record[number] for number in ALL]
    results.write_text(json.dumps(found, indent=1) + "\n")
    before, after = page.read_text().split(BEGIN)[0], page.read_text().split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{markdown(found, options.replicates)}{END}{after}")
    for pattern in found:
        print(f"{pattern['pattern']:3} {'holds' if pattern['holds'] else 'FAILS'}  {pattern['name']}")


if __name__ == "__main__":
    main()
