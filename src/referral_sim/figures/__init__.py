"""Figures: functions from a tidy table to seaborn's Axes and grids, which show themselves in a notebook.

Nothing is computed here but places on paper: tables come from runs, comparisons, sweeps and calibrations as they are
kept in folders. Figures take the theme that the user has set; :func:`project_theme` is that of commands and reports.
"""

from .answer_figures import costs, dependence, information_value, power, regret
from .calibration_figures import (
    contraction,
    coverage,
    densities,
    pairs,
    posteriors,
    predictions,
    ridges,
    sensitivity,
)
from .flow_figure import flows
from .run_figures import differences, funnel, monthly, profile, response, response_of, sources, workload_and_trust
from .style import project_theme, to_bytes
from .year_figures import effects_by_year

__all__ = [
    "contraction", "costs", "coverage", "densities", "dependence", "differences", "effects_by_year", "flows", "funnel",
    "information_value", "monthly", "pairs", "posteriors", "power", "predictions", "profile", "project_theme", "regret",
    "response", "response_of", "ridges", "sensitivity", "sources", "to_bytes", "workload_and_trust",
]  # fmt: skip
