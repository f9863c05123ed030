"""The model: builds the state, the stages and the agents, and runs one working day after another."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import mesa
import numpy as np
import pandas as pd

from .agents import Family, SSLPWorker
from .agents.actor import Actor
from .agents.classes import AgentClasses, chosen_classes, import_classes
from .agents.exchange import Exchange
from .agents.family import FamilyDecisions
from .agents.family_support import FamilySupportTeam
from .agents.liaison import LiaisonWorker
from .agents.panel import Panels
from .agents.partners import Partners
from .agents.parts import CollaborationParts
from .agents.staff import Staff
from .measures import event_table, measure_table, monthly_table
from .measures.table import RATES, SHARES
from .pathway.assessment import Assessments
from .pathway.detection import Detection
from .pathway.front_door import ContactsAndReferrals
from .pathway.plans import ChildInNeedPlans
from .pathway.protection import ChildProtection
from .pathway.steps import Moves, Next, StageMethod, Step, due, worked
from .pathway.unfinished import Moving, log_waiting
from .records.casebook import POLICE, Rows
from .records.history import REPORTERS
from .records.hours import OF_LANE, Agency
from .scenario import Scenario
from .scenario.reader import code_refused, scenario_with
from .scenario.scenario import as_html
from .state import State
from .world.calendar import DAYS_A_MONTH, Calendar
from .world.families import Families
from .world.signs import PotentialSigns
from .world.streams import rotated, whole_number

# The order within a day: what the teams have worked, then what has come to its day.
LANES = ("screening", "urgent", "initial", "core", "enquiry", "conference")
BUSINESS = ("initial", "core", "enquiry", "conference", "register_review", "plan_review")


def _of_last_year(measure: str, model: Any) -> float:
    return float(model.of_last_year.get(measure, math.nan))


YEAR_REPORTERS: dict[str, Any] = {f"year.{name}": partial(_of_last_year, name) for name in (*RATES, *SHARES)}
"""What the data collector holds of the last reporting year, NaN until it has ended: the whole authority's measures."""


class ReferralModel(mesa.Model):  # type: ignore[misc]
    """One authority, one scenario, one seed.

    Args:
        scenario: a :class:`~referral_sim.scenario.Scenario`, a preset's name or a file; the average English
            authority if not given.
        rng: the seed, an integer of 0 or more; drawn from the operating system if not given (see ``seed``).
        replicate: which of the many runs that belong to this seed.
        agents: subclasses of the package's agents that take their place (:func:`~.agents.classes.chosen_classes`).
        allow_code: let the scenario name classes of agents by dotted names; they are imported, and so their code runs.
        changes: values of the scenario to replace, by dotted key: ``**{"front_door.threshold": 2.5}``; so
            ``mesa.batch_run`` can vary any of them; give that ``max_steps=10_000``, for it stops at 1,000, before a
            year has ended. ``seed`` among them is the same as ``rng``.

    Attributes:
        seed, replicate: with the scenario, all that the run depends on.
        state: what is true today; all of it, in :class:`~referral_sim.state.State`.
        teams, family_support, programmes, liaison, panels: the agents, in the scenario's order.

    Raises:
        ScenarioError: if a named scenario cannot be read.
        ValueError, TypeError: if the seed or replicate is not a whole number of 0 or more, or a class derives from no
            agent of the package.
        PermissionError: if the scenario names classes and ``allow_code`` is not given.
    """

    def __init__(
        self,
        scenario: Scenario | str | None = None,
        rng: int | None = None,
        replicate: int = 0,
        *,
        agents: Iterable[type] = (),
        allow_code: bool = False,
        **changes: Any,
    ) -> None:
        if "seed" in changes:  # no parameter of its own: Mesa 3.5 would take it for that of batches
            if rng is not None:
                raise TypeError("give rng or seed; both mean the seed of the run")
            rng = changes.pop("seed")
        scenario = scenario_with(Scenario() if scenario is None else scenario, changes, allow_code=allow_code)
        if scenario.agents and not allow_code:
            raise PermissionError(f"agents: {code_refused(scenario.agents)}")
        classes = chosen_classes([*import_classes(scenario.agents), *agents])
        self._referral_scenario = scenario
        self.seed = whole_number(rng, "rng") if rng is not None else int(np.random.SeedSequence().generate_state(1)[0])
        self.replicate = whole_number(replicate, "replicate")
        super().__init__(rng=self.seed)
        self.state = State(scenario, self.seed, self.replicate)
        self._build_agents(classes)
        self.moving = Moving(self.state, self.decisions.uses)
        self._build_stages()
        self.routes = self._routes()
        self._later = self._scenario_by_day()
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS | YEAR_REPORTERS)
        self._measures: pd.DataFrame | None = None
        self._of_last_year: dict[str, float] = {}
        self.running = self.calendar.days > 0

    @property
    def scenario(self) -> Scenario:
        """The scenario with all its dates; frozen. What it is today stands in ``state.scenario``."""
        return self._referral_scenario

    @scenario.setter
    def scenario(self, value: object) -> None:
        # Mesa 3.5 sets a scenario object of its own here; nothing needs it, and ours stays as it is.
        del value

    def __repr__(self) -> str:
        """Its scenario, the day it has come to, and what it holds."""
        return (
            f"<ReferralModel of {self.scenario.name!r}, seed {self.seed}, on {self.today}: {len(self.families):,} "
            f"families, {len(self.agents):,} agents>"
        )

    def _repr_html_(self) -> str:
        """The same as a short table, for notebooks."""
        agents = ", ".join(f"{len(some)} {kind.__name__}" for kind, some in self.agents_by_type.items())
        rows = {
            "scenario": f"{self.scenario.title} ({self.scenario.name})", "seed": self.seed, "replicate": self.replicate,
            "today": self.today, "state": "running" if self.running else "ended",
            "families": f"{len(self.families):,}", "agents": agents,
        }  # fmt: skip
        return as_html(rows)

    @property
    def today(self) -> dt.date:
        """The date that the model has come to; before the first day, the day on which the run begins."""
        return self.calendar.date(self.day) if self.day >= 0 else self.calendar.start

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
    def signs(self) -> PotentialSigns:
        """What could show; the same under every policy with one seed."""
        return self.state.signs

    # -- building ---------------------------------------------------------------------------------------------------

    def _build_agents(self, classes: AgentClasses) -> None:
        """Make the agents. The order counts: workers who take their posts read what the parts come to."""
        state = self.state
        self.files: dict[int, Family] = {}
        self._family, self._classes = classes.family, classes
        self.decisions = FamilyDecisions(state, self.family, classes.family)
        self.panels = Panels(state, self.decisions)
        self.teams = [classes.team(self, state, index) for index in range(len(state.places))]
        self.programmes = [
            classes.programme(self, state, index, self.panels, classes.worker)
            for index in range(len(state.programmes.names))
        ]
        self.family_support = [FamilySupportTeam(self, state, i, self.programmes) for i in range(len(state.places))]
        self.parts = CollaborationParts(state)
        self._parts_work()
        self.worker_of_post: dict[int, SSLPWorker] = {}
        for programme in self.programmes:
            self._take_on(programme.open())
        self.liaison: list[LiaisonWorker] = [
            classes.liaison[spec.kind](self, state, index) for index, spec in enumerate(state.scenario.liaison.values())
        ]
        self._join_liaison()
        for programme in self.programmes:
            programme.reached_before()
        self.panels.set_up(self, classes.panel)
        self.exchange = Exchange(state, self.programmes, self.worker_of_post)
        self.partners = Partners(state, self.panels, self.programmes)
        self.staff = Staff(state, self.teams, self.programmes, self.worker_of_post, self.liaison)
        self._centres_open(0)

    def _join_liaison(self) -> None:
        """Liaison workers serve the programmes that the scenario of today gives them."""
        for programme in self.programmes:
            programme.liaison = [post for post in self.liaison if programme.index in post.programmes and not post.gone]
        self._filters = any(post.practice.filters > 0.0 for post in self.liaison if not post.gone)

    def _build_stages(self) -> None:
        """Make the stages. They keep nothing but rules and what follows from them: records stand in the state."""
        state = self.state
        self.detection = Detection(state, self.decisions.comes_forward)
        self.front_door = ContactsAndReferrals(state, self.exchange.onward_chances, self.panels.from_front_door)
        self.assessments = Assessments(state)
        self.protection = ChildProtection(state)
        self.plans = ChildInNeedPlans(state, self.decisions.accepts)

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
            due("panel"): self.panels.meet,
            due("desk"): door.screen,
        }

    # -- dates --------------------------------------------------------------------------------------------------------

    def _scenario_by_day(self) -> dict[int, Scenario]:
        """The scenario from each working day on which it becomes another (T3)."""
        return {self.calendar.day_on_or_after(on): scenario for on, scenario in self.scenario.on_dates()}

    def branch(self, scenario: Scenario) -> ReferralModel:
        """A copy of the model that goes on from today under another scenario with the same history (T3).

        Raises:
            ValueError: if the scenario would have been another one before.
        """
        if _until(scenario, self.state) != _until(self.scenario, self.state):
            raise ValueError(f"{scenario.name} has another history than {self.scenario.name}")
        copied = copy.deepcopy(self, self.state.world_memo())
        copied.go_on_as(scenario)
        return copied

    def go_on_as(self, scenario: Scenario) -> None:
        """Go on under a scenario with the same history, in place of a copy (:meth:`branch`)."""
        self._referral_scenario = scenario
        self._later = self._scenario_by_day()

    def follow_scenario(self, scenario: Scenario) -> None:
        """From today agencies and families act by another scenario of the same world (T3).

        Records stay: what is on an agenda keeps its day, whoever holds a post stays in it. Liaison posts and parts
        begin and end. A scenario with the same values changes nothing.
        """
        state, old = self.state, self.state.scenario
        state.follow_scenario(scenario)
        work = ("detection", "front_door", "assessments", "protection", "plans")
        there = {name: getattr(self, name) for name in work}
        self._build_stages()
        for name, stage in there.items():  # the roads of cases lead to the stages that there are
            stage.__dict__.update(getattr(self, name).__dict__)
            setattr(self, name, stage)
        for team in self.teams:
            team.follow_scenario()
            if scenario.front_door != old.front_door or scenario.workforce != old.workforce:
                team.staff_changed()
        for support in self.family_support:
            support.follow_scenario()
        for programme in self.programmes:
            programme.follow_scenario()
            if scenario.practice != old.practice:
                programme.staff_changed()
        self._liaison_follows()
        differ = scenario.collaboration.panel != old.collaboration.panel or scenario.help != old.help
        self.panels.follow_scenario(self, self._classes.panel, differ)
        self.parts = CollaborationParts(state)
        if scenario.parts != old.parts or scenario.collaboration != old.collaboration:
            self.parts.change_days.add(state.day)

    def _liaison_follows(self) -> None:
        """Liaison posts end that the scenario of today has not; others are as it says; those begin that it has more."""
        state, columns = self.state, self.state.liaison
        for post in self.liaison:
            if post.gone:
                continue
            if columns.last_day[post.index] < state.day:
                post.last_day = int(columns.last_day[post.index])
                if post.name not in state.scenario.liaison:
                    post.remove()
            else:
                post.follow_scenario()
        for index in range(len(self.liaison), len(columns.names)):
            post = self._classes.liaison[state.scenario.liaison[columns.names[index]].kind](self, state, index)
            if post.name in columns.names[:index]:  # it ended, and is back
                state.posts.reopen(post.post)
            self.liaison.append(post)
        self._join_liaison()
        state.programmes.filtering[:] = 0.0

    # -- one day ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One working day: moves, staff, events, programmes, panels, front door, teams, assessments, then reviews."""
        if not self.running:
            return
        state = self.state
        state.begin_day()
        if state.day in self._later:
            self.follow_scenario(self._later[state.day])
        left = self.moving.begin_day()
        self._packages_end(left)
        self._close_files(left)
        self._centres_open(state.day)
        self.staff.begin_day()
        self.exchange.begin_day()
        if self._filters:
            state.programmes.filtering[: len(self.programmes)] = [p.filtering for p in self.programmes]
        if state.day in self.parts.change_days:
            self._parts_change()
        self._things_happen()
        self._follow_due("panel")
        self._follow_due("desk")
        self.follow([Next(Step.ARRIVE, state.take_arrivals())])
        done = self._teams_work()
        for lane in LANES:
            if lane in done:
                self.follow([Next(worked(lane), np.array(sorted(done[lane]), dtype=np.int64))])
        for business in BUSINESS:
            self._follow_due(business)
        self._packages_end(state.due("package_ends"))
        if state.month_ends:
            self._month_passes()
        if state.last_of_month and (year := state.year) is not None:
            state.burdens[year].look(state.troubles, state.cases, state.offset, state.day)
            if state.day == state.calendar.years[year].end - 1:
                state.burdens[year].close(state.cases)
        state.count_children()
        state.history.write(state.day, state.teams, state.programmes, state.workers, state.posts)
        if state.ended:
            log_waiting(state)
            self.running = False
        self.datacollector.collect(self)

    def run(self) -> ReferralModel:
        """Step to the end of the run; returns the model itself."""
        while self.running:
            self.step()
        return self

    run_model = run

    def __setstate__(self, columns: dict[str, Any]) -> None:
        """A copy of a model goes on where the model was; Mesa 3.3 counts the numbers of agents outside the model."""
        self.__dict__.update(columns)
        Actor.number_from(self, 1 + max((agent.unique_id for agent in self.agents), default=0))

    def release(self) -> None:
        """Let go of everything when results have been taken: memory is free at once, not when Python looks for circles.

        The model cannot be used any more.
        """
        self.remove_all_agents()
        vars(self.state).clear()

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
        """Trouble shows; a programme decides on what it notices, others take theirs further (W8, N1-N6, S2)."""
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
            for lane, hours in team.queue.today.items():
                self.state.hours.spend(Agency.INTAKE, OF_LANE[lane], hours)
        return done

    def _packages_end(self, family: Rows) -> None:
        """Support packages of some families end today: at their end, or before it where the family leaves."""
        if not len(family):
            return
        family = np.unique(family)
        book, now = self.state.cases, self.state.offset
        gone = self.state.families.leaves[family] <= now
        ends = family[(book.package_from[family] >= 0) & ((book.package_until[family] <= now) | gone)]
        self._give_up_packages(ends)

    def _give_up_packages(self, family: Rows) -> None:
        """Some families have their packages no more; there is room for others."""
        book = self.state.cases
        givers = [*self.programmes, *self.panels.panels]
        for giver in book.package_from[family].tolist():
            givers[giver].package_ends()
        book.package_until[family] = book.package_from[family] = -1
        self.state.help_ends(family)

    def _families_withdraw(self) -> None:
        """Wary families leave their packages before the end (F7)."""
        state = self.state
        family = np.flatnonzero(state.cases.package_until > state.offset)
        month = int(state.calendar.month[state.day])
        u = rotated(state.families.withdrawal[family], month)
        self._give_up_packages(family[~self.decisions.stays(family, u, DAYS_A_MONTH)])

    def _month_passes(self) -> None:
        self._families_withdraw()
        self._help_works()
        self.state.wariness.month_passes()
        for team in self.teams:
            team.staff_changed()  # experience grows
        self._parts_change()
        for programme in self.programmes:
            programme.month_passes()
            programme.reach_out(programme.own_outreach())
        for post in self.liaison:
            for index, families in post.outreach():
                self.programmes[index].reach_out(families)

    def _help_works(self) -> None:
        """A month's help by all who give some: family support, programmes, panels (W7, A10)."""
        registered, planned = self.state.cases.with_plans()
        for team in self.family_support:
            team.month_passes(registered, planned)
        for programme in self.programmes:
            programme.works_on_packages()
        for panel in self.panels.panels:
            panel.works()

    def _parts_work(self) -> None:
        self.parts.work_out(np.array([programme.mutual_trust for programme in self.programmes]))

    def _parts_change(self) -> None:
        """A part of the collaboration begins or ends today, or a slow one has grown for a month."""
        self._parts_work()
        for programme in self.programmes:
            programme.deter(float(self.state.parts.deters[programme.index]))

    def _centres_open(self, day: int) -> None:
        """Let the programmes whose day it is become children's centres (S6)."""
        residence = self.state.residence
        if day in residence.first_days:
            for index in np.flatnonzero(residence.begins == day).tolist():
                if not self.programmes[index].gone:
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
            agent = self.files[number] = self._family(self, self.state, number)
        return agent

    def _open_files(self, cases: Rows) -> None:
        """Make sure that the families of cases that are opened have an agent."""
        for number in self.state.cases.family[cases].tolist():
            if number not in self.files:
                self.family(number)

    def _close_files(self, rows: Rows) -> None:
        """Families leave, and their agents with them."""
        for number in self.files.keys() & set(rows.tolist()):
            self.files.pop(number).remove()

    # -- results ------------------------------------------------------------------------------------------------

    def events(self) -> pd.DataFrame:
        """One row a case stage (columns: docs/columns.md)."""
        return event_table(self.state)

    def measures(self) -> pd.DataFrame:
        """All measures, one block of rows a reporting year: year, measure, value, unit, group (docs/columns.md)."""
        if self._measures is None:
            self._measures = measure_table(self.state)
        return self._measures.copy()

    @property
    def of_last_year(self) -> dict[str, float]:
        """Measure -> its value for the whole authority in the last reporting year; empty before the run has ended."""
        if self.running or not self.calendar.years:
            return {}
        if not self._of_last_year:
            table = self.measures()
            whole = table[(table["group"] == "all") & (table["year"] == self.calendar.years[-1].name)]
            self._of_last_year = dict(zip(whole["measure"], whole["value"], strict=True))
        return self._of_last_year

    def monthly(self) -> pd.DataFrame:
        """Measures by month of the run: month, year (or "warm-up"), measure, value, unit, group."""
        return monthly_table(self.state)


def _until(scenario: Scenario, state: State) -> tuple[str, list[tuple[int, str]]]:
    """What a scenario has been up to today: its values on the first day, and those of its dates until today."""
    days = steps_of(scenario, state.calendar)
    return scenario.history_hash(), [(day, values) for day, values in days.items() if day <= state.day]


def steps_of(scenario: Scenario, calendar: Calendar) -> dict[int, str]:
    """Working day -> the values that count from it on, as text, for each date of a scenario."""
    return {calendar.day_on_or_after(one.on): json.dumps(one.values, sort_keys=True) for one in scenario.dated}
