"""What is true today: the world as it was drawn, the records of every agency, and what passes between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .records.burden import Burden
from .records.casebook import Agenda, Casebook, EventLog, Rows
from .records.children_counts import ChildrenCounts
from .records.columns import LiaisonColumns, PartColumns, ProgrammeColumns, TeamColumns, WorkerColumns
from .records.history import History
from .records.hours import Hours
from .records.posts import open_posts
from .records.wariness import Wariness
from .records.work_queue import WorkQueue
from .scenario import Scenario
from .world.calendar import Calendar
from .world.families import Floats, draw_families
from .world.moves import settle
from .world.signs import draw_signs
from .world.streams import Chance
from .world.troubles import draw_troubles


class State:
    """What is true today in one run; stages and agents read it and change it, and know nothing else of the model.

    A state is made for the day before the first; :meth:`begin_day` goes to the next working day.

    Args:
        scenario: what is run; as an attribute, what it is today (T3).
        seed, replicate: whole numbers of 0 or more; with the scenario, all that the state depends on.

    Attributes:
        calendar, families, residence, troubles, signs: the world, drawn before the first day.
        places: names of the localities.
        cases, agenda, log: records of cases, what is due on them, and what happened.
        children_counts: how many children what happened has concerned so far.
        burdens: what families lived through in each reporting year, in order.
        wariness: how wary families are of social services.
        queues: work of each intake team, one entry a locality.
        posts: posts of every agency.
        teams, programmes, workers, liaison, parts: what agents are today, in columns.
        day, offset: today, as a working day (-1 before the first) and as calendar days from the start.
        history: what was written down of each day.
        hours: whose hours were used for what.
        help_waits: (row of the family, working day, calendar days since its oldest trouble began) whenever help began.
        brought_in: (working day, programme, families) whenever a liaison worker brought families in.
        removed: rows of families that leave before their time, from tomorrow on.
        staff_moves: (working day, programme, True if towards the programme) of everybody who changed sides (K4).
    """

    def __init__(self, scenario: Scenario, seed: int, replicate: int = 0) -> None:
        self.scenario, self.seed, self.replicate = scenario, seed, replicate
        self.day, self.offset = -1, 0.0
        self.calendar = Calendar(scenario.time)
        first = draw_families(scenario, self.calendar, seed, replicate)
        self.residence = settle(scenario, self.calendar, first, seed, replicate)
        self.families = self.residence.families
        self.troubles = draw_troubles(scenario, self.calendar, self.families, seed, replicate)
        self.signs = draw_signs(scenario, self.calendar, (self.families, self.troubles), seed, replicate)
        self.places = list(scenario.localities)
        self.cases = Casebook(self.signs, len(self.families))
        self.agenda, self.log = Agenda(), EventLog()
        self.children_counts = ChildrenCounts()
        self.burdens = [Burden(self.families, scenario.yardstick.need) for _ in self.calendar.years]
        self.wariness = Wariness(scenario, self.families)
        self.queues = [WorkQueue() for _ in self.places]
        self.posts = open_posts(scenario, seed, replicate)
        self.teams = TeamColumns(scenario, self.calendar)
        self.programmes = ProgrammeColumns(scenario, self.families)
        self.workers = WorkerColumns(self.posts, self.programmes)
        self.liaison = LiaisonColumns(scenario, self.calendar, self.posts, self.programmes, self.residence.begins)
        self.parts = PartColumns(scenario)
        self.history = History(self.calendar.days, len(self.places), len(self.programmes.names), len(self.posts.filled))
        self.hours = Hours(int(self.calendar.month[-1]) + 1 if self.calendar.days else 1)
        self.help_waits: list[tuple[int, int, int]] = []
        self.brought_in: list[tuple[int, int, int]] = []
        self.staff_moves: list[tuple[int, int, bool]] = []
        self.removed: list[int] = []
        self._arrivals: list[Rows] = []

    # -- time -------------------------------------------------------------------------------------------------------

    def world_memo(self) -> dict[int, Any]:
        """What a copy of the state shares with it, for :func:`copy.deepcopy`: what was drawn and never changes."""
        fixed = [self.calendar, self.signs, *vars(self.signs).values()]
        return {id(one): one for one in fixed}

    def follow_scenario(self, scenario: Scenario) -> None:
        """From today records and what families learn follow a scenario; the world stays as it was drawn (T3)."""
        self.scenario = scenario
        self.wariness.rules, self.troubles.help_rules = scenario.families, scenario.help
        self.teams.follow_scenario(scenario, self.calendar, self.day)
        self.programmes.follow_scenario(scenario)
        self.posts.follow_scenario(scenario)
        self.workers.widen(len(self.posts.filled))
        self.history.widen(len(self.posts.filled))
        self.liaison.follow_scenario(scenario, self.posts, self.day)

    def begin_day(self) -> None:
        """Go to the next working day."""
        self.day += 1
        self.offset = float(self.calendar.offsets[self.day])
        self.log.begin_day(self.day)
        self.hours.month = int(self.calendar.month[self.day])

    @property
    def ended(self) -> bool:
        """The last working day of the run has been reached."""
        return self.day >= self.calendar.days - 1

    @property
    def month_ends(self) -> bool:
        """Today is the first working day of a month after the first: the month before is over."""
        return self.day > 0 and bool(self.calendar.month[self.day] != self.calendar.month[self.day - 1])

    @property
    def last_of_month(self) -> bool:
        """Today is the last working day of a month."""
        return self.ended or bool(self.calendar.month[self.day] != self.calendar.month[self.day + 1])

    @property
    def year(self) -> int | None:
        """Which reporting year today lies in, from 0; None before the first."""
        found = [number for number, year in enumerate(self.calendar.years) if year.first <= self.day < year.end]
        return found[0] if found else None

    def due(self, business: str) -> Rows:
        """Take what is due today off the agenda, in the order in which it was put there."""
        return self.agenda.due(business, self.day)

    def chance(self, which: Chance, cases: Rows) -> NDArray[np.float32]:
        """Uniform numbers that decide one thing about some cases, shape as ``cases``."""
        chances: NDArray[np.float32] = self.signs.chances[which][cases]
        return chances

    def children_concerned(self, cases: Rows, offset: Floats | float) -> NDArray[np.bool_]:
        """Which children some cases concern on a day (C1).

        A case concerns the child whom its trouble began with, or all who are below 18 on the day where the trouble
        concerns all children; that one child always.

        Args:
            cases: case numbers, shape (cases,).
            offset: calendar days from the start, one for all or one each.

        Returns:
            Shape (cases, 4), by the children's places among the family's.
        """
        signs = self.signs
        found = self.families.are_children(signs.family[cases], offset)
        found &= self.troubles.concerns_all[signs.trouble[cases]][:, None]
        found[np.arange(len(cases)), signs.child[cases]] = True
        return found

    def children_registered(self, cases: Rows, begun: Rows | None = None) -> NDArray[np.bool_]:
        """Which children of some cases were registered with them, and are on the register until that ends.

        Shape (cases, 4), as :meth:`children_concerned` on the day of the registration; of a registration from before
        the first day, as today. ``begun`` is the working day of each registration, the family's last if not given.
        """
        if begun is None:
            begun = self.cases.registered[self.cases.family[cases]]
        return self.children_concerned(
            cases, np.where(begun >= 0, self.calendar.offsets[np.maximum(begun, 0)], self.offset)
        )

    def count_children(self) -> None:
        """Add what was logged today to :attr:`children_counts`."""
        self.children_counts.add(
            self.log.of_today(),
            lambda cases: self.children_concerned(cases, self.offset),
            lambda cases: self.children_concerned(
                cases, self.calendar.offsets[self.cases.contact_day[cases]].astype(float)
            ),
            self.children_registered,
        )

    # -- what passes between agencies -------------------------------------------------------------------------------

    def bring(self, cases: Rows, source: Rows | int) -> None:
        """Bring concerns to social services today.

        Args:
            cases: case numbers, shape (cases,).
            source: who brings them, as an index into ``Source``; one for all or one each.
        """
        self.cases.source[cases] = source
        if len(cases):
            self._arrivals.append(cases)

    def take_arrivals(self) -> Rows:
        """The concerns brought since the last call, in the order in which they came."""
        arrived, self._arrivals = self._arrivals, []
        return np.concatenate(arrived) if arrived else np.zeros(0, dtype=np.int64)

    def give_work(self, lane: str, cases: Rows, hours: float) -> None:
        """Put a piece of work of so many hours for each case into a lane of its team."""
        if not len(cases):
            return
        place = self.families.locality[self.cases.family[cases]]
        if len(cases) <= len(self.queues):
            for case, index in zip(cases.tolist(), place.tolist(), strict=True):
                self.queues[index].lanes[lane].add([case], hours)
            return
        for index, queue in enumerate(self.queues):
            queue.lanes[lane].add(cases[place == index].tolist(), hours)

    # -- help -------------------------------------------------------------------------------------------------------

    def help_begins(self, families: Rows) -> None:
        """Help begins today for some families: the wait since trouble began is noted."""
        families = np.unique(families)
        since = self.troubles.began(families, self.offset)
        for number, begun in zip(families.tolist(), since.tolist(), strict=True):
            if begun == begun:  # no NaN: something troubled the family
                self.help_waits.append((number, self.day, int(self.offset - begun)))
        self.cases.helped[families] = self.day

    def help_works(self, families: Rows, fit: Floats) -> None:
        """A month's help tries to turn what troubles some families.

        Args:
            families: rows of families, none twice.
            fit: how well the help meets each kind of trouble, shape (kinds,) or, one row each, (families, kinds).
        """
        if len(families):
            turned = self.troubles.help(families, self.offset, fit)
            self.wariness.helped(families[turned])

    def help_ends(self, families: Rows) -> None:
        """Help ends for some families; where no other help runs, what it turned may come back."""
        if not len(families):
            return
        left = families[~self.cases.has_help(self.offset, families)]
        self.troubles.help_ends(np.unique(left), self.offset)

    def begin_package(self, family: int, days: float, giver: int) -> None:
        """A support package begins for a family; ``giver`` is a programme, or a panel after all programmes."""
        until = self.calendar.met(np.array([self.offset + days]))[0]
        self.cases.package_until[family], self.cases.package_from[family] = int(until), giver
        self.agenda.add("package_ends", self.calendar.day_of_offset(until), np.array([family]))
