"""Figures: what is drawn, read from the axes; and the command that draws a folder."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

from referral_sim import figures
from referral_sim.cli import app
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


def words(ax):
    return [t.get_text() for t in ax.get_yticklabels()]


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def test_a_profile_shows_bands_and_both_series():
    ax = figures.profile(ROWS, measure="registrations")
    assert words(ax) == ["one", "two"]
    points = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 1]
    for value in (30.0, 20.0, 34.0, 32.0, 16.0):
        assert (value,) in points
    bars = [segment[:, 0].tolist() for c in ax.collections for segment in c.get_segments()]
    assert [25.0, 36.0] in bars
    assert [18.0, 21.0] in bars
    assert "per 10,000 children" in ax.get_xlabel()
    assert labels(ax) == ["published, Graph 6.2", "published, overview", "simulated, 90% of years"]


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
    ax = figures.sources(table)
    assert words(ax) == ["police", "Sure Start programme"]
    assert [bar.get_width() for bar in ax.patches] == [0.6, 0.0, 0.5, 0.1]
    assert {bar.get_hatch() or "" for bar in ax.patches} == {"", "///"}


def test_a_month_is_the_middle_of_its_replicates():
    table = pd.DataFrame(
        [
            ("one", k, month, "referrals", "all", value + k, "events a month")
            for k in range(3)
            for month, value in (("2005-04", 10.0), ("2005-05", 20.0))
        ],
        columns=["scenario", "replicate", "month", "measure", "group", "value", "unit"],
    )
    ax = figures.monthly(table)
    assert list(ax.lines[0].get_ydata()) == [11.0, 21.0]
    assert ax.get_ylabel() == "events a month"
    loop = figures.loop(table.assign(measure="backlog_days"))
    assert list(loop.lines[0].get_ydata()) == [0.0, 1.0]
    assert labels(loop) == ["Backlog\n(11.00 to 21.00 days)"]


def test_differences_show_both_intervals():
    table = pd.DataFrame(
        {
            "measure": ["referrals"], "group": ["all"], "unit": ["a unit"], "difference": [-2.0], "low_50": [-3.0],
            "high_50": [-1.0], "low_90": [-5.0], "high_90": [1.0],
        }
    )  # fmt: skip
    ax = figures.differences(table)
    drawn = {tuple(map(float, line.get_xdata())): line.get_linewidth() for line in ax.lines}
    assert drawn[-3.0, -1.0] > drawn[-5.0, 1.0]
    assert (-2.0,) in drawn
    assert "a unit" in ax.get_xlabel()


def test_a_response_is_the_mean_at_each_value():
    table = pd.DataFrame({"a": [1, 1, 2, 2], "b": [3, 4, 3, 4], "value": [1.0, 3.0, 5.0, 7.0]})
    assert list(figures.response(table, levers=("a",)).lines[0].get_ydata()) == [2.0, 6.0]
    assert figures.response(table, levers=("a", "b")).images[0].get_array().tolist() == [[1.0, 3.0], [5.0, 7.0]]
    with pytest.raises(ValueError, match="one lever or two"):
        figures.response(table)


def test_figures_of_a_calibration():
    ax = figures.contraction(pd.DataFrame({"parameter": ["a", "b"], "contraction": [0.2, 0.9]}))
    assert words(ax) == ["b", "a"]
    ax = figures.predictions(pd.DataFrame({"target": ["t", "u"], "role": ["fit", "held-out"], "z": [0.5, 4.0]}))
    assert [list(line.get_xdata()) for line in ax.lines[:2]] == [[0.5], [4.0]]
    ax = figures.coverage(pd.DataFrame({"level": [0.5, 0.9], "coverage": [0.4, 0.88]}))
    assert list(ax.lines[1].get_ydata()) == [0.4, 0.88]


def test_a_table_without_what_is_needed_is_refused():
    with pytest.raises(ValueError, match="lacks the column low, high"):
        figures.profile(ROWS.drop(columns=["low", "high"]))


def command(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


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
    assert {f.stem for f in files} >= {"funnel", "profile-referrals", "monthly-referrals", "sources-1", "loop-1"}
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
