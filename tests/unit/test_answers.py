"""What compare says first: verdicts in order, counts of the authority, from which year, for whom, how sure."""

import io

import pandas as pd
import pytest
from rich.console import Console

from helpers import small
from referral_sim.experiment.comparison import Comparison, pair_of
from referral_sim.experiment.family_paths import CHANGES, MILESTONES, PATH
from referral_sim.report.answers import comparison_answer
from referral_sim.report.console import show_comparison
from referral_sim.report.grids import effects_table

RATE = "per 10,000 children under 18 a year"
YEARS = ("2005-06", "2006-07", "2007-08")
CHILDREN = 2500


def measures(referrals, packages=50.0, registrations=20.0):
    """Two replicates of each year; referrals by year."""
    rows = [
        (replicate, year, measure, unit, "all", value + replicate)
        for replicate in (0, 1)
        for year, value in zip(YEARS, referrals, strict=True)
        for measure, unit, value in (
            ("registrations", RATE, registrations),
            ("referrals", RATE, value),
            ("packages_started", "families a year", packages),
        )
    ]
    return pd.DataFrame(rows, columns=["replicate", "year", "measure", "unit", "group", "value"])


def changes():
    """Families whose path changed, in two replicates."""
    return [
        pd.DataFrame(
            [(k, *kind, place, n) for kind in KINDS for place, n in PLACES.items()],
            columns=["replicate", "milestone", "change", "place", "families"],
        )
        for k in (0, 1)
    ]


KINDS = [("path", change) for change in PATH] + [(one, change) for one in MILESTONES for change in CHANGES]
PLACES = {"all": 12, "programme_areas": 9, "elsewhere": 3}


@pytest.fixture
def compared():
    def make(other=None, drawn=False, same_world=True, **values):
        base = small()
        changed = small(**values).model_copy(update={"name": "other", "title": "Another"})
        both = measures((600.0,) * 3), measures((600.0, 640.0, 660.0), packages=250.0) if other is None else other
        pair = pair_of(base, changed, both, same_world, drawn, changes() if same_world else ())
        return Comparison(base, (pair,), 1, 2, ())

    return make


def test_rates_become_children_of_the_authority_a_year(compared):
    comparison = compared()
    grid = comparison_answer(comparison, comparison.pairs[0])
    referrals = next(row for row in grid.rows if row[0].text.startswith("Referrals"))
    assert referrals[0].text == "Referrals (children)"
    assert [cell.value for cell in referrals[1:3]] == [600.5 * CHILDREN / 10_000, 60.0 * CHILDREN / 10_000]
    assert referrals[4].value == 5.0 * CHILDREN / 10_000
    packages = next(row for row in grid.rows if row[0].text.startswith("Packages"))
    assert packages[2].value == 200.0, "a count stays as it is"


def test_rates_stay_rates_where_the_authorities_differ_in_size(compared):
    comparison = compared(**{"population.children": 3000})
    grid = comparison_answer(comparison, comparison.pairs[0])
    referrals = next(row for row in grid.rows if row[0].text.startswith("Referrals"))
    assert referrals[0].text == "Referrals (per 10,000 children under 18)"
    assert referrals[2].value == 60.0


def test_rows_stand_under_their_verdict_and_small_ones_in_a_line(compared):
    unsure = measures((600.0, 600.0, 600.0))
    second = (unsure["measure"] == "packages_started") & (unsure["replicate"] == 1)
    unsure.loc[second, "value"] += 100.0
    unsure.loc[unsure["measure"] == "referrals", "value"] += 100.0
    comparison = compared(unsure)
    grid = comparison_answer(comparison, comparison.pairs[0])
    texts = [row[0].text.partition(" (")[0] for row in grid.rows]
    assert texts == ["Matters", "Referrals", "Cannot tell", "Packages of support started"]
    assert grid.notes[0] == "Too small to matter (1): Registrations."


def test_the_first_year_of_those_up_to_now_in_which_it_matters(compared):
    comparison = compared()
    grid = comparison_answer(comparison, comparison.pairs[0])
    assert [row[-1].text for row in grid.lines] == ["2006-07", "2005-06"]
    on_and_off = compared(measures((660.0, 600.0, 660.0)))
    assert comparison_answer(on_and_off, on_and_off.pairs[0]).lines[0][-1].text == "2007-08"
    first = comparison_answer(on_and_off, on_and_off.pairs[0], "2006-07")
    assert not first.lines, "in that year it does not matter"


def test_a_star_in_the_table_by_year_is_what_matters_not_what_is_told_from_chance(compared):
    comparison = compared(measures((600.0, 660.0, 603.0)))  # the same in every replicate: never chance
    rows = effects_table(comparison, comparison.pairs[0]).lines
    (referrals,) = (row for row in rows if row[0].text == "Referrals")
    assert [cell.text.endswith("*") for cell in referrals[1:]] == [False, True, False]


def test_for_whom_and_how_sure(compared):
    notes = " ".join(comparison_answer(compared(), compared().pairs[0]).notes)
    assert (
        "12 (12 to 12) families go another way over the 3 reporting years: 9.0 (9 to 9) in the programmes' areas"
        in notes
    )
    assert "under chance alone" in notes
    drawn = compared(drawn=True)
    assert "under draws of the parameters" in " ".join(comparison_answer(drawn, drawn.pairs[0]).notes)
    apart = compared(same_world=False)
    assert "For whom: cannot be said" in " ".join(comparison_answer(apart, apart.pairs[0]).notes)


def test_the_answer_fits_into_80_columns_and_the_wide_tables_come_when_asked(compared):
    for everything in (False, True):
        stream = io.StringIO()
        show_comparison(Console(file=stream, width=80), compared(), everything)
        text = stream.getvalue()
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
        assert ("year by year" in text) == everything
        assert "differ by more than chance" not in text
