"""The twelve patterns that the model must show: run, judged, reported."""

from ..experiment.jobs import RunsFailedError
from .judging import Check, Pattern
from .twelve_patterns import REPLICATES, run_patterns

__all__ = ["REPLICATES", "Check", "Pattern", "RunsFailedError", "run_patterns"]
