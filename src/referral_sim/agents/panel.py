"""A family support panel: several agencies who plan support for families below the threshold (MODEL L6, F5)."""

from __future__ import annotations

import mesa
import numpy as np

from ..records.casebook import SSLP, Rows
from ..records.columns import days_of
from ..records.stages import Outcome, Stage
from ..scenario.fields import PartKind
from ..scenario.programmes import CollaborationPart
from ..state import State
from ..world.families import Floats, Ints
from ..world.streams import Chance, logistic_one, rotated


class FamilySupportPanel(mesa.Agent):  # type: ignore[misc]
    """A panel that meets every so often, supports families whom it has places for, and passes risk up.

    Attributes:
        name, index: name in the scenario and place in the order of the panels.
        strength: how fully the panel works, 0 to 1.
        places: families whom its agencies can support at a time. supported: those whom they support today.
    """

    def __init__(self, model: mesa.Model, state: State, index: int, name: str, part: CollaborationPart) -> None:
        super().__init__(model)
        self.state = state
        self.name, self.index, self.strength = name, index, part.strength
        self.rules = state.scenario.collaboration.panel
        self.first_day, self.last_day = days_of(part, state.calendar)
        self._whole = not part.localities and not part.programmes
        self._areas = np.zeros(len(state.programmes.names) + 1, dtype=bool)  # the last stands for families in no area
        self._areas[state.programmes.served_by(part)] = True
        self._places = np.isin(state.places, part.localities)
        children = state.families.children_at(0.0, 5.0)
        young = int(children[self.serves(np.arange(len(children)))].sum())
        self.places = part.strength * self.rules.places * young / 1000.0
        self.supported = 0

    def serves(self, family: Rows) -> np.ndarray:
        """Which families live where the panel works today, shape as ``family``."""
        home = self.state.families
        return np.asarray(self._areas[home.area[family]] | self._places[home.locality[family]] | self._whole)

    @property
    def present(self) -> bool:
        """The panel meets at this time."""
        return self.first_day <= self.state.day <= self.last_day

    def next_meeting(self) -> int:
        """Working day of the next meeting, tomorrow at the earliest."""
        return self.state.day + 1 + (-(self.state.day + 1 - self.first_day)) % self.rules.meeting_days

    def meets(self, cases: Rows) -> None:
        """Take the families brought since the last meeting: support, advice, or up to social services."""
        for case in cases.tolist():
            self._decide(case)

    def _decide(self, case: int) -> None:
        state, rules = self.state, self.rules
        family = int(state.cases.family[case])
        level = state.need.one(family, state.offset)
        seen = level + rules.judgement_noise * logistic_one(float(state.concerns.chances[Chance.PANEL_JUDGEMENT][case]))
        threshold = float(state.teams.applied_threshold[state.families.locality[family]])
        heard = state.cases.contact_day[case] >= 0  # the front door has decided on it: it does not go back there
        if seen >= threshold + rules.passes_up and not heard:
            outcome = Outcome.PASSED_UP
        elif seen < rules.lowest_need:
            outcome = Outcome.ADVICE
        else:
            outcome = self._support(family)
        state.log.one(Stage.PANEL, case, outcome, level)
        if outcome == Outcome.PASSED_UP:
            state.cases.level[case] = level
            state.bring(np.array([case]), state.cases.source[case])

    def _support(self, family: int) -> Outcome:
        """A family support plan, if the agencies have room for one more."""
        state = self.state
        if state.need.has_package(family, state.offset):
            return Outcome.SUPPORTED
        if self.supported + 1 > self.places:
            return Outcome.NO_CAPACITY
        self.supported += 1
        until = state.offset + self.rules.package_days
        state.need.begin_package(family, self.rules.relief, until)
        state.agenda.add("panel_plan_ends", state.calendar.day_of_offset(until), np.array([self.index]))
        state.help_begins(np.array([family]))
        return Outcome.SUPPORTED


class Panels:
    """The panels of a run: which one takes a family, and what is on their agendas.

    Attributes:
        panels: in the scenario's order.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.panels: list[FamilySupportPanel] = []
        self._of_case = np.full(len(state.concerns), -1)

    def set_up(self, model: mesa.Model) -> None:
        """Make the panels of the scenario, as agents of a model."""
        parts = [(n, p) for n, p in self.state.scenario.parts.items() if p.kind == PartKind.FAMILY_SUPPORT_PANEL]
        self.panels = [FamilySupportPanel(model, self.state, i, name, part) for i, (name, part) in enumerate(parts)]

    def of(self, family: Rows) -> Ints:
        """The panel that takes each family today, the first in the scenario's order of those that meet; -1 for none."""
        which = np.full(len(family), -1)
        for panel in reversed(self.panels):
            if panel.present:
                which[panel.serves(family)] = panel.index
        return which

    def strength(self, family: Rows) -> Floats:
        """Strength of the panel that takes each family today, 0 where there is none; shape as ``family``."""
        today = np.array([p.strength if p.present else 0.0 for p in self.panels] + [0.0])
        return np.asarray(today[self.of(family)])

    def take(self, cases: Rows) -> None:
        """Put cases on the agenda of the next meeting of their panel."""
        which = self.of(self.state.cases.family[cases])
        self._of_case[cases] = which
        for case, index in zip(cases.tolist(), which.tolist(), strict=True):
            self.state.agenda.add("panel", self.panels[index].next_meeting(), np.array([case]))

    def from_worker(self, case: int, perceived: float, believed: float) -> bool:
        """Whether a programme worker takes what they would refer to the panel first; nothing that cannot wait."""
        if not self.panels:
            return False
        strength = float(self.strength(self.state.cases.family[[case]])[0])
        rules = self.state.scenario.collaboration.panel
        u = self.state.concerns.chances[Chance.TO_PANEL][case]
        return bool(perceived < believed + rules.passes_up and u < strength * rules.programmes)

    def from_front_door(self, cases: Rows, may: np.ndarray) -> np.ndarray:
        """Which contacts below the threshold the teams pass on to a panel (F5), none that comes from there."""
        if not self.panels or not may.any():
            return np.zeros(len(cases), dtype=bool)
        share = self.strength(self.state.cases.family[cases]) * self.state.scenario.collaboration.panel.front_door
        u = rotated(self.state.chance(Chance.TO_PANEL, cases), 1)  # whoever brought it has used the first
        return np.asarray(may & (self._of_case[cases] < 0) & (u < share))

    def meet(self, cases: Rows) -> None:
        """The panels whose meeting is today decide on what they were brought."""
        which = self._of_case[cases]
        for panel in self.panels:
            panel.meets(cases[which == panel.index])

    def from_programme(self, cases: Rows) -> None:
        """A programme brings cases to the panel."""
        self.state.cases.source[cases] = SSLP
        self.take(cases)

    def plans_end(self, panels: Rows) -> None:
        """Support plans of some panels end today, one for each time that a panel stands there."""
        for index in panels.tolist():
            self.panels[index].supported -= 1
