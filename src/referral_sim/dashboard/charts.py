"""Charts of the page, in Altair: values on hover, and a menu that saves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from .answer import AnswerRow

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Of alternatives; told apart by people who see few colours (Okabe and Ito 2008)."""
_LABELS = alt.Axis(labelLimit=190, title=None)


def show_differences(found: Sequence[tuple[str, list[AnswerRow]]], units: Sequence[str]) -> None:
    """Show what alternatives change, with the band in which nine simulated years in ten lie.

    Args:
        found: title and answer of each alternative.
        units: the units to show; each has a scale of its own.
    """
    for unit in units:
        rows = [
            {"Alternative": f"{n}. {title}", "Measure": row.measure, "Difference": row.difference, "From": row.low,
             "To": row.high, "In words": f"{row.change} ({row.band})", "Verdict": row.verdict}
            for n, (title, answer) in enumerate(found, 1)
            for row in answer
            if row.unit == unit and row.has_band
        ]  # fmt: skip
        if not rows:
            continue
        y: dict[str, Any] = {"y": alt.Y("Measure:N", sort=None, axis=_LABELS)}
        if len(found) > 1:
            y["yOffset"] = alt.YOffset("Alternative:N")
        base = alt.Chart(pd.DataFrame(rows)).encode(
            **y,
            color=alt.Color("Alternative:N", scale=alt.Scale(range=list(COLOURS)), legend=_legend(len(found))),
            tooltip=["Alternative", "Measure", "In words", "Verdict"],
        )
        zero = alt.Chart(pd.DataFrame({"Difference": [0.0]})).mark_rule(color="#888").encode(x="Difference:Q")
        band = base.mark_rule(size=2).encode(
            x=alt.X("From:Q", title=f"Difference, {unit}", axis=alt.Axis(tickCount=7)), x2="To:Q"
        )
        point = base.mark_point(filled=True, size=60).encode(x="Difference:Q")
        high = _height(len({row["Measure"] for row in rows}), len(found))
        st.altair_chart((zero + band + point).properties(height=high), alt=f"Differences from the baseline, {unit}")


def _height(rows: int, series: int) -> int:
    """Pixels of a chart with so many rows and marks in each, with its axis and the legend below."""
    return 130 + rows * max(14 * series, 24) + (20 + 20 * series if series > 1 else 0)


def _legend(count: int) -> alt.Legend | None:
    return alt.Legend(orient="bottom", direction="vertical", title=None, labelLimit=320) if count > 1 else None


def show_range(label: str, points: Sequence[tuple[float, AnswerRow]]) -> None:
    """Show what a lever does over a range: the mean difference, and the band of nine simulated years in ten.

    Args:
        label: of the lever, with its unit.
        points: value of the lever and what it changes.
    """
    points = [point for point in points if point[1].has_band]
    if not points:
        return
    table = pd.DataFrame(
        {"Value": value, "Difference": row.difference, "From": row.low, "To": row.high,
         "In words": f"{row.change} ({row.band})", "Verdict": row.verdict}
        for value, row in points
    )  # fmt: skip
    tooltip = ["Value", "In words", "Verdict"]
    base = alt.Chart(table).encode(x=alt.X("Value:Q", title=label, scale=alt.Scale(zero=False)), tooltip=tooltip)
    band = base.mark_area(opacity=0.2, color=COLOURS[0]).encode(
        y=alt.Y("From:Q", title=f"Difference, {points[0][1].unit}"), y2="To:Q"
    )
    line = base.mark_line(point=True, color=COLOURS[0]).encode(y="Difference:Q")
    zero = alt.Chart(pd.DataFrame({"Difference": [0.0]})).mark_rule(color="#888").encode(y="Difference:Q")
    st.altair_chart((band + line + zero).properties(height=300), alt=f"{points[0][1].measure} over {label}")


def show_shares(table: pd.DataFrame, label: str, alt_text: str) -> None:
    """Show shares as bars, one for each column.

    Args:
        table: a column of words, then columns of numbers.
        label: of the numbers.
        alt_text: what is shown, for those who cannot see it.
    """
    name, *series = table.columns
    long = table.melt(name, series, "Which", label)
    drawn = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X(f"{label}:Q"),
            y=alt.Y(f"{name}:N", sort=None, axis=_LABELS),
            yOffset=alt.YOffset("Which:N", sort=series),
            color=alt.Color("Which:N", sort=series, scale=alt.Scale(range=list(COLOURS)), legend=_legend(2)),
            tooltip=[name, "Which", alt.Tooltip(f"{label}:Q", format=".3f")],
        )
    )
    st.altair_chart(drawn.properties(height=_height(len(table), len(series))), alt=alt_text)


def show_timelines(timelines: Mapping[str, pd.DataFrame]) -> None:
    """Show one family's stages on a line of time for each scenario.

    Args:
        timelines: what to call a scenario -> Date, Stage, Outcome and About, one row a stage.
    """
    rows = pd.concat([table.assign(Under=name) for name, table in timelines.items()], ignore_index=True)
    drawn = (
        alt.Chart(rows)
        .mark_point(filled=True, size=110)
        .encode(
            x=alt.X("Date:T", title=None),
            y=alt.Y("Stage:N", sort=None, axis=_LABELS),
            yOffset=alt.YOffset("Under:N", sort=list(timelines)),
            color=alt.Color("Under:N", sort=list(timelines), scale=alt.Scale(range=list(COLOURS)), legend=_legend(2)),
            tooltip=["Under", alt.Tooltip("Date:T", format="%d %b %Y"), "Stage", "Outcome", "About"],
        )
    )
    drawn = drawn.properties(height=_height(rows["Stage"].nunique(), 2))
    st.altair_chart(drawn, alt="One family's stages under both scenarios, by date")
