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

_ALL_PARTS = (
    "family_support_panel", "common_assessment", "informal_links", "co_location", "planned_visits", "training",
    "feedback", "shared_information", "strategic_commitment",
)  # fmt: skip
_EFFECT = {
    "contact": 0.2, "feedback": 0.3, "joint_visits": 0.1, "onward": 1.5, "trust": 0.03, "knowledge": 0.1,
    "learning": 0.1, "induction": 0.1, "sharing": 0.1, "completes": 0.1, "knows_open_cases": 0.1, "deters": 0.1,
    "trust_needed": 0.4, "lasting_trust": 0.2, "months": 2.0,
}  # fmt: skip
_POSTS = ("outposted_social_worker", "link_worker", "social_work_assistant")
_POST = {
    "availability": 0.4, "carries": True, "filters": 0.2, "outreach": 1.0, "joint_visits": 0.3, "accompanies": 0.4,
    "turnover": 3.0, "vacancy_days": 20.0,
}  # fmt: skip
_SERVES_DALE = {"strength": 0.6, "programmes": ["Dale"], "start": "2005-02-15", "end": "2005-09-30"}
SHORT_RUNS: tuple[dict[str, Any], ...] = (
    {
        "name": "everything",
        "time": {"warm_up_months": 2, "years": 1},
        "population": {
            "children": 2400, "deprived_share": 0.6,
            "ethnic_groups_deprived": {"white": 0.6, "asian": 0.3, "black": 0.1},
        },
        "trouble": {"rate": 0.5},
        "help": {"works": 0.7},
        "localities": {"North": {"share": 2.0, "posts": 3}, "South": {"share": 1.0, "posts": 2}},
        "programmes": {
            "Hill": {
                "children_under_five": 180, "localities": {"North": 1.0}, "studied": True, "workers": 6,
                "packages_per_worker": 3, "reach": 0.7, "trust": 0.6, "team_trust": 0.4,
                "services": ["health_visiting", "advice"],
            },
            "Dale": {
                "children_under_five": 180, "localities": {"North": 0.4, "South": 0.6}, "workers": 6,
                "packages_per_worker": 2, "reach": 0.8,
                "centre": {"start": "2005-07-04", "children_under_five": 220, "workers_kept": 0.5},
            },
        },
        "liaison": {
            "Out": {"kind": "outposted_social_worker", "programmes": ["Hill"], "time": 0.5},
            "Link": {"kind": "link_worker", "start": "2005-06-01"},
            "Assistant": {"kind": "social_work_assistant", "programmes": ["Dale"], "end": "2005-09-30"},
        },
        "parts": {
            kind: {"kind": kind} | (_SERVES_DALE if kind not in ("family_support_panel", "common_assessment") else {})
            for kind in _ALL_PARTS
        },
        "collaboration": {
            "informal_links": 0.1, "feedback": 0.1, "panel": {"places": 60.0},
            "effects": {kind: _EFFECT | {"trust": 0.01 * at} for at, kind in enumerate(_ALL_PARTS)},
            "practices": dict.fromkeys(_POSTS, _POST),
        },
        "practice": {
            "detection": 0.9, "hours_to_notice": 0.2, "sharing": 0.5, "informal_share": 0.5, "outreach": 0.3,
            "consult_band": 1.5,
        },
        "families": {"withdrawal": 3.0, "refusal": 0.5},
        "front_door": {
            "day_care_gateway": True, "simple_enquiry": 2.5, "county_desk": {"enabled": True}, "police_discount": 0.5,
            "threshold_change": {"on": "2005-07-04", "by": 0.3}, "partial_information": 1.0,
        },
        "day_care": {"requests": 60.0},
        "protection": {"threshold": 3.0, "routing": 0.9, "first_review_months": 2, "review_months": 2},
        "plans": {"review_months": 2},
        "workforce": {
            "turnover": 0.6, "vacancy_days": 60.0, "sslp_turnover": 3.0, "sslp_vacancy_days": 20.0,
            "moves_to_programmes": 0.5, "moves_to_teams": 0.5, "shock": {"on": "2005-06-01", "share": 0.3},
        },
    },
    {
        "name": "plain",
        "time": {"warm_up_months": 0, "years": 1},
        "population": {"children": 800, "deprived_share": 0.5},
        "trouble": {"rate": 0.5},
        "localities": {"North": {"posts": 1}},
        "programmes": {"Hill": {"children_under_five": 80, "workers": 3, "reach": 0.8}},
        "workforce": {"turnover": 0.6},
        "day_care": {"requests": 300.0},
        "front_door": {"repeat_call_is_referral": True, "administrators_answer": True},
    },
)  # fmt: skip
"""Scenarios of the runs by which a model is known: tiny, and between them they meet nearly every rule and key."""
_MEASURES = ("year", "measure", "value", "unit", "group")
"""Columns of the measures that count; the others say the group once more."""
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
        for table in (model.events(), model.measures()[list(_MEASURES)]):
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
