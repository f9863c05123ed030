"""Figures: functions from a tidy table to matplotlib Axes, in seaborn's manner (extra ``figures``).

Nothing is computed here but places on paper: tables come from runs, comparisons, sweeps and calibrations as they are
kept in folders. Colours are those of Okabe and Ito (2008), with markers, line styles or hatches beside them.
"""

from .calibrations import contraction, coverage, posteriors, predictions, ridges, sensitivity, waves
from .comparisons import differences, response
from .flow import flows
from .runs import funnel, loop, monthly, profile, sources

__all__ = [
    "contraction", "coverage", "differences", "flows", "funnel", "loop", "monthly", "posteriors", "predictions",
    "profile", "response", "ridges", "sensitivity", "sources", "waves",
]  # fmt: skip
