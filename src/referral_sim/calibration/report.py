"""The report of a calibration, in Markdown, from its tables alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from .in_words import sentences

if TYPE_CHECKING:
    from .run import Result

_LITTLE = 0.1


def report(result: Result) -> str:
    """The report; each table also stands in ``tables/`` as CSV."""
    tables, notes = result.tables, result.notes
    parts = ["# Calibration\n", _fit(result)]
    found = tables["parameters"]
    silent = found[found["contraction"] < _LITTLE]["parameter"].tolist()
    parts.append(
        "## Parameters\n\nNinety per cent intervals. Contraction is one less the variance of the posterior over that "
        "of the prior; 0 means that the published figures say nothing about the parameter.\n"
    )
    parts.append(
        _table(
            found, "parameter", "unit", "prior_low", "prior_high", "posterior_low", "posterior_mid", "posterior_high",
            "contraction",
        )
    )  # fmt: skip
    parts.append(f"\nThe figures say next to nothing (contraction below {_LITTLE:g}) about: {_listed(silent)}.\n")
    parts.append("## Ridges\n\nPairs with a rank correlation of 0.4 or more: known together better than apart.\n")
    parts.append(_table(tables["ridges"], "one", "other", "correlation") if len(tables["ridges"]) else "None.\n")
    parts.append(
        "## Predictions beside the published figures\n\nz: published less predicted, in standard deviations of the "
        "prediction (parameters, chance of the count, discrepancy).\n"
    )
    parts.append(_table(tables["predictions"], "target", "role", "published", "low", "mid", "high", "z"))
    parts.append(_discrepancy(result))
    parts.append("## Space left\n\nShare of the points tried that no fitted figure rules out.\n")
    parts.append(_table(tables["waves"], "wave", "scenario", "left", "box"))
    parts.append(
        "\n## Screening\n\nMorris: mean absolute effect of the whole range of the prior, in standard deviations of the "
        "figure's own error; the three largest of each fitted figure.\n"
    )
    fitted = tables["predictions"].query("role == 'fit'")["target"]
    effects = tables["screening"]
    top = effects[effects["target"].isin(fitted)].sort_values("in_sd", ascending=False).groupby("target").head(3)
    parts.append(_table(top.sort_values(["target", "in_sd"], ascending=[True, False]), "target", "parameter", "in_sd"))
    parts.append(
        "## Emulators\n\nShare of the variance of single runs explained, by five-fold cross-validation and of the runs "
        "kept back, which no emulator has seen; what is left is mostly the chance of a run. `process`: the part that "
        "the squared exponential kernel takes in what the surface leaves over; at 0 the surface stands alone.\n"
    )
    parts.append(_table(tables["emulators"], "target", "explained", "unseen", "process", "noise_sd", "error_sd"))
    parts.append(_coverage(tables["coverage"], tables["recovery"]))
    parts.append(_left_out(tables["left_out"], tables["predictions"]))
    if len(tables.get("table_6_6", ())):
        parts.append(_files(tables["table_6_6"]))
    parts.append(_series(found, tables["other_series"]))
    if "transplant" in tables:
        parts.append(_transplant(tables["transplant"]))
    if "neural" in tables:
        parts.append(_neural(found, tables["neural"]))
    parts.append(
        f"\n## The sampler\n\n{notes['steps']:.0f} steps of each walker kept, longest autocorrelation time "
        f"{notes['autocorrelation']:.0f} steps: worth some {notes['independent']:.0f} independent draws. "
        f"{notes['accepted']:.0%} of steps accepted. The prior was restricted to "
        f"{notes['box']:.2g} of its volume after the first wave.\n"
    )
    return "\n".join(parts)


def _fit(result: Result) -> str:
    if not result.misfits:
        return "No fitted figure lies beyond three standard deviations of what the calibrated model predicts.\n"
    return "**The fit is poor:**\n\n" + "\n".join(f"- {line}" for line in result.misfits) + "\n"


def _discrepancy(result: Result) -> str:
    table = result.tables["discrepancy"]
    wide = table.assign(
        interval=[
            f"{_number(a)} to {_number(b)}"
            for a, b in zip(table["posterior_low"], table["posterior_high"], strict=True)
        ]
    ).pivot(index="parameter", columns="times", values="interval")
    wide = wide.loc[result.tables["parameters"]["parameter"]].reset_index()
    wide.columns = pd.Index(["parameter", *(f"discrepancy x {c:g}" for c in wide.columns[1:])])
    far = result.tables["predictions_by_discrepancy"].query("role == 'fit'")
    counts = far.assign(far=far["z"].abs() > 3).groupby("times")["far"].sum()
    said = ", ".join(f"{n} at {t:g} times" for t, n in counts.items())
    return (
        "## Discrepancy\n\nThe same with the model's own error taken at 0, 1 and 2 times its size. Fitted figures "
        f"beyond three standard deviations: {said}.\n\n" + _table(wide, *wide.columns)
    )


def _coverage(curve: pd.DataFrame, each: pd.DataFrame) -> str:
    at = float(curve.loc[curve["level"] == 0.9, "coverage"].iloc[0])
    return (
        "## Coverage on simulated figures\n\nFits to runs whose parameters are known, drawn from the prior. Central "
        f"intervals of 90% hold the true value in {at:.1%} of all.\n\n"
        + _table(curve, "level", "coverage")
        + "\nBy parameter: coverage of the 90% interval, mean contraction, and how the true value goes with the "
        "posterior's mean.\n\n" + _table(each, "parameter", "coverage_90", "contraction", "correlation")
    )


def _left_out(table: pd.DataFrame, predictions: pd.DataFrame) -> str:
    held = predictions[predictions["role"] == "held-out"]
    inside = ((held["low"] <= held["published"]) & (held["published"] <= held["high"])).mean()
    return (
        f"## Held out\n\nOf {len(held)} figures that nothing was fitted to, {inside:.0%} lie in the 90% interval of "
        f"the calibrated model (table above). With each scenario left out in turn and predicted from the others, "
        f"{table['inside'].mean():.0%} of its {len(table)} figures lie in the interval:\n\n"
        + _table(table, "target", "role", "published", "low", "mid", "high", "inside")
    )


def _series(one: pd.DataFrame, other: pd.DataFrame) -> str:
    both = one[["parameter", "posterior_mid", "posterior_low", "posterior_high"]].merge(
        other[["parameter", "posterior_mid"]].rename(columns={"posterior_mid": "other_mid"}), on="parameter"
    )
    width = both["posterior_high"] - both["posterior_low"]
    both["shift"] = (both["other_mid"] - both["posterior_mid"]) / width
    moved = both[both["shift"].abs() > 0.1].sort_values("shift", key=abs, ascending=False)
    text = "## The other series of registrations\n\nThe report prints registrations twice. "
    if not len(moved):
        return text + "Fitted to the other series, no middle moves by more than a tenth of its interval.\n"
    return text + (
        "Fitted to the other series, these middles move by more than a tenth of their interval (shift, in widths of "
        "the 90% interval):\n\n" + _table(moved, "parameter", "posterior_mid", "other_mid", "shift")
    )


def _transplant(table: pd.DataFrame) -> str:
    least = 0.05 ** (1.0 / max(int(table["draws"].max()), 1))
    return (
        "## City Borough's arrangement in the others\n\nWhat would happen if the others worked as City Borough did? "
        "Differences of single years, the same families and the same chances with and without, one pair a draw. "
        f"With so few draws a probability of 1.00 says no more than that it is above {least:.2f} (95% confidence).\n\n"
        + "\n".join(sentences(table))
        + "\n\nWhat a post or a panel does in the model is assumed (`collaboration`), is no calibrated parameter, and "
        "is the same under the prior and the posterior. So these answers rest on assumptions by more than the "
        "comparison of the two shows.\n\nAll of it in numbers, in the measures' units; `rises` and `falls` are shares "
        "of the pairs; `parameter`: what goes with the difference most, by rank correlation.\n\n"
        + _table(
            table, "scenario", "measure", "distribution", "draws", "low", "mid", "high", "rises", "falls", "parameter",
            "parameter_correlation",
        )
    )  # fmt: skip


def _files(table: pd.DataFrame) -> str:
    tested = table[table["row"] == "from_programme"]
    return (
        "## Table 6.6, held out\n\nThe report's study of files, repeated on runs under draws of the posterior: how "
        "many of the files read show any involvement of the programme, a referral from it, a referral to it, or joint "
        f"work without a referral. {table['inside'].mean():.0%} of {len(table)} figures lie in the 90% interval of the "
        f"simulated studies; of the {len(tested)} that count referrals from programmes, {tested['inside'].mean():.0%}. "
        "Only these are a test: the presets' `collaboration.knows_programmes` follow the referrals to programmes, and "
        "what files mention of joint work follows the last column. `at_most`, `at_least`: share of the simulated "
        "studies that come to the published figure or less, or more.\n\n"
        + _table(table, "scenario", "row", "files", "published", "low", "mid", "high", "at_most", "at_least", "inside")
    )


def _neural(one: pd.DataFrame, other: pd.DataFrame) -> str:
    both = one[["parameter", "posterior_low", "posterior_mid", "posterior_high", "contraction"]].merge(
        other[["parameter", "posterior_low", "posterior_mid", "posterior_high", "contraction"]],
        on="parameter", suffixes=("", "_neural"),
    )  # fmt: skip
    inside = both["posterior_mid_neural"].between(both["posterior_low"], both["posterior_high"])
    return (
        "## Two methods side by side\n\nThe neural estimate comes from the second wave and the runs kept back, without "
        f"emulators and without their error. Of its middles {inside.sum()} of {len(both)} lie in the first method's "
        "90% interval. So few runs make neural estimates too sure (Hermans et al. 2022): it is a check of where the "
        "posterior lies, and not of how wide it is. Where it narrows a parameter of which the emulators say nothing, "
        "trust the emulators.\n\n" + _table(both, *both.columns)
    )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{w}`" for w in words) or "none"


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def _table(table: pd.DataFrame, *columns: str) -> str:
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    rows = table[list(columns)].to_dict("records")
    return head + "".join(f"| {' | '.join(_number(row[c]) for c in columns)} |\n" for row in rows)
