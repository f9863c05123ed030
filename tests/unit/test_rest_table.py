"""results/rest: nothing drifts in six years in which nothing changes, but for what chance moves (T1)."""

from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from referral_sim.measures.table import DRIFTING, RATES

TABLES = Path(__file__).parents[2] / "results" / "rest" / "tables"
MAIN = {*DRIFTING, *RATES, "children", "families_in_trouble", "families_in_grave_trouble", "days_of_unmet_need"}


@pytest.fixture(scope="module")
def drift() -> pd.DataFrame:
    return pd.read_csv(TABLES / "drift.csv")


def test_the_table_holds_authorities_and_scenarios_far_from_them(drift):
    assert drift["scenario"].nunique() == 8
    assert (drift["n"].max(), drift.loc[drift["measure"] == "referrals", "n"].min()) == (20, 20)


def test_a_measure_is_flagged_beyond_three_percent_and_two_errors(drift):
    size, error = drift["drift"].abs(), drift["standard_error"]
    assert (drift["moves"] == ((size > 0.03) & (size > 2 * error))).all()


@pytest.mark.xfail(
    strict=True,
    reason="13 in 100 move under the draws: in the first year reported 2% more are registered, 4% more come off and 4% "
    "more are assessed in depth than in the years after; with 40% of the posts empty the work that waits still grows",
)
def test_no_more_measures_move_than_chance_moves(drift):
    """Beyond two standard errors of 20 replicates chance alone moves 6 in 100."""
    assert drift["moves"].mean() <= 0.06


@pytest.mark.xfail(
    strict=True,
    reason="Southshire's core assessments (-4.4%, standard error 0.9%) and section 47 enquiries (-4.2%, 1.0%) move "
    "under the draws: after three years of run-in a little of the beginning is left (docs/odd/limits.md)",
)
def test_no_main_series_moves(drift):
    """None beyond 3% and what chance, over all main series of all scenarios at once, moves in one table of twenty."""
    main = drift[drift["measure"].isin(MAIN)].dropna(subset=["standard_error"])
    beyond = stats.t.ppf(1 - 0.025 / len(main), main["n"] - 1) * main["standard_error"]
    moving = main[main["drift"].abs() > beyond.clip(lower=0.03)]
    assert moving.empty, moving.to_string()


@pytest.mark.xfail(
    strict=True, reason="1.08 under the draws where 40% of the posts are empty; 1.01 to 1.02 in the seven others"
)
def test_registrations_end_as_often_as_they_begin():
    ratio = pd.read_csv(TABLES / "turnover.csv").query("year == 'all'")["deregistrations_for_each_registration"]
    assert ratio.sub(1.0).abs().max() < 0.05, ratio.tolist()
