"""Write ``events.json`` anew from the code as it stands: ``python tests/baselines/refresh.py``.

The baseline is no theory: it says that a run gives the rows that it gave when the file was written, not that these
rows are right. Refresh it after a change that is meant to alter runs, and say in the change why they differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers import BASELINE, fingerprint, post, small

NOTE = (
    "No theory, only sameness: the rows of one small run, on every supported line of Python and Mesa. "
    "Written by tests/baselines/refresh.py."
)
SEED, REPLICATE = 2006, 1


def main() -> None:
    """Run the baseline's scenario and store its values with what came of it."""
    posts = {"Link": post("link_worker"), "Out": post(programmes=["Hill"])}
    scenario = small(liaison=posts, time__reporting_months=8)
    found = fingerprint(scenario, SEED, REPLICATE)
    old = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    whole = {"note": NOTE, "seed": SEED, "replicate": REPLICATE, **found, "scenario": scenario.model_dump(mode="json")}
    BASELINE.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print("unchanged" if old.get("sha256") == found["sha256"] else f"rows: {old.get('rows')} -> {found['rows']}")


if __name__ == "__main__":
    main()
