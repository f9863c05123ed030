"""When a policy fails: which values of levers and unknowns go with a result, and which policy is regretted least.

The methods are those of exploratory modelling (Bryant and Lempert 2010; Kwakkel and Jaxa-Rozen 2016), by the EMA
workbench. They read futures, one effect each: the mean of paired differences over the runs of that future, never a
difference of means pooled over futures.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_LIMITS = 4
"""Variables that a box may limit: more of them nobody can act on."""
LEAST_MASS = 0.05
"""Share of the points that a box holds at least."""
FEWEST_POINTS = 30
NO_POLICY = "none"
CHANCE = 0.05
BOX = ["method", "box", "variable", "lowest", "highest", "values", "coverage", "density", "mass"]


class ExplorationError(ValueError):
    """What was asked for cannot be answered from these points; the text says why."""


def effects_of(runs: pd.DataFrame, outcomes: pd.DataFrame, measure: str, group: str = "all") -> pd.DataFrame:
    """The effect of each policy in each future: each combination of values of levers, uncertainties and draws.

    Args:
        runs: the table of a sweep's runs: run, status, scenario, policies, point, replicate and a column a variable.
        outcomes: run, measure, group and value, of one reporting year.
        measure: name of the measure.
        group: group of the measure.

    Returns:
        One row a scenario, policies and future: these (futures numbered from 0), the variables, ``effect`` (mean over
        the future's runs of the value under the policies less that of the same point and replicate without any, in the
        unit of the measure) and ``n``, the runs under the policies.

    Raises:
        ExplorationError: if a run failed or is missing, if nothing was run without a policy, or if there is no such
            measure and group.
    """
    failed = int((runs["status"] != "done").sum())
    if failed:
        raise ExplorationError(f"{failed} of {len(runs)} runs failed; sweep --retry-failed makes them again")
    chosen = outcomes[(outcomes["measure"] == measure) & (outcomes["group"] == group)]
    table = runs.merge(chosen[["run", "value"]], on="run", how="left", validate="one_to_one")
    lacking = int(table["value"].isna().sum())
    if lacking:
        raise ExplorationError(f"{lacking} of {len(runs)} runs have no {measure} of {group}")
    same = ["scenario", "point", "replicate"]
    values = table.pivot(index=same, columns="policies", values="value")
    if NO_POLICY not in values or values.shape[1] < 2:
        raise ExplorationError("an effect needs runs under a policy and the same runs under none")
    whole = table["scenario"].nunique() * table["point"].nunique() * table["replicate"].nunique()
    if len(values) < whole or values.isna().any(axis=None):
        raise ExplorationError("some points lack runs; the same sweep command makes what is missing")
    bare = runs[runs["policies"] == NO_POLICY].set_index(same)[variables_of(runs)]
    gains = values.drop(columns=NO_POLICY).sub(values[NO_POLICY], axis=0)
    return _of_futures(gains, bare, ["scenario", "policies", "future"])


def effects_under_draws(
    differences: Mapping[str, pd.Series[float]], values: pd.DataFrame, scenario: str
) -> pd.DataFrame:
    """The effect of each alternative in each future, where the futures are draws of parameters.

    Args:
        differences: name of an alternative -> its paired difference, by replicate.
        values: one row a replicate, a column a parameter that the base ran under.
        scenario: name of the base.

    Returns:
        As :func:`effects_of`, of the replicates that have a difference under every alternative.

    Raises:
        ExplorationError: if there is no such replicate, or the draws vary nothing.
    """
    gains = pd.DataFrame(dict(differences)).dropna()
    variables = variables_of(values)
    if gains.empty:
        raise ExplorationError("no replicate has a difference under every alternative")
    if not variables:
        raise ExplorationError("the draws vary nothing")
    gains = gains.rename_axis(index="replicate", columns="policies")
    found = _of_futures(gains, values[variables].rename_axis(index="replicate"), ["policies", "future"])
    found.insert(0, "scenario", scenario)
    return found


def _of_futures(gains: pd.DataFrame, values: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Means over the runs of each future.

    Args:
        gains: one row a pair of runs, which the index names; a column an alternative.
        values: the same index; a column a variable.
        keys: what the rows of the result are of.
    """
    variables = list(values.columns)
    numbers = values.groupby(variables, sort=False, dropna=False).ngroup() if variables else 0
    gained = gains.melt(ignore_index=False, value_name="effect").reset_index()
    gained = gained.join(values.assign(future=numbers), on=[str(name) for name in values.index.names])
    by = gained.groupby(keys, sort=False)
    return by[variables].first().assign(effect=by["effect"].mean(), n=by.size()).reset_index()


def variables_of(runs: pd.DataFrame) -> list[str]:
    """The columns of levers, uncertainties and draws in a table of runs, dotted keys of the scenario, that vary."""
    return [str(name) for name in runs.columns if "." in str(name) and runs[name].nunique() > 1]


def feature_scores(points: pd.DataFrame, result: NDArray[Any], seed: int = 1) -> pd.DataFrame:
    """How much each variable helps to predict a result, by extra trees (Jaxa-Rozen and Kwakkel 2018).

    Args:
        points: one row a point, a column a variable; words are taken as categories.
        result: one number a point.
        seed: of the trees.

    Returns:
        variable and score (adds up to 1), in descending order.

    Raises:
        ExplorationError: if there are too few points, or the result does not vary.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    _enough(points, result)
    trees = ExtraTreesRegressor(100, random_state=seed, min_samples_leaf=2)
    trees.fit(_as_numbers(points), np.asarray(result, dtype=float))
    found = pd.DataFrame({"variable": list(points.columns), "score": trees.feature_importances_})
    return found.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def boxes(points: pd.DataFrame, happens: NDArray[np.bool_]) -> pd.DataFrame:
    """Where something happens: a box by PRIM, and boxes by a classification tree (CART).

    PRIM peels 5% of the points at a time off that side which leaves most of what happens (Friedman and Fisher 1999). Of
    its boxes with at most :data:`MOST_LIMITS` limits, that with the largest F1 (harmonic mean of coverage and density)
    is given. Limits that the quasi-p test (Bryant and Lempert 2010) does not tell from chance at 5% are left out.

    Args:
        points: one row a point, a column a variable.
        happens: whether it happens there.

    Returns:
        One row a limit: method, box (from 1), variable, lowest and highest (of a number) or values (words, joined by
        commas), and of the box coverage (share of what happens that lies in it), density (share of its points where it
        happens) and mass (share of all points). Without a row, no box says more than chance.

    Raises:
        ExplorationError: if there are too few points, or it happens everywhere or nowhere.
    """
    happens = np.asarray(happens, dtype=bool)
    _enough(points, happens)
    return pd.concat([_prim(points, happens), _tree(points, happens)], ignore_index=True)[BOX]


def _prim(points: pd.DataFrame, happens: NDArray[np.bool_]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what else could be installed
        from ema_workbench.analysis.prim import Prim

        older = "threshold" in inspect.signature(Prim).parameters  # before version 3 of the workbench
        asked = {"threshold": 0.0} if older else {}
        found = Prim(points.reset_index(drop=True), happens, mass_min=LEAST_MASS, **asked).find_box()
        path = found.peeling_trajectory
        path = path[(path["res_dim"] > 0) & (path["res_dim"] <= MOST_LIMITS)]
        if path.empty:
            return pd.DataFrame(columns=BOX)
        held = path["n"] * path["mean"]  # points of the box where it happens
        f1 = 2.0 * held / (path["n"] + happens.sum())
        at = int(f1.idxmax())
        quasi_p = (found.qp if older else found.p_values)[at]
    limits = found.box_lims[at]
    rows = []
    for name in points.columns:
        told = [p for p in quasi_p.get(name, []) if p >= 0.0]
        if not told or min(told) > CHANCE:
            continue
        low, high = limits[name]
        rows.append({"variable": name, **_limit(points[name], low, low, high)})
    inside = _inside(points, pd.DataFrame(rows))
    return (
        pd.DataFrame(rows).assign(method="prim", box=1, **_worth(inside, happens))
        if rows
        else pd.DataFrame(columns=BOX)
    )


def _tree(points: pd.DataFrame, happens: NDArray[np.bool_]) -> pd.DataFrame:
    """Leaves of a tree in which it happens oftener than not."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=MOST_LIMITS, min_samples_leaf=LEAST_MASS, random_state=0)
    numbers = _as_numbers(points)
    tree.fit(numbers, happens)
    leaves, rows, number = tree.apply(numbers), [], 0
    for leaf in np.unique(leaves):
        inside = leaves == leaf
        if happens[inside].mean() <= 0.5:
            continue
        number += 1
        limited = [name for name in points.columns if _narrower(points[name], inside)]
        for name in limited:
            mine = points.loc[inside, name]
            low, high = (None, None) if mine.dtype == object else (mine.min(), mine.max())
            rows.append(
                {"method": "cart", "box": number, "variable": name, **_limit(points[name], set(mine), low, high),
                 **_worth(inside, happens)}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=BOX)


def regrets(effects: pd.DataFrame, more_is_better: bool, satisfied_from: float = 0.0) -> pd.DataFrame:
    """How each policy, and doing nothing, fares over all futures.

    Args:
        effects: scenario, policies, future and effect, one row each.
        more_is_better: whether a positive effect is a good one.
        satisfied_from: benefit from which a policy is called satisfying (the domain criterion of Starr 1963).

    Returns:
        One row a policy and scenario: scenario, policies, mean, worst, most_regret and mean_regret
        (what the best choice for that future would have given more; Savage 1951), satisfied (share of futures). The
        policy of the least largest regret comes first within a scenario. "none" is doing nothing, with benefit 0.
    """
    sign = 1.0 if more_is_better else -1.0
    table = effects.pivot_table(index=["scenario", "future"], columns="policies", values="effect") * sign
    if table.isna().any(axis=None):
        raise ExplorationError("some policies lack futures")
    table[NO_POLICY] = 0.0
    regret = table.rsub(table.max(axis=1), axis=0)
    found = pd.DataFrame(
        {
            "mean": table.groupby("scenario").mean().stack(),
            "worst": table.groupby("scenario").min().stack(),
            "most_regret": regret.groupby("scenario").max().stack(),
            "mean_regret": regret.groupby("scenario").mean().stack(),
            "satisfied": (table >= satisfied_from).groupby("scenario").mean().stack(),
        }
    )
    found.index.names = ["scenario", "policies"]
    return found.reset_index().sort_values(["scenario", "most_regret"], kind="stable", ignore_index=True)


def _enough(points: pd.DataFrame, result: NDArray[Any]) -> None:
    if len(points) < FEWEST_POINTS:
        raise ExplorationError(f"{len(points)} points are too few; {FEWEST_POINTS} or more are needed")
    if not points.shape[1]:
        raise ExplorationError("the plan varies nothing")
    if len(np.unique(result)) < 2:
        raise ExplorationError("the result is the same at every point: there is nothing to explain")


def _as_numbers(points: pd.DataFrame) -> NDArray[np.float64]:
    columns = [p.astype("category").cat.codes if _of_words(p) else p for _, p in points.items()]
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _of_words(column: pd.Series[Any]) -> bool:
    return not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def _limit(column: pd.Series[Any], values: Any, low: Any, high: Any) -> dict[str, Any]:
    if _of_words(column):
        return {"lowest": np.nan, "highest": np.nan, "values": ", ".join(sorted(map(str, values)))}
    return {"lowest": float(low), "highest": float(high), "values": ""}


def _inside(points: pd.DataFrame, limits: pd.DataFrame) -> NDArray[np.bool_]:
    inside = np.ones(len(points), dtype=bool)
    for row in limits.to_dict("records"):
        column = points[row["variable"]]
        if row["values"]:
            inside &= column.astype(str).isin(row["values"].split(", ")).to_numpy()
        else:
            inside &= column.between(row["lowest"], row["highest"]).to_numpy()
    return inside


def _narrower(column: pd.Series[Any], inside: NDArray[np.bool_]) -> bool:
    """Whether some points do not have all values of a variable: a limit, in effect."""
    mine = column[inside]
    if _of_words(column):
        return mine.nunique() < column.nunique()
    spread = float(column.max() - column.min())
    return bool(mine.max() - mine.min() < 0.9 * spread)


def _worth(inside: NDArray[np.bool_], happens: NDArray[np.bool_]) -> dict[str, float]:
    both = float((inside & happens).sum())
    return {
        "coverage": both / float(happens.sum()),
        "density": both / float(inside.sum()) if inside.any() else np.nan,
        "mass": float(inside.mean()),
    }
