"""What ``country`` says: sums beside the return, the spread between authorities, and what a policy changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ..evidence import published
from ..experiment.country import SHARES, CountryResult
from ..experiment.summaries import finite_or_none
from ..measures.wording import measure_label
from .grids import Grid, GridCell, GridRow, between, figure, words

SPREAD_PUBLISHED = ("referrals", "registrations")
_QUANTILES = ("10%", "Middle", "90%")


def country_answer(result: CountryResult) -> Grid:
    """The sums of all authorities beside the national return, a figure a row."""
    several = result.replicates > 1
    rows = []
    for row in result.national().to_dict("records"):
        share = row["measure"] in SHARES
        made, theirs = (row["rate"], row["published_rate"]) if share else (row["count"], row["published"])
        cells = [GridCell(measure_label(row["measure"])), _amount(made, share=share)]
        if several:
            ends = _amount(row["low"]), _amount(row["high"])
            cells.append(GridCell("") if share else between(*ends))
        rows.append((*cells, _amount(theirs, share=share), figure(made / theirs if theirs else math.nan, 2)))
    columns = ["A year", "Simulated", *(["90% interval"] if several else []), "Return", "Ratio"]
    return Grid(_caption(result), tuple(columns), tuple(rows), tuple(_notes(result)))


def country_spread(result: CountryResult) -> Grid:
    """Rates of the country and of its authorities, a figure a row."""
    rows: list[GridRow] = []
    for row in result.national().to_dict("records"):
        share = row["measure"] in SHARES
        rates = (_rate(row[name], share=share) for name in ("rate", "published_rate", "q10", "q50", "q90"))
        rows.append((*words(measure_label(row["measure"])), *rates, figure(row["variation"], 2)))
    columns = ("Per 10,000, or share", "Country", "Return", *_QUANTILES, "Varies")
    return Grid("Between authorities", columns, tuple(rows), tuple(_notes_on_spread()))


def country_effects(result: CountryResult) -> Grid:
    """What a policy changes in the country, and in the authorities in which it is in force, a figure a row."""
    several = result.replicates > 1
    rows = []
    for row in result.effects().to_dict("records"):
        share = row["measure"] in SHARES
        cells = [GridCell(measure_label(row["measure"]))]
        cells += [
            _amount(row[name], share=share, sign=name == "difference") for name in ("base", "value", "difference")
        ]
        if several:
            cells.append(between(*(_amount(row[name], share=share, sign=True) for name in ("low", "high"))))
        cells += [_rate(row[name], share=share, sign=True) for name in ("q10", "q50", "q90")]
        rows.append(tuple(cells))
    columns = ["A year", "Without", "With", "Difference", *(["90% interval"] if several else []), *_QUANTILES]
    chosen, of = len(result.chosen), len(result.authorities)
    where = f"all {of} authorities" if chosen == of else f"{chosen} of {of} authorities"
    notes = (
        "Without, with and difference: children of the country, or shares. 10%, middle and 90%: differences in the "
        "rates of the authorities with the policy, per 10,000 children under 18 or as shares. Each authority's two "
        "runs meet the same families with the same chances.",
    )
    return Grid(f"What {result.policies} changes, in {where}", tuple(columns), tuple(rows), notes)


def _caption(result: CountryResult) -> str:
    children = sum(one.children for one in result.authorities)
    return f"{result.country.title}: {len(result.authorities)} authorities, {children:,} children under 18"


def _notes(result: CountryResult) -> Iterator[str]:
    if result.replicates > 1:
        yield f"90% interval: nine in ten of {result.replicates} simulated years (seed {result.seed})."
    else:
        yield f"One simulated year, seed {result.seed}: it has no interval; --replicates 20 gives one."
    yield (
        "Each authority has a draw of the parameters of its own. What is not known of all of them at once is in no "
        "interval."
    )
    if len(result.authorities) < result.country.authorities:
        yield (
            f"These are the first {len(result.authorities)} of {result.country.authorities} authorities; the return is "
            "scaled to as many children."
        )


def _notes_on_spread() -> Iterator[str]:
    yield (
        "10%, middle, 90%: of the authorities, each as it is in the mean of its years. Varies: standard deviation over "
        "mean; it holds the chance of single years too, most in small authorities."
    )
    ends = []
    for measure in SPREAD_PUBLISHED:
        there = [one.value for one in published(measure=measure) if one.authority != "england"]
        ends.append(f"{measure_label(measure).lower()} {min(there):g} to {max(there):g}")
    yield f"Published for four authorities: {', '.join(ends)} per 10,000."


def _amount(value: float, *, share: bool = False, sign: bool = False) -> GridCell:
    """A count with its thousands, or a share."""
    if share:
        return figure(value, 3 if sign else 2, sign)
    if not math.isfinite(value):
        return GridCell("-")
    return GridCell(f"{value:+,.0f}" if sign and round(value) else f"{value:,.0f}", float(value))


def _rate(value: float, *, share: bool, sign: bool = False) -> GridCell:
    return figure(value, 3 if share and sign else 2 if share else 1, sign)


def country_as_data(result: CountryResult) -> Mapping[str, object]:
    """The same for JSON: an object with title, seed, replicates, authorities, policies, and the tables.

    ``national`` and ``effects`` have a row a figure, ``counts`` a row a run; null where nothing is known.
    """
    tables = {"national": result.national(), "counts": result.counts}
    if result.policies:
        tables["effects"] = result.effects()
    rows = {
        name: [{str(k): finite_or_none(v) for k, v in row.items()} for row in table.to_dict("records")]
        for name, table in tables.items()
    }
    authorities = [
        {
            "name": one.name, "children": one.children, "values": dict(one.values), "programmes": one.programmes,
            "posts": list(one.teams), "own_values_of": one.own_values_of, "draw": one.draw, "seed": one.seed,
        }
        for one in result.authorities
    ]  # fmt: skip
    about = {"title": result.country.title, "seed": result.seed, "replicates": result.replicates}
    return {**about, "policies": result.policies, "in": list(result.chosen), "authorities": authorities, **rows}
