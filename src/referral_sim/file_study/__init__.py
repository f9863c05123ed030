"""The virtual file study (MODEL O2): the report's own method, repeated on simulated files."""

from .assumptions import AssumptionError, Assumptions
from .design import Design, StudyError, check_scenario, design_of
from .listing import Listing, list_files
from .outcome import Blindness, Cell, FileStudy, chances_to_see, file_study, to_json

__all__ = [
    "AssumptionError",
    "Assumptions",
    "Blindness",
    "Cell",
    "Design",
    "FileStudy",
    "Listing",
    "StudyError",
    "chances_to_see",
    "check_scenario",
    "design_of",
    "file_study",
    "list_files",
    "to_json",
]
