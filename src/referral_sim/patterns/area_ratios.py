"""Pattern 5: the referral rate of programme areas against the rest, and what makes City Borough differ."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from ..evidence import published
from ..scenario import Scenario, load_scenario
from .judging import Check, Pattern, PatternRuns, Values, figure_only, within
from .published_levels import AUTHORITIES, name_of

RATIO = "sslp_area_referral_ratio"
OTHERS = ("midtown", "east-borough")
FACTORS = ("need gradient", "reach", "filter")


def scenarios() -> dict[str, Scenario]:
    """The four authorities; Midtown and East Borough with City Borough's need gradient, reach and filter."""
    runs = {name: load_scenario(name) for name in AUTHORITIES}
    city = runs["city-borough"]
    for name in OTHERS:
        for some in _subsets():
            if some:
                runs[_label(name, some)] = exchanged(runs[name], city, frozenset(some))
    return runs


def _subsets() -> list[tuple[str, ...]]:
    return [some for n in range(len(FACTORS) + 1) for some in combinations(FACTORS, n)]


def _label(name: str, some: tuple[str, ...]) -> str:
    return f"{name}, City Borough's {' and '.join(some)}" if some else name


def exchanged(scenario: Scenario, city: Scenario, some: frozenset[str]) -> Scenario:
    """An authority that has some things from City Borough.

    Args:
        scenario: the authority.
        city: City Borough.
        some: of "need gradient" (how much of the authority is deprived, and how much of it programmes cover),
            "reach" (programmes' reach, and families brought in and taken along by posts) and "filter" (posts and
            parts, consultation, feedback, the workers' practice).
    """
    values: dict[str, Any] = {}
    if "need gradient" in some:
        values["population__deprived_share"] = city.population.deprived_share
        grow = _coverage(city) / _coverage(scenario)
        for name, p in scenario.programmes.items():
            values[f"programmes__{name}__children_under_five"] = min(5000, round(p.children_under_five * grow))
    reaching, filtering = "reach" in some, "filter" in some
    posts = {
        f"Post {i}": {"kind": "outposted_social_worker", "programmes": (name,), "time": 0.5}
        for i, name in enumerate(scenario.programmes, 1)
    }
    if reaching:
        first = next(iter(city.programmes.values()))
        for name in scenario.programmes:
            values[f"programmes__{name}__reach"] = first.reach
            values[f"programmes__{name}__reach_slope"] = first.reach_slope
    kind = "collaboration__practices__outposted_social_worker"
    if filtering:
        everywhere = {"programmes": tuple(scenario.programmes)}  # the parts that name all of City Borough's programmes
        values["parts"] = {
            name: part.model_dump() | (everywhere if part.programmes else {}) for name, part in city.parts.items()
        }
        values["practice"] = city.practice.model_dump()
        values["collaboration"] = city.collaboration.model_dump()
        values["liaison"] = posts
        if not reaching:
            values |= {f"{kind}__outreach": 0.0, f"{kind}__accompanies": 0.0}
    elif reaching:
        values["liaison"] = {name: post.model_dump() for name, post in scenario.liaison.items()} | posts
        values |= {
            f"{kind}__availability": 0.0, f"{kind}__carries": False, f"{kind}__feedback": 0.0,
            f"{kind}__joint_visits": 0.0, f"{kind}__onward": 1.0,
        }  # fmt: skip
    return scenario.with_values(**values)


def _coverage(scenario: Scenario) -> float:
    """Share of the under-fives who live in programme areas."""
    people = scenario.population
    under_five = people.children * people.share_under_five
    return sum(p.children_under_five for p in scenario.programmes.values()) / under_five


def shares_of_gap(worth: dict[tuple[str, ...], Values]) -> dict[str, Values]:
    """What each factor adds, averaged over the orders in which they may be exchanged (Shapley value).

    Args:
        worth: subset of :data:`FACTORS`, in their order -> value with these exchanged, shape (replicates,).

    Returns:
        Factor -> its part; the parts add to the value of all less the value of none.
    """
    parts: dict[str, Values] = {}
    count = len(FACTORS)
    for factor in FACTORS:
        rest = [f for f in FACTORS if f != factor]
        part = np.zeros_like(worth[()])
        for n in range(count):
            weight = factorial(n) * factorial(count - n - 1) / factorial(count)
            for some in combinations(rest, n):
                joined = tuple(f for f in FACTORS if f in {*some, factor})
                part = part + weight * (worth[joined] - worth[some])
        parts[factor] = part
    return parts


def area_ratios(runs: PatternRuns) -> Pattern:
    """Within the interval of the derived figure in each authority; what carries the gap between them."""
    checks: list[Check] = []
    for name in ("city-borough", *OTHERS):
        (one,) = published(name, RATIO)
        assert one.low is not None
        assert one.high is not None
        what = f"{name_of(name)} (derived: {one.value:.2f})"
        checks.append(within(what, runs.of(name, RATIO), "ratio", (one.low, one.high)))
    city = np.log(runs.of("city-borough", RATIO))
    for name in OTHERS:
        worth = {some: np.log(runs.of(_label(name, some), RATIO)) for some in _subsets()}
        gap = worth[()] - city
        checks.append(figure_only(f"gap, {name_of(name)} over City Borough", np.exp(gap), "ratio"))
        parts = shares_of_gap(worth)
        rest = gap + sum(parts.values())
        for factor, part in (*parts.items(), ("the rest", -rest)):
            what = f"of the gap between {name_of(name)} and City Borough, carried by {factor}"
            checks.append(figure_only(what, np.asarray(-part / gap.mean()), "share"))
    return Pattern(
        5, "Referral rate of programme areas",
        "within the interval (5% to 95%) of the derived figure: about as in the rest of City Borough, about three "
        "times the rest in Midtown and East Borough",
        tuple(checks),
        "the ratio is not fitted: it comes from the need gradient (assumed, 2 to 7), the programmes' reach and what "
        "programme and front door filter. The rest of a gap is what else differs between two authorities: ages, "
        "sources, the fitted margin, the day care gateway, how many of the areas were studied",
    )  # fmt: skip
