"""How it is counted: event table, measures of the reporting year, monthly series."""

from .frames import event_table, measure_table, monthly_table
from .names import UNITS, unit_of

__all__ = ["UNITS", "event_table", "measure_table", "monthly_table", "unit_of"]
