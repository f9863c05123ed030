"""A family support panel: several agencies who plan support for families below the threshold (MODEL L6, F5)."""

from __future__ import annotations

import mesa
import numpy as np

from ..records.casebook import SSLP, Rows
from ..records.columns import days_of
from ..records.hours import Agency, Work
from ..records.stages import Outcome, Stage
from ..scenario.fields import HelpKind, PartKind
from ..scenario.programmes import CollaborationPart
from ..state import State
from ..world.families import Floats, Ints
from ..world.streams import Chance, logistic_one, rotated
from ..world.troubles import fit_of
from .actor import Actor
from .family import FamilyDecisions


class FamilySupportPanel(Actor):
    """A panel that meets every so often, supports families whom it has places for, and passes risk up.

    Attributes:
        name, index: name in the scenario and place in the order of the panels.
        strength: how fully the panel works, 0 to 1.
        places: families whom its agencies can support at a time. supported: those whom they support today.
    """

    def __init__(self, model: mesa.Model, panels: Panels, index: int, name: str, part: CollaborationPart) -> None:
        super().__init__(model, panels.state)
        self.decisions = panels.decisions
        self.name, self.index = name, index
        self.supported = 0
        self.follow_scenario(part)

    def follow_scenario(self, part: CollaborationPart) -> None:
        """From today the panel is as the scenario of today has it (T3)."""
        state = self.state
        self.part, self.strength = part, part.strength
        self.rules = state.scenario.collaboration.panel
        self._fit = fit_of(state.scenario, HelpKind, self.rules.effect)  # several agencies: all kinds of help
        self.first_day, self.last_day = days_of(part, state.calendar)
        self._whole = not part.localities and not part.programmes
        self._areas = np.zeros(len(state.programmes.names) + 1, dtype=bool)  # the last stands for families in no area
        self._areas[state.programmes.served_by(part)] = True
        self._places = np.isin(state.places, part.localities)
        children = state.families.children_at(state.offset, 5.0)
        young = int(children[self.serves(np.arange(len(children)))].sum())
        self.places = part.strength * self.rules.places * young / 1000.0

    def serves(self, family: Rows) -> np.ndarray:
        """Which families live where the panel works today, shape as ``family``."""
        home = self.state.families
        return np.asarray(self._areas[home.area[family]] | self._places[home.locality[family]] | self._whole)

    @property
    def present(self) -> bool:
        """The panel meets at this time."""
        return self.first_day <= self.state.day <= self.last_day

    def goes(self) -> None:
        """The panel meets no more; what it was brought waits for it for ever."""
        self.last_day = self.state.day - 1

    def package_ends(self) -> None:
        """A family has its support plan no more: there is room for another."""
        self.supported -= 1

    def works(self) -> None:
        """A month's work on the support plans that run: help tries to turn what troubles their families (L6)."""
        state = self.state
        giver = len(state.programmes.names) + self.index
        families = state.cases.packages_of(giver, state.offset)
        state.hours.spend(Agency.PARTNERS, Work.PACKAGE, len(families) * state.scenario.hours.package_month)
        state.help_works(families, self._fit)

    def next_meeting(self) -> int:
        """Working day of the next meeting, tomorrow at the earliest."""
        return self.state.day + 1 + (-(self.state.day + 1 - self.first_day)) % self.rules.meeting_days

    def meets(self, cases: Rows) -> None:
        """Take the families brought since the last meeting: support, advice, or up to social services."""
        self.state.hours.spend(Agency.PARTNERS, Work.PANEL, len(cases) * self.state.scenario.hours.panel_case)
        levels = self.state.troubles.level(self.state.cases.family[cases], self.state.offset)
        for case, level in zip(cases.tolist(), levels.tolist(), strict=True):
            self._decide(case, level)

    def _decide(self, case: int, level: float) -> None:
        """Decide on one case, whose family's need was so great when the panel met."""
        state, rules = self.state, self.rules
        family = int(state.cases.family[case])
        seen = level + rules.judgement_noise * logistic_one(float(state.signs.chances[Chance.PANEL_JUDGEMENT][case]))
        threshold = float(state.teams.applied_threshold[state.families.locality[family]])
        heard = state.cases.contact_day[case] >= 0  # the front door has decided on it: it does not go back there
        if seen >= threshold + rules.passes_up and not heard:
            outcome = Outcome.PASSED_UP
        elif seen < rules.lowest_need:
            outcome = Outcome.ADVICE
        else:
            outcome = self._support(case, family)
        state.log.one(Stage.PANEL, case, outcome, level)
        if outcome == Outcome.PASSED_UP:
            state.cases.level[case] = level
            state.bring(np.array([case]), state.cases.source[case])

    def _support(self, case: int, family: int) -> Outcome:
        """A family support plan, if the agencies have room for one more and the family accepts it."""
        state, row = self.state, np.array([family])
        if state.cases.has_package(row, state.offset)[0]:
            return Outcome.SUPPORTED
        if self.supported + 1 > self.places:
            return Outcome.NO_CAPACITY
        if not self.decisions.accepts(row, rotated(state.chance(Chance.ACCEPTS, np.array([case])), 2))[0]:
            return Outcome.REFUSED
        self.supported += 1
        state.begin_package(family, self.rules.package_days, len(state.programmes.names) + self.index)
        state.help_begins(row)
        return Outcome.SUPPORTED


class Panels:
    """The panels of a run: which one takes a family, and what is on their agendas.

    Args:
        state: the run.
        decisions: what families decide.

    Attributes:
        panels: in the scenario's order.
    """

    def __init__(self, state: State, decisions: FamilyDecisions) -> None:
        self.state, self.decisions = state, decisions
        self.panels: list[FamilySupportPanel] = []
        self._of_case = np.full(len(state.signs), -1)

    def set_up(self, model: mesa.Model, panel: type[FamilySupportPanel] = FamilySupportPanel) -> None:
        """Make the panels of the scenario, as agents of a model, of a class."""
        self.panels = [panel(model, self, i, name, part) for i, (name, part) in enumerate(self._parts().items())]

    def _parts(self) -> dict[str, CollaborationPart]:
        """The panels that the scenario of today has."""
        parts = self.state.scenario.parts.items()
        return {name: part for name, part in parts if part.kind == PartKind.FAMILY_SUPPORT_PANEL}

    def follow_scenario(self, model: mesa.Model, panel: type[FamilySupportPanel], rules_differ: bool) -> None:
        """From today there are the panels of the scenario of today (T3); one that ended supports those it has.

        Args:
            model: whose agents the new ones are.
            panel: the class of the new ones.
            rules_differ: what panels do, or how well help meets trouble, is another since today.
        """
        parts = self._parts()
        for one in self.panels:
            part = parts.pop(one.name, None)
            if part is None:
                one.last_day = min(one.last_day, self.state.day - 1)
            elif not one.gone and (rules_differ or part != one.part or one.last_day < self.state.day):
                one.follow_scenario(part)
        for name, part in parts.items():
            self.panels.append(panel(model, self, len(self.panels), name, part))

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
        u = self.state.signs.chances[Chance.TO_PANEL][case]
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
            mine = cases[which == panel.index]
            if panel.gone:
                self.state.agenda.add("panel", self.state.calendar.days, mine)
            else:
                panel.meets(mine)

    def from_programme(self, cases: Rows) -> None:
        """A programme brings cases to the panel."""
        self.state.cases.source[cases] = SSLP
        self.take(cases)
