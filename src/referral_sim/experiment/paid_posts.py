"""What a scenario pays for: whole posts by agency, and scenarios that take the same as another (MODEL K5, M1)."""

from __future__ import annotations

import datetime as dt

from ..records.hours import Agency
from ..scenario import Scenario
from ..world.calendar import Calendar


def paid_posts(scenario: Scenario) -> dict[Agency, float]:
    """Whole posts of a scenario as its values stand, by agency; liaison posts by their time, whenever they begin."""
    return {
        Agency.INTAKE: float(sum(place.posts for place in scenario.localities.values())),
        Agency.FAMILY_SUPPORT: scenario.family_support.posts * scenario.population.children / 10_000.0,
        Agency.PROGRAMMES: float(sum(programme.workers for programme in scenario.programmes.values())),
        Agency.LIAISON: sum(post.time for post in scenario.liaison.values()),
    }


def posts_in_year(scenario: Scenario) -> dict[Agency, float]:
    """Whole posts paid for in the last reporting year, by agency, in the mean of its days.

    Values that change on a date count from that date on, liaison posts from their first day to their last, and workers
    of a children's centre from its start.
    """
    calendar = Calendar(scenario.time)
    first, after = calendar.years[-1].begins, calendar.end
    values = [(first, scenario), *scenario.on_dates()]
    found = dict.fromkeys(paid_posts(scenario), 0.0)
    for (begins, at), (ends, _) in zip(values, [*values[1:], (after, scenario)], strict=True):
        part = (max(begins, first), min(ends, after))
        share = _share(*part, first, after)
        mean = {agency: posts * share for agency, posts in paid_posts(at).items()}
        mean[Agency.LIAISON] = sum(
            post.time * _share(*_both(part, (post.start, post.end and post.end + dt.timedelta(days=1))), first, after)
            for post in at.liaison.values()
        )
        for programme in at.programmes.values():
            if programme.centre is not None:
                more = programme.workers * (programme.centre.workers_kept - 1.0)
                mean[Agency.PROGRAMMES] += more * _share(*_both(part, (programme.centre.start, None)), first, after)
        found = {agency: posts + mean[agency] for agency, posts in found.items()}
    return found


def _both(one: tuple[dt.date, dt.date], other: tuple[dt.date | None, dt.date | None]) -> tuple[dt.date, dt.date]:
    """First day, and first day after it, of what two spans share; an end that is not given is open."""
    return max(one[0], other[0] or one[0]), min(one[1], other[1] or one[1])


def _share(begins: dt.date, ends: dt.date, first: dt.date, after: dt.date) -> float:
    """Share of a year's days in a span of it."""
    return max((ends - begins).days, 0) / (after - first).days


def at_equal_hours(base: Scenario, other: Scenario) -> Scenario:
    """Another scenario with as many paid posts as the base: family support gives up, or gets, the difference.

    Raises:
        ValueError: if family support has fewer posts than the other scenario takes more.
    """
    more = (
        (sum(paid_posts(other).values()) - sum(paid_posts(base).values()))
        / max(other.population.children, 1)
        * 10_000.0
    )
    posts = other.family_support.posts - more
    if posts < 0.0:
        raise ValueError(
            f"{other.name}: at equal hours family_support.posts would be {posts:.1f} per 10,000 children; the scenario "
            f"takes {more:.1f} posts per 10,000 more than {base.name}, and family support has "
            f"{other.family_support.posts:g}"
        )
    return other.with_values(family_support__posts=posts)
