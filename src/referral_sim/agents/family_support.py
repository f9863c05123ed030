"""The teams after the front door, who work on plans and registrations (MODEL A10, K5)."""

from __future__ import annotations

import math

import mesa
import numpy as np

from ..records.casebook import Rows
from ..records.hours import Agency, Work
from ..scenario.fields import HelpKind
from ..state import State
from ..world.calendar import DAYS_A_MONTH
from ..world.families import Floats
from ..world.troubles import fit_of
from .actor import Actor
from .programme import SureStartProgramme

WORKING_DAYS_A_MONTH = 21.0


class FamilySupportTeam(Actor):
    """The team of a locality that every plan and registration is handed to.

    Each month it gives every family its hours as far as it has them; help tries to turn what troubles the family with
    that share of its strength. The programme that the family uses may take part, and helps the more the better the
    two sides trust each other.

    Attributes:
        index: of the locality, in the scenario's order.
        attention: share of the hours which its families needed last month that they got, 0 to 1.
    """

    def __init__(self, model: mesa.Model, state: State, index: int, programmes: list[SureStartProgramme]) -> None:
        super().__init__(model, state)
        self.index, self.programmes = index, programmes
        self.attention = 1.0
        self.follow_scenario()

    def follow_scenario(self) -> None:
        """From today the team works as the scenario of today says (T3)."""
        scenario, index = self.state.scenario, self.index
        self._on_register = fit_of(scenario, [HelpKind.SOCIAL_WORK], scenario.protection.plan_effect)
        self._on_plan = fit_of(scenario, [HelpKind.SOCIAL_WORK], scenario.plans.effect)
        shares = np.array([place.share for place in scenario.localities.values()], dtype=float)
        children = scenario.population.children * shares[index] / max(float(shares.sum()), 1e-300)
        staff = scenario.workforce
        each = staff.hours_with_families * WORKING_DAYS_A_MONTH
        covered = 1.0 - staff.vacancy * (1.0 - staff.agency * staff.agency_work)
        self.hours_a_month = scenario.family_support.posts * children / 10_000.0 * each * covered

    def month_passes(self, registered: Rows, planned: Rows) -> None:
        """The month's work: hours are shared among the families, and help tries to turn what troubles them.

        Args:
            registered: families of all teams who are on the register.
            planned: those who have a plan and are not on it.
        """
        if self.gone:
            self.attention = 0.0
            return
        state, rules = self.state, self.state.scenario.family_support
        registered, planned = self._of_patch(registered), self._of_patch(planned)
        families = np.concatenate([registered, planned])
        new = self._days_with(families) <= DAYS_A_MONTH
        wanted = {
            Work.HANDOVER: float(new.sum()) * rules.handover_hours,
            Work.REGISTRATION: len(registered) * rules.register_hours,
            Work.PLAN: len(planned) * rules.plan_hours,
        }
        needed = math.fsum(wanted.values())
        if state.scenario.workforce.unlimited or not needed:
            self.attention = 1.0
        else:
            self.attention = min(1.0, self.hours_a_month / needed)
        for work, hours in wanted.items():
            state.hours.spend(Agency.FAMILY_SUPPORT, work, self.attention * hours)
        for some, fit in ((registered, self._on_register), (planned, self._on_plan)):
            worked = some[self._days_with(some) > rules.handover_days]
            state.help_works(worked, fit * self._strength(worked)[:, None])

    def _of_patch(self, family: Rows) -> Rows:
        """Those of some families who live in the team's locality."""
        return np.asarray(family[self.state.families.locality[family] == self.index])

    def _days_with(self, family: Rows) -> Floats:
        """Calendar days since the plan or registration of some families began, shape as ``family``."""
        began = self.state.cases.helped[family]
        return np.asarray(self.state.offset - self.state.calendar.offsets[began])

    def _strength(self, family: Rows) -> Floats:
        """How well families are helped this month, relative to all hours of the team alone; shape as ``family``."""
        state, rules = self.state, self.state.scenario.family_support
        strength = np.full(len(family), self.attention)
        if rules.joint_gain <= 0.0 or not len(family):
            return strength
        area = np.where(state.cases.user[family], state.families.area[family], -1)
        for programme in self.programmes:
            with_it = np.flatnonzero(area == programme.index)
            if len(with_it) and programme.staff:
                part = programme.takes_part(len(with_it) * rules.joint_hours)
                strength[with_it] *= 1.0 + part * rules.joint_gain * programme.mutual_trust
        return strength
