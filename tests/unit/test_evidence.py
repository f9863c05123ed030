"""The published figures, against values written out here from the report's own text."""

import dataclasses
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from referral_sim import evidence
from referral_sim.evidence import contradictions, intervals, published, table

PER_YEAR = "per 10,000 children under 18 a year"


def values(authority, measure, group="all"):
    return {p.series: p.value for p in published(authority, measure) if p.group == group}


@pytest.mark.parametrize(
    ("authority", "referrals", "graph", "overview"),
    [
        ("midtown", 628, 34, 32),
        ("city-borough", 580, 28, 30),
        ("east-borough", 411, 16, 29),
        ("southshire", 383, 26, 28),
    ],
)
def test_rates_keep_both_series_of_registrations(authority, referrals, graph, overview):
    assert values(authority, "referrals") == {"graph_6_1": referrals}
    assert values(authority, "registrations") == {"graph_6_2": graph, "overview_paragraph": overview}
    for figure in published(authority, "registrations"):
        assert figure.unit == PER_YEAR
        assert f"{graph} per 10,000" in figure.contradiction
        assert f"and {overview} where" in figure.contradiction


TABLE_6_1 = {"east-borough": (287, 694, 981), "city-borough": (54, 749, 803), "midtown": (151, 547, 698)}


def test_table_6_1():
    rows = table("table_6_1_referrals").set_index("authority")
    for authority, counts in TABLE_6_1.items():
        assert tuple(rows.loc[authority, ["inside", "outside", "total"]]) == counts
        assert counts[0] + counts[1] == counts[2]
    assert rows["inside"]["southshire"] == 303
    assert rows.loc["southshire", ["outside", "total", "printed_share"]].isna().all()
    assert dict(rows["programmes"]) == {"east-borough": 3, "city-borough": 1, "midtown": 2, "southshire": 3}
    assert dict(rows["printed_share"].dropna()) == {
        "east-borough": 0.29,
        "city-borough": 0.07,
        "midtown": 0.21,
    }


# City Borough, East Borough, Midtown; None: suppressed.
TABLE_6_3 = {
    "accident_and_emergency": (0, 0, 2),
    "anonymous": (0, 3, 6),
    "community_nurse": (0, 0, 2),
    "family_or_friend": (None, 13, 5),
    "general_practitioner": (3, 5, 0),
    "health_visitor": (5, 8, 0),
    "hospital": (3, 7, 1),
    "midwife": (1, 0, 1),
    "not_recorded": (0, 3, 0),
    "nspcc": (0, 0, 1),
    "occupational_therapy": (1, 0, 0),
    "other": (6, 1, 10),
    "other_local_authority": (2, 3, 2),
    "other_local_authority_department": (4, 17, 20),
    "police": (9, 49, 87),
    "probation": (0, 3, 2),
    "self_or_carer": (12, 0, 6),
    "education_services": (2, 0, 1),
    "housing_department": (1, 4, 1),
    "school": (3, 4, 4),
}
COLUMNS_6_3 = (("city-borough", 54), ("east-borough", 125), ("midtown", 151))


def test_table_6_3_gives_shares_of_the_printed_total():
    for i, (authority, total) in enumerate(COLUMNS_6_3):
        figures = {p.group.removeprefix("source:"): p for p in published(authority, "study_source_recorded")}
        expected = {s: row[i] / total for s, row in TABLE_6_3.items() if row[i] is not None}
        assert {s: p.value for s, p in figures.items()} == pytest.approx(expected)
        assert {p.unit for p in figures.values()} == {"share"}
        assert {p.series for p in figures.values()} == {"table_6_3"}
    assert published("southshire", "study_source_recorded") == ()
    assert published("england", "study_source_recorded") == ()


def test_table_6_3_does_not_add_up_and_says_so():
    counts = table("table_6_3_sources").groupby("authority")["referrals"].sum()
    assert dict(counts) == {"city-borough": 52, "east-borough": 120, "midtown": 151}
    assert "52" in published("city-borough", "study_source_recorded")[0].contradiction
    assert "217" in published("east-borough", "study_source_recorded")[0].contradiction
    assert "58%" in published("midtown", "study_source_recorded")[0].contradiction


def test_table_6_4_rows_that_survive():
    rows = table("table_6_4_sources_in_files").pivot_table(
        index="source", columns="authority", values="printed", aggfunc="first"
    )
    columns = ["east-borough", "city-borough", "midtown", "southshire"]
    assert list(rows.loc["sslp", columns]) == ["0", "29", "0", "0"]
    assert list(rows.loc["self_or_family", columns]) == ["7", "0", "5", "25"]
    assert list(rows.loc["police", columns]) == ["18", "0", "79", "44"]
    assert list(rows.loc["health_visitor", columns]) == ["0", "29", "0", "<1"]
    assert list(rows.loc["midwife", columns]) == ["18", "23", "0", "<1"]


def test_table_6_6_and_the_files_studied():
    rows = table("table_6_6_involvement").set_index("authority").drop(columns="files_outside")
    assert {a: tuple(r) for a, r in rows.iterrows()} == {
        "east-borough": (28, 4, 0, 3, 1),
        "city-borough": (17, 13, 5, 6, 2),
        "midtown": (19, 7, 0, 5, 2),
        "southshire": (25, 8, 0, 4, 4),
    }
    files = table("table_6_2_files").set_index(["authority", "area"])
    assert tuple(files.loc[("midtown", "inside")]) == (19, 21)
    assert tuple(files.loc[("midtown", "outside")]) == (20, 21)
    assert tuple(files.loc[("southshire", "inside")]) == (28, 25)


def test_england():
    expected = {
        "initial_assessments_per_referral": 300200 / 569300,
        "core_assessments_per_referral": 84800 / 569300,
        "registrations_per_referral": 31500 / 569300,
        "initial_assessments_in_time": 0.65,
        "core_assessments_in_time": 0.74,
        "re_referred_within_12_months": 0.23,
        "re_registered": 0.14,
        "on_register": 24.0,
        "registration_category": 0.43,
    }
    figures = {p.measure: p for p in published("england")}
    assert {m: p.value for m, p in figures.items()} == pytest.approx(expected)
    assert figures["initial_assessments_per_referral"].value == pytest.approx(0.53, abs=0.005)
    assert figures["core_assessments_per_referral"].value == pytest.approx(0.15, abs=0.005)
    assert figures["registrations_per_referral"].value == pytest.approx(0.055, abs=0.0005)
    assert {m for m, p in figures.items() if p.series == "derived"} == {m for m in expected if "_per_" in m}
    assert figures["on_register"].stock_or_flow == "stock"
    assert figures["on_register"].unit == "per 10,000 children under 18 on the last day"
    assert figures["registration_category"].group == "category:neglect"


def test_derived_ratios_follow_their_formula():
    # 27% aged 0-19 of 300,000, 6% aged 0-4: 18,000 under five, of whom two programmes hold 2 x 4826 / 7.
    programmes = 2 * 4826 / 7
    midtown = (151 / 547) / (programmes / (18_000 - programmes))
    assert evidence.sslp_area_referral_ratio("midtown") == pytest.approx(midtown)
    assert midtown == pytest.approx(3.3, abs=0.05)
    assert evidence.sslp_area_referral_ratio("city-borough") == pytest.approx(1.2, abs=0.05)
    assert evidence.sslp_area_referral_ratio("east-borough") == pytest.approx(2.75, abs=0.05)
    assert evidence.sslp_area_referral_ratio("southshire") is None
    assert published("southshire", "sslp_area_referral_ratio") == ()


def test_children_under_18():
    found = {a: evidence.children_under_18(a) for a in evidence.authorities()}
    expected = {"midtown": 72_600, "city-borough": 31_100, "east-borough": 50_700, "southshire": 292_500}
    assert found == pytest.approx(expected, abs=50)
    with pytest.raises(KeyError):
        evidence.children_under_18("england")


def test_authorities():
    places = evidence.authorities()
    assert [(p.name, p.programmes, p.programmes_studied, p.intake_teams) for p in places.values()] == [
        ("Midtown", 6, 2, 3),
        ("City Borough", 8, 1, 2),
        ("East Borough", 7, 3, 2),
        ("Southshire", 12, 3, 14),
    ]
    assert (places["midtown"].workers_per_team_low, places["midtown"].workers_per_team_high) == (6, 8)
    assert places["southshire"].share_0_19 is None


def test_every_table_reads_and_is_a_copy():
    for name in evidence.TABLES:
        frame = table(name)
        assert len(frame) > 2
        assert not any(str(c).startswith("Unnamed") for c in frame)
        frame.iloc[:, 0] = pd.NA
        assert table(name).iloc[:, 0].notna().all()
    with pytest.raises(KeyError, match="no table"):
        table("table_6_5")


def test_context_rows_are_whole():
    context = table("context")
    assert len(context) == 22
    assert context[["topic", "figure", "unit", "use"]].notna().all().all()
    assert (context["value"].notna() | context["low"].notna()).all()


def test_the_stored_intervals_are_what_the_command_gives():
    made = subprocess.run(
        [sys.executable, "-m", "referral_sim.evidence.intervals"], capture_output=True, text=True, check=True
    ).stdout
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(made)), table("intervals"), check_exact=True)


def test_each_derived_figure_and_share_of_table_6_3_lies_in_its_interval():
    figures = [p for p in published() if p.measure in ("sslp_area_referral_ratio", "study_source_recorded")]
    assert len(figures) == len(table("intervals"))
    assert all(p.low <= p.value <= p.high for p in figures)
    assert all(p.low is None and p.high is None for p in published() if p not in figures)


def test_a_share_has_the_exact_interval():
    # None of 2 has chance 5% at (1 - p)^2 = 0.05; both have it at p^2 = 0.05.
    assert intervals.exact_share(0, 2) == (0.0, pytest.approx(1.0 - 0.05**0.5))
    assert intervals.exact_share(2, 2) == (pytest.approx(0.05**0.5), 1.0)
    # One of 2: one or more with chance 5% at 1 - (1 - p)^2 = 0.05.
    assert intervals.exact_share(1, 2) == (pytest.approx(1.0 - 0.95**0.5), pytest.approx(0.95**0.5))
    for count, total in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match="is no share"):
            intervals.exact_share(count, total)


def test_the_interval_of_a_ratio_follows_the_counts_and_the_sizes(monkeypatch):
    # With so many referrals that chance hardly counts, the ends are those of the one programme's size: its 95th
    # percentile, 780, and its 5th, 420, of 10,000 children, with equally many referrals in and outside.
    low, high = intervals.area_ratio(10**8, 10**8, 1, 10_000.0)
    assert low == pytest.approx((1 - 0.078) / 0.078, rel=0.03)
    assert high == pytest.approx((1 - 0.042) / 0.042, rel=0.03)
    # With one known size the log of the odds is spread by the counts alone: 1.645 x sqrt(1/100 + 1/400) = 0.184.
    monkeypatch.setattr(intervals, "_total_sizes", lambda programmes: np.array([5000.0]))
    low, high = intervals.area_ratio(100, 400, 1, 10_000.0)
    assert np.log([low, high]) == pytest.approx([np.log(0.25) - 0.184, np.log(0.25) + 0.184], abs=0.01)


def test_contradictions_name_their_figures():
    assert contradictions("england") == ()
    assert contradictions("nowhere") == ()
    texts = {a: " ".join(c.text for c in contradictions(a)) for a in evidence.AUTHORITIES}
    assert "about 900" in texts["city-borough"]
    assert "803" in texts["city-borough"]
    assert "seven" in texts["city-borough"]
    assert "about 1,040" in texts["east-borough"]
    assert "42 working days" in texts["southshire"]
    assert "21 and 21" in texts["midtown"]
    assert "Table 6.1: its lists" not in texts["midtown"], "Midtown's list is of children under five"
    only = contradictions("southshire", "registrations")
    assert [c.measures for c in only] == [("registrations",)]


def test_published_is_frozen_complete_and_unique():
    figures = published()
    keys = [(p.authority, p.measure, p.group, p.series) for p in figures]
    assert len(set(keys)) == len(keys)
    for p in figures:
        assert p.authority in evidence.AUTHORITIES
        for field in ("unit", "source", "window", "denominator"):
            assert getattr(p, field)
        assert p.stock_or_flow in ("stock", "flow")
        assert p.role in ("target", "check")
    with pytest.raises(dataclasses.FrozenInstanceError):
        figures[0].value = 1.0


def test_an_authority_without_figures_has_none():
    assert published("nowhere") == ()
    assert published("midtown", "nothing") == ()
