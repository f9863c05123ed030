"""What a sweep gave: its runs and outcomes as one tidy frame, as figures, and in short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..measures.groups import with_group_parts
from .executors import DONE
from .plan import Plan
from .responses import Response, responses
from .shown import answer_html, plotted
from .summaries import with_orders

_IDENTITY = ("scenario", "policies", "point")


@dataclass(frozen=True)
class SweepResults:
    """The runs of a sweep.

    Attributes:
        plan: what was asked for.
        runs: one row a run, as a sweep's folder keeps them (docs/columns.md).
        outcomes: one row a run, year, measure and group.
    """

    plan: Plan
    runs: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def levers(self) -> tuple[str, ...]:
        """Keys that somebody may choose, the columns of their values; uncertainties are columns too."""
        return tuple(variable.key for variable in self.plan.variables if variable.role == "levers")

    def to_frame(self) -> pd.DataFrame:
        """The outcomes of all runs that ended, one row each, with their point.

        Columns scenario, policies and point, one for each lever and uncertainty, named by its key, then replicate,
        year, measure, value, unit, group, group_kind and group_name. Rows are in the plan's order; scenario, policies,
        year and measure are ordered categories.
        """
        keys = [variable.key for variable in self.plan.columns]
        cases = [(variant.scenario, variant.policies) for variant in self.plan.variants]
        case = [cases.index(one) for one in zip(self.runs["scenario"], self.runs["policies"], strict=True)]
        runs = self.runs.assign(case=case)[["run", *_IDENTITY, *keys, "replicate", "case"]]
        found = runs.merge(self.outcomes, on="run").sort_values(["case", "point", "replicate"], kind="stable")
        found = found[[*_IDENTITY, *keys, "replicate", "year", "measure", "value", "unit", "group"]]
        return with_orders(with_group_parts(found.reset_index(drop=True)))

    def plot(
        self, measure: str | None = None, levers: str | Sequence[str] = (), year: str | None = None, **seaborn: Any
    ) -> Any:
        """What a measure of the whole authority does along a lever, or over two.

        Args:
            measure: which; the first of the outcomes if not given.
            levers: one or two keys of numbers with 2 to 12 values; if not given two, where the plan has them, or one.
            year: the reporting year; the last if not given.
            seaborn: as :func:`referral_sim.figures.response` takes it.

        Returns:
            The grid that :func:`referral_sim.figures.response_of` draws.

        Raises:
            ValueError: if the sweep has no such response; the message lists those that it has.
        """
        found = [*responses(self.runs, self.outcomes), *responses(self.runs, self.outcomes, crossed=False)]
        asked = (levers,) if isinstance(levers, str) else tuple(levers)
        chosen = [
            one for one in found
            if one.measure == (measure or found[0].measure) and (not asked or one.levers == asked)
            and (year is None or one.year in ("", year))
        ]  # fmt: skip
        if not chosen:
            raise ValueError(f"no such response; there are {_listed(found) or 'none: no number has 2 to 12 values'}")
        last = [one for one in chosen if one.year == max(other.year for other in chosen)]
        return plotted("response_of", max(last, key=lambda one: (one.crossed, len(one.levers))), **seaborn)

    def __repr__(self) -> str:
        """What was asked for and what ended; ``to_frame()`` has the numbers."""
        done = int((self.runs["status"] == DONE).sum())
        failed = f", {len(self.runs) - done} failed" if len(self.runs) > done else ""
        varied = ", ".join(variable.key for variable in self.plan.variables) or "nothing"
        return f"<SweepResults of {self.plan.file!r}: {done} runs{failed}; varied: {varied}>"

    def _repr_html_(self) -> str | None:
        """Means of the headline measures at each setting, for a notebook; None where there are more than 12."""
        return answer_html("points_answer", self.runs, self.outcomes, self.levers) or None


def _listed(found: Sequence[Response]) -> str:
    return "; ".join(dict.fromkeys(f"{one.measure} along {' and '.join(one.levers)}" for one in found))
