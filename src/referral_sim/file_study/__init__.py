"""The virtual file study (MODEL O2): the report's own method, repeated on simulated files."""

from .listing import Listing, list_files
from .simulated_study import FileStudy, MissedReferrals, StudyFigure, chances_to_see, file_study, to_json
from .study_design import AssumptionError, Assumptions, NotStudiedError, StudyDesign, check_scenario, design_of

__all__ = [
    "AssumptionError",
    "Assumptions",
    "FileStudy",
    "Listing",
    "MissedReferrals",
    "NotStudiedError",
    "StudyDesign",
    "StudyFigure",
    "chances_to_see",
    "check_scenario",
    "design_of",
    "file_study",
    "list_files",
    "to_json",
]
