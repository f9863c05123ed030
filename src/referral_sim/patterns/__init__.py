"""The twelve patterns that the model must show: run, judged, reported."""

from .results import Check, Pattern
from .run import REPLICATES, RunsFailedError, run_patterns

__all__ = ["REPLICATES", "Check", "Pattern", "RunsFailedError", "run_patterns"]
