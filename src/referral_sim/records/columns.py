"""What teams, programmes, their workers and liaison posts are today, in columns that everybody may read.

The agents decide; what others need to know of them stands here, and the agents' attributes are windows on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from ..scenario import Scenario
from ..scenario.programmes import Arrangement, Programme
from ..world.calendar import Calendar
from ..world.families import Families, Floats, Ints
from .posts import Posts

USUAL_PATCH = 25_000.0  # children in the patch of a team at which acquaintance is as `informal_links` says


class TeamColumns:
    """The intake teams, one entry a locality.

    Attributes:
        official_threshold: what the authority has set for each working day, in tiers, shape (days,); backlog may raise
            what a team applies (F3).
        applied_threshold: what each team applies today, in tiers, shape (localities,).
        judgement_noise: error of each team's reading of a contact, in tiers, shape (localities,).
        backlog_days: days of full work waiting in each team, shape (localities,).
    """

    def __init__(self, scenario: Scenario, calendar: Calendar) -> None:
        rules, count = scenario.front_door, len(scenario.localities)
        self.official_threshold: Floats = np.full(calendar.days, rules.threshold)
        change = rules.threshold_change
        if change.on is not None:
            self.official_threshold[calendar.day_on_or_after(change.on) :] += change.by
        self.applied_threshold: Floats = np.full(count, rules.threshold)
        self.judgement_noise: Floats = np.full(count, rules.judgement_noise)
        self.backlog_days: Floats = np.zeros(count)
        self._at_first = rules.threshold

    def follow_scenario(self, scenario: Scenario, calendar: Calendar, day: int) -> None:
        """From a working day on the threshold is what a scenario says of that day and those after it."""
        self.official_threshold[day:] = TeamColumns(scenario, calendar).official_threshold[day:]

    def official_on(self, day: int) -> float:
        """What the authority has set for a working day, in tiers; for day -1, before the first, what it starts with."""
        return float(self.official_threshold[day]) if day >= 0 else self._at_first


class ProgrammeColumns:
    """The programmes, one entry each in the scenario's order.

    Attributes:
        names: their names.
        specs: what the scenario says of them.
        main_locality: index of the locality where most families of the area lived at first, shape (programmes,).
        age_limit: age in years below which the programme serves a family, shape (programmes,); one entry of 0 where
            there is no programme.
        team_trust: the intake teams' trust in the programme, 0 to 1, shape (programmes,) (R1).
        notices: chance that a programme notices a sign at need 3.0 in a family that uses it, with the staff of today,
            shape (programmes,), at least one entry (S7).
        nearness: factor on the chance that a worker knows somebody in the team, shape (programmes,) (L12).
        filtering: share of other professionals' concerns that a liaison worker of the programme hears first today,
            shape (programmes,), at least one entry (L1).
    """

    def __init__(self, scenario: Scenario, families: Families) -> None:
        self._places = list(scenario.localities)
        self.names = list(scenario.programmes)
        self._set_specs(list(scenario.programmes.values()))
        where = [families.locality[families.area == index] for index in range(len(self.names))]
        here = [int(np.bincount(places, minlength=len(self._places)).argmax()) for places in where]
        self.main_locality: Ints = np.array(here, dtype=np.int64)
        self.age_limit: Floats = np.array([spec.age_limit for spec in self.specs] or [0.0])
        usual = scenario.front_door.trust_in_programmes
        trust = [usual if spec.team_trust is None else spec.team_trust for spec in self.specs]
        self.team_trust: Floats = np.array(trust, dtype=float)
        self.nearness: Floats = self._nearness(scenario)
        self.notices: Floats = np.zeros(max(len(self.names), 1))
        self.filtering: Floats = np.zeros(max(len(self.names), 1))

    def _set_specs(self, specs: list[Programme]) -> None:
        self.specs = specs
        reach = np.array([spec.reach for spec in specs], dtype=float)
        self._odds: Floats = np.log(np.maximum(reach, 1e-9) / np.maximum(1.0 - reach, 1e-9))
        self._slope: Floats = np.array([spec.reach_slope for spec in specs], dtype=float)

    def _nearness(self, scenario: Scenario) -> Floats:
        """Factor on acquaintance by the size of the patch that the team of most of each area serves (L12)."""
        share = np.array([place.share for place in scenario.localities.values()], dtype=float)
        patch = scenario.population.children * share / max(share.sum(), 1e-300)
        size = np.maximum(patch[self.main_locality], 1.0) / USUAL_PATCH
        return np.asarray(size**-scenario.collaboration.nearness)

    def follow_scenario(self, scenario: Scenario) -> None:
        """From today the programmes and their nearness are as a scenario says; areas and ages stay."""
        self._set_specs(list(scenario.programmes.values()))
        self.nearness = self._nearness(scenario)

    def served_by(self, arrangement: Arrangement) -> list[int]:
        """The programmes of an arrangement: those named, those of the localities named, or all."""
        if not arrangement.programmes and not arrangement.localities:
            return list(range(len(self.names)))
        places = {self._places.index(name) for name in arrangement.localities}
        return [
            index
            for index, (name, place) in enumerate(zip(self.names, self.main_locality.tolist(), strict=True))
            if name in arrangement.programmes or place in places
        ]

    def use_chance(self, programme: Ints | int, lasting_need: Floats) -> Floats:
        """Chance that families who come to live in the areas of programmes use these (S1), shape as ``lasting_need``.

        ``programme`` are indices, one for all families or one each.
        """
        odds = self._odds[programme] + self._slope[programme] * (lasting_need - 1.0)
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


class WorkerColumns:
    """The programmes' workers: what they think of social services. One entry a post, NaN at posts of other agencies.

    Attributes:
        trust: trust in social services, 0 to 1, shape (posts,).
        believed_threshold: where they believe social services' threshold to be, in tiers, shape (posts,).
        training: 0 to 1, shape (posts,).
        programme: index of the programme that each post belongs to, -1 for other agencies, shape (posts,).
        there: numbers of the posts that there are today, rising, shape (workers,).
        place_there, programme_there: main locality and programme of each of these, shape (workers,).
        number: posts that each programme has today, shape (programmes,); count: the same with NaN for none.
    """

    def __init__(self, posts: Posts, programmes: ProgrammeColumns) -> None:
        count = len(posts.filled)
        self.trust: Floats = np.full(count, np.nan)
        self.believed_threshold: Floats = np.full(count, np.nan)
        self.training: Floats = np.full(count, np.nan)
        self.programme: Ints = np.full(count, -1)
        for index, name in enumerate(programmes.names):
            self.programme[posts.of_programme[name]] = index
        self._programmes = programmes
        self.exist([])

    def widen(self, posts: int) -> None:
        """From today there are so many posts; the new ones belong to other agencies."""
        more = posts - len(self.trust)
        for name in ("trust", "believed_threshold", "training"):
            setattr(self, name, np.append(getattr(self, name), np.full(more, np.nan)))
        self.programme = np.append(self.programme, np.full(more, -1))

    def exist(self, posts: Sequence[int]) -> None:
        """From today these posts exist, and no others."""
        programmes = self._programmes
        self.there: Ints = np.array(sorted(posts), dtype=np.int64)
        self.programme_there: Ints = self.programme[self.there]
        self.place_there: Ints = programmes.main_locality[self.programme_there]
        count = np.bincount(self.programme_there, minlength=len(programmes.names))
        self.number: Floats = count.astype(float)
        self.count: Floats = np.where(count > 0, count, np.nan)

    def threshold_gaps(self, teams: TeamColumns) -> Floats:
        """Believed less applied threshold of every worker there is today, in tiers, shape (workers,)."""
        return np.asarray(self.believed_threshold[self.there] - teams.applied_threshold[self.place_there])


class LiaisonColumns:
    """The liaison posts, one entry each in the scenario's order.

    Attributes:
        names: their names.
        posts: their numbers, shape (liaison posts,).
        programmes: indices of the programmes that each serves.
        first_day, last_day: first and last working day of each, shape (liaison posts,). A post ends with the programmes
            that it serves where none of the children's centres keeps it (S6).
    """

    def __init__(
        self, scenario: Scenario, calendar: Calendar, posts: Posts, programmes: ProgrammeColumns, begins: Ints
    ) -> None:
        self._calendar, self._columns, self._begins = calendar, programmes, begins
        self.names = list(scenario.liaison)
        self.posts: Ints = np.array([posts.of_liaison[name] for name in self.names], dtype=np.int64)
        terms = [self._terms(spec) for spec in scenario.liaison.values()]
        self.programmes = [served for served, _, _ in terms]
        self.first_day: Ints = np.array([first for _, first, _ in terms], dtype=np.int64)
        self.last_day: Ints = np.array([last for _, _, last in terms], dtype=np.int64)

    def _terms(self, spec: Arrangement) -> tuple[list[int], int, int]:
        """The programmes that a post serves, its first and its last working day."""
        served = self._columns.served_by(spec)
        first, last = days_of(spec, self._calendar)
        centres = [self._columns.specs[p].centre for p in served]
        if served and all(centre is not None and not centre.keeps_posts for centre in centres):
            last = min(last, int(self._begins[served].max()) - 1)
        return served, first, last

    def follow_scenario(self, scenario: Scenario, posts: Posts, day: int) -> None:
        """From a working day on there are the posts of a scenario; one that ended before and is back is a new entry."""
        now = {name: index for index, name in enumerate(self.names) if self.last_day[index] >= day}
        for name, index in now.items():
            if name not in scenario.liaison:
                self.last_day[index] = day - 1
                self.first_day[index] = min(int(self.first_day[index]), day)
                continue
            served, first, self.last_day[index] = self._terms(scenario.liaison[name])
            self.programmes[index] = served
            if self.first_day[index] >= day:
                self.first_day[index] = max(first, day)
        for name, spec in scenario.liaison.items():
            served, first, last = self._terms(spec)
            if name in now or last < day:
                continue
            self.names.append(name)
            self.programmes.append(served)
            self.posts = np.append(self.posts, posts.of_liaison[name])
            self.first_day = np.append(self.first_day, max(first, day))
            self.last_day = np.append(self.last_day, last)


class PartColumns:
    """What the parts of the collaboration that run today come to at each programme, in columns.

    All have shape (programmes,) unless said otherwise.

    Attributes:
        contact: chance that a worker who wants to consult finds somebody of the team through a part (L4, L5).
        informal_links: the same through acquaintance (L0).
        feedback, joint_visits, knowledge, learning, induction, sharing, completes, knows_open_cases, deters,
            lasting_trust: as in :class:`~referral_sim.scenario.programmes.PartEffect`.
        onward: factor on the chance of a referral on to the programme (A9).
        trust: step of both sides' trust each month; below 0, trust wears away.
        common_assessment: strength of the Common Assessment Framework at each programme (L10).
        common_assessment_at: the same for other professionals at each locality, shape (localities,).
    """

    CHANCES: tuple[str, ...] = (
        "contact", "feedback", "joint_visits", "knowledge", "learning", "induction", "sharing", "completes",
        "knows_open_cases", "deters", "lasting_trust",
    )  # fmt: skip

    contact: Floats
    feedback: Floats
    joint_visits: Floats
    knowledge: Floats
    learning: Floats
    induction: Floats
    sharing: Floats
    completes: Floats
    knows_open_cases: Floats
    deters: Floats
    lasting_trust: Floats

    def __init__(self, scenario: Scenario) -> None:
        count = len(scenario.programmes)
        for name in self.CHANCES:
            setattr(self, name, np.zeros(count))
        self.onward: Floats = np.ones(count)
        self.trust: Floats = np.zeros(count)
        self.informal_links: Floats = np.full(count, scenario.collaboration.informal_links)
        self.common_assessment: Floats = np.zeros(count)
        self.common_assessment_at: Floats = np.zeros(len(scenario.localities))


def days_of(spec: Arrangement, calendar: Calendar) -> tuple[int, int]:
    """First and last working day of an arrangement; before the run is day 0, after it the number of days."""
    first = 0 if spec.start is None else calendar.day_on_or_after(spec.start)
    last = calendar.days if spec.end is None else calendar.day_on_or_after(spec.end + dt.timedelta(days=1)) - 1
    return first, last
