"""Running many: plans, designs, who makes the runs, where they are kept."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .executors import Here
    from .parquet_store import ParquetStore
    from .plan import Plan
    from .plan_reader import load_plan
    from .processes import Processes
    from .running import simulate, sweep
    from .stores import MemoryStore

_HOME = {
    "Here": ".executors",
    "MemoryStore": ".stores",
    "ParquetStore": ".parquet_store",
    "Plan": ".plan",
    "Processes": ".processes",
    "load_plan": ".plan_reader",
    "simulate": ".running",
    "sweep": ".running",
}

__all__ = ["Here", "MemoryStore", "ParquetStore", "Plan", "Processes", "load_plan", "simulate", "sweep"]


def __getattr__(name: str) -> object:
    # Loaded when first asked for: a worker process needs a few of these only.
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
