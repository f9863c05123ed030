"""What a folder of runs says to somebody who must decide, as tables: the commands print them, page and dashboard too.

When a policy helps and when it fails, who would notice, what to find out next, and what it costs.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import pandas as pd

from ..answers.costs import UnitCosts, costs_of, families_of
from ..answers.exploration import (
    BOX,
    FEWEST_POINTS,
    NO_POLICY,
    boxes,
    effects_of,
    effects_under_draws,
    feature_scores,
    regrets,
    variables_of,
)
from ..answers.study_power import DESIGNS, POWER, SIZE, Noise, study_table
from ..answers.value_of_information import narrowed, value_of_information
from ..evidence import published
from ..experiment.comparison import Comparison, Pair
from ..experiment.draws import kept_keys, load_draws
from ..experiment.executors import DONE
from ..experiment.paid_posts import posts_in_year
from ..experiment.summaries import REPLICATES_PER_DRAW, in_year
from ..folders.read_folder import Results, replicate_numbers
from ..measures.table import MEASURES
from ..measures.what_matters import smallest_that_matters
from ..scenario import Scenario
from ..scenario.errors import did_you_mean

UNMET, SEEN = "days_of_unmet_need", "referrals"
"""What decisions are about unless somebody names another measure; and what statistics are published of."""
WORSE, TOO_LITTLE = "makes it worse", "does not matter"
FAILS = ["scenario", "policies", "happens", "share"]
"""Columns of the frame that says in what share of the futures something happens."""


class DecisionError(ValueError):
    """What was asked for cannot be answered from these runs; the text says why, in a line."""


@dataclass(frozen=True)
class Decision:
    """The answer to one question.

    Attributes:
        tables: title -> table, as the commands print them.
        note: how to read them.
        frames: the same as tidy frames, by name.
        figure: name of the function in :mod:`referral_sim.figures` that draws it.
        drawn: what that function is given.
    """

    tables: Mapping[str, pd.DataFrame]
    note: str
    frames: Mapping[str, pd.DataFrame]
    figure: str
    drawn: tuple[Any, ...]


def when_it_helps(results: Results, measure: str = UNMET, group: str = "all", more_is_better: bool = False) -> Decision:
    """When a policy helps and when it fails, over the futures of a sweep or the draws of a comparison.

    Args:
        results: a sweep with policies, ``none`` among them; or comparisons under draws of parameters.
        measure: name of the measure.
        group: group of the measure.
        more_is_better: whether more of it is an improvement.

    Returns:
        Frames ``regret`` (as :func:`~..answers.exploration.regrets` gives it, and futures, their number, unit and
        matters_from), ``scores`` (scenario, policies, variable, score), ``fails`` (scenario, policies, happens, share
        of the futures) and ``boxes`` (scenario, policies, happens, and as :func:`~..answers.exploration.boxes`).

    Raises:
        DecisionError: if these runs cannot say it.
    """
    with _said():
        effects, unit = _effects(results, measure, group)
        least = smallest_that_matters(measure, unit)
        regret = regrets(effects, more_is_better, least)
        tables = {
            f"{name}: benefit and regret over {len(part['future'].unique())} futures": regret[
                regret["scenario"] == name
            ].drop(columns="scenario")
            for name, part in effects.groupby("scenario", sort=False)
        }
        scores, fails, limits = [], [], []
        for key, part in effects.groupby(["scenario", "policies"], sort=False):
            scenario, policy = map(str, key)
            of: dict[str, Any] = {"scenario": scenario, "policies": policy}
            title = policy if policy.startswith(f"{scenario}+") else f"{policy} in {scenario}"
            gain = part["effect"].to_numpy() * (1.0 if more_is_better else -1.0)
            names = variables_of(part)
            if names and part["effect"].nunique() > 1:
                found = feature_scores(part[names], gain)
                scores.append(found.assign(**of))
                tables[f"{title}: what its effect depends on"] = found
            for question, happens in {WORSE: gain <= -least, TOO_LITTLE: abs(gain) < least}.items():
                fails.append({**of, "happens": question, "share": float(happens.mean())})
                if 0 < happens.sum() < len(happens) and names:
                    found = boxes(part[names], happens)
                    limits.append(found.assign(**of, happens=question))
                    tables[f"{title}: where it {question} ({happens.mean():.0%} of futures)"] = found
    better = "more" if more_is_better else "less"
    return Decision(
        tables,
        f"Effect on {measure} of {group}, {unit}; {better} is better; it matters from {least:g}.",
        {
            "regret": regret.assign(
                futures=regret["scenario"].map(effects.groupby("scenario")["future"].nunique()),
                unit=unit,
                matters_from=least,
            ),
            "scores": _stacked(scores, ["scenario", "policies", "variable", "score"]),
            "fails": pd.DataFrame(fails, columns=FAILS),
            "boxes": _stacked(limits, ["scenario", "policies", "happens", *BOX]),
        },
        "regret",
        (regret,),
    )


def who_would_notice(
    results: Results,
    measure: str = SEEN,
    group: str = "all",
    authorities: int = 20,
    years: int = 3,
    wanted: float = POWER,
    size: float = SIZE,
    between: float | None = None,
) -> Decision:
    """Which studies of published statistics would see the effects of a comparison.

    Args:
        results: comparisons, under draws or not.
        measure: name of the measure.
        group: group of the measure.
        authorities: of a study, all together.
        years: of a study.
        wanted: chance to see the effect.
        size: chance of a false alarm.
        between: standard deviation between authorities; that of the published ones if not given.

    Returns:
        The frame ``studies``: scenario, effect (mean), unit, within and between (standard deviations of the noise), and
        as :func:`~..answers.study_power.study_table`.

    Raises:
        DecisionError: if these runs cannot say it.
    """
    tables, frames = {}, []
    spread = _between(measure, group) if between is None else between
    for _, pair in _pairs(results):
        rows = _rows(pair, measure, group)
        noise = Noise(_chance_alone(rows["base"], drawn=results.draws is not None), spread)
        with _said():
            table = study_table(
                rows["difference"].to_numpy(), noise, [one(authorities, years) for one in DESIGNS], wanted, size
            )
        effect, unit = float(rows["difference"].mean()), str(rows["unit"].iloc[0])
        about: dict[str, Any] = {
            "scenario": pair.scenario.name, "effect": effect, "unit": unit, "within": noise.within,
        }  # fmt: skip
        frames.append(table.assign(**about, between=noise.between))
        tables[
            f"{pair.scenario.name}: effect {effect:+.3g} {unit}; from year to year {noise.within:.3g}, between "
            f"authorities {noise.between:.3g}"
        ] = table.drop(columns=["authorities", "years", "wrong_sign"])
    note = (
        f"{measure} of {group}, {authorities} authorities and {years} years. chance: to see the effect, over what is "
        f"not known of it; needed: authorities for a chance of {wanted:g}; times too large: what is seen, in the mean."
    )
    return Decision(tables, note, {"studies": _stacked(frames)}, "power", (together(tables), wanted))


def what_to_find_out(
    results: Results,
    measure: str = UNMET,
    group: str = "all",
    more_is_better: bool = False,
    worth: float | None = None,
) -> Decision:
    """The value of knowing each parameter, and how far published figures would narrow what is known of an effect.

    Args:
        results: comparisons under draws of parameters; the choice is among the alternatives to the first base.
        measure: name of the measure that decides.
        group: group of the measure.
        more_is_better: whether more of it is an improvement.
        worth: gain from which a policy is worth its cost, in the unit of the measure; the smallest that matters if not
            given.

    Returns:
        Frames ``values`` (as :func:`~..answers.value_of_information.value_of_information`, and unit) and ``narrowed``
        (scenario, figure, explained).

    Raises:
        DecisionError: if these runs cannot say it.
    """
    if not results.draws:
        raise DecisionError("its runs were not made under draws, so that nothing is unknown in them")
    pairs = _pairs(results)
    base = pairs[0][0].base
    mine = [pair for comparison, pair in pairs if comparison.base.name == base.name]
    rows = {pair.scenario.name: _rows(pair, measure, group).set_index("replicate") for pair in mine}
    unit = str(next(iter(rows.values()))["unit"].iloc[0])
    least = smallest_that_matters(measure, unit) if worth is None else worth
    sign = 1.0 if more_is_better else -1.0
    benefits = pd.DataFrame({name: sign * table["difference"] - least for name, table in rows.items()}).dropna()
    benefits.insert(0, base.name, 0.0)
    figures = []
    with _said():
        known = value_of_information(benefits, _drawn_values(results, base, benefits.index))
        chosen = str(known["decision"].iloc[0])
        tables = {f"What knowing would be worth ({unit}); now {chosen} is best": known.drop(columns="decision")}
        for pair in mine:
            name = pair.scenario.name
            if benefits[name].nunique() < 2:
                continue  # no effect in any future: nothing to narrow
            found = narrowed(benefits[name], _published_figures(pair, benefits.index))
            figures.append(found.assign(scenario=name))
            tables[f"{name}: how far a published figure would narrow its effect"] = found
    better = "more" if more_is_better else "less"
    note = f"Decision by {measure} of {group}; {better} is better; a policy is worth it from {least:g} {unit}."
    frames = {
        "values": known.assign(unit=unit),
        "narrowed": _stacked(figures, ["scenario", "figure", "explained"]),
    }
    return Decision(tables, note, frames, "information_value", (known, unit))


def what_it_costs(results: Results, prices: UnitCosts | None = None) -> Decision:
    """What the policies of a comparison cost and save a year, by agency, and for each day of unmet need avoided.

    Args:
        results: comparisons, under draws or not.
        prices: of the user; if None, hours stand for costs.

    Returns:
        Frames ``costs`` (scenario, unit, what, base, difference, low, high), ``a_day`` (scenario, unit, avoided,
        for_each, low, high), ``plane`` and ``curve`` (as :class:`~..answers.costs.CostAnswer` has them, with of).

    Raises:
        DecisionError: if these runs cannot say it.
    """
    unit = "hours" if prices is None else f"{prices.currency} of {prices.year}"
    seed = results.seed or 0
    tables, costs, days, planes, curves = dict[str, pd.DataFrame](), [], [], {}, {}
    families: dict[str, float] = {}
    for comparison, pair in _pairs(results):
        base, name = comparison.base, pair.scenario.name
        if not pair.same_world:
            raise DecisionError(f"{name} has other families than {base.name}: what it costs them cannot be told apart")
        if base.name not in families:
            families[base.name] = families_of(base, seed)
        by_post = prices is not None and prices.posts
        posts = (posts_in_year(base), posts_in_year(pair.scenario)) if by_post else ({}, {})
        with _said(f"{name}: "):
            differences = pair.of_year().differences
            answer = costs_of(differences, base.population.children, families[base.name], prices, posts, seed)
        about = {"scenario": name, "unit": unit}
        mean, low, high = answer.a_day
        values = {"avoided": answer.plane["avoided"].mean(), "for_each": mean, "low": low, "high": high}
        tables[f"{name}: {unit} a year"] = answer.by_agency
        tables[f"{name}: days of unmet need avoided a year, and {unit} for each"] = pd.DataFrame([values])
        costs.append(answer.by_agency.assign(**about))
        days.append({**about, **values})
        planes[name], curves[name] = answer.plane, answer.curve
    told = "Hours worked" if prices is None else f"Prices: {prices.title}"
    note = (
        f"{told}. by agency: low and high hold 90% of {results.replicates} pairs of years; for each day: 95% of means. "
        "Empty: no days are avoided, or that is not sure."
    )
    plane, curve = together(planes), together(curves)
    frames = {"costs": _stacked(costs), "a_day": pd.DataFrame(days), "plane": plane, "curve": curve}
    return Decision(tables, note, frames, "costs", (plane, curve, unit))


# -- what the questions share -----------------------------------------------------------------------------------------


@contextmanager
def _said(before: str = "") -> Iterator[None]:
    """Turn what an answer refuses into a :class:`DecisionError`."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise DecisionError(
            f'{missing.name} is not installed: pip install "referral-sim[calibration,sensitivity]"'
        ) from None
    except ValueError as error:
        raise error if isinstance(error, DecisionError) else DecisionError(f"{before}{error}") from None


def _effects(results: Results, measure: str, group: str) -> tuple[pd.DataFrame, str]:
    """The effect of each policy in each future, and its unit."""
    if "runs" in results.tables and set(results.tables["runs"]["policies"]) - {NO_POLICY}:
        runs, outcomes = results.tables["runs"], in_year(results.tables["outcomes"])
        unit = unit_of(outcomes, measure, group)  # first, for it names the nearest measure
        return effects_of(runs, outcomes, measure, group), unit
    _pairs(results)
    if not results.draws:
        raise DecisionError(
            "explore reads the folder of a sweep with policies, or of a comparison under draws of parameters; these "
            "runs were made under none"
        )
    parts, unit = [], ""
    for comparison in results.comparisons:
        rows = {pair.scenario.name: _rows(pair, measure, group) for pair in comparison.pairs}
        unit = str(next(iter(rows.values()))["unit"].iloc[0])
        differences = {name: one.set_index("replicate")["difference"] for name, one in rows.items()}
        there = pd.DataFrame(differences).index
        values = _drawn_values(results, comparison.base, there)
        varied = variables_of(values)
        count = len(values[varied].drop_duplicates()) if varied else 1
        if count < FEWEST_POINTS:
            raise DecisionError(
                f"too few draws of the parameters ({count}); {FEWEST_POINTS} or more are needed, which "
                f"{FEWEST_POINTS * REPLICATES_PER_DRAW} simulated years (replicates) have"
            )
        parts.append(effects_under_draws(differences, values, comparison.base.name))
    return pd.concat(parts, ignore_index=True), unit


def _drawn_values(results: Results, base: Scenario, replicates: Sequence[Any] | pd.Index[Any]) -> pd.DataFrame:
    """The values of the draws that replicates of a base ran under: index replicate, a column a parameter.

    A sweep keeps them; those of a comparison are read from its draws.

    Raises:
        DecisionError: if the draws are other ones by now.
        DrawsError: if they are not there.
    """
    if "runs" in results.tables:
        runs = results.tables["runs"]
        bare = runs["policies"] == NO_POLICY
        names = runs["scenario"].where(bare, runs["scenario"] + "+" + runs["policies"])
        mine = runs[(names == base.name) & (runs["status"] == DONE)]
        return mine.set_index(replicate_numbers(runs)[mine.index])[variables_of(mine)].loc[list(replicates)]
    assert results.draws is not None
    draws = load_draws(results.draws)
    if results.draws_digest not in ("", draws.digest):
        raise DecisionError(f"the draws {results.draws} are no longer those of these runs: make the runs again")
    kept = kept_keys(base, base)
    return pd.DataFrame([draws.values(base, int(k), kept) for k in replicates], index=list(replicates))


def _pairs(results: Results) -> list[tuple[Comparison, Pair]]:
    found = [(comparison, pair) for comparison in results.comparisons for pair in comparison.pairs]
    if not found or not results.profiles:
        raise DecisionError("holds no comparison; referral-sim compare BASE OTHER --out DIR writes one")
    return found


def _rows(pair: Pair, measure: str, group: str) -> pd.DataFrame:
    """Replicate, base, value, difference and unit of a measure in the last reporting year."""
    last = pair.of_year().differences
    rows = last[(last["measure"] == measure) & (last["group"] == group)].dropna(subset=["difference"])
    if rows.empty:
        _refuse_unknown(last, measure, group)
    return rows


def unit_of(outcomes: pd.DataFrame, measure: str, group: str) -> str:
    """The unit of a measure of a group.

    Raises:
        DecisionError: if the outcomes have no such measure or group; it names the nearest.
    """
    rows = outcomes[(outcomes["measure"] == measure) & (outcomes["group"] == group)]
    if rows.empty:
        _refuse_unknown(outcomes, measure, group)
    return str(rows["unit"].iloc[0])


def _refuse_unknown(there: pd.DataFrame, measure: str, group: str) -> NoReturn:
    """Raise for a measure or group without a number."""
    known = sorted(set(there["measure"]))
    if measure not in known:
        raise DecisionError(f"--measure: there is no {measure}{did_you_mean(measure, known)}")
    groups = sorted(set(there.loc[there["measure"] == measure, "group"]))
    if group not in groups:
        raise DecisionError(f"--group: {measure} has no group {group}{did_you_mean(group, groups)}")
    raise DecisionError(f"{measure} of {group} has no number in any pair of runs")


def _chance_alone(values: pd.Series[float], drawn: bool) -> float:
    """Standard deviation from year to year: within draws, where replicates ran under draws in pairs."""
    if not drawn:
        return float(values.std(ddof=1))
    number = values.reset_index(drop=True)
    return float(number.groupby(number.index // REPLICATES_PER_DRAW).var(ddof=1).mean() ** 0.5)


def _between(measure: str, group: str) -> float:
    """Standard deviation between the published authorities, 0 where fewer than three have the figure."""
    figures = {f.authority: f.value for f in published() if f.authority != "england" and f.measure == measure}
    return statistics.stdev(figures.values()) if group == "all" and len(figures) > 2 else 0.0


def _published_figures(pair: Pair, replicates: pd.Index[Any]) -> pd.DataFrame:
    """What the base would have published: a row a replicate, a column a measure that is published."""
    last = pair.of_year().differences
    whole = last[(last["group"] == "all") & last["replicate"].isin(replicates)]
    figures = whole.pivot(index="replicate", columns="measure", values="base").dropna(axis=1)
    return figures[[name for name in figures.columns if name in MEASURES and MEASURES[name].published]]


def together(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other, with their titles in the column ``of``."""
    return pd.concat([table.assign(of=name) for name, table in tables.items()], ignore_index=True)


def _stacked(frames: Sequence[pd.DataFrame], columns: Sequence[str] = ()) -> pd.DataFrame:
    """Frames one below the other; without any, a frame of the given columns."""
    filled = [one for one in frames if len(one)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
