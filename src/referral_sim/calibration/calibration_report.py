"""What comes of a calibration, and its report in Markdown, which is made from the tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined

from ..measures.table import MEASURES, QUESTION, SHARE

LITTLE = 0.1
"""The figures say next to nothing of a parameter whose contraction is below this."""
SURE = 0.9
"""A direction counts as known when at least this share of the draws has it."""
NARROWER = 0.8
"""The figures count as saying something of the size when their band is at most this share of the prior's."""


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
    if "transplant" in tables:
        values["sentences"] = sentences(tables["transplant"])
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


def sentences(table: pd.DataFrame) -> list[str]:
    """What the transplant found: a sentence or two for each scenario and measure of the study's question.

    Args:
        table: as :func:`~referral_sim.calibration.calibration_runs.transplant` gives it.

    Returns:
        Lines of Markdown: the probability that the measure changes and which way, its band, what the priors alone say,
        and what follows for how much rests on them.
    """
    found = {(str(r["scenario"]), str(r["measure"]), str(r["distribution"])): r for r in table.to_dict("records")}
    lines = []
    for scenario in dict.fromkeys(s for s, _, _ in found):
        for measure in QUESTION:
            posterior, prior = (found.get((scenario, measure, d)) for d in ("posterior", "prior"))
            if posterior is not None and prior is not None:
                lines.append(_sentence(scenario, measure, posterior, prior))
    return lines


def _sentence(scenario: str, name: str, posterior: Mapping[Any, Any], prior: Mapping[Any, Any]) -> str:
    measure = MEASURES[name]
    unit, size = ("percentage points", 100.0) if measure.unit == SHARE else (measure.unit, 1.0)
    down = posterior["falls"] >= posterior["rises"]
    way, key = ("lower", "falls") if down else ("higher", "rises")
    chance, before = float(posterior[key]), float(prior[key])

    def signed(value: float) -> str:
        return f"{value * size:+.{measure.digits}f}"

    width = (posterior["high"] - posterior["low"]) / max(prior["high"] - prior["low"], 1e-12)
    return (
        f"- **{measure.label}, {scenario}**: {way} with probability {chance:.2f} ({posterior['error']:.2f}; "
        f"{posterior['draws']} draws); middle "
        f"{signed(posterior['mid'])}, 90% of single years between {signed(posterior['low'])} and "
        f"{signed(posterior['high'])} {unit}. With the priors alone: {way} with probability {before:.2f}, between "
        f"{signed(prior['low'])} and {signed(prior['high'])}. {_verdict(chance, before, width)}"
    )


def _verdict(chance: float, before: float, width: float) -> str:
    if chance < SURE:
        direction = "The direction is open"
    elif before >= SURE:
        direction = "The direction was there before any figure: it rests on the model and the priors"
    else:
        direction = "The direction comes from the published figures"
    if width <= NARROWER:
        return f"{direction}; the figures narrow the band to {width:.0%} of the prior's."
    return f"{direction}; the size rests on the priors (the band is {width:.0%} of theirs)."
