"""What was published: tables, what each figure means, and where the figures contradict each other.

The report is the study of safeguarding in Sure Start Local Programmes in four unnamed English authorities
(fieldwork 2005-07); England's figures are from the DfES return for the year to 31 March 2006. The tables are
CSV files in ``evidence/tables``; :data:`TABLES` says what each holds.
"""

from .contradictions import Contradiction, contradictions
from .published import Published, published
from .published_tables import (
    AUTHORITIES,
    TABLES,
    Authority,
    authorities,
    children_under_18,
    england_ratios,
    mean_programme_size,
    sslp_area_referral_ratio,
    table,
)

__all__ = [
    "AUTHORITIES",
    "TABLES",
    "Authority",
    "Contradiction",
    "Published",
    "authorities",
    "children_under_18",
    "contradictions",
    "england_ratios",
    "mean_programme_size",
    "published",
    "sslp_area_referral_ratio",
    "table",
]
