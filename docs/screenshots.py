"""Make the screenshots of the dashboard that its page shows: ``docs/_static/dashboard-*.png``.

    python docs/screenshots.py                   # some ten minutes on two cores
    python docs/screenshots.py --replicates 4    # quick, to try it: what needs more years then says so

Needs Chromium, and the extra ``test`` (its browser is that of the tests). The same version and replicates show the same
numbers; letters may differ from machine to machine.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))  # what drives a browser is shared with the tests

from dashboards import Visit, await_state, chromium, serving  # noqa: E402
from referral_sim.dashboard import studies  # noqa: E402
from referral_sim.dashboard.request import Alternative, StudyRequest  # noqa: E402
from referral_sim.dashboard.studies import FINISHED  # noqa: E402

TWO = (Alternative(("link-worker-everywhere",)), Alternative((), {"front_door.threshold": 2.6}, "A lower threshold"))
SHOTS = {"answer": "Answer", "path": "Path of cases", "decide": "Decide"}
"""Name of a file -> the tab that it shows."""
SIZE = (1280, 900)
COLOURS = 64
"""Of a file: a third of its size, and the eye sees no difference."""
SECONDS = 7200.0


def small(png: bytes) -> Image.Image:
    """A screenshot in few colours."""
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def main(arguments: list[str] | None = None) -> None:
    """Make the runs of a study, open it, and keep a picture of each tab."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=60, metavar="N", help="simulated years of each scenario")
    parser.add_argument("--to", type=Path, default=DOCS / "_static", metavar="DIR", help="where the files go")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "studies"
        study = studies.create(home, StudyRequest("england-average", TWO, asked.replicates))
        studies.start(study)
        await_state(study, FINISHED, seconds=SECONDS)
        with serving(home, Path(folder) / "log.txt") as url, chromium() as browser:
            visit = Visit(browser, url)
            visit.resize(*SIZE)
            visit.open(study.id)
            for name, tab in SHOTS.items():
                visit.tab(tab)
                visit.page.wait_for_load_state("networkidle")
                path = asked.to / f"dashboard-{name}.png"
                small(visit.page.screenshot()).save(path, optimize=True)
                sys.stdout.write(f"wrote {path}\n")
            visit.context.close()


if __name__ == "__main__":
    main()
