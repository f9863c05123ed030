"""Simulation of how concerns about young children travel between agencies (England, 2005-06), on Mesa.

``ReferralModel("city-borough", seed=1).run()`` is one year of one authority; ``simulate``, ``compare`` and ``sweep``
make many runs, and give results with ``to_frame()`` and ``plot()``.
"""

from __future__ import annotations

from importlib import import_module, metadata
from types import ModuleType
from typing import TYPE_CHECKING

from .experiment.shown import shown_by

if TYPE_CHECKING:
    from .experiment.authority_results import AuthorityResult
    from .experiment.comparison import Comparison, compare
    from .experiment.executors import TaskResult
    from .experiment.jobs import Job, run_jobs
    from .experiment.running import simulate, sweep
    from .experiment.sweep_results import SweepResults
    from .model import ReferralModel
    from .scenario import Scenario, ScenarioError, load_scenario

try:
    __version__ = metadata.version("referral-sim")
except metadata.PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0+source"

_HOME = {
    "AuthorityResult": ".experiment.authority_results",
    "Comparison": ".experiment.comparison",
    "SweepResults": ".experiment.sweep_results",
    "compare": ".experiment.comparison",
    "ReferralModel": ".model",
    "Scenario": ".scenario",
    "ScenarioError": ".scenario",
    "load_scenario": ".scenario",
    "Job": ".experiment.jobs",
    "TaskResult": ".experiment.executors",
    "run_jobs": ".experiment.jobs",
    "simulate": ".experiment.running",
    "sweep": ".experiment.running",
}

__all__ = [
    "AuthorityResult",
    "Comparison",
    "Job",
    "ReferralModel",
    "Scenario",
    "ScenarioError",
    "SweepResults",
    "TaskResult",
    "compare",
    "load_scenario",
    "run_jobs",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> object:
    # Loaded when first asked for: ``referral-sim --help`` need not wait for Mesa and pandas.
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _figures() -> ModuleType:
    from . import figures

    return figures


def _answers() -> ModuleType:
    from .report import answers

    return answers


shown_by(_figures, _answers)
