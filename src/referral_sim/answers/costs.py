"""What a policy costs and saves at the user's own prices: a year, by agency, and a day of unmet need avoided (M1).

Prices are inputs of the user and never a finding; without them, the same in hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from ..measures.table import FAMILY_RATE, MEASURES, RATE
from ..records.hours import Agency, Work
from ..scenario import Scenario, ScenarioError
from ..scenario.errors import did_you_mean
from ..scenario.faults import FileModel, read_file
from ..state import State

EVERYBODY = "all agencies"
COUNTED = "counted items"
PAID = (Agency.INTAKE, Agency.FAMILY_SUPPORT, Agency.PROGRAMMES, Agency.LIAISON)
"""Agencies whose posts a scenario has."""
UNMET = "days_of_unmet_need"
RESAMPLES = 2000
CURVE_POINTS = 41
DIFFERENCES = ["what", "base", "difference", "low", "high"]

Floats = NDArray[np.float64]


def _hours_of(name: str) -> str:
    agency, slash, work = name.partition("/")
    if agency not in tuple(Agency):
        raise ValueError(f"there is no agency {agency!r}{did_you_mean(agency, [*map(str, Agency)]) or _one_of(Agency)}")
    if slash and work not in tuple(Work):
        raise ValueError(f"there is no work {work!r}{did_you_mean(work, [*map(str, Work)]) or _one_of(Work)}")
    return name


def _agency_with_posts(name: str) -> str:
    paid = [*map(str, PAID)]
    if name not in paid:
        raise ValueError(
            f"there are no posts of {name!r}{did_you_mean(name, paid) or '; they are of ' + ', '.join(paid)}"
        )
    return name


def _one_of(names: type[Agency] | type[Work]) -> str:
    return f"; they are {', '.join(names)}"


def _counted(name: str) -> str:
    countable = [one.name for one in MEASURES.values() if _is_counted(one.unit)]
    if name not in countable:
        hint = did_you_mean(name, countable) or ", such as packages_started or conferences"
        raise ValueError(f"{name!r} is no measure that counts something in a year{hint}")
    return name


def _is_counted(unit: str) -> bool:
    return unit in (RATE, FAMILY_RATE) or (unit.endswith(" a year") and not unit.startswith(("hours", "leavers")))


class UnitCost(FileModel):
    """A price, with what it rests on."""

    price: float = Field(ge=0.0, description="what one costs, 0 or more")
    year: int = Field(ge=1990, le=2100)
    source: str = Field(min_length=1, description="where the price comes from")


class UnitCosts(FileModel):
    """Unit costs of a user.

    Attributes:
        title: for people.
        currency: in which all prices are, such as GBP.
        hours: agency, or AGENCY/WORK, which counts over its agency's -> price of an hour worked.
        posts: agency -> price of a whole post for a year, filled or not; its hours then have no price.
        each: measure that counts something -> price of one, over and above the hours it takes.
    """

    title: str
    currency: str = Field(min_length=1)
    hours: dict[Annotated[str, AfterValidator(_hours_of)], UnitCost] = Field(default_factory=dict)
    posts: dict[Annotated[str, AfterValidator(_agency_with_posts)], UnitCost] = Field(default_factory=dict)
    each: dict[Annotated[str, AfterValidator(_counted)], UnitCost] = Field(default_factory=dict)

    @property
    def year(self) -> int:
        """The year of all prices."""
        return next(iter({**self.hours, **self.posts, **self.each}.values())).year


def read_unit_costs(path: Path) -> UnitCosts:
    """Read a user's unit costs.

    Raises:
        ScenarioError: with every fault; all prices must be of one year, for none is converted.
    """
    found, document = read_file(path, UnitCosts, "file of unit costs")
    if not found.hours and not found.posts:
        raise ScenarioError(
            [document.fault(("hours",), "give the price of an hour, or of a post, of one agency or more")]
        )
    faults = []
    for name in found.hours:
        if name.partition("/")[0] in found.posts:
            message = "its posts have a price, and its hours would be paid twice: give the one or the other"
            faults.append(document.fault(("hours", name), message))
    for part, costs in (("hours", found.hours), ("posts", found.posts), ("each", found.each)):
        for name, cost in costs.items():
            if cost.year != found.year:
                faults.append(
                    document.fault(
                        (part, name, "year"), f"prices must be of one year, {found.year} as the first, not {cost.year}"
                    )
                )
    if faults:
        raise ScenarioError(faults)
    return found


def families_of(scenario: Scenario, seed: int) -> float:
    """Families with children in an authority, in the middle of its last reporting year, in replicate 0."""
    state = State(scenario, seed, 0)
    return float(np.count_nonzero(state.families.children_at(state.calendar.years[-1].middle)))


@dataclass(frozen=True)
class CostAnswer:
    """What a policy costs.

    Attributes:
        by_agency: what (an agency, all agencies, counted items), base, difference, low and high (90% of replicates), a
            year, in the currency or in hours.
        plane: replicate, cost and avoided (days of unmet need avoided a year by all families of the authority).
        a_day: mean cost over mean days avoided, with its 95% bootstrap interval over replicates; NaN where no days are
            avoided in the mean, for then the ratio says nothing.
        curve: worth (of a day avoided) and chance (share of replicates in which it exceeds the cost).
    """

    by_agency: pd.DataFrame
    plane: pd.DataFrame
    a_day: tuple[float, float, float]
    curve: pd.DataFrame


def costs_of(
    differences: pd.DataFrame,
    children: int,
    families: float,
    prices: UnitCosts | None,
    posts: tuple[Mapping[Agency, float], Mapping[Agency, float]] = ({}, {}),
    seed: int = 1,
) -> CostAnswer:
    """What a policy costs a year, in one reporting year.

    Args:
        differences: replicate, measure, group, unit, base, value, difference, as
            :func:`~referral_sim.experiment.summaries.differences` gives them.
        children: children under 18 of the authority.
        families: families of the authority.
        prices: of the user; if None, hours stand for costs.
        posts: whole posts paid for in the year, by agency, without and with the policy.
        seed: of the bootstrap.

    Raises:
        ValueError: if a replicate lacks what is to be priced.
    """
    amounts = _amounts(differences, children, prices, posts)
    by_what = amounts.groupby(["replicate", "what"], sort=False)[["base", "difference"]].sum()
    total = amounts.groupby("replicate", sort=False)[["base", "difference"]].sum()
    rows = [(EVERYBODY, total), *((what, by_what.xs(what, level="what")) for what in dict.fromkeys(amounts["what"]))]
    table = pd.DataFrame(
        [
            (what, one["base"].mean(), one["difference"].mean(), *np.quantile(one["difference"], [0.05, 0.95]))
            for what, one in rows
        ],
        columns=DIFFERENCES,
    )
    unmet = _rows(differences, UNMET, "all")["difference"] * (-families / 1000.0)
    plane = pd.DataFrame({"cost": total["difference"], "avoided": unmet}).dropna().reset_index()
    cost, avoided = (plane[name].to_numpy(dtype=float) for name in ("cost", "avoided"))
    return CostAnswer(table, plane, _ratio(cost, avoided, seed), _curve(cost, avoided))


def _amounts(
    differences: pd.DataFrame,
    children: int,
    prices: UnitCosts | None,
    posts: tuple[Mapping[Agency, float], Mapping[Agency, float]],
) -> pd.DataFrame:
    """Replicate, what, base and difference, in money or hours, by agency and work, post or counted measure."""
    parts = []
    for group in dict.fromkeys(differences.loc[differences["measure"] == "hours_used", "group"]):
        names: Mapping[str, str] = dict(part.split(":") for part in group.split("/") if ":" in part)
        if "work" not in names:
            continue  # its works are priced one by one
        key = f"{names['agency']}/{names['work']}"
        rows = _rows(differences, "hours_used", group)
        price = 1.0
        if prices is not None:
            found = prices.hours.get(key) or prices.hours.get(names["agency"])
            price = found.price if found is not None else 0.0
        parts.append(rows.fillna(0.0).mul(price).assign(what=names["agency"]))
    if not parts:
        raise ValueError("the runs have no hours by agency and work")
    replicates = pd.Index(differences["replicate"].unique(), name="replicate")
    for agency, cost in (prices.posts if prices is not None else {}).items():
        base, other = (paid[Agency(agency)] * cost.price for paid in posts)
        rows = pd.DataFrame({"base": base, "difference": other - base}, index=replicates)
        parts.append(rows.assign(what=agency))
    for measure, cost in (prices.each if prices is not None else {}).items():
        rows = _rows(differences, measure, "all")
        if rows.empty:
            raise ValueError(f"the runs have no {measure}")
        factor = children / 10_000.0 if MEASURES[measure].unit in (RATE, FAMILY_RATE) else 1.0
        parts.append(rows.mul(factor * cost.price).assign(what=COUNTED))
    return pd.concat(parts).reset_index()


def _rows(differences: pd.DataFrame, measure: str, group: str) -> pd.DataFrame:
    """Base and difference by replicate; what one of two scenarios never does is 0 in it."""
    mine = differences[(differences["measure"] == measure) & (differences["group"] == group)].set_index("replicate")
    base, value = mine["base"].fillna(0.0), mine["value"].fillna(0.0)
    return pd.DataFrame({"base": base, "difference": value - base})


def _ratio(cost: Floats, avoided: Floats, seed: int) -> tuple[float, float, float]:
    if avoided.mean() <= 0.0:
        return float("nan"), float("nan"), float("nan")
    random = np.random.default_rng(seed)
    rows = random.integers(len(cost), size=(RESAMPLES, len(cost)))
    above, below = cost[rows].mean(axis=1), avoided[rows].mean(axis=1)
    mean = float(cost.mean() / avoided.mean())
    if (below <= 0.0).mean() > 0.025:  # whether days are avoided is not sure, so that the ratio has no end
        return mean, float("nan"), float("nan")
    low, high = np.quantile(above[below > 0.0] / below[below > 0.0], [0.025, 0.975])
    return mean, float(low), float(high)


def _curve(cost: Floats, avoided: Floats) -> pd.DataFrame:
    """The acceptability curve (van Hout and others 1994), up to three times the dearest ratio of a replicate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = cost / avoided
    known = ratios[np.isfinite(ratios) & (ratios > 0.0) & (avoided > 0.0)]
    worth = np.linspace(0.0, 3.0 * float(np.median(known)) if len(known) else 1.0, CURVE_POINTS)
    chance = (worth[:, None] * avoided[None, :] > cost[None, :]).mean(axis=1)
    return pd.DataFrame({"worth": worth, "chance": chance})
