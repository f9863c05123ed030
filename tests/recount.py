"""Every measure and monthly figure counted once more, by its definition in docs/columns.md, with plain pandas.

Nothing here is taken from ``referral_sim.measures``. What the event table cannot show (trust, backlog, who is in
post) is written down day by day from the agents; what the world is made of (children, homes, the threshold's date)
comes from the scenario and from the world's columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario
from referral_sim.scenario.fields import ConcernKind, EthnicGroup

COLUMNS = {"locality": "locality", "programme": "programme_area", "ethnic": "ethnic_group"}
STAGE_OF = {
    "contacts": "contact", "calls_about_open_cases": "call_about_open_case", "referrals": "referral",
    "initial_assessments": "initial_assessment", "core_assessments": "core_assessment",
    "section_47_enquiries": "section_47_enquiry", "conferences": "conference", "registrations": "registration",
    "deregistrations": "deregistration",
}  # fmt: skip
FAMILIES = {
    "families_contacted": "contact", "families_referred": "referral", "families_registered": "registration",
}  # fmt: skip
FLOWS = {
    "sslp_concerns": ("programme_concern", None),
    "sslp_contacts": ("programme_concern", ["referred", "told_open_case"]),
    "sslp_informal_tellings": ("programme_concern", ["told_informally"]),
    "sslp_held_back": ("programme_concern", ["held_back"]),
    "social_services_referrals_to_sslp": ("referral_to_programme", None),
    "social_services_referrals_taken_up": ("referral_to_programme", ["accepted"]),
    "consultations": ("consultation", None),
    "joint_visits": ("joint_visit", None),
    "packages_started": ("package", None),
    "common_assessments": ("common_assessment", ["completed"]),
    "panel_cases": ("panel", None),
    "panel_cases_supported": ("panel", ["supported"]),
    "panel_cases_passed_up": ("panel", ["passed_up"]),
}
BROUGHT = ("contact", "programme_concern", "taken_to_liaison", "panel", "other_office")
Figures = dict[tuple[str, str], float]


class Diary:
    """One run with what is seen of it every day.

    Attributes:
        model, scenario: the run, ended. events: its event table with the row of each family (``row``) and the month.
        daily: one row a day and group: backlog, thresholds, trust, leavers and posts.
        arose: the day and level of each sign that showed, by case.
        ran: of each day, the troubles that ran and the families that had a package before it, and what came back on it.
        stocks: at the end of each reporting year, the day of registration of each case on the register, by its number,
            and rows of the families with a plan.
        begins, ends: the first day of the year that is counted, and the first after it (``turn_to``).
        months: of each family and month of the run, need and possible harm on the last working day.
        brought_in: families brought into a programme on a day, where nothing else changes who uses one.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.model = scenario, ReferralModel(scenario, rng=seed)
        self.day_rows: list[dict[str, Any]] = []
        self.arose: dict[int, tuple[int, float]] = {}
        self.ran: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.months: list[pd.DataFrame] = []
        self.stocks: list[tuple[dict[int, int], np.ndarray]] = []
        self.first_sizes = self.model.state.troubles.size.copy()
        model, met = self.model, 0
        while model.running:
            today = model.day + 1
            offset, troubles = float(model.calendar.offsets[today]), model.state.troubles
            runs = (troubles.start <= offset) & (offset < np.minimum(troubles.end, troubles.turned))
            package = model.state.cases.package_until >= offset
            model.step()
            self.ran.append((runs, package, troubles.start == offset))
            if today == model.calendar.days - 1 or model.calendar.month[today + 1] != model.calendar.month[today]:
                self._look(offset)
                self._end_of_year(today)
            last = int(model.signs.first_of_day[today + 1])
            for case in range(met, last):
                if np.isfinite(model.state.cases.level[case]):
                    self.arose[case] = today, float(model.state.cases.level[case])
            met = last
            self._write_down(today)
        rows = model.events()
        rows["row"] = model.signs.family[rows["case"]]
        rows["month"] = rows["date"].dt.strftime("%Y-%m")
        for column in ("stage", "outcome", "source", "recorded_source", *COLUMNS.values()):
            rows[column] = rows[column].astype(object)
        self.events = rows
        self._whom_it_concerns(rows)
        self.daily = pd.DataFrame(self.day_rows)
        dates = pd.Series(pd.to_datetime(model.calendar.dates[self.daily["day"]]))
        self.daily["month"] = dates.dt.strftime("%Y-%m")
        self.dates, self.help = dates, self._help()
        self.turn_to(0)

    def turn_to(self, number: int) -> None:
        """From now on, the year with this number is counted, from 0."""
        first = pd.Timestamp(self.scenario.time.reporting_year_start)
        self.number = number
        self.begins, self.ends = (first + pd.DateOffset(years=number + n) for n in (0, 1))
        self.reported = self.within(self.dates)
        for table in (self.events, self.help):
            table["reported"] = self.within(table["date"])

    def register_by_day(self) -> pd.Series[Any]:
        """Families on the register at the end of each working day."""
        return self.daily.dropna(subset="registered").set_index("day")["registered"]

    def within(self, dates: pd.Series[Any]) -> pd.Series[Any]:
        """Which dates lie in the year."""
        return (self.begins <= dates) & (dates < self.ends)

    def _write_down(self, day: int) -> None:
        model = self.model
        gone = model.state.posts.leavers
        for team in model.teams:
            self.day_rows.append({
                "day": day, "group": f"locality:{team.name}", "backlog_days": team.backlog_days,
                "applied_threshold": team.applied_threshold, "turnover_intake": int(gone[team.posts].sum()),
                "intake": len(team.posts),
            })  # fmt: skip
        for programme in model.programmes:
            threshold = model.teams[programme.main_locality].applied_threshold
            workers = programme.workers
            self.day_rows.append({
                "day": day, "group": f"programme:{programme.name}", "trust_team": programme.team_trust,
                "trust": sum(w.trust for w in workers), "gap": sum(w.believed_threshold - threshold for w in workers),
                "workers": len(workers), "turnover_sslp": int(gone[programme.posts].sum()),
            })  # fmt: skip
        there = [post for post in model.liaison if post.first_day <= day <= post.last_day]
        left = sum(int(gone[post.post]) for post in model.liaison)
        registered = int((model.state.cases.register_case >= 0).sum())
        self.day_rows.append({"day": day, "group": "liaison", "liaison": len(there), "turnover_liaison": left,
                              "registered": registered})  # fmt: skip

    def _look(self, offset: float) -> None:
        """Need of all families at the end of a day, from the course of each trouble."""
        model, some, rules = self.model, self.model.state.troubles, self.scenario.trouble
        stop = np.minimum(some.end, some.turned)
        size = np.minimum(some.size + some.growth * (np.minimum(stop, offset) - some.start), rules.greatest)
        size *= 0.5 ** (np.maximum(offset - stop, 0.0) / rules.recovery_half_life)
        table = pd.DataFrame({"row": some.family, "size": size, "harm": some.harm})[some.start <= offset]
        rows = np.arange(len(model.families))
        added = table.groupby("row")["size"].sum().reindex(rows, fill_value=0.0)
        families, harmed = model.families, defaultdict(set)
        for n in np.flatnonzero((some.start <= offset) & some.harm & (size >= 0.25)):
            row = some.family[n]
            everybody = range(4) if some.all_children[n] else [some.child[n]]
            harmed[row] |= {(row, place) for place in everybody if families.births[row, place] < 36_525}
        need = np.minimum(model.families.baseline + added.to_numpy(), 6.0)
        here = (model.families.arrives <= offset) & (offset < model.families.leaves)
        ages = (offset - model.families.births) / 365.25
        here &= ((ages >= 0) & (ages < 18)).any(axis=1)  # families with children
        first, alone = self.first_sizes, some
        grown = np.minimum(first + alone.growth * (np.minimum(alone.end, offset) - alone.onset), rules.greatest)
        grown *= 0.5 ** (np.maximum(offset - alone.end, 0.0) / rules.recovery_half_life)
        left = pd.Series(np.where(alone.onset <= offset, grown, 0.0)).groupby(alone.family).sum()
        left = np.minimum(model.families.baseline + left.reindex(rows, fill_value=0.0).to_numpy(), 6.0)
        book = model.state.cases
        helped = (book.package_until >= offset) | (book.plan_case >= 0) | (book.register_case >= 0)
        known = helped | book.user | (model.day - book.heard <= 253)  # working days of a year
        look = pd.DataFrame({
            "row": rows, "need": need, "alone": left, "helped": helped, "known": known,
            "harmed": [harmed[row] for row in rows],
        })[here]  # fmt: skip
        look["date"] = pd.Timestamp(model.calendar.start) + pd.Timedelta(days=offset)
        self.months.append(look)

    # -- children -----------------------------------------------------------------------------------------------------

    def _whom_it_concerns(self, rows: pd.DataFrame) -> None:
        """Which children each row concerns, and what kind of contact it is.

        New columns: ``who`` (places of the children in their family), ``under_five`` (how many of them), and
        ``counted`` (the stage; calls about open cases are taken out of the contacts and stand on the decision's day).
        """
        model, who, under_five, counted = self.model, [], [], []
        registered: dict[int, int] = {}
        waiting: dict[int, int] = {}
        for at, row in enumerate(rows.itertuples()):
            day, trouble = row.day, model.signs.trouble[row.case]
            if row.stage == "registration":
                registered[row.case] = row.day
            elif row.stage in ("register_review", "deregistration") or row.outcome == "on_register":
                day = registered[row.case]
            ages = [(float(model.calendar.offsets[day]) - born) / 365.25 for born in model.families.births[row.row]]
            mine = {int(model.signs.child[row.case])}
            if trouble >= 0 and model.state.troubles.all_children[trouble]:
                mine |= {place for place, age in enumerate(ages) if 0 <= age < 18}
            who.append(tuple(sorted(mine)))
            under_five.append(sum(ages[place] < 5 for place in mine))
            counted.append(row.stage)
            if row.stage == "contact":
                waiting[row.case] = at
            if row.stage == "contact_decision" and row.outcome == "to_open_case":
                counted[waiting[row.case]], counted[at] = "known", "call_about_open_case"
        rows["who"], rows["under_five"], rows["counted"] = who, under_five, counted

    def _end_of_year(self, today: int) -> None:
        """Who is on the register, and who has a plan, at the end of each year from the first day reported."""
        date, time = pd.Timestamp(self.model.calendar.date(today)), self.scenario.time
        first, book = pd.Timestamp(time.reporting_year_start), self.model.state.cases
        if date >= first and (date.month % 12 + 1) == first.month:
            on = np.flatnonzero(book.register_case >= 0)
            since = dict(zip(book.register_case[on].tolist(), book.registered[on].tolist(), strict=True))
            self.stocks.append((since, np.flatnonzero(book.plan_case >= 0)))

    def on_register(self, stock: dict[int, int]) -> pd.DataFrame:
        """One row a registered child: its family's row and its place, from the cases and days of registrations."""
        found = []
        for case, day in stock.items():
            row, trouble = int(self.model.signs.family[case]), self.model.signs.trouble[case]
            ages = [(float(self.model.calendar.offsets[day]) - b) / 365.25 for b in self.model.families.births[row]]
            mine = {int(self.model.signs.child[case])}
            if trouble >= 0 and self.model.state.troubles.all_children[trouble]:
                mine |= {place for place, age in enumerate(ages) if 0 <= age < 18}
            found += [(row, place) for place in sorted(mine)]
        return pd.DataFrame(found, columns=["row", "place"])

    # -- what began when ----------------------------------------------------------------------------------------------

    def _help(self) -> pd.DataFrame:
        """Every beginning of help (package, panel's plan, plan, registration), with the days since the oldest trouble
        began that ran, and every referral, with the days since the trouble began that showed (NaN where none did)."""
        model, found = self.model, []
        troubles, of_family = model.state.troubles, defaultdict(list)
        for number, family in enumerate(troubles.family.tolist()):
            of_family[family].append(number)
        for day, rows in self.events.groupby("day"):
            offset, (runs, package, came_back) = float(model.calendar.offsets[day]), self.ran[day]
            helped, ended = set(), set()
            for row in rows.itertuples():
                begins = row.stage in ("package", "plan_start", "registration")
                begins |= row.stage == "panel" and row.outcome == "supported" and not package[row.row]
                if row.stage == "referral":
                    trouble = model.signs.trouble[row.case]
                    found.append((row.Index, "referral", offset - troubles.onset[trouble] if trouble >= 0 else np.nan))
                if begins:
                    mine = [
                        troubles.onset[n]
                        for n in of_family[row.row]
                        if (runs[n] or (came_back[n] and row.row in ended))
                        and not (row.row in helped and troubles.turned[n] == offset)
                    ]
                    found.append((row.Index, "help", int(offset - min(mine)) if mine else np.nan))
                    helped.add(row.row)
                    package[row.row] |= row.stage in ("package", "panel")
                if row.stage in ("plan_end", "deregistration"):
                    ended.add(row.row)
        table = pd.DataFrame(found, columns=["at", "what", "waited"]).set_index("at")
        return self.events.join(table, how="inner")

    # -- groups -------------------------------------------------------------------------------------------------------

    def groups(self, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Each group's name with its rows."""
        yield "all", rows
        names = {
            "locality": list(self.scenario.localities), "programme": list(self.scenario.programmes),
            "ethnic": [str(group) for group in EthnicGroup],
        }  # fmt: skip
        for kind, column in COLUMNS.items():
            for name in names[kind]:
                yield f"{kind}:{name}", rows[rows[column] == name]

    def homes(self, rows: np.ndarray, days: np.ndarray | int) -> pd.DataFrame:
        """Where families live on some days, with their ethnic groups."""
        locality, area = self.model.state.residence.at(rows, days)
        programmes = np.array([*self.scenario.programmes, None], dtype=object)
        return pd.DataFrame({
            "locality": np.array(list(self.scenario.localities), dtype=object)[locality],
            "programme_area": programmes[area],
            "ethnic_group": np.array([str(g) for g in EthnicGroup], dtype=object)[self.model.families.group[rows]],
        })  # fmt: skip

    def children(self, below: int) -> pd.DataFrame:
        """Children who have not had some birthday in the middle of the year: one row each, with homes."""
        start = pd.Timestamp(self.model.calendar.start)
        middle = self.begins + (self.ends - self.begins) / 2
        row, child = np.nonzero(np.abs(self.model.families.births) < 36_525)
        days = (middle - start) / pd.Timedelta(days=1) - self.model.families.births[row, child]
        mine, families = (days >= 0) & (days < below * 365.25), self.model.families
        offset = (middle - start) / pd.Timedelta(days=1)
        mine &= (families.arrives[row] <= offset) & (offset < families.leaves[row])
        return self.homes(row[mine], self.middle).assign(
            row=row[mine], child=list(zip(row[mine], child[mine], strict=True))
        )

    @property
    def middle(self) -> int:
        """The working day in the middle of the year."""
        middle = self.begins + (self.ends - self.begins) / 2
        day = int(np.searchsorted(self.model.calendar.dates, np.datetime64(middle.ceil("D"), "D")))
        return min(day, self.model.calendar.days - 1)


def share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def chosen(rows: pd.DataFrame, stage: str, outcomes: list[str] | None = None) -> pd.DataFrame:
    rows = rows[rows["stage"] == stage]
    return rows if outcomes is None else rows[rows["outcome"].isin(outcomes)]


def number(rows: pd.DataFrame) -> int:
    """Children in some rows."""
    return sum(len(who) for who in rows["who"])


def of_stage(rows: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Rows of a stage as it is counted, calls about open cases apart from contacts."""
    return rows[rows["counted"] == stage]


def mean_of_children(values: pd.Series[Any], rows: pd.DataFrame) -> float:
    """Mean of values over the children in some rows; NaN of none, and without rows that have no value."""
    values = values.loc[rows.index].astype(float).dropna()
    people = rows.loc[values.index, "who"].map(len)
    return float((values * people).sum() / people.sum()) if len(values) else float("nan")


def earlier_by_child(rows: pd.DataFrame) -> pd.Series[Any]:
    """For each row, a list with the days since each of its children was last in one of the rows; None for never."""
    last: dict[tuple[int, int], Any] = {}
    found = {}
    for row in rows.itertuples():
        children = [(row.row, place) for place in row.who]
        found[row.Index] = [(row.date - last[child]).days if child in last else None for child in children]
        last |= dict.fromkeys(children, row.date)
    return pd.Series(found, dtype=object)


def formal_referrals(rows: pd.DataFrame) -> pd.DataFrame:
    """Referrals that a programme brought, without those of which it only said a word."""
    informal = set(chosen(rows, "programme_concern", ["told_informally"])["case"])
    referrals = chosen(rows, "referral")
    return referrals[(referrals["source"] == "sslp") & ~referrals["case"].isin(informal)]


def measures(diary: Diary) -> dict[tuple[str, str, str], float]:
    """All measures, by reporting year, measure and group."""
    found = {}
    for number in range(diary.scenario.time.years):
        diary.turn_to(number)
        name = f"{diary.begins.year}-{diary.ends.year % 100:02d}"
        found |= {(name, *key): value for key, value in measures_of_year(diary).items()}
    return found


def measures_of_year(diary: Diary) -> Figures:
    """All measures of the year that the diary is turned to, by measure and group."""
    scenario, events = diary.scenario, diary.events
    year, found = events[events["reported"]], {}
    referrals = chosen(year, "referral")
    people = {group: len(rows) for group, rows in diary.groups(diary.children(18))}
    for group, rows in diary.groups(year):
        for measure, stage in STAGE_OF.items():
            found[measure, group] = share(number(of_stage(rows, stage)) * 1e4, people[group])
        for measure, stage in FAMILIES.items():
            found[measure, group] = share(len(of_stage(rows, stage)) * 1e4, people[group])
        for measure, (stage, outcomes) in FLOWS.items():
            found[measure, group] = len(chosen(rows, stage, outcomes))
        for measure, above, below in (
            ("referrals_per_contact", "referral", "contact"),
            ("initial_assessments_per_referral", "initial_assessment", "referral"),
            ("core_assessments_per_referral", "core_assessment", "referral"),
            ("registrations_per_referral", "registration", "referral"),
        ):
            found[measure, group] = share(number(of_stage(rows, above)), number(of_stage(rows, below)))
        for which in ("initial", "core"):
            done = chosen(rows, f"{which}_assessment")
            in_time = done["working_days"].astype(float) <= getattr(scenario.assessment, f"{which}_deadline")
            found[f"{which}_assessments_in_time", group] = mean_of_children(in_time, done)
    last_day = int(diary.daily.loc[diary.reported, "day"].max())
    stock = diary.on_register(diary.stocks[diary.number][0])
    on = np.unique(stock["row"])
    families = diary.homes(on, last_day).assign(row=on)
    number_of = stock.groupby("row").size()
    for group, rows in diary.groups(families):
        found["families_on_register", group] = share(len(rows) * 1e4, people[group])
        found["on_register", group] = share(number_of.reindex(rows["row"]).sum() * 1e4, people[group])
    for group, rows in diary.groups(formal_referrals(events).loc[lambda t: t["reported"]]):
        found["sslp_referrals_to_social_services", group] = len(rows)
    everybody = chosen(events, "referral")
    again = earlier_by_child(everybody).map(lambda gaps: [gap is not None and gap <= 365 for gap in gaps])
    registered = chosen(events, "registration")
    families, before = diary.model.families, earlier_by_child(registered)
    for row in registered.itertuples():
        known = [families.births[row.row, place] <= families.registered_before[row.row] for place in row.who]
        before[row.Index] = [gap is not None or was for gap, was in zip(before[row.Index], known, strict=True)]
    in_need = everybody["level"] >= scenario.yardstick.need
    for name, values, of in (
        ("re_referred_within_12_months", again.map(np.mean), referrals),
        ("re_registered", before.map(np.mean), registered[registered["reported"]]),
        ("referrals_of_need", in_need, referrals),
        ("need_at_referral", everybody["level"], referrals),
        ("days_to_referral", diary.help.loc[diary.help["what"] == "referral", "waited"], referrals),
    ):
        for group, rows in diary.groups(of):
            found[name, group] = mean_of_children(values, rows)
    helped = diary.help[(diary.help["what"] == "help") & diary.help["reported"] & diary.help["waited"].notna()]
    for group, rows in diary.groups(helped):
        found["days_to_help", group] = float(rows["waited"].mean()) if len(rows) else np.nan
    found |= of_sources(diary, referrals) | yardsticks(diary, year) | unseen(diary, year)
    return found | of_days(diary) | staff_moves(diary, 1) | drift(diary)


def drift(diary: Diary) -> Figures:
    """Change of the main series from the twelve months before the first year to this one, by the mean of both."""
    families, start = diary.model.families, pd.Timestamp(diary.model.calendar.start)
    first = pd.Timestamp(diary.scenario.time.reporting_year_start)
    spans = [(first - pd.DateOffset(months=12), first), (diary.begins, diary.ends)]
    if spans[0][0] < start:
        names = ("contacts", "referrals", "on_register", "sslp_concerns", "backlog_days", "trust_sslp", "trust_team")
        return {("drift", f"series:{name}"): np.nan for name in names}
    found: dict[str, list[float]] = defaultdict(list)
    on_days = diary.register_by_day()
    for begins, ends in spans:
        middle = (begins + (ends - begins) / 2 - start) / pd.Timedelta(days=1)
        age = middle - families.births
        here = (families.arrives <= middle) & (middle < families.leaves)
        people = int(((age >= 0) & (age < 18 * 365.25) & here[:, None]).sum())
        inside = (begins <= diary.dates) & (diary.dates < ends)
        days = diary.daily[inside]
        rows = diary.events[(begins <= diary.events["date"]) & (diary.events["date"] < ends)]
        working = days["day"].nunique()
        for name, stage in (("contacts", "contact"), ("referrals", "referral")):
            found[name].append(number(of_stage(rows, stage)) / working / people)
        found["sslp_concerns"].append(len(chosen(rows, "programme_concern")) / working / people)
        found["on_register"].append(float(on_days.loc[sorted(set(days["day"]))].mean()) / people)
        found["backlog_days"].append(float(days["backlog_days"].mean()))
        by_day = days.groupby("day")[["trust", "workers"]].sum()
        found["trust_sslp"].append(float((by_day["trust"] / by_day["workers"]).mean()))
        found["trust_team"].append(float(days.groupby("day")["trust_team"].mean().mean()))
    changes = {name: (now - before) / ((now + before) / 2) for name, (before, now) in found.items()}
    if max(found["backlog_days"]) < 0.5:
        changes["backlog_days"] = 0.0
    return {("drift", f"series:{name}"): change for name, change in changes.items()}


def of_sources(diary: Diary, referrals: pd.DataFrame) -> Figures:
    """Shares of referrals: by source, on record, of areas, by tier; and of registrations by category."""
    scenario, found = diary.scenario, {}
    sources = diary.model.events()["source"].cat.categories
    studied = [name for name, programme in scenario.programmes.items() if programme.studied]
    inside, total = referrals["programme_area"].isin(studied), number(referrals)
    first = pd.Timestamp(diary.begins.year, 10, 1)
    half_year = referrals["date"].between(first, pd.Timestamp(first.year + 1, 3, 31))
    table = referrals[inside & half_year & (referrals["recorded_source"] != "not_recorded")]
    listed = table["under_five"].sum()
    for name in sources:
        found["referral_source_true", f"source:{name}"] = share(number(referrals[referrals["source"] == name]), total)
        part = table.loc[table["recorded_source"] == name, "under_five"].sum()
        found["study_source_recorded", f"source:{name}"] = share(part, listed)
        for group in EthnicGroup:
            mine = referrals[referrals["ethnic_group"] == group]
            value = share(number(mine[mine["source"] == name]), number(mine))
            found["referral_source_by_ethnic_group", f"ethnic:{group}/source:{name}"] = value
    for name in [*sources, "not_recorded"]:
        part = number(referrals[referrals["recorded_source"] == name])
        found["referral_source_recorded", f"source:{name}"] = share(part, total)
    found["referrals_from_sslp_areas", "all"] = share(number(referrals[referrals["programme_area"].notna()]), total)
    under_five = diary.children(5)["programme_area"].isin(studied)
    there = share(referrals.loc[inside, "under_five"].sum(), under_five.sum())
    elsewhere = share(referrals.loc[~inside, "under_five"].sum(), (~under_five).sum())
    found["sslp_area_referral_ratio", "all"] = share(there, elsewhere)
    for tier in (1, 2, 3, 4):
        part = number(referrals[np.minimum(np.floor(referrals["level"]), 4) == tier])
        found["referral_need_tier", f"tier:{tier}"] = share(part, total)
    rows = chosen(diary.events, "registration").loc[lambda t: t["reported"]]
    for category in ("neglect", "physical_abuse", "sexual_abuse", "emotional_abuse"):
        part = number(rows[rows["outcome"] == category])
        found["registration_category", f"category:{category}"] = share(part, number(rows))
    return found


def yardsticks(diary: Diary, year: pd.DataFrame) -> Figures:
    """Need that nobody helps, grave need that nobody knows, and who of the families in need was referred."""
    looks = pd.concat(diary.months)
    looks = looks[diary.within(looks["date"])].reset_index(drop=True)
    looks = looks.join(diary.homes(looks["row"].to_numpy(), diary.middle))
    referred = set(chosen(year, "referral")["row"])
    need, found = diary.scenario.yardstick.need, {}
    for group, rows in diary.groups(looks):
        alone = rows[(rows["need"] >= need) & ~rows["helped"]]
        families = rows["row"].nunique()
        found["families_in_unmet_need", group] = share(1000.0 * alone["row"].nunique(), families)
        found["days_of_unmet_need", group] = share(1000.0 * 365.25 * len(alone), len(rows))
        unknown = rows[(rows["need"] >= 4.0) & ~rows["known"]]
        found["grave_trouble_unknown", group] = share(1000.0 * len(unknown), len(rows))
        in_need = set(rows.loc[rows["need"] >= need, "row"])
        found["families_in_need_referred", group] = share(len(in_need & referred), len(in_need))
    highest = looks.groupby("row")[["need", "alone"]].max()
    for tier in (3, 4):
        would = highest[highest["alone"] >= tier]
        found["trouble_prevented", f"tier:{tier}"] = share((would["need"] < tier).sum(), len(would))
    return found


def shown(diary: Diary) -> pd.DataFrame:
    """Every sign that showed in the reporting year: case, family, day, date, trouble, kind and need in tiers."""
    model, calendar = diary.model, diary.model.calendar
    table = pd.DataFrame(
        [(case, day, level) for case, (day, level) in sorted(diary.arose.items())], columns=["case", "day", "level"]
    )
    # What a panel passes up counts at the need at which it came to social services.
    later = chosen(diary.events, "contact").groupby("case")["level"].last()
    table["level"] = table["case"].map(later).fillna(table["level"])
    table["date"] = pd.Series(calendar.dates[table["day"]].astype("datetime64[s]"))
    for name, column in (("family", model.signs.family), ("trouble", model.signs.trouble), ("kind", model.signs.kind)):
        table[name] = column[table["case"]]
    return table[diary.within(table["date"])]


def unseen(diary: Diary, year: pd.DataFrame) -> Figures:
    """How many families are in trouble and children harmed, and what share of it anybody brings."""
    found: Figures = {}
    looks = pd.concat(diary.months)
    looks = looks[diary.within(looks["date"])].reset_index(drop=True)
    looks = looks.join(diary.homes(looks["row"].to_numpy(), diary.middle))
    for group, rows in diary.groups(looks):
        found["families_in_trouble", group] = share(1000.0 * (rows["need"] >= 3.0).sum(), len(rows))
        found["families_in_grave_trouble", group] = share(1000.0 * (rows["need"] >= 4.0).sum(), len(rows))
    harmed = set().union(*looks.loc[looks["need"] >= 3.0, "harmed"])
    on = year["stage"].isin(["registration", "deregistration"])
    registered = {(row.row, place) for row in year[on].itertuples() for place in row.who}
    registered |= set(diary.on_register(diary.stocks[diary.number][0]).itertuples(index=False, name=None))
    for group, rows in diary.groups(diary.children(18)):
        hurt, seen = (rows["child"].isin(some).sum() for some in (harmed, registered))
        found["children_harmed", group] = share(hurt * 1e4, len(rows))
        found["harmed_for_each_registered", group] = share(hurt, seen)
    cases = set(diary.events.loc[diary.events["stage"].isin(BROUGHT), "case"])
    signs = shown(diary)
    signs["brought"] = signs["case"].isin(cases)
    of_trouble = signs[signs["trouble"] >= 0]
    found["signs_brought", "all"] = float(of_trouble["brought"].mean())
    tiers = np.minimum(np.floor(of_trouble["level"]), 4)
    for tier in (1, 2, 3, 4):
        found["signs_brought", f"tier:{tier}"] = float(of_trouble.loc[tiers == tier, "brought"].mean())
    for code, rows in of_trouble.groupby("kind"):
        found["signs_brought", f"kind:{list(ConcernKind)[code]}"] = float(rows["brought"].mean())
    highest, seen = looks.groupby("row")["need"].max(), set(signs.loc[signs["brought"], "family"])
    troubled = highest[highest >= 3.0]
    for group, rows in (("all", troubled), ("tier:3", troubled[troubled < 4.0]), ("tier:4", troubled[troubled >= 4.0])):
        found["families_in_trouble_brought", group] = share(rows.index.isin(seen).sum(), len(rows))
    return found


def of_days(diary: Diary, month: str | None = None) -> Figures:
    """Means over the days of the reporting year or of a month, and leavers a post a year in it."""
    daily = diary.daily
    mine = diary.reported if month is None else daily["month"] == month
    years = 1 if month is None else 1 / 12
    days, before = daily[mine], daily[daily["day"] < daily.loc[mine, "day"].min()]
    found: Figures = {}

    def left(kind: str, group: str | None = None) -> float:
        def until(rows: pd.DataFrame) -> float:
            rows = rows if group is None else rows[rows["group"] == group]
            return float(rows.dropna(subset=kind).groupby("group")[kind].last().sum())

        return until(pd.concat([before, days])) - until(before)

    teams, programmes = days.dropna(subset="intake"), days.dropna(subset="workers")
    for measure in ("backlog_days", "applied_threshold"):
        found[measure, "all"] = float(teams[measure].mean())
        found |= {(measure, group): value for group, value in teams.groupby("group")[measure].mean().items()}
    posts = teams.groupby("group")["intake"].first()
    found["turnover_intake", "all"] = share(left("turnover_intake") / years, posts.sum())
    for group, count in posts.items():
        found["turnover_intake", group] = share(left("turnover_intake", group) / years, count)
    by_day = programmes.groupby("day")[["trust", "gap", "workers"]].sum()
    for measure, column in (("trust_sslp", "trust"), ("threshold_gap", "gap")):
        found[measure, "all"] = float((by_day[column] / by_day["workers"]).mean())
        each = (programmes[column] / programmes["workers"]).groupby(programmes["group"]).mean()
        found |= {(measure, group): value for group, value in each.items()}
    found["trust_team", "all"] = float(programmes.groupby("day")["trust_team"].mean().mean())
    found |= {("trust_team", group): v for group, v in programmes.groupby("group")["trust_team"].mean().items()}
    there = programmes.groupby("group")["workers"].mean()
    found["turnover_sslp", "all"] = share(left("turnover_sslp") / years, there.sum())
    for group, count in there.items():
        found["turnover_sslp", group] = share(left("turnover_sslp", group) / years, count)
    found["turnover_liaison", "all"] = share(left("turnover_liaison") / years, days["liaison"].dropna().mean())
    return found


def staff_moves(diary: Diary, years: float, month: str | None = None) -> Figures:
    """Workers who changed sides."""
    days = set(diary.daily.loc[diary.reported if month is None else diary.daily["month"] == month, "day"])
    return {("staff_moves", "all"): sum(day in days for day, *_ in diary.model.state.staff_moves) / years}


def months(diary: Diary) -> dict[tuple[str, str, str], float]:
    """All monthly figures, by month, measure and group."""
    found = {}
    formal = formal_referrals(diary.events)
    for month in diary.daily["month"].unique():
        rows = diary.events[diary.events["month"] == month]
        for group, mine in diary.groups(rows):
            for measure, stage in STAGE_OF.items():
                found[month, measure, group] = number(of_stage(mine, stage))
            for measure, stage in FAMILIES.items():
                found[month, measure, group] = len(of_stage(mine, stage))
            for measure, (stage, outcomes) in FLOWS.items():
                found[month, measure, group] = len(chosen(mine, stage, outcomes))
            referred = chosen(mine, "referral")
            found[month, "need_at_referral", group] = mean_of_children(referred["level"], referred)
        for group, mine in diary.groups(formal[formal["month"] == month]):
            found[month, "sslp_referrals_to_social_services", group] = len(mine)
        for (measure, group), value in (of_days(diary, month) | staff_moves(diary, 1, month)).items():
            found[month, measure, group] = value
    return found
