"""Tables for a terminal: narrow, without colour, and safe with any name."""

import io
import itertools
import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from referral_sim.evidence import contradictions, published
from referral_sim.experiment.authority_results import AuthorityResult, beside_published
from referral_sim.experiment.summaries import summarise
from referral_sim.measures.table import RATES, SHARES
from referral_sim.measures.wording import digits_for, group_label, measure_label, number, series_label
from referral_sim.report.console import show_evidence, show_grid, show_profiles
from referral_sim.report.grids import Grid, between, figure
from referral_sim.report.grids import words as words_of
from referral_sim.scenario.fields import EthnicGroup, Source

PER_YEAR = "per 10,000 children under 18 a year"


def rows(values):
    """Two replicates, one either side of each value."""
    return pd.DataFrame(
        [
            (replicate, "2005-06", measure, unit, group, value * factor)
            for replicate, factor in ((0, 0.9), (1, 1.1))
            for measure, unit, group, value in values
        ],
        columns=["replicate", "year", "measure", "unit", "group", "value"],
    )


MEASURED = [
    ("joint_visits", "visits a year", "all", 77.0),
    ("on_register", "per 10,000 children under 18 on the last day", "all", 25.0),
    ("referrals", PER_YEAR, "locality:North", 555.0),
    ("referrals", PER_YEAR, "all", 600.0),
    ("registrations", PER_YEAR, "all", 30.0),
    ("initial_assessments_in_time", "share", "all", 0.7),
    ("study_source_recorded", "share", "source:police", 0.2),
    ("study_source_recorded", "share", "source:health_visitor", 0.4),
    ("referral_source_recorded", "share", "source:sslp", 0.0),
]


def profile(authority="midtown", values=MEASURED, title="Midtown", replicates=2):
    return AuthorityResult(
        "mine", title, authority, 0, replicates, beside_published(summarise(rows(values)), authority)
    )


def shown(profiles, width=80, everything=False, **kwargs):
    stream = io.StringIO()
    show_profiles(Console(file=stream, width=width, **kwargs), profiles, everything)
    return stream.getvalue()


def words(text):
    return " ".join(text.split())


def test_the_answer_is_one_table_of_two_lines_an_authority():
    values = [("referrals", PER_YEAR, "all", 600.0), ("registrations", PER_YEAR, "all", 31.0)]
    text = shown([profile(values=values), profile("southshire", values, "Southshire")])
    rows = [line.split() for line in text.splitlines()]
    assert rows[3] == ["Midtown", "Referrals", "600", "546", "to", "654", "628", "inside"]
    assert rows[4] == ["Registrations", "31.0", "28.2", "to", "33.8", "34.0,", "32.0", "1", "of", "2"]
    assert rows[5][:2] == ["Southshire", "Referrals"]
    assert rows[5][-1] == "outside"
    judged = [
        ok
        for one in (profile(values=values), profile("southshire", values))
        for row in one.rows["inside"]
        for ok in row
    ]
    known = [ok for ok in judged if ok is not None]
    assert f"Of all {len(known)} published figures of these authorities, {sum(known)} lie inside" in text
    assert "under chance alone" in text
    assert "referral-sim show mine" in words(text)
    assert max(map(len, text.splitlines())) <= 80


def test_the_answer_says_what_its_intervals_hold():
    drawn = replace(profile(), rows=profile().rows.assign(parameter_share=0.5))
    assert "under draws of the parameters" in words(shown([drawn]))


def test_rates_first_then_sources_then_the_rest_and_only_when_asked():
    assert "police" not in shown([profile()])
    text = shown([profile()], everything=True)
    text = text[text.index("Measure") :]
    assert text.index("Referrals") < text.index("Registrations") < text.index("On the register")
    assert text.index("On the register") < text.index("Initial assessments") < text.index("police")
    assert text.index("health visitor") < text.index("police"), "largest first"
    assert text.index("police") < text.index("Joint visits")
    assert "locality North" in text


def test_a_row_has_mean_interval_published_difference_and_verdict():
    line = next(x for x in shown([profile()], everything=True).splitlines() if x.strip().startswith("Referrals "))
    assert line.split() == ["Referrals", "600", "546", "to", "654", "628", "-28", "inside"]


def test_two_series_are_named_and_judged_apart():
    text = shown([profile(values=[("registrations", PER_YEAR, "all", 30.0)])], width=120, everything=True)
    graph = next(x.split() for x in text.splitlines() if x.strip().startswith("Graph 6.2"))
    overview = next(x.split() for x in text.splitlines() if x.strip().startswith("overview"))
    assert graph[2:] == ["34.0", "-4.0", "outside"]
    assert overview[1:] == ["32.0", "-2.0", "inside"]


def test_every_line_fits_into_80_columns_and_nothing_is_cut():
    values = [(m, PER_YEAR, "all", 1234.5) for m in RATES if m != "on_register"]
    values += [(m, "ratio" if m == "sslp_area_referral_ratio" else "share", "all", 0.456) for m in SHARES]
    text = shown([profile("midtown", values)], width=80, everything=True)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "1111 to" not in text
    assert "1117 to 1352" in text or "1123 to 1346" in text
    for measure in (m for m in (*RATES, *SHARES) if m != "on_register"):
        last = measure_label(measure).split()[-1]
        assert last in text


def test_plain_text_where_there_is_no_colour():
    text = shown([profile()], no_color=True, force_terminal=False)
    assert "\x1b" not in text
    assert "inside" in text


@pytest.mark.parametrize("title", ["Mid[bold]town[/bold]", "[/nonsense]", "a\x1b[31mred\x07", "[link=x]y[/link]"])
def test_names_from_users_are_shown_as_they_are_and_control_nothing(title):
    values = [("referrals", PER_YEAR, "all", 5.0), ("referrals", PER_YEAR, f"locality:{title}", 5.0)]
    text = shown([profile(None, values, title)], everything=True, width=120)
    assert "\x1b" not in text
    assert "\x07" not in text
    visible = title.replace("\x1b", "\\x1b").replace("\x07", "\\x07")
    assert text.count(visible) == 3, "in the answer, above the table, and in a row of it"


def test_replicates_seed_and_contradictions_stand_below():
    text = words(shown([profile()], everything=True))
    assert "2 replicates, seed 0." in text
    assert "spread of single years" in text
    assert "34 per 10,000 where it describes Graph 6.2 and 32 where" in text
    assert "87 of 151" in text
    none = words(shown([profile(values=[("referrals", PER_YEAR, "all", 1.0)])], everything=True))
    assert "Graph 6.2 and 32" in none, "published registrations show even where none were simulated"


def test_an_authority_without_published_figures_has_no_notes():
    text = shown([profile(None)], everything=True)
    assert "Note:" not in text
    assert "inside" not in text


def test_one_replicate_has_no_interval():
    one = summarise(rows([("referrals", PER_YEAR, "all", 600.0)]).query("replicate == 0"))
    text = shown(
        [AuthorityResult("mine", "Midtown", "midtown", 3, 1, beside_published(one, "midtown"))], everything=True
    )
    assert "it has no interval" in words(text)
    line = next(x for x in text.splitlines() if x.strip().startswith("Referrals "))
    assert line.split() == ["Referrals", "540", "-", "628", "-88", "-"]
    assert "1 replicate, seed 3." in text


def test_nothing_at_all_prints_nothing():
    assert shown([]) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (628.2, "628"),
        (99.96, "100"),
        (32.04, "32.0"),
        (9.996, "10.0"),
        (0.523, "0.52"),
        (0.0553, "0.055"),
        (0.0, "0.00"),
    ],
)
def test_numbers_have_about_three_digits(value, text):
    assert number(value, digits_for(value)) == text


def test_numbers_with_signs_and_without_values():
    assert number(1.25, 1, sign=True) == "+1.2"
    assert number(-0.001, 2, sign=True) == "0.00"
    assert number(math.nan, 2) == number(math.inf, 2) == "-"


def test_labels_are_plain_words():
    assert measure_label("initial_assessments_in_time") == "Initial assessments in time (7 working days)"
    assert measure_label("something_new") == "Something new"
    assert group_label("source:health_visitor") == "health visitor"
    assert group_label("locality:The_Docks") == "locality The_Docks"
    assert group_label("ethnic:asian/source:nspcc") == "Asian families, NSPCC"
    assert group_label("ethnic:mixed/source:health_visitor") == "mixed heritage, health visitor"
    for community, source in itertools.product(EthnicGroup, Source):
        assert re.fullmatch(r"[A-Z][a-z]+ families|[a-z ]+", group_label(f"ethnic:{community}"))
        assert re.fullmatch(r"[A-Za-z ]+, [A-Za-z ]+", group_label(f"ethnic:{community}/source:{source}"))
    assert series_label("graph_6_2") == "Graph 6.2"
    for label in map(measure_label, (*RATES, *SHARES)):
        assert re.fullmatch(r"[A-Z][^_]+", label)


def test_evidence_tables():
    stream = io.StringIO()
    names = {"midtown": "Midtown", "southshire": "Southshire"}
    figures = [*published("midtown"), *published("southshire")]
    show_evidence(Console(file=stream, width=80), figures, contradictions(), names)
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert text.index("Midtown") < text.index("Southshire")
    assert "628" in text
    assert "42 working days" in words(text)


def by_year(*years):
    values = [("referrals", PER_YEAR, "all", 600.0), ("contacts", PER_YEAR, "all", 1500.0)]
    frames = [rows(values).assign(year=year, value=lambda t, n=n: t["value"] + 10 * n) for n, year in enumerate(years)]
    found = beside_published(summarise(pd.concat(frames)), "midtown")
    return AuthorityResult("midtown", "Midtown", "midtown", 1, 2, found)


def printed(profile, width=80, **options):
    screen = Console(width=width, file=io.StringIO(), color_system=None)
    show_profiles(screen, [profile], everything=True, **options)
    return screen.file.getvalue()


def test_several_years_stand_side_by_side_with_the_published_figure_of_its_own():
    text = printed(by_year("2005-06", "2006-07"))
    heading = next(line for line in text.splitlines() if line.startswith("Measure"))
    assert heading.split() == ["Measure", "2005-06", "2006-07", "Published", "2005-06"]
    assert next(line for line in text.splitlines() if line.startswith("  Referrals")).split() == [
        "Referrals", "600", "610", "628"
    ]  # fmt: skip
    later = printed(by_year("2006-07", "2007-08"))
    assert "628" not in later
    assert "published for 2005-06 alone" in words(later)


def test_one_of_several_years_is_shown_with_its_intervals_and_named():
    text = printed(by_year("2005-06", "2006-07"), year="2006-07")
    assert "Midtown, 2006-07" in text
    assert "90% interval" in text
    assert "628" not in text
    assert "\nMidtown\n" in printed(by_year("2005-06")), "one year alone is not named"


def test_ten_years_fit_into_80_columns():
    text = printed(by_year(*(f"20{n:02d}-{n + 1:02d}" for n in range(5, 15))))
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"20{n:02d}-{n + 1:02d}" in text for n in range(5, 15))


def test_the_first_column_gives_way_before_another_is_cut():
    columns = ("What was looked at", "Predicted", "Observed", "95% interval", "Unit", "Holds?")
    row = (
        *words_of("a long name of what was looked at", "34 within 15%"),
        figure(34.7),
        between(figure(34.2), figure(35.3)),
    )
    grid = Grid("", columns, ((*row, *words_of("per 10,000 children under 18 a year", "holds")),))
    stream = io.StringIO()
    show_grid(Console(file=stream, width=70), grid, first_width=40)
    assert "Holds?" in stream.getvalue()
    assert max(map(len, stream.getvalue().splitlines())) <= 70


def test_intervals_wrap_before_the_first_column_is_crushed():
    """More long intervals than 80 columns hold: labels keep their room and intervals break at a blank."""
    names = ("Measure", *(f"{place}. interval" for place in range(4)))
    row = (words_of("Referrals from programmes")[0], *[between(figure(-12345.0), figure(23456.0))] * 4)
    stream = io.StringIO()
    show_grid(Console(file=stream, width=70), Grid("", names, (row,)))
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= 70
    assert "Referrals" in text
    assert (text.count("-12345"), text.count("23456")) == (4, 4)
