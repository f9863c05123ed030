"""How it is counted: event table, measures by reporting year, monthly series."""

from .frames import WARM_UP, event_table, measure_table, monthly_table
from .table import MEASURES, unit_of

__all__ = ["MEASURES", "WARM_UP", "event_table", "measure_table", "monthly_table", "unit_of"]
