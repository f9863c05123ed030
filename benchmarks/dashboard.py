"""Seconds from opening the dashboard's page to its first figures, with nothing saved and with a saved study.

``python benchmarks/dashboard.py``; needs Chromium and the extra ``test``. Quote it with the load of the machine.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from dashboards import Visit, chromium, serving
from referral_sim.dashboard import studies


def seconds(visit: Visit) -> float:
    """From asking for the page to the first figure on it."""
    began = time.perf_counter()
    visit.page.goto(visit.url)
    visit.page.get_by_test_id("stMetricValue").first.wait_for(timeout=120_000)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder) / "home"
        with serving(home, Path(folder) / "log.txt") as url:
            visit = Visit(browser, url)
            first, again = seconds(visit), seconds(visit)
            visit.context.close()
        for study in studies.list_studies(home):
            studies.delete(study)
    load = os.getloadavg()[0]
    print(f"first figures: {first:.1f} s with nothing saved, {again:.1f} s again; load {load:.1f}")


if __name__ == "__main__":
    main()
