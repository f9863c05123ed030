"""Many runs: jobs, plans, who makes the runs, where they are kept, and how scenarios compare over them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .authority_results import AuthorityResult
    from .comparison import Comparison, compare
    from .draws import Draws, load_draws
    from .executors import Executor, SerialExecutor, TaskResult
    from .jobs import Job, run_jobs
    from .parquet_store import ParquetStore
    from .plan import Plan
    from .plan_file import load_plan
    from .process_executor import ProcessExecutor
    from .running import simulate, sweep
    from .stores import MemoryStore
    from .sweep_results import SweepResults

_HOME = {
    "AuthorityResult": ".authority_results",
    "Comparison": ".comparison",
    "Draws": ".draws",
    "Executor": ".executors",
    "Job": ".jobs",
    "MemoryStore": ".stores",
    "ParquetStore": ".parquet_store",
    "Plan": ".plan",
    "ProcessExecutor": ".process_executor",
    "SerialExecutor": ".executors",
    "SweepResults": ".sweep_results",
    "TaskResult": ".executors",
    "compare": ".comparison",
    "load_draws": ".draws",
    "load_plan": ".plan_file",
    "run_jobs": ".jobs",
    "simulate": ".running",
    "sweep": ".running",
}

__all__ = [
    "AuthorityResult",
    "Comparison",
    "Draws",
    "Executor",
    "Job",
    "MemoryStore",
    "ParquetStore",
    "Plan",
    "ProcessExecutor",
    "SerialExecutor",
    "SweepResults",
    "TaskResult",
    "compare",
    "load_draws",
    "load_plan",
    "run_jobs",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> object:
    # Loaded when first asked for: a worker process needs a few of these only.
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
