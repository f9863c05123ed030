"""Digests of what the commands print: no theory, only sameness.

    python tests/golden/golden.py             # say what differs from the stored digests; status 1 if anything does
    python tests/golden/golden.py --refresh   # the same, and store what comes out now
    python tests/golden/golden.py run-midtown events-full    # these cases alone

A case is the JSON of one command, or a table of one run. It is stored as one digest a section (a measure, a pattern,
a stage), with the number of values and their mean, so that a change is named and sized. Ids, versions and digests of
code are left out. Floats count to ten significant digits, which hides the last bits of another libm and nothing else.

Refresh after a change that is meant to alter results, and say in the change why they differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STORE = HERE / "digests"
NAMES = ("measure", "group", "scenario", "stage", "pattern", "table", "policies", "unit", "outcome")
LEFT_OUT = {"run", "id", "version", "versions", "model", "seconds", "digest", "hash", "warnings", "traceback"}
WORKERS = ("--workers", "2")
AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire", "england-average")

# Everything that a short run may meet: a panel, a desk, a gateway, posts, a post that starts in the year, moves, a
# centre, common assessments.
FULL = {
    "name": "full",
    "title": "Everything at once",
    "time": {"warm_up_months": 3, "years": 1},
    "population": {"children": 3000, "deprived_share": 0.5},
    "trouble": {"rate": 0.6},
    "localities": {"North": {"share": 2.0, "posts": 2}, "South": {"share": 1.0, "posts": 1}},
    "programmes": {
        "Hill": {"children_under_five": 150, "localities": {"North": 1.0}, "studied": True, "workers": 3, "reach": 0.8},
        "Dale": {
            "children_under_five": 150,
            "localities": {"North": 0.4, "South": 0.6},
            "workers": 3,
            "reach": 0.8,
            "centre": {"start": "2005-10-03", "children_under_five": 200, "workers_kept": 0.5},
        },
    },
    "liaison": {
        "Out": {"kind": "outposted_social_worker", "programmes": ["Hill"], "time": 0.5},
        "Link": {"kind": "link_worker", "start": "2005-09-01"},
    },
    "parts": {
        "panel": {"kind": "family_support_panel"},
        "common assessment": {"kind": "common_assessment"},
        "visits": {"kind": "planned_visits", "start": "2005-07-01", "end": "2006-01-31"},
    },
    "practice": {"detection": 0.8},
    "front_door": {"day_care_gateway": True, "simple_enquiry": 2.5, "county_desk": {"enabled": True}},
    "protection": {"threshold": 3.2, "routing": 0.9},
}
LONG = {"time": {"warm_up_months": 6, "years": 2}}
PLAN = """\
scenarios: [east-borough]
policies: [none, link-worker-everywhere, [recording-time-up, threshold-down-a-tier]]
levers:
  front_door.threshold: [2.6, 3.0]
uncertainties:
  trouble.rate: {distribution: loguniform, range: [0.15, 0.35]}
  practice.trust: {distribution: triangular, range: [0.2, 0.8], mode: 0.5}
design: {kind: latin-hypercube, size: 2}
outcomes: [referrals, registrations, sslp_contacts/all, days_of_unmet_need]
replicates: 1
seed: 4
"""
DRAWN = """\
scenarios: [midtown]
policies: [none, outposted-half-posts-everywhere]
replicates: 3
seed: 4
"""


# -- what is run ------------------------------------------------------------------------------------------------------


def printed(*arguments: str) -> Any:
    """The JSON that a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "referral_sim", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def of_command(*arguments: str) -> Callable[[], Any]:
    return lambda: printed(*arguments, "--json", *WORKERS)


def compared() -> Any:
    base = "east-borough"
    with tempfile.TemporaryDirectory() as folder:
        late = Path(folder) / "late.yaml"
        posts = "".join(
            f"  Late {n}: {{kind: link_worker, programmes: [SSLP {n}], start: 2005-09-01}}\n" for n in (1, 2)
        )
        late.write_text(f"extends: {base}\nname: late\nliaison:\n{posts}", encoding="utf-8")
        others = (f"{base}+city-borough-model", f"{base}+threshold-up-a-tier+recording-time-up", str(late))
        return printed("compare", base, *others, "--replicates", "2", "--seed", "2", "--json", *WORKERS)


def swept(plan: str, *options: str) -> Callable[[], Any]:
    def rows() -> Any:
        import pandas as pd

        with tempfile.TemporaryDirectory() as folder:
            file, out = Path(folder) / "plan.yaml", Path(folder) / "out"
            file.write_text(plan, encoding="utf-8")
            command = [sys.executable, "-m", "referral_sim"]
            for words in (["sweep", str(file), "--out", str(out), *WORKERS, *options], ["export", str(out)]):
                subprocess.run([*command, *words], check=True, capture_output=True)
            runs = pd.read_csv(out / "export" / "runs.csv").drop(columns=list(LEFT_OUT), errors="ignore")
            outcomes = pd.read_csv(out / "export" / "outcomes.csv")
            order = outcomes["run"].drop_duplicates().tolist()
            outcomes["run_number"] = outcomes["run"].map({run: n for n, run in enumerate(order)})
            outcomes = outcomes.drop(columns="run")
            return {"runs": runs.to_dict("records"), "outcomes": outcomes.to_dict("records")}

    return rows


def run_of(*changes: dict[str, Any], seed: int = 2006, replicate: int = 1) -> Callable[[], Any]:
    """Events, measures, months and the file list of one short run."""

    def tables() -> Any:
        from referral_sim import ReferralModel, Scenario

        values: dict[str, Any] = {}
        for change in changes:
            values |= {key: {**values.get(key, {}), **v} if isinstance(v, dict) else v for key, v in change.items()}
        model = ReferralModel(Scenario.model_validate_json(json.dumps(values)), rng=seed, replicate=replicate).run()
        found = {
            name: table.astype(object).where(table.notna(), None).to_dict("records")
            for name, table in (("events", model.events()), ("measures", model.measures()), ("months", model.monthly()))
        }
        model.release()
        return found

    return tables


PRESET = ("--replicates", "2", "--seed")
CASES: dict[str, Callable[[], Any]] = {
    "events-full": run_of(FULL),
    "events-other-seed": run_of(FULL, seed=0, replicate=0),
    "events-24-months": run_of(FULL, LONG),
    **{f"run-{name}": of_command("run", name, *PRESET, "1") for name in AUTHORITIES},
    **{f"run-{name}-seed-7": of_command("run", name, *PRESET, "7") for name in AUTHORITIES},
    "compare": compared,
    "sweep": swept(PLAN),
    "sweep-under-draws": swept(DRAWN, "--draws", "shipped"),
    **{
        f"file-study-{name}": of_command("file-study", name, "--replicates", "2", "--samples", "40")
        for name in ("midtown", "city-borough", "east-borough")
    },
}
SHORT = ("events-full", "events-other-seed", "events-24-months")


# -- how it is stored -------------------------------------------------------------------------------------------------


def leaves(value: Any, section: str, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """(section, path, value) of the numbers in a tree, and of the strings that name what they are."""
    if isinstance(value, dict):
        name = next((f"{key} {value[key]}" for key in ("measure", "pattern", "stage", "table") if key in value), None)
        inside = f"{section} / {name}" if name and name not in section else section
        for key in sorted(value, key=str):
            if key in LEFT_OUT:
                continue
            item = value[key]
            below = f"{section} / {key}" if isinstance(item, list) and len(item) > 3 and path.count(".") < 2 else inside
            yield from leaves(item, below, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item, section, f"{path}[]")
    elif isinstance(value, str):
        if path.rpartition(".")[2].rstrip("[]") in NAMES:
            yield section, path, value
    elif value is None or isinstance(value, bool | int | float):
        yield section, path, value


def written(value: Any) -> str:
    if isinstance(value, float):
        return "nan" if math.isnan(value) else f"{value:.9e}" if value else "0"
    return str(value)


def sections_of(tree: Any) -> dict[str, dict[str, Any]]:
    """Section -> digest, number of values, mean of its numbers."""
    hashed: dict[str, Any] = {}
    numbers: dict[str, list[float]] = {}
    for section, path, value in leaves(tree, "all"):
        hashed.setdefault(section, hashlib.sha256()).update(f"{path}={written(value)}\n".encode())
        held = numbers.setdefault(section, [])
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            held.append(float(value))
    return {
        section: {
            "sha256": digest.hexdigest()[:20],
            "values": len(numbers[section]),
            "mean": float(f"{sum(numbers[section]) / max(len(numbers[section]), 1):.6g}"),
        }
        for section, digest in hashed.items()
    }


def stored(case: str) -> dict[str, dict[str, Any]]:
    file = STORE / f"{case}.json"
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def differences(case: str, found: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each section that is not as it is stored."""
    kept = stored(case)
    lines = []
    for section in [*kept, *(s for s in found if s not in kept)]:
        old, new = kept.get(section), found.get(section)
        if old is None or new is None:
            lines.append(f"{case}: {section}: {'new' if old is None else 'gone'}")
        elif old["sha256"] != new["sha256"]:
            size = f"{old['values']} -> {new['values']} values, mean {old['mean']} -> {new['mean']}"
            lines.append(f"{case}: {section}: {size}")
    return lines


def store(case: str, found: dict[str, dict[str, Any]]) -> None:
    STORE.mkdir(exist_ok=True)
    lines = ",\n".join(f" {json.dumps(section)}: {json.dumps(held)}" for section, held in found.items())
    (STORE / f"{case}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--refresh", action="store_true", help="store what comes out now")
    asked = parser.parse_args()
    if unknown := [case for case in asked.cases if case not in CASES]:
        parser.error(f"no such case: {', '.join(unknown)}")
    changed = 0
    for case in asked.cases or CASES:
        found = sections_of(CASES[case]())
        lines = differences(case, found)
        changed += len(lines)
        print("\n".join(lines) if lines else f"{case}: {len(found)} sections as stored", flush=True)
        if asked.refresh and lines:
            store(case, found)
    return int(bool(changed) and not asked.refresh)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    raise SystemExit(main())
