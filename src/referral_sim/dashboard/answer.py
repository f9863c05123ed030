"""The answer of a study: what each alternative changes, in children or families a year, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..experiment.comparison import Pair
from ..folders.read_folder import Results
from ..measures.table import FAMILY_RATE, RATE, Key
from ..measures.wording import digits_of_difference, full_label, interval, number
from ..scenario import Scenario
from .studies import Study, StudyProgress

SHOWN: tuple[Key, ...] = (
    ("contacts", "all"), ("referrals", "all"), ("initial_assessments", "all"), ("registrations", "all"),
    ("packages_started", "all"), ("days_of_unmet_need", "all"), ("days_to_help", "all"), ("backlog_days", "all"),
    ("initial_assessments_in_time", "all"),
)  # fmt: skip
"""What the answer shows, in this order."""
CHILDREN, FAMILIES = "children a year", "families a year"
_PER = 10_000.0
READING = (
    "A difference is what the model's rules make of the assumptions, not evidence that the assumptions are right. "
    "It helps to plan and to ask; it decides about no child."
)


@dataclass(frozen=True)
class AnswerRow:
    """What an alternative changes in one measure.

    Attributes:
        measure: in words.
        unit: of the numbers below; children or families a year in this authority where it is a rate of them.
        baseline, difference, low, high: means of the years, and where nine years in ten lie.
        digits: after the point.
        verdict: matters, too small to matter, cannot tell.
    """

    measure: str
    unit: str
    baseline: float
    difference: float
    low: float
    high: float
    digits: int
    verdict: str

    @property
    def label(self) -> str:
        """The measure with its unit."""
        return f"{self.measure}, {self.unit}"

    @property
    def has_band(self) -> bool:
        """Whether there is an interval: of one simulated year there is none."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def change(self) -> str:
        """The difference as text."""
        return number(self.difference, self.digits, sign=True)

    @property
    def band(self) -> str:
        """The interval as text."""
        return interval(self.low, self.high, self.digits, sign=True)


def answer_of(pair: Pair, keys: Sequence[Key] = SHOWN) -> list[AnswerRow]:
    """What a pair of scenarios says of some measures; what neither has is left out.

    Args:
        pair: of one reporting year.
        keys: measures and groups of the whole authority.
    """
    rows = {(r["measure"], r["group"]): r for r in pair.summary.to_dict("records")}
    there = [rows[key] for key in keys if key in rows and rows[key]["n"]]
    return [_row(row, pair.scenario) for row in there if row["base"] or row["value"]]


def _row(row: dict[Any, Any], scenario: Scenario) -> AnswerRow:
    per = scenario.population.children / _PER
    factor, unit = {RATE: (per, CHILDREN), FAMILY_RATE: (per, FAMILIES)}.get(row["unit"], (1.0, row["unit"]))
    base, difference, low, high = (factor * float(row[name]) for name in ("base", "difference", "low_90", "high_90"))
    fine = digits_of_difference(row)
    if factor != 1.0:
        fine = 0 if max(abs(low), abs(high)) >= 10.0 else 1
    label = full_label(row["measure"], row["group"])
    return AnswerRow(label, unit, base, difference, low, high, fine, str(row["verdict"]))


def frame_of(rows: Sequence[AnswerRow]) -> pd.DataFrame:
    """The answer as a table of texts."""
    return pd.DataFrame(
        {
            "What": [row.label for row in rows],
            "Changes by": [row.change for row in rows],
            "90% interval": [row.band for row in rows],
            "Verdict": [row.verdict for row in rows],
        }
    )


def side_by_side(found: Sequence[tuple[str, list[AnswerRow]]]) -> pd.DataFrame:
    """The answers of several alternatives as one table of texts: a row a measure, a column an alternative.

    Args:
        found: title and answer of each.
    """
    names = list(dict.fromkeys(row.label for _, rows in found for row in rows))
    table = pd.DataFrame({"What": names})
    for number_, (title, rows) in enumerate(found, 1):
        texts = {row.label: f"{row.change} ({row.band}): {row.verdict}" for row in rows}
        table[f"{number_}. {title}"] = [texts.get(name, "") for name in names]
    return table


def how_complete(now: StudyProgress, found: Results, study: Study) -> str:
    """How many of the years that were asked for stand behind the figures; empty where all do."""
    done = min((pair.replicates for comparison in found.comparisons for pair in comparison.pairs), default=0)
    asked = study.request.replicates
    return "" if done >= asked and now.done >= now.total else f"PARTIAL: {done} of {asked} simulated years are finished"


def readings(found: Results) -> Iterator[str]:
    """How to read the figures, one sentence or two each."""
    yield READING
    if found.draws:
        yield (
            "Bands hold chance and what is not known of the calibrated parameters (draws are on): nine simulated years "
            "in ten lie in the 90% interval."
        )
    else:
        yield (
            "Bands hold chance alone: all runs have the same parameters (draws are off, or the authority is not "
            "calibrated). What is not known of the parameters comes on top."
        )
    yield (
        "“Matters”: the whole interval lies beyond the smallest difference that matters, which is a convention. “Too "
        "small to matter”: all of it lies within. Else these runs cannot tell."
    )
