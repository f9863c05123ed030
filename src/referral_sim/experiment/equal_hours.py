"""Scenarios that take the same paid hours as another: what a change does when nobody is taken on for it (MODEL K5)."""

from __future__ import annotations

from ..scenario import Scenario


def paid_posts(scenario: Scenario) -> float:
    """Whole posts of a scenario on its first day: intake, family support, programmes, liaison by their time."""
    intake = sum(place.posts for place in scenario.localities.values())
    family_support = scenario.family_support.posts * scenario.population.children / 10_000.0
    programmes = sum(programme.workers for programme in scenario.programmes.values())
    liaison = sum(post.time for post in scenario.liaison.values())
    return intake + family_support + programmes + liaison


def at_equal_hours(base: Scenario, other: Scenario) -> Scenario:
    """Another scenario with as many paid posts as the base: family support gives up, or gets, the difference.

    Raises:
        ValueError: if family support has fewer posts than the other scenario takes more.
    """
    more = (paid_posts(other) - paid_posts(base)) / max(other.population.children, 1) * 10_000.0
    posts = other.family_support.posts - more
    if posts < 0.0:
        raise ValueError(
            f"{other.name}: at equal hours family_support.posts would be {posts:.1f} per 10,000 children; the scenario "
            f"takes {more:.1f} posts per 10,000 more than {base.name}, and family support has "
            f"{other.family_support.posts:g}"
        )
    return other.with_values(family_support__posts=posts)
