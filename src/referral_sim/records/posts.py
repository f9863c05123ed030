"""Posts of every agency: filled, left, vacant, filled again (MODEL K1, K3, R3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from ..scenario.programmes import Programme
from ..world.calendar import DAYS_A_YEAR
from ..world.streams import Stream, generator

CHANCES = 192
TRAITS = 8  # uniform numbers that belong to one holder
DRAWS = 96  # the first ones are for leaving and filling, the rest are traits
FORTNIGHT = 14.0


@dataclass(frozen=True)
class PostTerms:
    """How a group of posts is left and filled.

    Attributes:
        stream: where the posts' chances come from.
        turnover: leavers a post a year without overload.
        vacancy_days: mean calendar days until an empty post is filled (exponential).
        vacant_at_start: share of posts empty on the first day.
        agency: share of empty posts covered by agency staff after a fortnight.
    """

    stream: Stream
    turnover: float
    vacancy_days: float
    vacant_at_start: float = 0.0
    agency: float = 0.0


class Posts:
    """All posts of a run, in columns; each has its own stream of chances, found by its name.

    A holder leaves when the hazard that they have lived through reaches an exponential threshold drawn for them:
    more overload, earlier leaving, with the same draw in every scenario.

    Attributes:
        filled: somebody holds the post, shape (posts,).
        since: offset in calendar days at which the holder began (before 0: in post when the run began).
        leavers: leavings so far, shape (posts,).
        by_agency: the holder is of an agency, until a worker of one's own comes, shape (posts,).
        taken_over: posts that a worker of one's own has taken over from one of an agency since the last call.
        pressure: factor on each post's turnover, shape (posts,); 0 where the post does not exist today.
        of_team, of_programme: numbers of posts by name of locality and programme; of_liaison: number by name of post.
        intake: numbers of the posts of all intake teams, shape (intake posts,).
    """

    of_team: dict[str, list[int]]
    of_programme: dict[str, list[int]]
    of_liaison: dict[str, int]
    intake: NDArray[np.int64]

    def __init__(self, seed: int, replicate: int, starting_experience: float) -> None:
        self._seed, self._replicate = seed, replicate
        self._experience = starting_experience
        self._rows: list[tuple[PostTerms, NDArray[np.float64]]] = []

    def add(self, terms: PostTerms, name: str) -> int:
        """Create a post; returns its number. All posts are created before :meth:`open`."""
        self._rows.append((terms, generator(self._seed, self._replicate, terms.stream, name).random(CHANCES)))
        return len(self._rows) - 1

    def open(self) -> None:
        """Fill the posts for the first day."""
        count = len(self._rows)
        self._chances = np.array([u for _, u in self._rows]).reshape(count, CHANCES)
        self._turnover = np.array([t.turnover for t, _ in self._rows], dtype=float)
        self._vacancy_days = np.array([t.vacancy_days for t, _ in self._rows], dtype=float)
        self._agency = np.array([t.agency for t, _ in self._rows], dtype=float)
        self._next = np.zeros(count, dtype=np.int64)
        self.leavers = np.zeros(count, dtype=np.int64)
        self._lived = np.zeros(count)
        self._limit = np.zeros(count)
        self._return, self._own_comes = np.zeros(count), np.zeros(count)
        self.by_agency = np.zeros(count, dtype=bool)
        self.taken_over: list[int] = []
        vacant = self._draw(np.arange(count)) < np.array([t.vacant_at_start for t, _ in self._rows])
        self.filled = ~vacant
        self.since = self._experience * DAYS_A_YEAR * np.log1p(-self._draw(np.arange(count)))
        self._threshold(np.arange(count))
        self._empty(np.flatnonzero(vacant), 0.0)
        self.pressure = np.ones(count)
        self._last = 0.0

    def open_late(self, terms: PostTerms, name: str) -> int:
        """Create a post in the run, held from today by somebody new; nobody leaves it before its ``pressure`` is 1."""
        number = self.add(terms, name)
        self._chances = np.vstack([self._chances, self._rows[number][1]])
        for column in ("_turnover", "_vacancy_days", "_agency", "_next", "leavers", "_lived", "_limit", "_return",
                       "filled", "since", "pressure", "by_agency", "_own_comes"):  # fmt: skip
            values = getattr(self, column)
            setattr(self, column, np.append(values, np.zeros(1, dtype=values.dtype)))
        self.reopen(number)
        return number

    def reopen(self, post: int) -> None:
        """A post begins today, with somebody new in it; nobody leaves it before its ``pressure`` is 1."""
        self.filled[post], self.since[post], self.pressure[post] = True, self._last, 0.0
        self.by_agency[post] = False
        self._threshold(np.array([post]))

    def follow_scenario(self, scenario: Scenario) -> None:
        """From today posts are left and filled as a scenario says; its new liaison posts begin."""
        intake, sslp, liaison = _terms_of(scenario)
        for posts in self.of_team.values():
            self._set_terms(posts, intake)
        for posts in self.of_programme.values():
            self._set_terms(posts, sslp)
        for name, terms in liaison.items():
            if name in self.of_liaison:
                self._set_terms([self.of_liaison[name]], terms)
            else:
                self.of_liaison[name] = self.open_late(terms, name)

    def _set_terms(self, posts: list[int], terms: PostTerms) -> None:
        self._turnover[posts], self._vacancy_days[posts] = terms.turnover, terms.vacancy_days
        self._agency[posts] = terms.agency

    def _draw(self, posts: NDArray[np.int64]) -> NDArray[np.float64]:
        u = self._chances[posts, self._next[posts] % DRAWS]
        self._next[posts] += 1
        return np.asarray(u)

    def _threshold(self, posts: NDArray[np.int64]) -> None:
        self._limit[posts] = -np.log1p(-self._draw(posts))
        self._lived[posts] = 0.0

    def _empty(self, posts: NDArray[np.int64], offset: float) -> None:
        wait = -np.log1p(-self._draw(posts)) * self._vacancy_days[posts]
        covered = self._draw(posts) < self._agency[posts]
        self._own_comes[posts] = offset + wait
        self._return[posts] = offset + np.where(covered, np.minimum(wait, FORTNIGHT), wait)
        self.filled[posts] = False

    def advance(self, offset: float) -> tuple[list[int], list[int]]:
        """Move to a calendar day, with the pressure that there has been since the last call.

        Args:
            offset: the day, in calendar days from the start.

        Returns:
            The posts whose holder has left, and those that somebody new holds from today.
        """
        elapsed, self._last = offset - self._last, offset
        self._lived += self._turnover * self.pressure * (elapsed / DAYS_A_YEAR)
        leaving = self.filled & (self._lived >= self._limit)
        coming = ~self.filled & (self._return <= offset)
        taken_over = self.by_agency & self.filled & (self._own_comes <= offset)
        self.taken_over = np.flatnonzero(taken_over).tolist()
        self.by_agency[taken_over] = False
        left = new = np.zeros(0, dtype=np.int64)
        if leaving.any():
            left = np.flatnonzero(leaving)
            self.leavers[left] += 1
            self._empty(left, offset)
        if coming.any():
            new = np.flatnonzero(coming)
            self.filled[new] = True
            self.by_agency[new] = self._own_comes[new] > offset
            self.since[new] = offset
            self._threshold(new)
        return left.tolist(), new.tolist()

    def vacate(self, post: int, offset: float) -> None:
        """The holder of a post goes today for a reason of their own: an exodus, another post."""
        self.leavers[post] += 1
        self._empty(np.array([post]), offset)

    def close(self, post: int) -> None:
        """A post is gone: its holder too, and nobody comes after."""
        self.filled[post] = False
        self._return[post] = np.inf
        self.pressure[post] = 0.0

    def trait(self, post: int, which: int) -> float:
        """A uniform number that belongs to the post's present holder: their trust, their gap, ..."""
        return float(self._chances[post, DRAWS + (int(self.leavers[post]) * TRAITS + which) % (CHANCES - DRAWS)])


def workers_after(spec: Programme) -> int:
    """Workers' posts of a programme as a children's centre; those that it has if it becomes none (S6)."""
    return spec.workers if spec.centre is None else round(spec.workers * spec.centre.workers_kept)


def _terms_of(scenario: Scenario) -> tuple[PostTerms, PostTerms, dict[str, PostTerms]]:
    """Terms of the posts of intake teams, of programmes, and of each liaison post by name."""
    rules, practices = scenario.workforce, scenario.collaboration.practices
    liaison = {
        name: PostTerms(Stream.LIAISON_POST, practices[spec.kind].turnover, practices[spec.kind].vacancy_days)
        for name, spec in scenario.liaison.items()
    }
    return (
        PostTerms(Stream.INTAKE_POST, rules.turnover, rules.days_vacant, rules.vacancy, rules.agency),
        PostTerms(Stream.SSLP_POST, rules.sslp_turnover, rules.sslp_vacancy_days),
        liaison,
    )


def open_posts(scenario: Scenario, seed: int, replicate: int) -> Posts:
    """The posts of every agency of a scenario as they stand on the first day."""
    intake, sslp, liaison = _terms_of(scenario)
    posts = Posts(seed, replicate, scenario.workforce.experience)
    posts.of_team = {
        name: [posts.add(intake, f"{name}/{i}") for i in range(spec.posts)]
        for name, spec in scenario.localities.items()
    }
    posts.of_programme = {
        name: [posts.add(sslp, f"{name}/{i}") for i in range(max(spec.workers, workers_after(spec)))]
        for name, spec in scenario.programmes.items()
    }
    posts.of_liaison = {name: posts.add(terms, name) for name, terms in liaison.items()}
    posts.intake = np.array([p for of_team in posts.of_team.values() for p in of_team], dtype=np.int64)
    posts.open()
    return posts
