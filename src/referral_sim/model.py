"""The model: builds the world and the agents, and runs one working day after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from .agents import Family, FamilySupportPanel, IntakeTeam, SSLPWorker, SureStartProgramme
from .agents.arrangements import Arrangements
from .agents.centre import become_centres, close_liaison_posts, count_workers
from .agents.liaison import CLASSES, LiaisonWorker
from .agents.panel import Panels
from .agents.partners import Partners
from .agents.sslp_worker import Views
from .agents.staff import Staff
from .history import REPORTERS, History
from .pathway.assessment import Assessments
from .pathway.casebook import NO_CASES, POLICE, SOURCE_CODE, Agenda, Casebook
from .pathway.events import EventLog, Rows
from .pathway.front_door import TWELVE_MONTHS, FrontDoor
from .pathway.moving import Moving
from .pathway.noticing import Described, Noticing
from .pathway.plans import Plans
from .pathway.protection import Protection
from .pathway.stages import Stage
from .pathway.waiting import log_waiting
from .scenario import Scenario, load_scenario
from .scenario.fields import PartKind, Source
from .world.calendar import Calendar
from .world.concerns import draw_concerns
from .world.families import Floats, draw_families
from .world.moves import settle
from .world.need import NeedState
from .world.streams import Chance, whole_number

if TYPE_CHECKING:
    import pandas as pd

TROUBLE = 2.0  # need from which a family is in trouble that somebody could help with: tier 2


class ReferralModel(mesa.Model):  # type: ignore[misc]
    """One authority, one scenario, one seed.

    Args:
        scenario: a :class:`~referral_sim.scenario.Scenario`, a preset's name or a file; the average English
            authority if not given.
        rng: the seed, an integer of 0 or more; drawn from the operating system if not given (see ``seed``).
        replicate: which of the many runs that belong to this seed.

    Attributes:
        seed, replicate: with the scenario, all that the run depends on.
        calendar, families, concerns: the world; the same under every policy with one seed.
        need, cases, log, agenda: its state.
        day, offset: today, as a working day and as calendar days from the start.

    Raises:
        ScenarioError: if a named scenario cannot be read.
        ValueError, TypeError: if the seed or replicate is not a whole number of 0 or more.
    """

    def __init__(self, scenario: Scenario | str | None = None, rng: int | None = None, replicate: int = 0) -> None:
        if scenario is None:
            scenario = Scenario()
        elif not isinstance(scenario, Scenario):
            scenario = load_scenario(scenario)
        self._referral_scenario = scenario
        self.seed = whole_number(rng, "rng") if rng is not None else int(np.random.SeedSequence().generate_state(1)[0])
        self.replicate = whole_number(replicate, "replicate")
        super().__init__(rng=self.seed)
        self.day, self.offset = -1, 0.0
        self._build_world()
        self._build_services()
        self._build_agents()
        posts = len(self.staff.posts.filled)
        self.history = History(self.calendar.days, len(self.teams), len(self.programmes), posts)
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)
        self.running = self.calendar.days > 0

    @property
    def scenario(self) -> Scenario:
        """The scenario; frozen, and the same after the run as before."""
        return self._referral_scenario

    @scenario.setter
    def scenario(self, value: object) -> None:
        # Mesa 3.5 sets a scenario object of its own here; nothing needs it, and ours stays as it is.
        del value

    # -- building ---------------------------------------------------------------------------------------------------

    def _build_world(self) -> None:
        scenario, seed, replicate = self.scenario, self.seed, self.replicate
        self.calendar = Calendar(scenario.time)
        self.families = draw_families(scenario, self.calendar, seed, replicate)
        self.concerns = draw_concerns(scenario, self.calendar, self.families, seed, replicate)
        self.residence = settle(scenario, self.calendar, (self.families, self.concerns), seed, replicate)
        self.need = NeedState(self.families.baseline, scenario.need.recovery_half_life)
        self.places = list(scenario.localities)

    def _build_services(self) -> None:
        self.cases = Casebook(self.concerns, len(self.families))
        self.log, self.agenda = EventLog(), Agenda()
        self.noticing = Noticing(self.scenario)
        self.front_door = FrontDoor(self)
        self.assessments = Assessments(self)
        self.protection, self.plans = Protection(self), Plans(self)
        self.brought_in: list[tuple[int, int, int]] = []
        self.help_waits: list[tuple[int, int, int]] = []
        self._inbox: list[Rows] = []
        self.files: dict[int, Family] = {}
        self._onward_day = -1

    def _build_agents(self) -> None:
        scenario, self.staff = self.scenario, Staff(self)
        self.posts = self.staff.posts
        self.teams = [IntakeTeam(self, n, i, p) for i, (n, p) in enumerate(self.staff.of_team.items())]
        self.programmes = [SureStartProgramme(self, name, i) for i, name in enumerate(scenario.programmes)]
        self.worker_of_post: dict[int, SSLPWorker] = {}
        self.worker_views = Views(len(self.posts.filled))
        self.arrangements = Arrangements(self)
        for programme in self.programmes:
            programme.posts = self.staff.of_programme[programme.name]
            there = programme.posts[: programme.spec.workers]
            programme.workers = [SSLPWorker(self, programme, post) for post in there]
            self.worker_of_post |= {worker.post: worker for worker in programme.workers}
            self.cases.user[programme.users_among(programme.homes)] = True
        count_workers(self)
        self.liaison: list[LiaisonWorker] = [
            CLASSES[spec.kind](self, name, spec, self.staff.of_liaison[name]) for name, spec in scenario.liaison.items()
        ]
        panels = [(n, p) for n, p in scenario.parts.items() if p.kind == PartKind.FAMILY_SUPPORT_PANEL]
        self.panels = Panels(self, [FamilySupportPanel(self, n, i, p) for i, (n, p) in enumerate(panels)])
        self.partners = Partners(self)
        self._filters = any(post.practice.filters > 0.0 for post in self.liaison)
        self.filtering = np.zeros(max(len(self.programmes), 1))
        self.staff.begin()
        self.age_limits = np.array([p.spec.age_limit for p in self.programmes] or [0.0])
        self.thresholds = np.array([t.applied_threshold for t in self.teams])
        self.noises = np.array([t.judgement_noise for t in self.teams])
        close_liaison_posts(self)
        become_centres(self, 0)
        self.moving = Moving(self)

    # -- one day ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One working day: staff, events, programmes, panels, front door, teams, assessments, protection, reviews."""
        if not self.running:
            return
        self.day += 1
        day, due = self.day, self.agenda.due
        self.offset = float(self.calendar.offsets[day])
        self.log.begin_day(day)
        self.moving.begin_day()
        become_centres(self, day)
        self.staff.day_begins()
        if self._filters:
            self.filtering[: len(self.programmes)] = [p.filtering for p in self.programmes]
        if day in self.arrangements.change_days:
            self._parts_change()
        self._things_happen()
        self._held_back_returns(due("held_back", day))
        self.panels.meet(due("panel", day))
        self.front_door.to_teams(due("desk", day))
        if self._inbox:
            arrived, self._inbox = np.concatenate(self._inbox), []
            self.front_door.receive(arrived)
        self._teams_work()
        self.assessments.finish_initial(due("initial", day))
        self.assessments.finish_core(due("core", day))
        self.protection.finish_enquiry(due("enquiry", day))
        self.protection.hold_conference(due("conference", day))
        self.protection.review(due("register_review", day))
        self.plans.review(due("plan_review", day))
        for programme in due("package_ends", day).tolist():
            self.programmes[programme].packages -= 1
        for panel in due("panel_plan_ends", day).tolist():
            self.panels.panels[panel].supported -= 1
        if day and self.calendar.month[day] != self.calendar.month[day - 1]:
            self._month_passes()
        self.history.write(self)
        self.datacollector.collect(self)
        if day == self.calendar.days - 1:
            log_waiting(self)
            self.running = False

    def run(self) -> ReferralModel:
        """Step to the end of the run; returns the model itself."""
        while self.running:
            self.step()
        return self

    run_model = run

    def release(self) -> None:
        """Let go of the agents when results have been taken; Mesa 3.3 would keep a finished model for ever."""
        self.remove_all_agents()
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def _things_happen(self) -> None:
        """Which potential concerns happen, what they do to need, and who notices (W2-W4, N1-N3)."""
        concerns, book, rules = self.concerns, self.cases, self.scenario.concerns
        rows = np.arange(concerns.first_of_day[self.day], concerns.first_of_day[self.day + 1])
        if not len(rows):
            return
        family = concerns.family[rows]
        before = self.need.now(family, self.offset)
        above = before - self.families.baseline[family]
        u = concerns.chances[Chance.OCCURS][rows]
        happens = u * rules.headroom < np.exp(rules.need_sensitivity * above)
        rows, family, before = rows[happens], family[happens], before[happens]
        if not len(rows):
            return
        self.need.shock(family, concerns.severity[rows], self.offset)
        level = self.need.now(family, self.offset)
        book.level[rows] = level
        begins = (level >= TROUBLE) & ((book.trouble[family] < 0) | (before < TROUBLE))
        book.trouble[family[begins]] = self.day
        source = self._source(rows, family, level)
        seen = self._programmes_see(rows, family, level, source != POLICE)
        noticed = (source >= 0) & ~seen
        self.partners.bring(rows[noticed], source[noticed], level[noticed])

    def _source(self, rows: Rows, family: Rows, level: Floats) -> Rows:
        concerns, rules = self.concerns, self.scenario.noticing
        u = concerns.chances[Chance.NOTICED][rows]
        heard = self.day - self.cases.heard[family] <= TWELVE_MONTHS
        if rules.repeat_visibility != 1.0:
            u = np.where(heard, u / rules.repeat_visibility, u)
        return self.noticing.source(self._described(rows, level), (u, concerns.chances[Chance.SOURCE][rows]))

    def _described(self, rows: Rows, level: Floats) -> Described:
        concerns = self.concerns
        group = self.families.group[concerns.family[rows]]
        return Described(concerns.kind[rows], concerns.child_age[rows], group, level)

    def _programmes_see(self, rows: Rows, family: Rows, level: Floats, may: np.ndarray) -> np.ndarray:
        """Concerns that a programme notices in a family it serves; it decides on them here and now (S2, S3)."""
        area = self.families.area[family]
        seen = np.zeros(len(rows), dtype=bool)
        served = may & self.cases.user[family] & (area >= 0)
        served &= self.concerns.youngest[rows] < self.age_limits[area]
        for at in np.flatnonzero(served).tolist():
            programme = self.programmes[area[at]]
            case = int(rows[at])
            if programme.notices(case, float(level[at])):
                seen[at] = True
                programme.consider(case)
        return seen

    def _held_back_returns(self, cases: Rows) -> None:
        """What a programme held back comes back worse, through another source (S4)."""
        if not len(cases):
            return
        family = self.cases.family[cases]
        worse = np.full(len(cases), self.scenario.practice.escalation)
        self.need.shock(family, worse, self.offset)
        level = np.maximum(self.need.now(family, self.offset), self.cases.level[cases])
        self.cases.level[cases] = level
        self.log.add(Stage.HELD_BACK_RETURNS, cases, level=level)
        u = self.concerns.chances[Chance.COMES_BACK_SOURCE][cases]
        source = self.noticing.source(self._described(cases, level), (np.zeros(len(cases)), u))
        self.cases.worker[cases] = -1
        self.bring(cases, np.where(source < 0, SOURCE_CODE[Source.OTHER], source))

    def _teams_work(self) -> None:
        """Teams spend the day's hours; what is screened today is decided today (F4)."""
        done: dict[str, list[int]] = {}
        for team in self.teams:
            for lane, cases in team.queue.work(team.hours_today).items():
                if cases:
                    done.setdefault(lane, []).extend(cases)
        ready = {lane: np.array(sorted(cases), dtype=np.int64) for lane, cases in done.items()}
        self.front_door.decide(ready.get("screening", NO_CASES))
        self.assessments.initial_worked(ready.get("urgent", NO_CASES), urgent=True)
        self.assessments.initial_worked(ready.get("initial", NO_CASES), urgent=False)
        self.assessments.core_worked(ready.get("core", NO_CASES))
        self.protection.enquiry_worked(ready.get("enquiry", NO_CASES))
        self.protection.conference_prepared(ready.get("conference", NO_CASES))

    def _month_passes(self) -> None:
        for team in self.teams:
            team.staff_changed()  # experience grows
        self.arrangements.month_passes()
        for programme in self.programmes:
            programme.month_passes()
        for post in self.liaison:
            post.month_passes()

    def _parts_change(self) -> None:
        """A part of the collaboration begins or ends today."""
        self.arrangements.month_passes()
        for programme in self.programmes:
            programme.deter(float(self.arrangements.deters[programme.index]))

    # -- what agents ask of the model ----------------------------------------------------------------------------------

    def bring(self, cases: Rows, source: Rows | int) -> None:
        """Bring concerns to social services today."""
        self.cases.source[cases] = source
        if len(cases):
            self._inbox.append(cases)

    def give_work(self, lane: str, cases: Rows, hours: float) -> None:
        """Put a piece of work for each case into a lane of its team."""
        if not len(cases):
            return
        place = self.families.locality[self.cases.family[cases]]
        if len(cases) <= len(self.teams):
            for case, index in zip(cases.tolist(), place.tolist(), strict=True):
                self.teams[index].queue.lanes[lane].add([case], hours)
            return
        for team in self.teams:
            team.queue.lanes[lane].add(cases[place == team.index].tolist(), hours)

    def onward_chances(self) -> Floats:
        """Chance of a referral on to each programme today, shape (programmes,)."""
        if self._onward_day != self.day:
            self._onward_day = self.day
            self._onward = np.array([p.onward_chance() for p in self.programmes])
        return self._onward

    def threshold_gaps(self) -> Floats:
        """Believed less applied threshold of every programme worker, in tiers, shape (workers,)."""
        return np.asarray(self.worker_views.believed[self.sslp_posts] - self.thresholds[self.worker_place])

    def family(self, number: int) -> Family:
        """The agent of a family, made when somebody first asks for it."""
        agent = self.files.get(number)
        if agent is None:
            agent = self.files[number] = Family(self, number)
        return agent

    def open_files(self, families: Rows) -> None:
        """Make sure that families whose case is opened have an agent."""
        files = self.files
        for number in families.tolist():
            if number not in files:
                files[number] = Family(self, number)

    def helps(self, families: Rows) -> None:
        """Help begins today: the wait since the trouble began is noted, and the trouble is over."""
        for number, since in zip(families.tolist(), self.cases.trouble[families].tolist(), strict=True):
            if since >= 0:
                self.help_waits.append((number, self.day, int(self.offset - self.calendar.offsets[since])))
        self.cases.trouble[families] = -1
        self.cases.helped[families] = self.day

    # -- results ------------------------------------------------------------------------------------------------

    def events(self) -> pd.DataFrame:
        """One row a case stage (columns: docs/columns.md)."""
        from .measures import event_table

        return event_table(self)

    def measures(self) -> pd.DataFrame:
        """All measures of the reporting year: measure, value, unit, group (docs/columns.md)."""
        from .measures import measure_table

        return measure_table(self)

    def monthly(self) -> pd.DataFrame:
        """Measures by month of the run: month, measure, value, unit, group."""
        from .measures import monthly_table

        return monthly_table(self)
