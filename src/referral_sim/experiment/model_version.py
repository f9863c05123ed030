"""Which version of the model made the numbers, and of the libraries below it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from .. import __version__

if TYPE_CHECKING:
    import pandas as pd

SHORT_RUNS: tuple[dict[str, Any], ...] = (
    {
        "name": "everything",
        "time": {"warm_up_months": 2, "reporting_months": 7},
        "population": {"children": 1500, "deprived_share": 0.5},
        "concerns": {"rate": 0.3},
        "localities": {"North": {"share": 2.0, "posts": 2}, "South": {"share": 1.0, "posts": 1}},
        "programmes": {
            "Hill": {"children_under_five": 80, "localities": {"North": 1.0}, "studied": True, "workers": 3},
            "Dale": {
                "children_under_five": 80,
                "localities": {"North": 0.4, "South": 0.6},
                "workers": 3,
                "reach": 0.8,
                "centre": {"start": "2005-07-04", "children_under_five": 120, "workers_kept": 0.5},
            },
        },
        "liaison": {
            "Out": {"kind": "outposted_social_worker", "programmes": ["Hill"], "time": 0.5},
            "Link": {"kind": "link_worker", "start": "2005-06-01"},
        },
        "parts": {
            "panel": {"kind": "family_support_panel"},
            "common assessment": {"kind": "common_assessment"},
            "visits": {"kind": "planned_visits", "start": "2005-05-02", "end": "2005-09-30"},
        },
        "practice": {"detection": 0.8},
        "front_door": {"day_care_gateway": True, "simple_enquiry": 2.5, "county_desk": {"enabled": True}},
        "protection": {"threshold": 3.0, "routing": 0.9},
    },
    {
        "name": "plain",
        "time": {"warm_up_months": 1, "reporting_months": 4},
        "population": {"children": 1500, "deprived_share": 0.4},
        "concerns": {"rate": 0.3},
        "localities": {"North": {"posts": 1}},
        "programmes": {"Hill": {"children_under_five": 80, "workers": 3, "reach": 0.8}},
        "workforce": {"turnover": 0.6},
    },
)
"""Scenarios of the runs by which a model is known: tiny, and between them they meet nearly every rule."""
_DIGITS = 9
"""Significant digits that count, so that the last bits of another library do not."""


@cache
def model_version() -> str:
    """Version of the package and a digest of what a few short runs give: ``0.1.0+3f9a2c1d``.

    A rule that changes what these runs give changes it, so that runs of different models are never mixed; a rewriting
    that gives the same keeps it. The runs take some tenths of a second, once a process.
    """
    from ..model import ReferralModel
    from ..scenario import Scenario

    digest = hashlib.sha256()
    for values in SHORT_RUNS:
        model = ReferralModel(Scenario.model_validate_json(json.dumps(values)), rng=1).run()
        for table in (model.events(), model.measures()):
            for text in _columns(table):
                digest.update(text.encode() + b"\0")
        model.release()
    return f"{__version__.split('+')[0]}+{digest.hexdigest()[:12]}"


def _columns(table: pd.DataFrame) -> Iterator[str]:
    """Each column of a table as text: its name and its values, the floats to some digits."""
    for name in table.columns:
        values = table[name].astype(object).where(table[name].notna(), None).tolist()
        yield f"{name}:" + ",".join(f"{v:.{_DIGITS}g}" if isinstance(v, float) else str(v) for v in values)


def versions() -> dict[str, str]:
    """Versions of all that a run's numbers may depend on."""
    libraries = {name: metadata.version(name) for name in ("numpy", "pandas", "mesa")}
    return {"referral-sim": __version__, "python": platform.python_version(), **libraries}
