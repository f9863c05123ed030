"""How many children so far were in contacts, referrals and registrations: what the data collector shows each day."""

from __future__ import annotations

from collections.abc import Callable

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

    def add(self, rows: tuple[Rows, Rows, Rows], today: Concerned, contacted: Concerned, registered: Concerned) -> None:
        """Add rows of one day.

        Args:
            rows: what was logged: stage, case and outcome, each of shape (rows,).
            today: which children some cases concern today, shape (cases, 4).
            contacted: the same on the day of their contact.
            registered: the same on the day of their registration.
        """
        stage, cases, outcome = rows
        if not len(cases):
            return
        children = today(cases).sum(axis=1)
        of_stage = np.bincount(stage, children, minlength=len(Stage)).astype(int).tolist()
        self.contacts += of_stage[Stage.CONTACT]
        self.referrals += of_stage[Stage.REFERRAL]
        self.registrations += of_stage[Stage.REGISTRATION]
        self.on_register += of_stage[Stage.REGISTRATION]
        calls = (stage == Stage.CONTACT_DECISION) & (outcome == Outcome.TO_OPEN_CASE)
        if calls.any():
            self.contacts -= int(contacted(cases[calls]).sum())
            self.calls += int(children[calls].sum())
        off = stage == Stage.DEREGISTRATION
        if off.any():
            self.on_register -= int(registered(cases[off]).sum())
