"""What a comparison under draws says to somebody who must decide: effects are planted in the draws."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from referral_sim.answers.exploration import BOX
from referral_sim.experiment.comparison import Comparison, pair_of
from referral_sim.experiment.draws import load_draws, write_draws
from referral_sim.folders.read_folder import FolderKind, Results
from referral_sim.report.decide_parts import QUESTIONS, decide_parts
from referral_sim.report.decisions import (
    DecisionError,
    what_it_costs,
    what_to_find_out,
    when_it_helps,
    who_would_notice,
)
from referral_sim.report.html import NEEDS_DRAWS, _decide
from referral_sim.scenario import load_scenario

pytest.importorskip("sklearn")
pytest.importorskip("ema_workbench")
RATE, DAYS = "per 10,000 children under 18 a year", "days a year for 1,000 families"
DRAWS, LIMIT = 60, 0.5
HOURS = "agency:intake/work:contact"
TITLE = "A policy that helps where trouble is rare"


def rate(replicate):
    """Trouble of the draw of a replicate, from 0 to 1 in equal steps; two replicates have the same."""
    return (replicate // 2 + 0.5) / DRAWS


def measures(under_policy):
    """Base: 600 referrals, one more in the second year of a draw. The policy takes 2,000 days of unmet need away where
    trouble is rare, and adds 1,000 where it is not; it takes 60 referrals away and costs 100 hours."""
    rows = []
    for k in range(2 * DRAWS):
        days = (-2000.0 if rate(k) < LIMIT else 1000.0) if under_policy else 0.0
        rows += [
            (k, "days_of_unmet_need", DAYS, "all", 9000.0 + days),
            (k, "referrals", RATE, "all", 600.0 + 40.0 * rate(k) + k % 2 - 60.0 * under_policy),
            (k, "registrations", RATE, "all", 30.0 + (k * 7 % 5)),
            (k, "hours_used", "hours a year", HOURS, 5000.0 + 100.0 * under_policy),
        ]
    return pd.DataFrame(rows, columns=["replicate", "measure", "unit", "group", "value"]).assign(year="2005-06")


@pytest.fixture(scope="module")
def draws(tmp_path_factory):
    """A folder with the draws: trouble, and something that says nothing."""
    folder = tmp_path_factory.mktemp("draws")
    places = range(DRAWS)
    values = {
        "trouble.rate": [rate(2 * n) for n in places],
        "noticing.visibility": [0.1 + 0.001 * (n * 37 % DRAWS) for n in places],
    }
    write_draws(folder, pd.DataFrame(values))
    return folder


@pytest.fixture(scope="module")
def results(draws):
    base = load_scenario("england-average")
    other = base.model_copy(update={"name": "england-average+rare", "title": TITLE})
    pair = pair_of(base, other, (measures(False), measures(True)), same_world=True, drawn=True)
    comparison = Comparison(base, (pair,), 3, 2 * DRAWS, ())
    digest = load_draws(draws).digest
    return Results(
        Path("both ways"), FolderKind.COMPARISON, (base, other), ("one", "two"), (comparison,), seed=3,
        replicates=2 * DRAWS, draws=str(draws), draws_digest=digest,
    )  # fmt: skip


def test_it_helps_and_fails_where_it_was_planted(results):
    frames = when_it_helps(results).frames
    regret = frames["regret"].set_index("policies")
    # Half the draws gain 2,000, half lose 1,000; who does nothing regrets 2,000 at most and 1,000 in the mean.
    policy, nothing = regret.loc["england-average+rare"], regret.loc["none"]
    assert policy[["mean", "worst", "most_regret", "satisfied"]].tolist() == [500.0, -1000.0, 1000.0, 0.5]
    assert nothing[["mean", "worst", "most_regret", "mean_regret"]].tolist() == [0.0, 0.0, 2000.0, 1000.0]
    assert policy[["futures", "unit", "matters_from"]].tolist() == [DRAWS, DAYS, 500.0]
    scores = frames["scores"]
    assert scores["variable"].tolist() == ["trouble.rate", "noticing.visibility"]
    assert scores["score"][0] > 0.9
    assert frames["fails"].set_index("happens")["share"].to_dict() == {"makes it worse": 0.5, "does not matter": 0.0}
    box = frames["boxes"].query("method == 'prim'")
    assert box["variable"].tolist() == ["trouble.rate"]
    assert box["lowest"].tolist() == pytest.approx([LIMIT], abs=0.05)
    assert box[["coverage", "density"]].to_numpy().min() > 0.9


def test_what_is_better_may_be_more(results):
    found = when_it_helps(results, more_is_better=True).frames["regret"].set_index("policies")
    assert found["mean"]["england-average+rare"] == -500.0


def test_who_would_notice_the_effect_that_was_found(results):
    found = who_would_notice(results, between=100.0).frames["studies"].set_index("design")
    assert found["effect"].unique() == pytest.approx([-60.0])
    # Within a draw two years differ by 1: their variance is 0.5. Before and after: 8 x 0.5 / (3 x 20).
    assert found["within"].unique() == pytest.approx([0.5**0.5])
    assert found["error"]["before and after"] == pytest.approx((8.0 * 0.5 / 60.0) ** 0.5)
    assert found["chance"]["before and after"] == pytest.approx(1.0)
    assert found["chance"]["with and without"] < 0.5


def test_what_to_find_out_is_what_the_decision_turns_on(results):
    frames = what_to_find_out(results, worth=500.0).frames
    values = frames["values"].set_index("group")
    # Worth 2,000 - 500 in half the draws, -1,000 - 500 in the others, 0 in the mean: knowing gives 1,500 / 2, less what
    # splines lose of a step.
    assert 600.0 < values["value"]["trouble.rate"] < 760.0
    assert values["value"]["noticing.visibility"] < 200.0
    explained = frames["narrowed"].set_index("figure")["explained"]
    assert explained["referrals"] > 0.6 > 0.1 > explained["registrations"]


def test_what_it_costs_in_hours(results):
    frames = what_it_costs(results).frames
    costs = frames["costs"].set_index("what")
    assert costs.loc["all agencies", ["base", "difference", "low", "high"]].tolist() == [5000.0, 100.0, 100.0, 100.0]
    avoided = frames["a_day"]["avoided"][0]
    assert avoided > 0.0
    assert frames["a_day"]["for_each"][0] == pytest.approx(100.0 / avoided)


def test_an_alternative_without_effect_has_regrets_but_no_scores(results):
    (comparison,) = results.comparisons
    pair = pair_of(comparison.base, comparison.pairs[0].scenario, (measures(False), measures(False)), True, True)
    still = replace(results, comparisons=(replace(comparison, pairs=(pair,)),))
    frames = when_it_helps(still).frames
    assert frames["regret"]["most_regret"].tolist() == [0.0, 0.0]
    assert frames["scores"].empty
    assert list(frames["boxes"].columns) == ["scenario", "policies", "happens", *BOX]
    texts = [cell.text for part in decide_parts(still, "c") for grid in part.grids for row in grid.rows for cell in row]
    assert "its effect is the same under every draw" in texts


def few(results, count):
    (comparison,) = results.comparisons
    both = tuple(table[table["replicate"] < count] for table in (measures(False), measures(True)))
    pair = pair_of(comparison.base, comparison.pairs[0].scenario, both, True, True)
    return replace(results, comparisons=(replace(comparison, pairs=(pair,)),))


@pytest.mark.parametrize(
    ("ask", "spoil", "said"),
    [
        (
            when_it_helps,
            lambda r: replace(r, draws=None),
            "a comparison under draws of parameters; these runs were made",
        ),
        (
            when_it_helps,
            lambda r: few(r, 40),
            r"too few draws of the parameters \(20\); 30 or more are needed, which 60",
        ),
        (when_it_helps, lambda r: replace(r, draws_digest="other"), "are no longer those of these runs"),
        (when_it_helps, lambda r: replace(r, comparisons=()), "holds no comparison"),
        (what_to_find_out, lambda r: replace(r, draws=None), "not made under draws"),
        (what_to_find_out, lambda r: few(r, 30), "30 draws are too few; 40 or more are needed"),
        (who_would_notice, lambda r: replace(r, profiles=()), "holds no comparison"),
    ],
)
def test_what_cannot_be_said_has_its_reason(results, ask, spoil, said):
    with pytest.raises(DecisionError, match=said):
        ask(spoil(results))


def test_other_families_have_no_costs(results):
    (comparison,) = results.comparisons
    (pair,) = comparison.pairs
    apart = replace(results, comparisons=(replace(comparison, pairs=(replace(pair, same_world=False),)),))
    with pytest.raises(DecisionError, match="has other families than england-average"):
        what_it_costs(apart)


def test_the_short_form_has_titles_numbers_and_commands(results):
    parts = list(decide_parts(results, "both ways"))
    assert [part.command for part in parts] == [f"referral-sim {name} 'both ways'" for _, name, _, _ in QUESTIONS]
    assert not any(part.reason for part in parts)
    helps, depends = parts[0].grids
    row = next(row for row in helps.lines if row[0].text == TITLE)
    assert [cell.value for cell in row[1:]] == [500.0, -1000.0, 1000.0, 0.5, 0.5]
    assert [row[0].text for row in helps.lines][1] == "nothing changed" or helps.lines[0][0].text == "nothing changed"
    box = next(row for row in depends.lines if row[1].text == "makes it worse (50% of draws)")
    assert " to " in box[2].text
    assert box[3].value > 0.9
    (studies,) = parts[1].grids
    assert studies.lines[0][1].value == pytest.approx(-60.0)
    assert len(studies.lines) == 3
    (worth,) = parts[2].grids
    assert "this is best by days of unmet need: to change nothing" in worth.notes[0]
    (hours,) = parts[3].grids
    assert [cell.value for cell in hours.lines[0][1:3]] == [5000.0, 100.0]
    assert hours.lines[-1][0].text == "Hours for each day avoided"
    assert "+rare" not in str([grid for part in parts for grid in part.grids])
    shown = parts[1].answer.drawn[0]["of"].iloc[0]
    assert shown.startswith(f"{TITLE}: effect -60")


def test_what_cannot_be_said_of_a_part_leaves_the_others(results):
    parts = list(decide_parts(few(results, 20), "c", {"england-average+rare": "Rare"}))
    assert [bool(part.reason) for part in parts] == [True, False, True, False]
    assert parts[0].reason.startswith("Cannot be said here: too few draws of the parameters (10)")
    assert not parts[0].grids
    assert parts[1].grids[0].lines[0][0].text == "Rare"


def test_the_page_has_a_section_with_every_command_and_its_figures_on_the_screen_alone(results):
    section, figures = _decide(results, 0)
    notes = " ".join(note for grid in section.tables for note in grid.notes)
    for _, name, _, _ in QUESTIONS:
        assert f"referral-sim {name} 'both ways'" in notes, name
    assert not section.sentences
    assert section.on_paper
    assert len(figures.figures) == 4
    assert not figures.on_paper
    (section, _) = _decide(few(results, 20), 0)
    assert len(section.sentences) == 2
    assert all("(referral-sim" in line for line in section.sentences)


def test_without_draws_the_page_says_in_a_line_that_it_needs_them(results):
    (section,) = _decide(replace(results, draws=None), 0)
    assert section.sentences == [NEEDS_DRAWS]
    assert not section.tables
    assert list(_decide(replace(results, comparisons=()), 0)) == []


@pytest.fixture(scope="module")
def study(results):
    """The same as a study of the dashboard: a sweep, whose own table of runs has the values of the draws."""
    places = range(2 * DRAWS)
    runs = pd.DataFrame(
        {
            "scenario": "england-average",
            "policies": "none",
            "status": "done",
            "point": 0,
            "replicate": places,
            "trouble.rate": [rate(k) for k in places],
            "noticing.visibility": [0.1 + 0.001 * (k // 2 * 37 % DRAWS) for k in places],
        }
    )
    profiles = (SimpleNamespace(years=("2005-06",)),) * 2
    return replace(results, kind=FolderKind.SWEEP, tables={"runs": runs}, profiles=profiles, draws="1a2b")


def test_a_sweep_says_the_same_by_the_values_of_its_own_runs(results, study):
    for ask in (when_it_helps, what_to_find_out):
        one, other = ask(results), ask(study)
        for name, frame in one.frames.items():
            pd.testing.assert_frame_equal(frame, other.frames[name])


@pytest.fixture
def main_module(monkeypatch):
    """A page of Streamlit takes the place of ``__main__``, which worker processes of later tests would import."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def decide_tab(study, whole):
    from types import SimpleNamespace

    from referral_sim.dashboard.decide import show_decide

    show_decide(SimpleNamespace(store="store"), study, {"england-average+rare": "Rare *trouble*"}, whole)


@pytest.mark.usefixtures("main_module")
def test_the_tab_of_the_dashboard_answers_all_four_of_a_finished_study(study):
    testing = pytest.importorskip("streamlit.testing.v1")
    shown = testing.AppTest.from_function(decide_tab, args=(study, True), default_timeout=120).run()
    assert not shown.exception
    assert not shown.info
    assert [one.value for one in shown.code] == [f"referral-sim {name} store" for _, name, _, _ in QUESTIONS]
    questions = [one.value for one in shown.markdown if one.value.startswith("**")]
    assert len(questions) == 4
    assert len(shown.get("image")) == 4
    assert any("Rare \\*trouble\\*" in set(table.value.iloc[:, 0]) for table in shown.table)


@pytest.mark.usefixtures("main_module")
def test_the_tab_waits_for_the_last_run(study):
    testing = pytest.importorskip("streamlit.testing.v1")
    shown = testing.AppTest.from_function(decide_tab, args=(study, False), default_timeout=120).run()
    assert [one.value for one in shown.info] == ["This is worked out when all simulated years are finished."]
    assert not shown.code
