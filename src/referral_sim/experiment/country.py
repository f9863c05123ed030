"""A country: a run of each drawn authority, the counts summed, and what a policy changes where it is in force (E1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..evidence.published_tables import england
from ..scenario import Scenario, ScenarioError
from .country_file import CountryFile
from .drawn_authorities import DrawnAuthority, changed_keys
from .draws import Draws, DrawsError
from .executors import Executor, SerialExecutor
from .jobs import Job, RunsFailedError, run_jobs
from .summaries import in_year, intervals
from .variants import BASE

if TYPE_CHECKING:
    from ..model import ReferralModel

TEN_THOUSAND = 10_000.0
SHARES = {
    "re_referred_within_12_months": ("referrals", "referrals_repeated_within_12_months"),
    "initial_assessments_in_time": ("initial_assessments", "initial_assessments_within_7_working_days"),
    "core_assessments_in_time": ("core_assessments", "core_assessments_within_35_working_days"),
    "re_registered": ("registrations", "registrations_of_children_registered_before"),
}
"""Share -> the count that it is a share of, and what the return calls it."""
COUNTED = ("referrals", "initial_assessments", "core_assessments", "registrations", "deregistrations", "on_register")
"""Children counted, in the order of the tables; the return has the same names."""
FIGURES = (
    "referrals", "re_referred_within_12_months", "initial_assessments", "initial_assessments_in_time",
    "core_assessments", "core_assessments_in_time", "registrations", "re_registered", "deregistrations", "on_register",
)  # fmt: skip
"""What a country is told by, in the order of the tables."""
RUN = ["policies", "replicate", "authority"]
QUANTILES = (0.1, 0.5, 0.9)


def take_counts(model: ReferralModel) -> dict[str, int]:
    """Children under 18 in the middle of the last reporting year, and children counted in it, by figure.

    The measures divide these counts by the children, and shares by their counts; here they are whole again.
    """
    state = model.state
    children = int(state.families.children_at(state.calendar.years[-1].middle).sum())
    table = in_year(model.measures())
    whole = table[table["group"] == "all"].set_index("measure")["value"].fillna(0.0)
    found = {"children": children} | {name: round(float(whole[name]) * children / TEN_THOUSAND) for name in COUNTED}
    return found | {name: round(float(whole[name]) * found[of]) for name, (of, _) in SHARES.items()}


@dataclass(frozen=True)
class CountryResult:
    """What the authorities of a country gave.

    Attributes:
        country: its file.
        authorities: those that were run.
        counts: one row a run: policies ("none" without), replicate, authority, children and the figures of
            :data:`FIGURES`, all as children counted. An authority in which a policy is not in force has under the
            policy the counts that it has without.
        seed: of authorities and runs.
        policies: what was compared with nothing; empty if nothing was.
        chosen: names of the authorities in which it was in force.
    """

    country: CountryFile
    authorities: tuple[DrawnAuthority, ...]
    counts: pd.DataFrame
    seed: int
    policies: str = ""
    chosen: tuple[str, ...] = ()

    @property
    def replicates(self) -> int:
        """Years that were run."""
        return int(self.counts["replicate"].nunique())

    def sums(self) -> pd.DataFrame:
        """The country, year by year: policies, replicate, children and the figures, counts summed."""
        return self.counts.groupby(["policies", "replicate"], sort=False)[["children", *FIGURES]].sum().reset_index()

    def national(self) -> pd.DataFrame:
        """The country beside its return, one row a figure.

        Columns measure, count, low and high (mean and 90% of the years; NaN with one), published (count of the return,
        scaled to as many children), rate and published_rate (per 10,000 children under 18, or the share itself), and
        of the authorities' rates (each the mean of its years) the quantiles q10, q50 and q90, and variation (standard
        deviation over mean). A share is over all children that it is of. NaN where nothing was published.
        """
        mine = self._years(BASE)
        found = intervals(mine, ["measure"], "count", fewest=2)
        rates = intervals(mine, ["measure"], "rate")["mean"]
        table = pd.DataFrame({"count": found["mean"], "low": found["low"], "high": found["high"], "rate": rates})
        table = table.join(self._published(float(self.sums()["children"].mean()))).join(_spread(self.rates()))
        return table.reset_index()

    def rates(self, policies: str = BASE) -> pd.DataFrame:
        """The authorities, in the mean of their years: authority, measure, count, rate (as in ``national``), amount."""
        total = self._of(policies).groupby("authority", sort=False)[["children", *FIGURES]].mean()
        return _long(total)

    def effects(self) -> pd.DataFrame:
        """What the policy changes, one row a figure, in paired runs.

        Columns measure, base, value and difference (counts of the country a year, means of the years; shares as such),
        low and high (90% of the years; NaN with one), and of the authorities in which it is in force, by their
        differences in rates: q10, q50, q90 and falls (share of them in which the rate falls).
        """
        by = ["measure", "replicate"]
        base, other = (self._years(policies).set_index(by)["amount"] for policies in self._two)
        paired = pd.DataFrame({"base": base, "value": other, "difference": other - base}).reset_index()
        found = intervals(paired, ["measure"], "difference", fewest=2)
        means = paired.groupby("measure", sort=False)[["base", "value"]].mean()
        table = means.join(found.rename(columns={"mean": "difference"})[["difference", "low", "high"]])
        return table.join(_spread(self.changes())[["q10", "q50", "q90"]]).join(self._falls()).reset_index()

    def changes(self) -> pd.DataFrame:
        """Differences in rate of the authorities in which the policy is in force: authority, measure, rate."""
        by = ["authority", "measure"]
        base, other = (self.rates(p).set_index(by)["rate"] for p in self._two)
        found = (other - base).reset_index()
        return found[found["authority"].isin(self.chosen)]

    @property
    def _two(self) -> tuple[str, str]:
        return BASE, self.policies

    def _of(self, policies: str) -> pd.DataFrame:
        return self.counts[self.counts["policies"] == policies]

    def _years(self, policies: str) -> pd.DataFrame:
        return _long(self._of(policies).groupby("replicate", sort=False)[["children", *FIGURES]].sum())

    def _falls(self) -> pd.Series[Any]:
        changes = self.changes()
        found: pd.Series[Any] = (changes["rate"] < 0).groupby(changes["measure"], sort=False).mean().rename("falls")
        return found

    def _published(self, children: float) -> pd.DataFrame:
        """The return: counts for as many children as were run, and rates; nothing where the file names none."""
        rows = {}
        if self.country.published is not None:
            all_children = england("on_register") / england("on_register_per_10000") * TEN_THOUSAND
            for name in COUNTED:
                rate = england(name) / all_children * TEN_THOUSAND
                rows[name] = (rate * children / TEN_THOUSAND, rate)
            for name, (of, theirs) in SHARES.items():
                rows[name] = (england(theirs) * rows[of][0], england(theirs))
        return pd.DataFrame.from_dict(rows, "index", columns=["published", "published_rate"], dtype=float)


def _long(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts as one row a figure: index, measure, count, rate, and amount (the count, or of a share the share)."""
    rows = []
    for name in FIGURES:
        count = counts[name].astype(float)
        over = counts[SHARES[name][0]] if name in SHARES else counts["children"] / TEN_THOUSAND
        rate = count / over.where(over > 0)
        amount = rate if name in SHARES else count
        rows.append(pd.DataFrame({"measure": name, "count": count, "rate": rate, "amount": amount}))
    return pd.concat(rows).reset_index()


def _spread(rates: pd.DataFrame) -> pd.DataFrame:
    """Quantiles over the authorities, and their standard deviation over their mean, by measure."""
    by = rates.groupby("measure", sort=False)["rate"]
    found = {f"q{100 * q:.0f}": by.quantile(q) for q in QUANTILES}
    return pd.DataFrame({**found, "variation": by.std(ddof=1) / by.mean()})


def run_country(
    country: CountryFile,
    authorities: Sequence[DrawnAuthority],
    draws: Draws,
    *,
    seed: int = 1,
    replicates: int = 1,
    overrides: Sequence[str] = (),
    policies: Sequence[str] = (),
    chosen: Sequence[str] = (),
    executor: Executor | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> CountryResult:
    """Run each authority, and those chosen under a policy too: the same families with the same chances, its own seed.

    Args:
        country: from its file.
        authorities: as drawn, with this seed.
        draws: of a calibration; each authority is under one of its own, and pairs of replicates under further ones.
        seed: that the authorities were drawn with.
        replicates: years, 1 or more.
        overrides: ``key=value`` each, over every scenario.
        policies: names or files of policies, laid over the chosen authorities together.
        chosen: names of authorities; all if none are given.
        executor: who makes the runs; this process if not given.
        watch: called with runs done and runs in all.

    Raises:
        ScenarioError: if an authority does not allow a value or policy.
        DrawsError: if one does not allow its draw.
        RunsFailedError: if a run fails, for a sum without it would be none.
    """
    names = tuple(chosen) or tuple(one.name for one in authorities)
    cases = _cases(authorities, overrides, policies, names if policies else ())
    label = next((p for _, p, _, _ in cases if p != BASE), "")
    asked: dict[Job, tuple[str, int, str]] = {}

    def jobs() -> Iterator[Job]:
        for replicate in range(replicates):
            for authority, policy, scenario, kept in cases:
                try:
                    drawn = authority.under_draw(scenario, draws, replicate, kept)
                except ScenarioError as error:
                    raise DrawsError(
                        "\n".join(f"{authority.name}: {line}" for line in str(error).splitlines())
                    ) from None
                job = Job(drawn, authority.seed, replicate, take_counts)
                asked[job] = (policy, replicate, authority.name)
                yield job

    rows: dict[tuple[str, int, str], Mapping[str, int]] = {}
    for result in run_jobs(jobs(), executor=executor or SerialExecutor()):
        at = asked.pop(result.task)
        if result.value is None:
            raise RunsFailedError(f"{at[2]}, replicate {at[1]}: {result.failure}")
        rows[at] = result.value
        if watch is not None:
            watch(len(rows), replicates * len(cases))
    counts = _table(rows, [one.name for one in authorities], replicates, label)
    return CountryResult(country, tuple(authorities), counts, seed, label, names if label else ())


Case = tuple[DrawnAuthority, str, Scenario, frozenset[str]]
"""An authority, its policies, its scenario under them, and the keys that draws leave alone."""


def _cases(
    authorities: Sequence[DrawnAuthority], overrides: Sequence[str], policies: Sequence[str], chosen: Sequence[str]
) -> list[Case]:
    """What is run in each replicate, the largest authorities first, so that no worker ends long after the others."""
    found: list[Case] = []
    for one in sorted(authorities, key=lambda one: -one.children):
        bare = one.scenario()
        base = one.scenario(overrides) if overrides else bare
        found.append((one, BASE, base, changed_keys(base, bare, overrides) if overrides else frozenset()))
        if one.name in chosen:
            other = one.scenario(overrides, policies)
            label = other.name.removeprefix(f"{one.name}+")
            found.append((one, label, other, changed_keys(other, bare, overrides)))
    return found


def _table(
    rows: Mapping[tuple[str, int, str], Mapping[str, int]], names: Sequence[str], replicates: int, label: str
) -> pd.DataFrame:
    """Counts in the order of policies, replicates and authorities; where no policy is in force, those without."""
    wanted = [(p, k, name) for p in ([BASE, label] if label else [BASE]) for k in range(replicates) for name in names]
    return pd.DataFrame(
        [{**dict(zip(RUN, at, strict=True)), **rows.get(at, rows[BASE, at[1], at[2]])} for at in wanted]
    )
