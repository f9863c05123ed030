"""The model: builds the state, the stages and the agents, and runs one working day after another."""

from __future__ import annotations

import mesa
import numpy as np
import pandas as pd

from .agents import Family, IntakeTeam, SSLPWorker, SureStartProgramme
from .agents.exchange import Exchange
from .agents.liaison import CLASSES, LiaisonWorker
from .agents.panel import Panels
from .agents.partners import Partners
from .agents.parts import CollaborationParts
from .agents.staff import Staff
from .measures import event_table, measure_table, monthly_table
from .pathway.assessment import Assessments
from .pathway.detection import Detection
from .pathway.front_door import ContactsAndReferrals
from .pathway.plans import ChildInNeedPlans
from .pathway.protection import ChildProtection
from .pathway.steps import Moves, Next, StageMethod, Step, due, worked
from .pathway.unfinished import Moving, log_waiting
from .records.casebook import POLICE, Rows
from .records.history import REPORTERS
from .scenario import Scenario, load_scenario
from .state import State
from .world.calendar import Calendar
from .world.concerns import PotentialConcerns
from .world.families import Families
from .world.streams import whole_number

# The order within a day: what the teams have worked, then what has come to its day.
LANES = ("screening", "urgent", "initial", "core", "enquiry", "conference")
BUSINESS = ("initial", "core", "enquiry", "conference", "register_review", "plan_review")


class ReferralModel(mesa.Model):  # type: ignore[misc]
    """One authority, one scenario, one seed.

    Args:
        scenario: a :class:`~referral_sim.scenario.Scenario`, a preset's name or a file; the average English
            authority if not given.
        rng: the seed, an integer of 0 or more; drawn from the operating system if not given (see ``seed``).
        replicate: which of the many runs that belong to this seed.

    Attributes:
        seed, replicate: with the scenario, all that the run depends on.
        state: what is true today; all of it, in :class:`~referral_sim.state.State`.
        teams, programmes, liaison, panels: the agents, in the scenario's order.

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
        self.state = State(scenario, self.seed, self.replicate)
        self._build_agents()
        self._build_stages()
        self.routes = self._routes()
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

    @property
    def day(self) -> int:
        """Today, as a working day from the start of the run; -1 before the first."""
        return self.state.day

    @property
    def calendar(self) -> Calendar:
        """The working days of the run."""
        return self.state.calendar

    @property
    def families(self) -> Families:
        """The families; the same under every policy with one seed, but for who lives where today."""
        return self.state.families

    @property
    def concerns(self) -> PotentialConcerns:
        """What could happen; the same under every policy with one seed."""
        return self.state.concerns

    # -- building ---------------------------------------------------------------------------------------------------

    def _build_agents(self) -> None:
        """Make the agents. The order counts: workers who take their posts read what the parts come to."""
        state = self.state
        self.files: dict[int, Family] = {}
        self.panels = Panels(state)
        self.teams = [IntakeTeam(self, state, index) for index in range(len(state.places))]
        self.programmes = [
            SureStartProgramme(self, state, index, self.panels) for index in range(len(state.programmes.names))
        ]
        self.parts = CollaborationParts(state)
        self._parts_work()
        self.worker_of_post: dict[int, SSLPWorker] = {}
        for programme in self.programmes:
            self._take_on(programme.open())
        self.liaison: list[LiaisonWorker] = [
            CLASSES[spec.kind](self, state, index) for index, spec in enumerate(self.scenario.liaison.values())
        ]
        for post in self.liaison:
            for index in post.programmes:
                self.programmes[index].liaison.append(post)
        self.panels.set_up(self)
        self.exchange = Exchange(state, self.programmes, self.worker_of_post, self.family)
        self.partners = Partners(state, self.panels, self.programmes)
        self.staff = Staff(state, self.teams, self.programmes, self.worker_of_post, self.liaison)
        self._filters = any(post.practice.filters > 0.0 for post in self.liaison)
        self._centres_open(0)

    def _build_stages(self) -> None:
        state = self.state
        self.moving = Moving(state)
        self.detection = Detection(state)
        self.front_door = ContactsAndReferrals(state, self.exchange.onward_chances, self.panels.from_front_door)
        self.assessments = Assessments(state)
        self.protection = ChildProtection(state)
        self.plans = ChildInNeedPlans(state)

    def _routes(self) -> dict[str, StageMethod]:
        """The road of a case, from top to bottom: what is done with cases at each step, and which steps may follow."""
        door, assess, protect, plan = self.front_door, self.assessments, self.protection, self.plans
        return {
            Step.ARRIVE: door.receive,  # ANSWER, SCREEN
            Step.SCREEN: door.screen,
            worked("screening"): door.decide,  # OPEN_CASE, REFER, SEND_ON, TO_PANEL, ANSWER
            Step.OPEN_CASE: assess.concern_in_open_case,  # DISCUSS
            Step.REFER: door.refer,  # ASSESS
            Step.ASSESS: assess.start,  # OPEN_FILE
            worked("urgent"): assess.urgent_worked,
            worked("initial"): assess.initial_worked,
            due("initial"): assess.finish_initial,  # JUDGE, CORE, OFFER_PLAN, CLOSE, CONSIDER_PROGRAMME, DISCUSS
            Step.CLOSE: assess.close,
            Step.CORE: assess.start_core,
            worked("core"): assess.core_worked,
            due("core"): assess.finish_core,
            Step.DISCUSS: protect.discuss,  # OFFER_PLAN, ENQUIRE
            Step.ENQUIRE: protect.begin_enquiry,  # CORE
            worked("enquiry"): protect.enquiry_worked,
            due("enquiry"): protect.finish_enquiry,  # OFFER_PLAN
            worked("conference"): protect.conference_prepared,
            due("conference"): protect.hold_conference,  # OFFER_PLAN, STEP_UP, REGISTER
            Step.REGISTER: protect.register,
            due("register_review"): protect.review,  # BEGIN_PLAN
            Step.OFFER_PLAN: plan.offer,  # BEGIN_PLAN
            Step.BEGIN_PLAN: plan.begin,
            Step.STEP_UP: plan.step_up,
            due("plan_review"): plan.review,  # CONSIDER_PROGRAMME
            Step.CONSIDER_PROGRAMME: door.consider_programme,  # SEND_ON
            # What agents do with cases.
            Step.SEND_ON: self.exchange.send_on,
            Step.ANSWER: self.exchange.answer,
            Step.JUDGE: self.exchange.judge,
            Step.TO_PANEL: self.panels.take,
            Step.OPEN_FILE: self._open_files,
            due("held_back"): self.detection.held_back_returns,
            due("panel"): self.panels.meet,
            due("desk"): door.screen,
        }

    # -- one day ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One working day: staff, events, programmes, panels, front door, teams, assessments, protection, reviews."""
        if not self.running:
            return
        state = self.state
        state.begin_day()
        self._close_files(self.moving.begin_day())
        self._centres_open(state.day)
        self.staff.begin_day()
        if self._filters:
            state.programmes.filtering[: len(self.programmes)] = [p.filtering for p in self.programmes]
        if state.day in self.parts.change_days:
            self._parts_change()
        self._things_happen()
        self._follow_due("held_back")
        self._follow_due("panel")
        self._follow_due("desk")
        self.follow([Next(Step.ARRIVE, state.take_arrivals())])
        done = self._teams_work()
        for lane in LANES:
            if lane in done:
                self.follow([Next(worked(lane), np.array(sorted(done[lane]), dtype=np.int64))])
        for business in BUSINESS:
            self._follow_due(business)
        for index in state.due("package_ends").tolist():
            self.programmes[index].packages -= 1
        self.panels.plans_end(state.due("panel_plan_ends"))
        if state.month_ends:
            self._month_passes()
        state.history.write(state.day, state.teams, state.programmes, state.workers, state.posts)
        self.datacollector.collect(self)
        if state.ended:
            log_waiting(state)
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

    def follow(self, moves: Moves) -> None:
        """Take cases where stages send them, and at once on to where they are sent from there, before the next move.

        This order, depth first, is that of the event log and of the work in the teams' lanes.
        """
        for step, cases, columns in moves:
            if len(cases):
                onward = self.routes[step](cases, **columns)
                if onward:
                    self.follow(onward)

    def _follow_due(self, business: str) -> None:
        """Take up what is on today's agenda, at its turn and not before: lanes put work on today's agenda too."""
        cases = self.state.due(business)
        if len(cases):
            self.follow([Next(due(business), cases)])

    def _things_happen(self) -> None:
        """Concerns happen; a programme decides on those it notices, others take theirs further (W2-W4, N1-N3, S2)."""
        cases, level, source = self.detection.today()
        seen = self.exchange.noticed(cases, level, source != POLICE)
        others = (source >= 0) & ~seen
        self.partners.bring(cases[others], source[others], level[others])

    def _teams_work(self) -> dict[str, list[int]]:
        """Teams spend the day's hours; returns the cases whose work is done, by lane (F4)."""
        done: dict[str, list[int]] = {}
        for team in self.teams:
            for lane, cases in team.queue.work(team.hours_today).items():
                done.setdefault(lane, []).extend(cases)
        return done

    def _month_passes(self) -> None:
        for team in self.teams:
            team.staff_changed()  # experience grows
        self._parts_work()
        for programme in self.programmes:
            programme.month_passes()
        for post in self.liaison:
            for index, families in post.outreach():
                self.programmes[index].reach_out(families)

    def _parts_work(self) -> None:
        self.parts.work_out(np.array([programme.mutual_trust for programme in self.programmes]))

    def _parts_change(self) -> None:
        """A part of the collaboration begins or ends today."""
        self._parts_work()
        for programme in self.programmes:
            programme.deter(float(self.state.parts.deters[programme.index]))

    def _centres_open(self, day: int) -> None:
        """Let the programmes whose day it is become children's centres (S6)."""
        residence = self.state.residence
        if day in residence.first_days:
            for index in np.flatnonzero(residence.begins == day).tolist():
                self._take_on(self.programmes[index].become_centre())

    def _take_on(self, workers: list[SSLPWorker]) -> None:
        """Workers of programmes begin; from today the posts exist that programmes have now."""
        self.worker_of_post |= {worker.post: worker for worker in workers}
        self.state.workers.exist([worker.post for programme in self.programmes for worker in programme.workers])

    # -- families -----------------------------------------------------------------------------------------------------

    def family(self, number: int) -> Family:
        """The agent of a family, made when somebody first asks for it; ``number`` is its row."""
        agent = self.files.get(number)
        if agent is None:
            agent = self.files[number] = Family(self, self.state, number)
        return agent

    def _open_files(self, cases: Rows) -> None:
        """Make sure that the families of cases that are opened have an agent."""
        for number in self.state.cases.family[cases].tolist():
            if number not in self.files:
                self.family(number)

    def _close_files(self, rows: Rows) -> None:
        """Families leave: their agents would be windows on the rows of others."""
        for number in self.files.keys() & set(rows.tolist()):
            self.files.pop(number).remove()

    # -- results ------------------------------------------------------------------------------------------------

    def events(self) -> pd.DataFrame:
        """One row a case stage (columns: docs/columns.md)."""
        return event_table(self.state)

    def measures(self) -> pd.DataFrame:
        """All measures of the reporting year: measure, value, unit, group (docs/columns.md)."""
        return measure_table(self.state)

    def monthly(self) -> pd.DataFrame:
        """Measures by month of the run: month, measure, value, unit, group."""
        return monthly_table(self.state)
