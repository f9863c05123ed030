"""What troubles families: onset, growth while it is left, an end of its own, recovery, and what help does (MODEL W7).

Every trouble is a row of columns drawn before the first day; its size at any time is a closed form of them, worked out
when somebody asks. A quiet family costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from ..scenario.fields import ConcernKind, HelpKind
from .calendar import DAYS_A_YEAR, Calendar
from .families import COMING_OF_AGE, MOST_CHILDREN, NEVER, Families, Floats, Ints
from .streams import Stream, generator, rotated

KINDS = tuple(ConcernKind)
TIERS = (2.0, 3.0, 4.0)
HIGHEST_NEED = 6.0
EASY = 2.0  # need up to which help is as good as it can be
FADED = 6  # half-lives after which an ended trouble has gone


class Troubles:
    """The troubles of all families, in the order of families and within one in that of time.

    While it is left, a trouble of size a at its start grows by g a day to its end; then it recedes by half-lives:

        size(t) = min(a + g (t - start), greatest)          from its start to its end,
        size(t) = size(stop) x 2^(-(t - stop) / half-life)  from its end or the day on which help turned it.

    A family's need is its lasting need and the sizes of its troubles together, at most 6 tiers. Help can turn a trouble
    and never makes it larger, so the need that would be without help bounds the need that is.

    Attributes:
        family: row of the family, shape (troubles,), rising.
        kind: index into :class:`ConcernKind`.
        child: place of the child whom it began with among the family's, shape (troubles,).
        all_children: it concerns all children of the family, not that child alone, shape (troubles,) (C1);
            concerns_all is the same with a last row, False, for what shows without trouble.
        onset: offset in calendar days at which it began, below 0 before the run; stays as it was drawn.
        size, growth, start, end: a in tiers, g in tiers a day, and offsets in calendar days; ``size`` and ``start``
            change where a turned trouble comes back.
        turned: offset of the day on which help turned it, infinite for one that was not.
        stop: when it stops growing, its end or the day on which it turned.
        tries: how often help has tried.
        resists, returns: uniform numbers that decide whether help turns it, and whether it comes back.
        harm: it may be significant harm, by its kind. road: uniform number that decides whether an authority takes it
            down the protection road (A5).
    """

    def __init__(
        self, scenario: Scenario, baseline: Floats, columns: dict[str, NDArray[np.generic]], families: int
    ) -> None:
        self.rules, self.help_rules = scenario.trouble, scenario.help
        self.baseline = baseline
        self.family: Ints = np.asarray(columns["family"], dtype=np.int64)
        self.kind: Ints = np.asarray(columns["kind"], dtype=np.int64)
        self.child: Ints = np.asarray(columns["child"], dtype=np.int64)
        self.onset, self.size, self.growth, self.end, self.resists, self.returns, self.road = (
            np.asarray(columns[name], dtype=float)
            for name in ("onset", "size", "growth", "end", "resists", "returns", "road")
        )
        self.harm: NDArray[np.bool_] = np.asarray(columns["harm"], dtype=bool)
        self.concerns_all: NDArray[np.bool_] = np.append(columns["all_children"], False).astype(bool)
        self.all_children = self.concerns_all[:-1]
        self.start = self.onset.copy()
        self._first_size = self.size.copy()
        self.turned = np.full(len(self.family), np.inf)
        self.stop = self.end.copy()
        self.tries = np.zeros(len(self.family), dtype=np.int64)
        self._first: Ints = np.searchsorted(self.family, np.arange(families + 1))

    def __len__(self) -> int:
        return len(self.family)

    # -- how grave it is --------------------------------------------------------------------------------------------

    def size_at(self, trouble: Ints, offset: Floats | float) -> Floats:
        """Sizes of some troubles on days, in tiers, shape as ``trouble``; 0 before they begin."""
        some = (self.size.take(trouble), self.growth.take(trouble), self.start.take(trouble), self.stop.take(trouble))
        return self._course(*some, offset)

    def _course(self, size: Floats, growth: Floats, start: Floats, stop: Floats, offset: Floats | float) -> Floats:
        """The closed form of the course of troubles, with the size that each has at its start; all of one shape."""
        grown = np.minimum(size + growth * (np.minimum(offset, stop) - start), self.rules.greatest)
        grown *= np.exp2(np.minimum(stop - offset, 0.0) / self.rules.recovery_half_life)
        grown[start > offset] = 0.0
        return np.asarray(grown)

    def level(self, family: Ints, offset: Floats | float) -> Floats:
        """Need of some families on days, in tiers, shape as ``family``; ``offset`` is one day for all or one each."""
        at, trouble = self._of(family)
        when = offset if np.ndim(offset) == 0 else np.asarray(offset)[at]
        return self._need(self.baseline[family], at, self.size_at(trouble, when))

    def level_of(self, family: int, offset: float) -> float:
        """The same for one family."""
        return float(self.level(np.array([family]), offset)[0])

    def harm_of(self, family: Ints, offset: float) -> Floats:
        """What trouble that may be harm adds to the need of some families on a day, in tiers, shape as ``family``."""
        at, trouble = self._of(family)
        sizes = np.where(self.harm[trouble], self.size_at(trouble, offset), 0.0)
        return np.asarray(np.bincount(at, sizes, minlength=len(family)))

    def everywhere(self, offset: float, least: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """What all families live through on a day.

        Returns:
            Need in tiers, shape (families,); the same if nothing had ever been turned; and which children are concerned
            by trouble of some size that may be significant harm, shape (families, 4), by their places among the
            family's.
        """
        sizes = self._course(self.size, self.growth, self.start, self.stop, offset)
        harmed = np.zeros((len(self.baseline), MOST_CHILDREN), dtype=bool)
        harm = np.flatnonzero(self.harm & (sizes >= least))
        harmed[self.family[harm], self.child[harm]] = True
        harmed[self.family[harm[self.all_children[harm]]]] = True
        need = self._need(self.baseline, self.family, sizes)
        tried = np.flatnonzero(self.tries)
        first, growth = self._first_size[tried], self.growth[tried]
        sizes[tried] = self._course(first, growth, self.onset[tried], self.end[tried], offset)
        return need, self._need(self.baseline, self.family, sizes), harmed

    def _need(self, lasting: Floats, at: Ints, sizes: Floats) -> Floats:
        """Need of families from their lasting need and troubles; ``at`` is the place of each trouble's family."""
        return np.asarray(np.minimum(lasting + np.bincount(at, sizes, minlength=len(lasting)), HIGHEST_NEED))

    def can_show(self, trouble: Ints, offset: float) -> NDArray[np.bool_]:
        """Whether troubles can show on a day: from their onset until they have receded by half (W8)."""
        return np.asarray(offset <= self.stop[trouble] + self.rules.recovery_half_life)

    def _of(self, family: Ints) -> tuple[Ints, Ints]:
        """All troubles of some families: the place of each one's family among them, and its number."""
        first = self._first.take(family)
        count = self._first.take(family + 1) - first
        at = np.arange(len(family)).repeat(count)
        return at, np.arange(len(at)) + (first - count.cumsum() + count).take(at)

    # -- help ---------------------------------------------------------------------------------------------------------

    def began(self, family: Ints, offset: float) -> Floats:
        """Offset at which the oldest trouble that runs began for some families, NaN for none; shape as ``family``."""
        at, trouble = self._of(family)
        runs = self._runs(trouble, offset)
        since = np.full(len(family), np.inf)
        np.minimum.at(since, at[runs], self.onset[trouble[runs]])
        return np.where(np.isinf(since), np.nan, since)

    def _runs(self, trouble: Ints, offset: float) -> NDArray[np.bool_]:
        """Which troubles have begun and have neither ended nor turned."""
        return np.asarray((self.start[trouble] <= offset) & (offset < self.stop[trouble]))

    def help(self, family: Ints, offset: float, fit: Floats) -> NDArray[np.bool_]:
        """Help tries to turn what troubles some families (W7, S8).

        A trouble that runs turns with the chance works x fit x exp(-hardness x (need - 2)), its number being rotated
        with each try. A turned trouble stops growing and recedes.

        Args:
            family: rows of families, none twice.
            offset: today, in calendar days.
            fit: how well the help meets each kind of trouble, 1 for fitting help of usual strength; shape (kinds,), or
                (families, kinds) where it differs.

        Returns:
            Which families had a trouble turned, shape as ``family``.
        """
        at, trouble = self._of(family)
        runs = self._runs(trouble, offset)
        need = self._need(self.baseline[family], at, self.size_at(trouble, offset))
        at, trouble = at[runs], trouble[runs]
        fits = np.broadcast_to(fit, (len(family), len(KINDS)))
        chance = self.help_rules.works * fits[at, self.kind[trouble]]
        chance = chance * np.exp(-self.help_rules.hardness * np.maximum(need[at] - EASY, 0.0))
        turns = rotated(self.resists[trouble], self.tries[trouble]) < chance
        self.tries[trouble] += 1
        self.turned[trouble[turns]] = self.stop[trouble[turns]] = offset
        helped = np.zeros(len(family), dtype=bool)
        helped[at[turns]] = True
        return helped

    def help_ends(self, family: Ints, offset: float) -> None:
        """Help ends: what it turned may come back, the likelier the more of it is still there (W7).

        A trouble that would not have ended by itself comes back with the chance relapse x (what is left of it since it
        turned); it then grows again from what it is today, at its own pace and to its own end.
        """
        _, trouble = self._of(family)
        trouble = trouble[(self.turned[trouble] <= offset) & (offset < self.end[trouble])]
        left = np.exp2((self.turned[trouble] - offset) / self.rules.recovery_half_life)
        back = rotated(self.returns[trouble], self.tries[trouble]) < self.help_rules.relapse * left
        again = trouble[back]
        self.size[again] = self.size_at(again, offset)
        self.start[again] = offset
        self.turned[again], self.stop[again] = np.inf, self.end[again]


def draw_troubles(scenario: Scenario, calendar: Calendar, families: Families, seed: int, replicate: int) -> Troubles:
    """Draw every trouble of the run and of the years before it. World only (W4).

    A Poisson number for each child, at the rate x exp(sensitivity x (lasting need - 1)); an exponential size at onset
    by kind; a lognormal growth; an exponential length, most of them short. Years of history before the first day
    bring trouble to rest at once. What has gone before the first day is left out. A share of them by kind concern all
    children of the family, the others the child whom they began with (C1).
    """
    rules = scenario.trouble
    rng = generator(seed, replicate, Stream.TROUBLES)
    owner, slot = np.nonzero(families.births < NEVER)
    before = rules.history_years * DAYS_A_YEAR
    span = before + calendar.length
    rate = rules.rate * np.exp(rules.need_sensitivity * (families.baseline[owner] - 1.0))
    child = np.repeat(np.arange(len(owner)), rng.poisson(rate * span / DAYS_A_YEAR))
    onset = np.floor(rng.random(len(child)) * span - before)
    age = (onset - families.births[owner[child], slot[child]]) / DAYS_A_YEAR
    lasts = rng.random(len(child)) < rules.lasting_share
    length = rng.standard_exponential(len(child)) * np.where(lasts, rules.lasting_days, rules.short_days)
    gone = onset + length + FADED * rules.recovery_half_life < 0.0
    kept = (age >= 0.0) & (age < COMING_OF_AGE) & ~gone
    count = int(kept.sum())
    chosen = child[kept]
    family, onset, length = owner[chosen], onset[kept], length[kept]
    kind, size = _kind_and_size(scenario, rng, count)
    growth = rules.growth * np.exp(rules.growth_spread * rng.standard_normal(count)) / DAYS_A_YEAR
    resists, returns, harm, road = rng.random((4, count))
    together = rng.random(count)
    columns = {
        "family": family, "kind": kind, "child": slot[chosen], "onset": onset, "size": np.minimum(size, rules.greatest),
        "growth": growth, "end": onset + length, "resists": resists, "returns": returns,
        "harm": harm < harm_of_kinds(scenario)[kind], "road": road,
        "all_children": together < _of_kinds(scenario, "all_children")[kind],
    }  # fmt: skip
    order = np.lexsort((onset, family))
    return Troubles(scenario, families.baseline, {name: c[order] for name, c in columns.items()}, len(families))


def _kind_and_size(scenario: Scenario, rng: np.random.Generator, count: int) -> tuple[Ints, Floats]:
    shares, means = _of_kinds(scenario, "share"), _of_kinds(scenario, "severity")
    bounds = np.cumsum(shares / shares.sum())[:-1]
    kind = np.searchsorted(bounds, rng.random(count), side="right")
    return kind, rng.standard_exponential(count) * means[kind]


def harm_of_kinds(scenario: Scenario) -> Floats:
    """Chance that each kind of trouble may be significant harm, in the order of :data:`KINDS`, shape (kinds,)."""
    return _of_kinds(scenario, "harm")


def _of_kinds(scenario: Scenario, name: str) -> Floats:
    """One number of each kind of trouble, in the order of :data:`KINDS`, shape (kinds,); 0 where it is not named."""
    kinds = scenario.trouble.kinds
    return np.array([getattr(kinds[kind], name) if kind in kinds else 0.0 for kind in KINDS])


def fit_of(scenario: Scenario, services: Iterable[HelpKind], effect: float) -> Floats:
    """How well help meets each kind of trouble: the best of its services, times its effect, shape (kinds,) (S8)."""
    fits = scenario.help.fits
    rows = [[fits.get(service, {}).get(kind, 0.0) for kind in KINDS] for service in services]
    return np.asarray(effect * np.array(rows or [[0.0] * len(KINDS)]).max(axis=0))


def tier(need: Floats) -> Ints:
    """Tier 1 to 4 of needs (report Ch. 2, Midtown, footnote 2)."""
    return np.searchsorted(TIERS, need, side="right") + 1
