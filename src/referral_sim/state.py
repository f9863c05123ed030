"""What is true today: the world as it was drawn, the records of every agency, and what passes between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .records.casebook import Agenda, Casebook, EventLog, Rows
from .records.columns import LiaisonColumns, PartColumns, ProgrammeColumns, TeamColumns, WorkerColumns
from .records.history import History
from .records.posts import open_posts
from .records.work_queue import WorkQueue
from .scenario import Scenario
from .world.calendar import Calendar
from .world.concerns import draw_concerns
from .world.families import draw_families
from .world.moves import settle
from .world.need import NeedState
from .world.streams import Chance


class State:
    """What is true today in one run; stages and agents read it and change it, and know nothing else of the model.

    A state is made for the day before the first; :meth:`begin_day` goes to the next working day.

    Args:
        scenario: what is run.
        seed, replicate: whole numbers of 0 or more; with the scenario, all that the state depends on.

    Attributes:
        calendar, families, concerns, residence: the world, drawn before the first day.
        places: names of the localities.
        need: need of every family.
        cases, agenda, log: records of cases, what is due on them, and what happened.
        queues: work of each intake team, one entry a locality.
        posts: posts of every agency.
        teams, programmes, workers, liaison, parts: what agents are today, in columns.
        day, offset: today, as a working day (-1 before the first) and as calendar days from the start.
        history: what was written down of each day.
        help_waits: (row of the family, working day, calendar days that it waited) whenever help began in trouble.
        brought_in: (working day, programme, families) whenever a liaison worker brought families in.
        staff_moves: (working day, programme, True if towards the programme) of everybody who changed sides (K4).
    """

    def __init__(self, scenario: Scenario, seed: int, replicate: int = 0) -> None:
        self.scenario, self.seed, self.replicate = scenario, seed, replicate
        self.day, self.offset = -1, 0.0
        self.calendar = Calendar(scenario.time)
        self.families = draw_families(scenario, self.calendar, seed, replicate)
        self.concerns = draw_concerns(scenario, self.calendar, self.families, seed, replicate)
        self.residence = settle(scenario, self.calendar, (self.families, self.concerns), seed, replicate)
        self.need = NeedState(self.families.baseline, scenario.need.recovery_half_life)
        self.places = list(scenario.localities)
        self.cases = Casebook(self.concerns, len(self.families), len(self.residence.departing))
        self.agenda, self.log = Agenda(), EventLog()
        self.queues = [WorkQueue() for _ in self.places]
        self.posts = open_posts(scenario, seed, replicate)
        self.teams = TeamColumns(scenario, self.calendar)
        self.programmes = ProgrammeColumns(scenario, self.families)
        self.workers = WorkerColumns(self.posts, self.programmes)
        self.liaison = LiaisonColumns(scenario, self.calendar, self.posts, self.programmes, self.residence.begins)
        self.parts = PartColumns(scenario)
        self.history = History(self.calendar.days, len(self.places), len(self.programmes.names), len(self.posts.filled))
        self.help_waits: list[tuple[int, int, int]] = []
        self.brought_in: list[tuple[int, int, int]] = []
        self.staff_moves: list[tuple[int, int, bool]] = []
        self._arrivals: list[Rows] = []

    # -- time -------------------------------------------------------------------------------------------------------

    def begin_day(self) -> None:
        """Go to the next working day."""
        self.day += 1
        self.offset = float(self.calendar.offsets[self.day])
        self.log.begin_day(self.day)

    @property
    def ended(self) -> bool:
        """The last working day of the run has been reached."""
        return self.day >= self.calendar.days - 1

    @property
    def month_ends(self) -> bool:
        """Today is the first working day of a month after the first: the month before is over."""
        return self.day > 0 and bool(self.calendar.month[self.day] != self.calendar.month[self.day - 1])

    def due(self, business: str) -> Rows:
        """Take what is due today off the agenda, in the order in which it was put there."""
        return self.agenda.due(business, self.day)

    def chance(self, which: Chance, cases: Rows) -> NDArray[np.float32]:
        """Uniform numbers that decide one thing about some cases, shape as ``cases``."""
        chances: NDArray[np.float32] = self.concerns.chances[which][cases]
        return chances

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

    def help_begins(self, families: Rows) -> None:
        """Help begins today: the wait since the trouble began is noted, and the trouble is over."""
        for number, since in zip(families.tolist(), self.cases.trouble[families].tolist(), strict=True):
            if since >= 0:
                self.help_waits.append((number, self.day, int(self.offset - self.calendar.offsets[since])))
        self.cases.trouble[families] = -1
        self.cases.helped[families] = self.day
