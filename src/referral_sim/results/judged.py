"""Patterns that were judged, read back from the JSON of ``referral-sim patterns --json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .reading import ResultsError

FILE = "patterns.json"
KEYS = ("pattern", "name", "predicted", "what", "observed", "low", "high", "unit", "holds", "shown_only", "reason")


def read_patterns(folder: Path) -> list[dict[str, Any]]:
    """The patterns in a folder's ``patterns.json``, as :func:`~referral_sim.report.patterns_table.patterns_as_data`.

    Raises:
        ResultsError: if the file is not what ``patterns --json`` prints.
    """
    path = folder / FILE
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}") from None
    whole = isinstance(found, list) and all(isinstance(p, dict) and all(key in p for key in KEYS) for p in found)
    if not whole:
        raise ResultsError(f"{path}: not what 'referral-sim patterns --json' prints")
    return list(found)
