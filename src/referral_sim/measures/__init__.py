"""How it is counted: event table, measures of the reporting year, monthly series."""

from .frames import event_table, measure_table, monthly_table
from .table import MEASURES, unit_of

__all__ = ["MEASURES", "event_table", "measure_table", "monthly_table", "unit_of"]
