"""The ends of the ranges: nobody, nothing, never; and posts that come and go."""

import numpy as np
import pandas as pd
import pytest

from generated import of, waiting
from helpers import post, run, small
from referral_sim.model import ReferralModel
from referral_sim.scenario import ScenarioError

# -- the ends of the ranges -------------------------------------------------------------------------------------------

NOBODY = {
    "North": {"share": 2.0, "posts": 0},
    "South": {"share": 1.0, "posts": 0},
}
EDGES = {
    "no children": {"population__children": 0, "programmes": {}},
    "no children but a programme": {
        "population__children": 0, "programmes": {"Hill": {"children_under_five": 0, "localities": {"North": 1.0}}},
    },
    "one child": {"population__children": 1, "programmes": {}},
    "no intake workers": {"localities": NOBODY},
    "no programme workers": {
        "programmes": {"Hill": {"children_under_five": 90, "workers": 0, "localities": {"North": 1.0}}},
        "liaison": {"Out": post()},
    },
    "no programmes": {"programmes": {}},
    "a post without programmes": {"programmes": {}, "liaison": {"Out": post()}},
    "no need": {"need__median_excess": 0.0},
    "no trouble": {"trouble__rate": 0.0, "day_care__requests": 0.0},
    "no signs": {"signs__rate": 0.0, "day_care__requests": 0.0},
    "day care alone": {"trouble__rate": 0.0, "day_care__requests": 1000.0},
    "trouble without a past": {"trouble__history_years": 0.0, "trouble__lasting_share": 0.0},
    "trouble that grows fast and lasts": {
        "trouble__growth": 10.0, "trouble__lasting_share": 1.0, "trouble__lasting_days": 3650.0,
        "trouble__history_years": 10.0,
    },
    "help that never fits": {"help__fits": {}},
    "families who never come forward": {"families__stigma": 1.0, "families__refusal": 1.0, "families__avoidance": 1.0},
    "a population that grows": {"population__growth": 0.1},
    "a population that shrinks": {"population__growth": -0.1},
    "lowest threshold": {"front_door__threshold": 1.0, "protection__threshold": 1.0},
    "highest threshold": {"front_door__threshold": 6.0, "protection__threshold": 6.0, "need__deprivation_ratio": 2.0},
    "nobody under five": {"population__share_under_five": 0.0, "programmes": {}},
    "everybody under five": {"population__share_under_five": 1.0},
    "no hours": {"workforce__hours_per_day": 0.0},
    "a patch of nobody": {
        "programmes": {}, "localities": {"North": {"share": 1.0, "posts": 1}, "South": {"share": 0.0, "posts": 1}},
    },
    "one month": {"time__warm_up_months": 0, "time__years": 1},
    "posts that never fill": {"workforce__vacancy": 1.0, "workforce__vacancy_days": 3650.0, "workforce__agency": 0.0},
}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_the_ends_of_the_ranges_run_and_give_tables(edge):
    model = run(small(**EDGES[edge]))
    events, measures, monthly = model.events(), model.measures(), model.monthly()
    assert len(measures) > 50
    assert len(monthly) > 0
    counts = events["stage"].value_counts()
    if edge in ("no children", "no children but a programme", "no trouble", "no signs"):
        assert len(events) == 0
        assert np.isnan(measures.set_index(["measure", "group"])["value"]["need_at_referral", "all"])
    if edge in ("no intake workers", "no hours", "posts that never fill"):
        assert counts["contact"] > 0
        assert counts["contact_decision"] == counts["initial_assessment"] == 0
        left = of(events, "move", "moved_away").total()
        assert waiting(events, "in_screening").total() + left == counts["contact"]
    if edge in ("no programme workers", "no programmes", "a post without programmes"):
        assert counts["programme_concern"] == counts["package"] == 0
    if edge == "day care alone":
        assert set(events["kind"]) == {"day_care_request"}
    if edge == "help that never fits":
        assert np.isinf(model.state.troubles.turned).all()
    if edge == "no need":
        assert (model.families.baseline == 1.0).all()
    if edge == "highest threshold":
        assert (
            counts["initial_assessment"] * 4
            < of(run(small(need__deprivation_ratio=2.0)).events(), "initial_assessment").total()
        )
    if edge == "a patch of nobody":
        assert (events["locality"] == "North").all()


@pytest.mark.parametrize("programmes", [{}, {"Hill": {"children_under_five": 0}}], ids=["no programme", "a programme"])
def test_an_authority_without_localities_is_refused(programmes):
    with pytest.raises(ScenarioError, match="give at least one locality"):
        small(population__children=0, localities={}, programmes=programmes)


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"end": "2004-06-30"}, []),
        ({"start": "2005-06-06", "end": "2005-06-10"}, ["2005-06-06", "2005-06-10"]),
        ({"start": "2005-06-04", "end": "2005-06-12"}, ["2005-06-06", "2005-06-10"]),
        ({"start": "2005-09-28"}, ["2005-09-28", "2006-03-31"]),
        ({"end": "2005-02-02"}, ["2005-02-01", "2005-02-02"]),
    ],
    ids=["over before the run", "within a week", "Saturday to Sunday", "from", "until"],
)
def test_a_liaison_post_exists_from_its_first_day_to_its_last(values, days):
    dates = {key: pd.Timestamp(value).date() for key, value in values.items()}
    kept = {"collaboration__practices__link_worker__turnover": 0.0}
    model = ReferralModel(small(liaison={"Link": post("link_worker", **dates)}, **kept), rng=1)
    present = []
    while model.running:
        model.step()
        if model.liaison[0].present:
            present.append(str(model.calendar.date(model.day)))
    assert present[:1] + present[-1:] == days
