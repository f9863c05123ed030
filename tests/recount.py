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
from referral_sim.scenario.fields import EthnicGroup

COLUMNS = {"locality": "locality", "programme": "programme_area", "ethnic": "ethnic_group"}
STAGE_OF = {
    "contacts": "contact", "referrals": "referral", "initial_assessments": "initial_assessment",
    "core_assessments": "core_assessment", "section_47_enquiries": "section_47_enquiry", "conferences": "conference",
    "registrations": "registration", "deregistrations": "deregistration",
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
TROUBLE = 2.0
Figures = dict[tuple[str, str], float]


class Diary:
    """One run with what is seen of it every day.

    Attributes:
        model, scenario: the run, ended. events: its event table with the row of each family (``row``) and the month.
        daily: one row a day and group: backlog, thresholds, trust, leavers and posts.
        arose: the day, level and need before of each concern that arose, by case.
        brought_in: families brought into a programme on a day, where nothing else changes who uses one.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.model = scenario, ReferralModel(scenario, rng=seed)
        self.day_rows: list[dict[str, Any]] = []
        self.arose: dict[int, tuple[int, float, float]] = {}
        model, met = self.model, 0
        while model.running:
            today = model.day + 1
            need = model.state.need.now(np.arange(len(model.families)), float(model.calendar.offsets[today]))
            model.step()
            last = int(model.concerns.first_of_day[today + 1])
            for case in range(met, last):
                if np.isfinite(model.state.cases.level[case]):
                    row = model.concerns.family[case]
                    self.arose[case] = today, float(model.state.cases.level[case]), float(need[row])
            met = last
            self._write_down(today)
        rows = model.events()
        rows["row"] = model.concerns.family[rows["case"]]
        rows["month"] = rows["date"].dt.strftime("%Y-%m")
        for column in ("stage", "outcome", "source", "recorded_source", *COLUMNS.values()):
            rows[column] = rows[column].astype(object)
        self.events = rows
        self.daily = pd.DataFrame(self.day_rows)
        dates = pd.Series(pd.to_datetime(model.calendar.dates[self.daily["day"]]))
        self.daily["month"] = dates.dt.strftime("%Y-%m")
        self.reported = dates >= pd.Timestamp(scenario.time.reporting_year_start)
        self.help = self._help()

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
        self.day_rows.append({"day": day, "group": "liaison", "liaison": len(there), "turnover_liaison": left})

    # -- what began when ----------------------------------------------------------------------------------------------

    def _help(self) -> pd.DataFrame:
        """Every beginning of help (package, panel's plan, plan, registration) and every referral, with the days since
        the family's trouble began (NaN where it was in none)."""
        model, scenario, found = self.model, self.scenario, []
        until: dict[int, float] = {}  # package of a family, to this calendar day
        since: dict[int, int] = {}  # trouble of a family, from this calendar day
        arising = defaultdict(list)
        for case, (day, level, before) in self.arose.items():
            arising[day].append((int(model.state.residence.occupant[case]), level, before))
        by_day = dict(tuple(self.events.groupby("day")))
        for day in range(model.calendar.days):
            offset = int(model.calendar.offsets[day])
            for family, level, before in arising[day]:
                if level >= TROUBLE and (family not in since or before < TROUBLE):
                    since[family] = offset
            for row in by_day[day].itertuples() if day in by_day else ():
                helps = row.stage in ("package", "plan_start", "registration")
                if row.stage == "package":
                    until[row.family] = offset + scenario.practice.package_days
                if row.stage == "panel" and row.outcome == "supported" and until.get(row.family, -1) <= offset:
                    until[row.family] = offset + scenario.collaboration.panel.package_days
                    helps = True
                if helps or row.stage == "referral":
                    waited = offset - since[row.family] if row.family in since else np.nan
                    found.append((row.Index, "help" if helps else "referral", waited))
                if helps:
                    since.pop(row.family, None)
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
        """Children who have not had some birthday in the middle of the reporting period: one row each, with homes."""
        time = self.scenario.time
        first, start = pd.Timestamp(time.reporting_year_start), pd.Timestamp(self.model.calendar.start)
        middle = first + (pd.Timestamp(time.end) - first) / 2
        row, child = np.nonzero(np.abs(self.model.families.births) < 36_525)
        days = (middle - start) / pd.Timedelta(days=1) - self.model.families.births[row, child]
        mine = (days >= 0) & (days < below * 365.25)
        day = int(np.searchsorted(self.model.calendar.dates, np.datetime64(middle.ceil("D"), "D")))
        return self.homes(row[mine], min(day, self.model.calendar.days - 1))


def share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def chosen(rows: pd.DataFrame, stage: str, outcomes: list[str] | None = None) -> pd.DataFrame:
    rows = rows[rows["stage"] == stage]
    return rows if outcomes is None else rows[rows["outcome"].isin(outcomes)]


def formal_referrals(rows: pd.DataFrame) -> pd.DataFrame:
    """Referrals that a programme brought, without those of which it only said a word."""
    informal = set(chosen(rows, "programme_concern", ["told_informally"])["case"])
    referrals = chosen(rows, "referral")
    return referrals[(referrals["source"] == "sslp") & ~referrals["case"].isin(informal)]


def threshold_of(scenario: Scenario, dates: pd.Series[Any]) -> pd.Series[Any]:
    """The authority's own threshold on some dates."""
    rules = scenario.front_door
    own = pd.Series(rules.threshold, index=dates.index)
    if rules.threshold_change.on is not None:
        own += rules.threshold_change.by * (dates >= pd.Timestamp(rules.threshold_change.on))
    return own


def measures(diary: Diary) -> Figures:
    """All measures of the reporting year, by measure and group."""
    scenario, events = diary.scenario, diary.events
    years = scenario.time.reporting_months / 12
    year, found = events[events["date"] >= pd.Timestamp(scenario.time.reporting_year_start)], {}
    referrals = chosen(year, "referral")
    people = {group: len(rows) for group, rows in diary.groups(diary.children(18))}
    for group, rows in diary.groups(year):
        for measure, stage in STAGE_OF.items():
            found[measure, group] = share(len(chosen(rows, stage)) / years * 1e4, people[group])
        stock = len(chosen(rows, "waiting", ["on_register"]))
        found["on_register", group] = share(stock * 1e4, people[group])
        for measure, (stage, outcomes) in FLOWS.items():
            found[measure, group] = len(chosen(rows, stage, outcomes)) / years
        for measure, above, below in (
            ("referrals_per_contact", "referral", "contact"),
            ("initial_assessments_per_referral", "initial_assessment", "referral"),
            ("core_assessments_per_referral", "core_assessment", "referral"),
            ("registrations_per_referral", "registration", "referral"),
        ):
            found[measure, group] = share(len(chosen(rows, above)), len(chosen(rows, below)))
        for which in ("initial", "core"):
            days = chosen(rows, f"{which}_assessment")["working_days"].astype(float)
            limit = getattr(scenario.assessment, f"{which}_deadline")
            found[f"{which}_assessments_in_time", group] = float((days <= limit).mean()) if len(days) else np.nan
    for group, rows in diary.groups(formal_referrals(events).loc[lambda t: t["reported"]]):
        found["sslp_referrals_to_social_services", group] = len(rows) / years
    everybody = chosen(events, "referral")
    again = everybody["date"] - everybody.groupby("family")["date"].shift()
    registered = chosen(events, "registration")
    known = diary.model.families.registered_before
    before = registered.duplicated("family")
    before |= registered["family"].map(lambda family: family < len(known) and bool(known[family]))
    right = everybody["level"] >= threshold_of(scenario, everybody["date"])
    for name, values, of in (
        ("re_referred_within_12_months", again.dt.days <= 365, referrals),
        ("re_registered", before, registered[registered["reported"]]),
        ("referrals_right", right, referrals),
        ("need_at_referral", everybody["level"], referrals),
        ("days_to_referral", diary.help.loc[diary.help["what"] == "referral", "waited"], referrals),
    ):
        for group, rows in diary.groups(of):
            found[name, group] = float(values.loc[rows.index].astype(float).mean()) if len(rows) else np.nan
    helped = diary.help[(diary.help["what"] == "help") & diary.help["reported"] & diary.help["waited"].notna()]
    for group, rows in diary.groups(helped):
        found["days_to_help", group] = float(rows["waited"].mean()) if len(rows) else np.nan
    return found | of_sources(diary, referrals) | unreached(diary, year) | of_days(diary) | staff_moves(diary, years)


def of_sources(diary: Diary, referrals: pd.DataFrame) -> Figures:
    """Shares of referrals: by source, on record, of areas, by tier; and of registrations by category."""
    scenario, found = diary.scenario, {}
    sources = diary.model.events()["source"].cat.categories
    studied = [name for name, programme in scenario.programmes.items() if programme.studied]
    inside, young = referrals["programme_area"].isin(studied), referrals["child_age"] < 5.0
    first = pd.Timestamp(scenario.time.reporting_year_start.year, 10, 1)
    half_year = referrals["date"].between(first, pd.Timestamp(first.year + 1, 3, 31))
    table = referrals[inside & young & half_year & (referrals["recorded_source"] != "not_recorded")]
    for name in sources:
        found["referral_source_true", f"source:{name}"] = share((referrals["source"] == name).sum(), len(referrals))
        found["study_source_recorded", f"source:{name}"] = share((table["recorded_source"] == name).sum(), len(table))
        for group in EthnicGroup:
            mine = referrals[referrals["ethnic_group"] == group]
            value = share((mine["source"] == name).sum(), len(mine))
            found["referral_source_by_ethnic_group", f"ethnic:{group}/source:{name}"] = value
    for name in [*sources, "not_recorded"]:
        part = (referrals["recorded_source"] == name).sum()
        found["referral_source_recorded", f"source:{name}"] = share(part, len(referrals))
    found["referrals_from_sslp_areas", "all"] = share(referrals["programme_area"].notna().sum(), len(referrals))
    under_five = diary.children(5)["programme_area"].isin(studied)
    there = share((inside & young).sum(), under_five.sum())
    elsewhere = share((~inside & young).sum(), (~under_five).sum())
    found["sslp_area_referral_ratio", "all"] = share(there, elsewhere)
    for tier in (1, 2, 3, 4):
        part = (np.minimum(np.floor(referrals["level"]), 4) == tier).sum()
        found["referral_need_tier", f"tier:{tier}"] = share(part, len(referrals))
    rows = chosen(diary.events, "registration").loc[lambda t: t["reported"]]
    for category in ("neglect", "physical_abuse", "sexual_abuse", "emotional_abuse"):
        part = (rows["outcome"] == category).sum()
        found["registration_category", f"category:{category}"] = share(part, len(rows))
    return found


def unreached(diary: Diary, year: pd.DataFrame) -> Figures:
    """Of families with a concern in the year at or above its day's threshold: the share without any help."""
    model, calendar = diary.model, diary.model.calendar
    arose = pd.DataFrame(
        [(case, day, level) for case, (day, level, _) in sorted(diary.arose.items())], columns=["case", "day", "level"]
    )
    # What was held back, or passed up by a panel, counts at the need at which it came to social services.
    later = diary.events[diary.events["stage"].isin(["held_back_returns", "contact"])].groupby("case")["level"].max()
    arose["level"] = np.fmax(arose["level"], arose["case"].map(later))
    arose["date"] = pd.Series(calendar.dates[arose["day"]].astype("datetime64[s]"))
    arose = arose[arose["date"] >= pd.Timestamp(diary.scenario.time.reporting_year_start)]
    grave = arose[arose["level"] >= threshold_of(diary.scenario, arose["date"])].copy()
    grave["family"] = model.state.residence.occupant[grave["case"]]
    grave = grave.drop_duplicates("family").reset_index(drop=True)
    began = diary.help[(diary.help["what"] == "help") & diary.help["reported"]]["family"]
    runs = year[(year["stage"] == "waiting") & year["outcome"].isin(["on_plan", "on_register"])]["family"]
    left = year[year["stage"].isin(["plan_end", "deregistration"]) & (year["outcome"] == "moved_away")]["family"]
    grave["unreached"] = ~grave["family"].isin({*began, *runs, *left})
    homes = diary.homes(model.concerns.family[grave["case"]], grave["day"].to_numpy())
    table = pd.concat([grave, homes], axis=1)
    return {
        ("needs_unreached", group): float(rows["unreached"].mean()) if len(rows) else np.nan
        for group, rows in diary.groups(table)
    }


def of_days(diary: Diary, month: str | None = None) -> Figures:
    """Means over the days of the reporting year or of a month, and leavers a post a year in it."""
    daily = diary.daily
    mine = diary.reported if month is None else daily["month"] == month
    years = diary.scenario.time.reporting_months / 12 if month is None else 1 / 12
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
                found[month, measure, group] = len(chosen(mine, stage))
            for measure, (stage, outcomes) in FLOWS.items():
                found[month, measure, group] = len(chosen(mine, stage, outcomes))
            level = chosen(mine, "referral")["level"]
            found[month, "need_at_referral", group] = float(level.mean()) if len(level) else np.nan
        for group, mine in diary.groups(formal[formal["month"] == month]):
            found[month, "sslp_referrals_to_social_services", group] = len(mine)
        for (measure, group), value in (of_days(diary, month) | staff_moves(diary, 1, month)).items():
            found[month, measure, group] = value
    return found
