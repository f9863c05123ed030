"""Figures: what is drawn, read from the axes; and the command that draws a folder."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from typer.testing import CliRunner

from referral_sim import figures
from referral_sim.cli import app
from referral_sim.experiment.responses import responses
from referral_sim.figures.style import add_heading, key_label, project_theme, to_bytes
from referral_sim.scenario.errors import visible
from sweeps import SCENARIO, plan_file

ROWS = pd.DataFrame(
    {
        "scenario": ["one", "two"],
        "measure": "registrations",
        "group": "all",
        "mean": [30.0, 20.0],
        "low": [25.0, 18.0],
        "high": [36.0, 21.0],
        "series": [("graph_6_2", "overview_paragraph"), ("graph_6_2",)],
        "published": [(34.0, 32.0), (16.0,)],
    }
)


@pytest.fixture(autouse=True)
def the_projects_theme():
    with project_theme():
        yield
    plt.close("all")


def words(ax):
    return [t.get_text() for t in ax.get_yticklabels()]


def legend(drawn):
    (key,) = drawn.figure.legends
    return [t.get_text() for t in key.get_texts()]


def points(ax):
    """(x, y) of every point, in the order in which they were drawn."""
    return [tuple(map(float, xy)) for drawn in ax.collections for xy in getattr(drawn, "get_offsets", list)()]


def bars(ax):
    return [bar for container in ax.containers for bar in container]


def looks(ax):
    """Value on x -> marker and colour of its point."""
    found = {}
    for drawn in (c for c in ax.collections if isinstance(c, PathCollection)):
        shapes, colours = drawn.get_paths(), drawn.get_facecolors()
        for place, (x, _) in enumerate(drawn.get_offsets()):
            shape = shapes[place % len(shapes)].vertices.round(6)
            found[float(x)] = (tuple(shape.ravel()), tuple(colours[place % len(colours)]))
    return found


def lines(ax):
    """Ends on x and width of every horizontal line that stands for an interval."""
    segments = [c for c in ax.collections if isinstance(c, LineCollection)]
    return [(tuple(map(float, s[:, 0])), c.get_linewidth()[0]) for c in segments for s in c.get_segments()]


def texts(ax):
    return [t.get_text() for t in ax.texts]


def test_a_profile_shows_bands_and_both_series():
    grid = figures.profile(ROWS, "registrations")
    (ax,) = grid.axes_dict.values()
    assert words(ax) == ["one", "two"]
    shown = looks(ax)
    assert set(shown) == {30.0, 34.0, 32.0, 20.0, 16.0}
    assert len({shown[v] for v in (30.0, 34.0, 32.0)}) == 3
    assert shown[34.0] == shown[16.0]
    assert [ends for ends, _ in lines(ax)] == [(25.0, 36.0), (18.0, 21.0)]
    assert "per 10,000 children" in ax.get_xlabel()
    assert legend(grid) == ["simulated: mean, and 90% of years", "published, Graph 6.2", "published, overview"]


def test_a_profile_has_a_facet_for_each_measure():
    grid = figures.profile(pd.concat([ROWS, ROWS.assign(measure="referrals", mean=1.0)]))
    assert [ax.get_title(loc="left") for ax in grid.axes.flat] == ["Referrals", "Registrations"]
    assert {1.0, 30.0} <= {x for ax in grid.axes.flat for x in looks(ax)}


def test_a_funnel_falls_from_contacts_to_registrations():
    table = pd.DataFrame(
        {"scenario": "one", "group": "all", "measure": ["registrations", "contacts", "referrals"], "mean": [3, 90, 40]}
    )
    ax = figures.funnel(table)
    assert words(ax) == ["Contacts", "Referrals", "Registrations"]
    assert list(ax.lines[0].get_xdata()) == [90, 40, 3]


def test_sources_stand_recorded_above_true_with_hatches_beside_colours():
    table = pd.DataFrame(
        {
            "measure": ["referral_source_recorded", "referral_source_true", "referral_source_true"],
            "group": ["source:police", "source:police", "source:sslp"],
            "mean": [0.6, 0.5, 0.1],
        }
    )
    ax = figures.sources(table).ax
    assert words(ax) == ["police", "Sure Start programme"]
    assert [bar.get_width() for bar in bars(ax)] == [0.6, 0.0, 0.5, 0.1]
    assert {bar.get_hatch() or "" for bar in bars(ax)} == {"", "////"}
    grid = figures.sources(pd.concat([table.assign(scenario=name) for name in ("b", "a")]))
    assert list(grid.axes_dict) == ["b", "a"]
    assert [bar.get_width() for bar in bars(grid.axes_dict["a"])] == [0.6, 0.0, 0.5, 0.1]
    assert [handle.get_hatch() or "" for handle in grid.figure.legends[0].legend_handles] == ["", "////"]


def months(value=lambda k: k):
    return pd.DataFrame(
        [
            ("one", k, month, year, "referrals", "all", base + value(k), "events a month")
            for k in range(3)
            for month, year, base in (("2005-04", "2005-06", 10.0), ("2005-05", "2005-06", 20.0))
        ],
        columns=["scenario", "replicate", "month", "year", "measure", "group", "value", "unit"],
    )


def test_a_month_is_the_middle_of_its_replicates():
    grid = figures.monthly(months())
    ax = grid.axes_dict["one"]
    assert list(ax.lines[0].get_ydata()) == [11.0, 21.0]
    assert ax.get_ylabel() == "events a month"
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (10.1, 21.9)


def test_the_warm_up_is_shaded_and_named():
    table = months()
    assert not figures.monthly(table).axes_dict["one"].texts
    table.loc[table["month"] == "2005-04", "year"] = "warm-up"
    ax = figures.monthly(table).axes_dict["one"]
    assert [words.get_text().strip() for words in ax.texts] == ["warm-up"]
    (shade,) = ax.patches
    ends = mdates.num2date([shade.get_x(), shade.get_x() + shade.get_width()])
    assert [end.strftime("%Y-%m-%d") for end in ends] == ["2005-04-01", "2005-05-01"]


def test_effects_have_a_point_a_year():
    row = {
        "measure": "referrals", "group": "all", "unit": "a rate", "base": 10.0, "value": 9.0, "n": 5,
        "low_90": -2.0, "high_90": 1.0,
    }  # fmt: skip
    table = pd.DataFrame([row | {"year": y, "difference": d} for y, d in (("2005-06", -1.0), ("2006-07", -0.5))])
    (ax,) = figures.effects_by_year(table).axes.flat
    assert list(ax.lines[0].get_ydata()) == [-1.0, -0.5]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2005-06", "2006-07"]
    assert (
        "never happened" in figures.effects_by_year(table.assign(base=0.0, value=0.0)).axes.flat[0].texts[0].get_text()
    )


def test_scenarios_have_a_facet_each_or_share_one_as_seaborn_is_told():
    table = pd.concat([months(), months().assign(scenario="two")], ignore_index=True)
    assert list(figures.monthly(table).axes_dict) == ["one", "two"]
    grid = figures.monthly(table, col=None, hue="scenario", errorbar=None)
    assert legend(grid) == ["one", "two"]
    assert [list(line.get_ydata()) for line in grid.ax.lines[:2]] == [[11.0, 21.0], [11.0, 21.0]]
    assert not grid.ax.collections


def test_workload_and_trust_have_a_row_in_its_unit_for_each_of_three():
    table = pd.concat(
        [months().assign(measure="backlog_days"), months().assign(measure="trust_sslp", unit="share")],
        ignore_index=True,
    )
    backlog, trust = figures.workload_and_trust(table).axes[:, 0]
    assert backlog.get_title(loc="left") == "one"
    assert backlog.get_ylabel() == "Backlog, days"
    assert " ".join(trust.get_ylabel().split()) == "Programme workers' trust in social services, share"
    assert list(backlog.lines[0].get_ydata()) == [11.0, 21.0]


SUMMARY = pd.DataFrame(
    {
        "measure": ["referrals", "days_to_help"], "group": "all", "unit": ["a rate", "calendar days"], "base": 10.0,
        "value": 8.0, "n": 5, "difference": [-2.0, 3.0], "standard_error": 0.5, "low_50": [-3.0, 2.0],
        "high_50": [-1.0, 4.0], "low_90": [-5.0, 1.0], "high_90": [1.0, 6.0],
    }
)  # fmt: skip


def test_differences_show_both_intervals_and_never_two_units_in_one_panel():
    rates, days = figures.differences(SUMMARY).axes.flat
    drawn = dict(lines(rates))
    assert drawn[-3.0, -1.0] > drawn[-5.0, 1.0]
    assert list(looks(rates)) == [-2.0]
    assert rates.get_title(loc="left") == "Per 10,000 children under 18 a year"
    assert days.get_title(loc="left") == "Calendar days"
    assert (words(rates), words(days)) == (["Referrals"], ["Days from onset to help"])
    assert texts(rates) == ["-2.00 (-5.00 to +1.00)"]


def test_alternatives_have_lines_of_their_own_below_each_other():
    table = pd.concat([SUMMARY.assign(scenario="a"), SUMMARY.assign(scenario="b", difference=1.0)])
    grid = figures.differences(table, hue="scenario")
    rates = grid.axes.flat[0]
    assert legend(grid) == ["a", "b"]
    (first, above), (second, below) = [xy for xy in points(rates) if xy[0]]
    assert (first, second) == (-2.0, 1.0)
    assert -0.5 < above < 0.0 < below < 0.5
    assert len(set(looks(rates).values())) == 2
    assert not texts(rates)


def test_a_response_is_the_mean_at_each_value():
    table = pd.DataFrame({"a": [1, 1, 2, 2], "b": [3, 4, 3, 4], "value": [1.0, 3.0, 5.0, 7.0]})
    assert list(figures.response(table, levers=("a",)).ax.lines[0].get_ydata()) == [2.0, 6.0]
    ax = figures.response(table, levers=("a", "b")).ax
    assert ax.collections[0].get_array().tolist() == [[5.0, 7.0], [1.0, 3.0]]  # the lowest value lies lowest
    assert (words(ax), texts(ax)) == (["2", "1"], ["5", "7", "1", "3"])
    assert {label.get_rotation() for label in [*ax.get_yticklabels(), *ax.get_xticklabels()]} == {0.0}
    cases = table.assign(case=["x", "y"] * 2)
    grid = figures.response(cases, levers=("a",), outcome="Referrals, a rate", hue="case", errorbar=None)
    assert [list(line.get_ydata()) for line in grid.ax.lines[:2]] == [[1.0, 5.0], [3.0, 7.0]]
    assert legend(grid) == ["x", "y"]
    assert (grid.ax.get_xlabel(), grid.ax.get_ylabel()) == ("a", "Referrals, a rate")
    assert not grid.ax.collections
    maps = figures.response(pd.concat([table, table + 1]).assign(case=["x"] * 4 + ["y"] * 4), ("a", "b"), col="case")
    assert [ax.collections[0].get_array().min() for ax in maps.axes.flat] == [1.0, 2.0]
    with pytest.raises(ValueError, match="one lever or two"):
        figures.response(table)


def test_an_axis_has_a_label_and_no_key():
    table = pd.DataFrame({"front_door.threshold": [2.0, 3.0], "value": [1.0, 3.0]})
    label = figures.response(table, levers=("front_door.threshold",)).ax.get_xlabel()
    assert label == "need from which the team takes a referral to assessment"
    assert key_label("midtown/noticing.visibility").startswith("midtown: chance that a source")
    assert key_label("programmes.Hill.reach").startswith("Hill: share of eligible families")
    assert key_label("east-borough/noticing.authority_mix.police").startswith(
        "east-borough, police: an authority's own"
    )
    assert key_label("need.previously_registered") == "need.previously_registered"


def test_means_over_points_that_differ_otherwise_are_no_response():
    runs = pd.DataFrame(
        {"run": range(4), "scenario": "s", "policies": "none", "a": [1.0, 1.0, 2.0, 2.0], "b": [3.0, 4.0, 3.0, 4.0]}
    )
    outcomes = pd.DataFrame({
        "run": range(4), "year": "2005-06", "measure": "referrals", "group": "all", "unit": "a rate", "value": 1.0,
    })  # fmt: skip
    assert [one.levers for one in responses(runs, outcomes)] == [("a",), ("b",), ("a", "b")]
    assert not list(responses(runs, outcomes, crossed=False))
    drawn = runs.assign(b=[3.0, 4.0, 5.0, 6.0])  # an uncertainty with a value of its own at each point
    assert not list(responses(drawn, outcomes))
    assert [one.levers for one in responses(drawn, outcomes, crossed=False)] == [("a",), ("b",)]


def test_bands_are_as_wide_as_their_cases_and_every_number_is_in_the_table():
    table = pd.DataFrame(
        [("p", "A", "B", 30.0, "x"), ("p", "A", "C", 10.0, "a - x"), ("p", "B", "D", 30.0, "y")],
        columns=["part", "source", "target", "cases", "made_of"],
    )
    (panel,) = figures.flows(table).axes.flat
    bands = [p for p in panel.patches if hasattr(p, "get_path") and len(p.get_path().vertices) == 9]
    widths = [p.get_path().vertices[7, 1] - p.get_path().vertices[0, 1] for p in bands]
    assert widths[0] / widths[1] == pytest.approx(3.0)
    assert widths[0] == pytest.approx(widths[2])
    assert bands[0].get_facecolor() != bands[1].get_facecolor()
    assert texts(panel) == ["A\n40", "B\n30", "C\n10", "D\n30"]


PREDICTIONS = pd.DataFrame(
    {
        "target": ["t", "u"], "measure": "referrals", "role": ["fit", "held-out"], "published": [2.5, 9.0],
        "low": [1.0, 4.0], "mid": [2.0, 5.0], "high": [3.0, 6.0],
    }
)  # fmt: skip


def test_figures_of_a_calibration():
    ax = figures.contraction(pd.DataFrame({"parameter": ["a", "b"], "contraction": [0.2, 0.9]}))
    assert words(ax) == ["b", "a"]
    grid = figures.predictions(PREDICTIONS)
    (ax,) = grid.axes.flat
    assert lines(ax) == [((1.0, 3.0), 4.5), ((4.0, 6.0), 4.5)]
    assert [xy for xy in points(ax) if xy[0]] == [(2.0, 0.0), (5.0, 1.0), (2.5, 0.0), (9.0, 1.0)]
    assert legend(grid) == [
        "predicted, fitted to: middle, and 90%",
        "predicted, held out: middle, and 90%",
        "published",
    ]
    assert looks(ax)[2.0] != looks(ax)[5.0]
    ax = figures.coverage(pd.DataFrame({"level": [0.5, 0.9], "coverage": [0.4, 0.88]}))
    assert list(ax.lines[1].get_ydata()) == [0.4, 0.88]
    ax = figures.ridges(pd.DataFrame({"one": ["a", "c"], "other": ["b", "d"], "correlation": [0.5, -0.8]}))
    assert words(ax) == ["c\nd", "a\nb"]
    assert [bar.get_width() for bar in bars(ax)] == [-0.8, 0.5]
    ax = figures.sensitivity(pd.DataFrame({"target": ["t", "t"], "parameter": ["a", "b"], "in_sd": [1.0, 50.0]}))
    assert ax.collections[0].get_array().tolist() == [[1.0], [10.0]]


def test_the_prior_lies_behind_the_posterior_in_a_facet_for_each_parameter():
    rng = np.random.default_rng(1)
    draws = pd.DataFrame({"draw": range(50), "a": rng.random(50) / 2.0, "s/b.c": rng.random(50)})
    prior = pd.DataFrame({"a": np.linspace(0.0, 1.0, 50), "s/b.c": np.linspace(0.0, 1.0, 50)})
    grid = figures.densities(draws, prior)
    assert list(grid.axes_dict) == ["a", "s/b.c"]
    assert legend(grid) == ["prior", "posterior"]
    a = grid.axes_dict["a"]
    assert a.lines[0].get_xdata().max() <= draws["a"].max() < 0.6
    assert a.collections[0].get_datalim(a.transData).x1 == 1.0
    assert a.lines[0].get_zorder() > a.collections[0].get_zorder()
    assert figures.pairs(draws, ["a", "s/b.c"]).axes.shape == (2, 2)


def test_two_answers_stand_side_by_side_within_the_prior():
    one = pd.DataFrame(
        {
            "parameter": ["a"], "prior_low": 10.0, "prior_high": 20.0, "posterior_low": 12.0, "posterior_mid": 15.0,
            "posterior_high": 17.0,
        }
    )  # fmt: skip
    ax = figures.posteriors({"emulators": one, "other": one.assign(posterior_mid=16.0)})
    assert [x for x, _ in points(ax) if x] == [0.5, 0.6]
    (first, _), _ = lines(ax)
    assert first == (0.2, 0.7)
    assert len({y for x, y in points(ax) if x}) == 2
    assert set(legend(ax)) == {"emulators: middle, and 90%", "other: middle, and 90%", "prior, 90%"}


def test_a_target_has_plain_words():
    names = ["m: referrals (graph_6_1)", "m: study_source_recorded/source:nspcc (table_6_3)", "m: contacts", "what?"]
    table = pd.DataFrame({
        "target": names, "measure": "referrals", "role": "fit", "published": 1.0, "low": 0.0, "mid": 1.0, "high": 2.0,
    })  # fmt: skip
    assert words(figures.predictions(table).axes.flat[0]) == [
        "m (Graph 6.1)",
        "m: NSPCC (Table 6.3)",
        "m",
        "what?",
    ]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "../../etc", "$x^2$ & b", "a\tb\x1b[31m"])
def test_a_name_is_text_in_a_figure(name):
    svg = to_bytes(add_heading(figures.funnel(ROWS.head(1).assign(scenario=name)), name)).decode()
    tree = ElementTree.fromstring(svg)
    said = ["".join(node.itertext()).strip() for node in tree.iter() if node.tag.endswith("text")]
    assert said.count(visible(name)) == 2
    assert "<script" not in svg


def test_a_file_depends_on_the_table_alone_and_keeps_text_as_text():
    for kind in ("svg", "png", "pdf"):
        assert to_bytes(figures.profile(ROWS), kind) == to_bytes(figures.profile(ROWS), kind)
    assert b"metadata" not in to_bytes(figures.profile(ROWS))


def test_the_figures_that_the_pages_show_are_those_of_results():
    root = Path(__file__).parents[2]
    for page, fewest in ((root / "README.md", 1), (root / "docs/how-to/figures-and-reports.md", 3)):
        shown = re.findall(r"\]\(([\w./-]+\.svg)\)", page.read_text("utf-8"))
        assert len(shown) >= fewest
        for name in shown:
            file = (page.parent / name).resolve()
            assert file.is_file(), name
            assert file.is_relative_to(root / "results"), name


def test_nothing_is_cut_off():
    """All text of a figure lies on its page."""
    for ax in (
        figures.profile(ROWS, "registrations"), figures.differences(SUMMARY), figures.monthly(months()),
        add_heading(figures.workload_and_trust(months().assign(measure="backlog_days")), "a name"),
    ):  # fmt: skip
        figure = ax.figure
        FigureCanvasAgg(figure).draw()
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0) >= -0.01
        assert box.x1 <= width + 0.01
        assert box.y1 <= height + 0.01


def test_the_users_theme_counts_and_stays():
    with mpl.rc_context({"axes.prop_cycle": mpl.cycler(color=["#123456"]), "figure.figsize": (4.0, 3.0)}):
        before = dict(mpl.rcParams)
        ax = figures.contraction(pd.DataFrame({"parameter": ["a"], "contraction": [0.2]}))
        assert dict(mpl.rcParams) == before
    assert mpl.colors.to_hex(ax.patches[0].get_facecolor()) == "#123456"
    assert ax.figure.get_figwidth() == 4.0


def test_a_figure_shows_itself_until_it_is_a_file():
    ax = figures.coverage(pd.DataFrame({"level": [0.5], "coverage": [0.4]}))
    assert plt.get_fignums() == [ax.figure.number]  # what a notebook shows below its cell
    to_bytes(ax)
    assert not plt.get_fignums()


def test_given_axes_are_drawn_on_and_keep_their_key():
    figure, ax = plt.subplots()
    assert figures.funnel(ROWS.assign(measure="referrals"), ax=ax) is ax
    assert not figure.legends
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["one", "two"]


def test_a_table_without_what_is_needed_is_refused():
    with pytest.raises(ValueError, match="lacks the column low, high"):
        figures.profile(ROWS.drop(columns=["low", "high"]))


def command(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.mark.long
def test_the_command_draws_what_a_folder_has(tmp_path):
    name = "'<b>$x$ ../../etc'"
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("name: tiny", f"name: {name}"), "utf-8")
    run = command("run", tmp_path / "tiny.yaml", "--replicates", 2, "--out", tmp_path / "r")
    if run.exit_code == 2:  # such a name is refused already
        (tmp_path / "tiny.yaml").write_text(SCENARIO, "utf-8")
        assert command("run", tmp_path / "tiny.yaml", "--replicates", 2, "--out", tmp_path / "r").exit_code == 0
    first = command("plot", tmp_path / "r")
    assert first.exit_code == 0, first.stderr
    files = sorted((tmp_path / "r" / "figures").iterdir())
    assert {f.stem for f in files} >= {
        "funnel",
        "profile",
        "monthly-referrals",
        "sources",
        "workload-and-trust",
    }
    before = [f.read_bytes() for f in files]
    assert all(b"<svg" in text for text in before)
    assert command("plot", tmp_path / "r").exit_code == 0
    assert [f.read_bytes() for f in files] == before
    assert command("sweep", plan_file(tmp_path), "--out", tmp_path / "s").exit_code == 0
    swept = command("plot", tmp_path / "s", "--out", tmp_path / "p", "--format", "png")
    assert "response-referrals-front_door.threshold.png" in swept.stdout
    wrong = command("plot", tmp_path)
    assert wrong.exit_code == 2
    assert "holds nothing that run, compare, sweep or calibrate writes" in wrong.stderr
