"""Generated scenarios for the invariants, and what tests on them ask of the event table."""

import datetime as dt
from collections import Counter

import holidays
import numpy as np

from helpers import post
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario
from referral_sim.scenario.fields import PartKind
from referral_sim.world.calendar import add_months

KINDS_OF_POST = ("outposted_social_worker", "link_worker", "social_work_assistant")
KINDS_OF_PART = tuple(str(kind) for kind in PartKind)
BANK_HOLIDAYS = np.array(
    sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(1999, 2012))), dtype="datetime64[D]"
)
FEW, MANY = range(1, 25), range(25, 101)  # numbers of the scenarios: of every run of the tests, and of the long ones
STARTS = ("2005-04-01", "2004-01-01", "2008-02-01")


# What a scenario may be given; the first of each list is the plainest.
OPTIONS = {
    "time__warm_up_months": [3, 0, 6],
    "time__years": [1, 2],
    "population__children": [1000, 2000, 40, 1, 0],
    "population__mobility": [0.08, 2.0, 0.0],
    "population__leave_authority": [0.4, 1.0, 0.0],
    "need__median_excess": [0.35, 1.5, 0.0],
    "population__growth": [0.0, 0.1, -0.1],
    "trouble__rate": [0.8, 2.0, 0.1],
    "trouble__growth": [0.7, 10.0, 0.0],
    "trouble__lasting_share": [0.06, 1.0, 0.0],
    "trouble__recovery_half_life": [90.0, 10.0],
    "signs__rate": [6.0, 12.0, 2.0],
    "signs__slope": [0.3, 0.0, 3.0],
    "day_care__requests": [15.0, 200.0, 0.0],
    "help__works": [0.35, 1.0, 0.0],
    "help__relapse": [0.5, 1.0, 0.0],
    "noticing__visibility": [0.033, 0.2],
    "families__stigma": [0.3, 1.0, 0.0],
    "families__refusal": [0.3, 1.0],
    "families__withdrawal": [1.0, 20.0, 0.0],
    "families__avoidance": [0.3, 1.0],
    "practice__sharing": [0.7, 0.2, 1.0],
    "practice__informal_first": [0.3, 1.0, 0.0],
    "practice__package_days": [30, 1, 120],
    "collaboration__knows_programmes": [0.1, 1.0],
    "front_door__threshold": [3.0, 1.0, 6.0],
    "front_door__referral_margin": [0.8, -2.0, 4.0],
    "front_door__county_desk__enabled": [False, True],
    "front_door__county_desk__delay_days": [1, 0, 3],
    "front_door__administrators_answer": [False, True],
    "front_door__simple_enquiry": [1.8, 6.0],
    "front_door__day_care_gateway": [False, True],
    "front_door__repeat_call_is_referral": [False, True],
    "front_door__contact_hours": [0.25, 0.0, 2.0],
    "assessment__in_need": [2.7, 1.0],
    "assessment__complex_need": [4.2, 2.0],
    "protection__threshold": [3.0, 1.0, 6.0],
    "protection__routing": [0.6, 1.0, 0.0],
    "protection__enquiry_days": [10, 0],
    "protection__continuing_harm": [0.9, 6.0, 0.0],
    "protection__first_review_months": [3, 1],
    "protection__review_months": [6, 1],
    "plans__offered": [0.8, 1.0, 0.0],
    "plans__review_months": [6, 1],
    "workforce__unlimited": [False, True],
    "workforce__vacancy": [0.0, 0.5, 1.0],
    "workforce__turnover": [0.1, 0.0, 5.0],
    "workforce__sslp_turnover": [0.15, 0.0, 5.0],
    "workforce__vacancy_days": [120.0, 0.0],
    "recording__sslp_identifier": [False, True],
    "recording__not_recorded": [0.0, 0.4],
    "workforce__moves_to_programmes": [0.05, 1.0, 0.0],
    "workforce__moves_to_teams": [0.05, 1.0, 0.0],
    "relationships__moved_colleague": [0.05, 1.0],
    "collaboration__panel__places": [8.0, 100.0, 0.0],
    "collaboration__panel__lowest_need": [2.0, 1.0, 4.0],
    "collaboration__panel__meeting_days": [10, 1],
    "collaboration__panel__passes_up": [0.3, -2.0],
    "collaboration__panel__programmes": [0.5, 1.0],
    "collaboration__panel__professionals": [0.2, 1.0, 0.0],
    "collaboration__panel__front_door": [0.3, 1.0, 0.0],
    "collaboration__panel__package_days": [150, 1, 20],
    "collaboration__common_assessment__programmes": [0.6, 1.0],
    "collaboration__common_assessment__consent": [0.85, 1.0, 0.0],
    "collaboration__common_assessment__saves_work": [0.3, 1.0],
}


CENTRE = {"children_under_five": 10_000, "workers_kept": 2.0, "keeps_posts": False}
FIXED = {"population__deprived_share": 0.6, "practice__detection": 0.9}


def values_of(number):
    """Values for ``Scenario().with_values``: one authority for each number, with rules pushed to their ends.

    A failure names the number and the options that are not plain.
    """
    rng = np.random.default_rng(number)

    def pick(plain, *others):
        at = 0 if rng.random() < 0.5 else rng.integers(1 + len(others))
        return (plain, *others)[at]

    values = {key: pick(*options) for key, options in OPTIONS.items()}
    values["time__reporting_year_start"] = dt.date.fromisoformat(pick(*STARTS))
    count = pick(2, 1, 3, 0)
    names = ["North", "South"][: pick(2, 1)]
    split = pick({"North": 0.25, "South": 0.75}, {"South": 1.0}) if len(names) > 1 else {"North": 1.0}
    places = {name: {"share": pick(1.0, 0.3), "posts": pick(1, 2, 0)} for name in names}
    values["localities"] = places
    # Children under five in the deprived areas, as many as the patch with the least room for its part can hold.
    whole = sum(place["share"] for place in places.values())
    room = min(places[name]["share"] / whole / part for name, part in split.items())
    room *= values["population__children"] * 0.27 * FIXED["population__deprived_share"]
    late = values["time__reporting_year_start"] + dt.timedelta(days=10)
    values["programmes"] = {
        name: {
            "children_under_five": int(room / (count + 1)),
            "localities": split,
            "workers": pick(2, 4, 0),
            "packages_per_worker": pick(6, 2, 0),
            "reach": pick(0.8, 1.0, 0.0),
            "studied": pick(True, False),
            "centre": pick(None, {"children_under_five": int(room), "workers_kept": 0.5}, CENTRE | {"start": late}),
        }
        for name in ("Hill", "Dale", "Moor")[:count]
    }
    values["liaison"] = {f"Post {i}": post(pick(*KINDS_OF_POST)) for i in range(pick(0, 1, 2))}

    first = add_months(values["time__reporting_year_start"], -values["time__warm_up_months"])
    days = (add_months(values["time__reporting_year_start"], 12 * values["time__years"]) - first).days

    def some_day():
        return first + dt.timedelta(days=int(rng.integers(days)))

    def where_and_when(kind):
        start, end = (pick(None, some_day()) for _ in range(2))
        if start and end and end < start:
            start, end = end, start
        programmes = pick((), tuple(values["programmes"])[:1], tuple(values["programmes"])[1:])
        places = pick((), (names[0],), (names[-1],))
        strength = pick(1.0, 0.0, float(rng.random()))
        return {"kind": kind, "programmes": programmes, "localities": places, "start": start, "end": end} | {
            "strength": strength
        }

    kinds = [kind for kind in KINDS_OF_PART for _ in range(pick(1, 0, 2))]
    values["parts"] = {f"{kind} {i}": where_and_when(kind) for i, kind in enumerate(kinds)}
    values["workforce__shock"] = pick({}, {"on": some_day(), "share": pick(0.5, 1.0, 0.0)})
    values["front_door__threshold_change"] = pick({}, {"on": some_day(), "by": pick(0.5, 2.0, -1.0)})
    return values


class Watched:
    """One run of a generated scenario, with what is seen of it day by day; the tests of the invariants ask of it.

    Attributes:
        model: the run, ended. events, measures, monthly: its tables.
        hours: hours that the teams' workers were paid for, from the scenario's words, shape (teams,).
        register: on the register after the last day of each month; ``open``: of them, families with an open case.
        room: packages that each programme's staff could give, by its name, shape (days,).
        packages: families whose package each programme gives after each day, by its name, one set a day.
        panels: families supported, and places, of each panel on each day.
        need: the need of all families on some days. to_panel: cases that waited for a panel after any day.
    """

    def __init__(self, number):
        self.number, values = number, values_of(number)
        self.given = {key: value for key, value in values.items() if value != OPTIONS.get(key, [None])[0]}
        self.scenario = Scenario().with_values(**FIXED, **values)
        self.model = model = ReferralModel(self.scenario, rng=number)
        self.hours = np.zeros(len(model.teams))
        self.register, self.open, self.panels, self.need, self.to_panel = {}, {}, [], [], set()
        self.room, self.packages = ({programme.name: [] for programme in model.programmes} for _ in range(2))
        while model.running:
            model.step()
            self._see(model)
        self.events, self.measures, self.monthly = model.events(), model.measures(), model.monthly()

    def _see(self, model):
        self.hours += [paid_hours(team, self.scenario.workforce) for team in model.teams]
        on = model.state.cases.register_case >= 0
        month = model.calendar.month_name(model.calendar.month[model.day])
        self.register[month] = int(on.sum())
        self.open[month] = int((model.state.cases.open_case[on] >= 0).sum())
        for programme in model.programmes:
            staff = sum(bool(model.state.posts.filled[worker.post]) for worker in programme.workers)
            self.room[programme.name].append(staff * programme.spec.packages_per_worker)
            given = np.flatnonzero(model.state.cases.package_from == programme.index)
            self.packages[programme.name].append(set(given.tolist()))
        self.panels += [(panel.supported, panel.places) for panel in model.panels.panels]
        self.to_panel.update(model.state.agenda.waiting("panel").tolist())
        if model.day % 20 == 0:
            self.need.append(model.state.troubles.level(np.arange(len(model.families)), model.state.offset))

    def __repr__(self):
        return f"number {self.number}: {self.given}"


def paid_hours(team, rules):
    """Hours of the day, from the scenario's words."""
    if rules.unlimited:
        return np.inf
    posts = team.state.posts
    held = sum(bool(posts.filled[post]) for post in team.posts)
    held -= (1 - rules.agency_work) * sum(bool(posts.by_agency[p]) for p in team.posts if posts.filled[p])
    return held * rules.hours_per_day * (1 - rules.leave) * (1 - rules.recording)


def of(events, stage, *outcomes):
    """Cases of the rows of a stage (with one of some outcomes), as a counter."""
    chosen = events["stage"] == stage
    if outcomes:
        chosen &= events["outcome"].isin(outcomes)
    return Counter(events.loc[chosen, "case"].tolist())


def waiting(events, *where):
    return of(events, "waiting", *where)
