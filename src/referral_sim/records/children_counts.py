"""How many children so far were in contacts, referrals and registrations: what the data collector shows each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from .casebook import Rows
from .stages import Outcome, Stage

Concerned = Callable[[Rows], NDArray[np.bool_]]


class ChildrenCounts:
    """Children in the rows of the event log so far, from the first day of the warm-up.

    Attributes:
        contacts: in contacts, but for those of which it is known by now that they are calls about open cases.
        calls: in calls about open cases.
        referrals, registrations: in referrals and registrations.
        on_register: in registrations that run.
    """

    def __init__(self) -> None:
        self.contacts = self.calls = self.referrals = self.registrations = self.on_register = 0

    def add(
        self, rows: Iterable[tuple[int, Rows, NDArray[np.int64] | int]], today: Concerned, contacted: Concerned,
        registered: Concerned,
    ) -> None:  # fmt: skip
        """Add rows of one day, as (stage, cases, outcome).

        Args:
            rows: what was logged.
            today: which children some cases concern today, shape (cases, 4).
            contacted: the same on the day of their contact.
            registered: the same on the day of their registration.
        """
        for stage, cases, outcome in rows:
            if stage == Stage.CONTACT:
                self.contacts += int(today(cases).sum())
            elif stage == Stage.CONTACT_DECISION:
                calls = cases[np.broadcast_to(outcome == Outcome.TO_OPEN_CASE, len(cases))]
                if len(calls):
                    self.contacts -= int(contacted(calls).sum())
                    self.calls += int(today(calls).sum())
            elif stage == Stage.REFERRAL:
                self.referrals += int(today(cases).sum())
            elif stage == Stage.REGISTRATION:
                children = int(today(cases).sum())
                self.registrations += children
                self.on_register += children
            elif stage == Stage.DEREGISTRATION:
                self.on_register -= int(registered(cases).sum())
