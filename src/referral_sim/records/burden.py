"""What families live through in a reporting year, seen by anybody or not (MODEL W9)."""

from __future__ import annotations

import numpy as np

from ..world.families import MOST_CHILDREN, Families, Floats
from ..world.troubles import Troubles
from .casebook import Casebook, Rows

TROUBLED = 3.0  # tier of need from which a family is in trouble that social services are for
GRAVE = 4.0
HARMS = 0.25  # size from which a trouble that may be harm counts, in tiers


class Burden:
    """What all families live through, looked at on the last day of each month of one reporting year.

    Attributes:
        months: how many months were looked at.
        highest: highest need of each family, in tiers, shape (families,); 0 for a family that was not here.
        troubled, grave: months at need 3 and above, and 4 and above, of each family, shape (families,).
        unhelped: months at the yardstick's need and above without any help; grave_unknown: months at need 4 and above
            in which no agency knew the family; of each family, shape (families,).
        highest_unhelped: highest need that each family would have had if nobody had ever helped, shape (families,).
        here: months in which each family lived here with a child under 18, shape (families,).
        harmed: children concerned by trouble that may be significant harm, in a family at need 3 and above, in any
            month; shape (families, 4).
        plan_case, register_case, registered, helped: columns of the casebook as they were at the year's end, shape
            (families,).
    """

    plan_case: Rows
    register_case: Rows
    registered: Rows
    helped: Rows

    def __init__(self, families: Families, yardstick: float) -> None:
        self._families, self._yardstick, count = families, yardstick, len(families)
        self.months = 0
        self.highest: Floats = np.zeros(count)
        self.highest_unhelped: Floats = np.zeros(count)
        self.troubled, self.grave, self.here = (np.zeros(count, dtype=np.int16) for _ in range(3))
        self.unhelped, self.grave_unknown = (np.zeros(count, dtype=np.int16) for _ in range(2))
        self.harmed = np.zeros((count, MOST_CHILDREN), dtype=bool)

    def look(self, troubles: Troubles, book: Casebook, offset: float, day: int) -> None:
        """Look at all families on a day, given as an offset in calendar days and as a working day."""
        here = self._families.children_at(offset) > 0
        need, alone, harmed = troubles.everywhere(offset, HARMS)
        need, alone = np.where(here, need, 0.0), np.where(here, alone, 0.0)
        self.months += 1
        self.here += here
        self.highest = np.maximum(self.highest, need)
        self.highest_unhelped = np.maximum(self.highest_unhelped, alone)
        needy, troubled, grave = (np.flatnonzero(need >= least) for least in (self._yardstick, TROUBLED, GRAVE))
        self.troubled[troubled] += 1
        self.grave[grave] += 1
        self.unhelped[needy] += ~book.has_help(offset, needy)
        self.grave_unknown[grave] += ~book.is_known(offset, day, grave)
        self.harmed[troubled] |= harmed[troubled]

    def close(self, book: Casebook) -> None:
        """Keep, at the end of the year's last working day, what its stocks are counted from."""
        self.plan_case, self.register_case = book.plan_case.copy(), book.register_case.copy()
        self.registered, self.helped = book.registered.copy(), book.helped.copy()
