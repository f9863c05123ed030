"""Simulation of how concerns about young children travel between agencies (England, 2005-06), on Mesa.

``ReferralModel(load_scenario("city-borough"), rng=1).run().measures()`` is one year of one authority.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .experiment.comparison import Comparison, compare_scenarios
    from .experiment.executors import TaskResult
    from .experiment.jobs import Job, run_jobs
    from .model import ReferralModel
    from .scenario import Scenario, ScenarioError, load_scenario

try:
    __version__ = metadata.version("referral-sim")
except metadata.PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0+source"

_HOME = {
    "Comparison": ".experiment.comparison",
    "compare_scenarios": ".experiment.comparison",
    "ReferralModel": ".model",
    "Scenario": ".scenario",
    "ScenarioError": ".scenario",
    "load_scenario": ".scenario",
    "Job": ".experiment.jobs",
    "TaskResult": ".experiment.executors",
    "run_jobs": ".experiment.jobs",
}

__all__ = [
    "Comparison",
    "Job",
    "ReferralModel",
    "Scenario",
    "ScenarioError",
    "TaskResult",
    "compare_scenarios",
    "load_scenario",
    "run_jobs",
]


def __getattr__(name: str) -> object:
    # Loaded when first asked for: ``referral-sim --help`` need not wait for Mesa and pandas.
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
