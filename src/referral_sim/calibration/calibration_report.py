"""What comes of a calibration, and its report in Markdown, which is made from the tables alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined

LITTLE = 0.1
"""The figures say next to nothing of a parameter whose contraction is below this."""


@dataclass
class CalibrationResult:
    """What came of a calibration.

    Attributes:
        tables: name -> table; docs/calibration.md describes them.
        draws: the posterior's draws, one column a parameter.
        misfits: fitted targets beyond three standard deviations, or that no run of the prior comes near.
        notes: facts about the inference, by name.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    draws: pd.DataFrame = field(default_factory=pd.DataFrame)
    misfits: list[str] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)


def report(result: CalibrationResult) -> str:
    """The report as Markdown; each table also stands in ``tables/`` as CSV."""
    tables = result.tables
    found, predictions, curve = tables["parameters"], tables["predictions"], tables["coverage"]
    held_out = predictions[predictions["role"] == "held-out"]
    values: dict[str, Any] = {
        "tables": tables,
        "notes": result.notes,
        "misfits": result.misfits,
        "little": LITTLE,
        "silent": ", ".join(f"`{name}`" for name in found[found["contraction"] < LITTLE]["parameter"]),
        "far_by_factor": _far_by_factor(tables["predictions_by_discrepancy"]),
        "intervals_by_factor": _intervals_by_factor(tables["discrepancy"], found["parameter"].tolist()),
        "largest_effects": _largest_effects(tables["sensitivity"], predictions),
        "coverage_90": float(curve.loc[curve["level"] == 0.9, "coverage"].iloc[0]),
        "held_out": held_out,
        "held_out_inside": held_out["published"].between(held_out["low"], held_out["high"]).mean(),
        "moved": _moved(found, tables["other_series"]),
    }
    environment = Environment(
        loader=FunctionLoader(lambda name: (resources.files(__package__) / name).read_text("utf-8")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["table"] = markdown_table
    return environment.get_template("report.md.j2").render(values)


def markdown_table(table: pd.DataFrame, *columns: str) -> str:
    """Columns of a table, or all of them, in Markdown; numbers to three significant digits."""
    shown = list(columns or table.columns)
    lines = [shown, *([_number(row[c]) for c in shown] for row in table[shown].to_dict("records"))]
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, f"|{'---|' * len(shown)}", *body])


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def _far_by_factor(predictions: pd.DataFrame) -> str:
    """How many fitted figures lie beyond three standard deviations, by the factor of the discrepancy."""
    fitted = predictions.query("role == 'fit'")
    counts = fitted.assign(far=fitted["z"].abs() > 3).groupby("times")["far"].sum()
    return ", ".join(f"{count} at {factor:g} times" for factor, count in counts.items())


def _intervals_by_factor(table: pd.DataFrame, parameters: list[str]) -> pd.DataFrame:
    """One row a parameter, one column a factor of the discrepancy: the 90% interval of the posterior."""
    ends = zip(table["posterior_low"], table["posterior_high"], strict=True)
    intervals = table.assign(interval=[f"{_number(low)} to {_number(high)}" for low, high in ends])
    wide = intervals.pivot(index="parameter", columns="times", values="interval").loc[parameters].reset_index()
    wide.columns = pd.Index(["parameter", *(f"discrepancy x {factor:g}" for factor in wide.columns[1:])])
    return wide


def _largest_effects(effects: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """The three parameters that move each fitted figure most."""
    fitted = predictions.query("role == 'fit'")["target"]
    ordered = effects[effects["target"].isin(fitted)].sort_values("in_sd", ascending=False)
    return ordered.groupby("target").head(3).sort_values(["target", "in_sd"], ascending=[True, False])


def _moved(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Parameters whose middle moves by more than a tenth of its interval when fitted to the other series."""
    both = one[["parameter", "posterior_mid", "posterior_low", "posterior_high"]].merge(
        other[["parameter", "posterior_mid"]].rename(columns={"posterior_mid": "other_mid"}), on="parameter"
    )
    width = both["posterior_high"] - both["posterior_low"]
    both["shift"] = (both["other_mid"] - both["posterior_mid"]) / width
    return both[both["shift"].abs() > 0.1].sort_values("shift", key=abs, ascending=False)
