"""What a user asks for: scenarios as typed, frozen values, and their files, presets, overrides and errors."""

from typing import Any

from .contents import (
    Entry,
    Movement,
    Preset,
    list_continuum,
    list_indicators,
    list_movements,
    list_policies,
    list_presets,
    list_programmes,
)
from .errors import Fault, ScenarioError
from .reader import Moved, Resolved, Value, load_scenario, resolve
from .scenario import Scenario


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of scenario files; see :func:`referral_sim.scenario.schema.json_schema`."""
    from .schema import json_schema as schema_of_files  # here, so that ``python -m`` can run that module

    return schema_of_files()


__all__ = [
    "Entry",
    "Fault",
    "Moved",
    "Movement",
    "Preset",
    "Resolved",
    "Scenario",
    "ScenarioError",
    "Value",
    "json_schema",
    "list_continuum",
    "list_indicators",
    "list_movements",
    "list_policies",
    "list_presets",
    "list_programmes",
    "load_scenario",
    "resolve",
]
