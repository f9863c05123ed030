"""The columns of all tables: type, unit and meaning; docs/columns.md and the fields of Parquet schemas say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .table import column_metadata

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TableColumn:
    """One column of a table.

    Attributes:
        name: of the column.
        type: in words of pandas; "text" for strings.
        meaning: as a phrase.
        unit: of its numbers; empty where they have none, or it is text.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""


SAME_UNIT = "as in `unit`"
_SCENARIO = TableColumn("scenario", "text", "name of the scenario")
_REPLICATE = TableColumn("replicate", "int32", "number of the replicate, from 0")
_YEAR = TableColumn(
    "year", "text",
    "reporting year as it is written in England (`2005-06`); the calendar year (`2005`) where it begins in January",
)  # fmt: skip
_MEASURE = TableColumn("measure", "text", "name of the measure")
_UNIT = TableColumn("unit", "text", "unit of the value")
_GROUP = TableColumn("group", "text", "which rows are counted: `all`, or a kind of group and a name")
_GROUPS = (
    _GROUP,
    TableColumn("group_kind", "text", "kind of the group: `locality` of `locality:North`"),
    TableColumn("group_name", "text", "its name: `North` of `locality:North`; empty for `all`"),
)
_VALUE = TableColumn("value", "float", "the value; NaN where it would be a share or mean of nothing", SAME_UNIT)
_OTHER = replace(_SCENARIO, meaning="name of OTHER, which is compared with BASE")
_MILESTONE = (
    TableColumn(
        "milestone", "text",
        "`found` (an agency decided on a concern), `contact`, `referral`, `initial_assessment`, `registration` (the "
        "stages of that name), `help` (a package, a panel's support, a plan or a registration), or `path` (the whole)",
    ),
    TableColumn(
        "change", "text",
        "`newly` (reached in OTHER alone), `no_longer` (in BASE alone), `earlier`, `later` (in both, first on another "
        "day); of `path`: `changed` (any milestone), `unchanged` (found in both, every milestone on the same day)",
    ),
    TableColumn(
        "place", "text",
        "`all`, `programme_areas` (living in a programme's area at the end, in either scenario), `elsewhere`",
    ),
)  # fmt: skip

TABLES: Mapping[str, tuple[TableColumn, ...]] = {
    "measures": (_YEAR, _MEASURE, _VALUE, _UNIT, *_GROUPS),
    "monthly": (
        TableColumn("month", "text", "the month, as YYYY-MM"),
        replace(_YEAR, meaning="its reporting year, as in `measures()`; `warm-up` before the first"),
        _MEASURE,
        replace(
            _VALUE,
            meaning="count of the month, or mean over its referrals or working days; turnover is put on a year's "
            "footing; NaN where of nothing",
        ),
        _UNIT,
        *_GROUPS,
    ),
    "events": (
        TableColumn(
            "case", "int64",
            "number of the case; with one seed and the same world settings the same sign has the same number in every "
            "scenario",
        ),
        TableColumn("family", "int64", "number of the family, which no other family of the run has"),
        TableColumn("date", "datetime64[s]", "the working day"),
        TableColumn("day", "int64", "the same, counted from the first working day of the run (0)", "working days"),
        TableColumn("stage", "category", "what happened, in the order of the table of stages"),
        TableColumn("outcome", "category", "what it came to (table of outcomes)"),
        TableColumn(
            "level", "float64",
            "need; whose reading it is depends on the stage; NaN where the stage reads none", "tiers",
        ),
        TableColumn(
            "working_days", "Int64",
            "length of what ended; since when depends on the stage; missing where there is no clock", "working days",
        ),
        TableColumn("kind", "category", "kind of trouble, or a day care request"),
        TableColumn(
            "source", "category",
            "who truly brought the case to social services; missing where nobody did; after a return, the second "
            "source",
        ),
        TableColumn(
            "recorded_source", "category",
            "the source on record, `not_recorded` among the values; missing where the case never became a referral",
        ),
        TableColumn("locality", "category", "intake team's patch in which the family lives on the row's day"),
        TableColumn(
            "programme_area", "category",
            "programme in whose area the family lives on the row's day; missing outside",
        ),
        TableColumn("ethnic_group", "category", "the family's ethnic group"),
        TableColumn(
            "child_age", "float32",
            "age of the child with whom the trouble began, or for whom day care is asked, on the day of the sign",
            "years",
        ),
        TableColumn(
            "children", "int64",
            "how many children the row concerns, at least 1; after registration, those who were registered",
            "children",
        ),
        TableColumn("reported", "bool", "in a reporting year, not in the warm-up"),
    ),
    "of a run": (_SCENARIO, _REPLICATE),
    "differences": (
        _OTHER, _REPLICATE, _YEAR, _MEASURE, _UNIT, _GROUP,
        TableColumn("base", "float", "the value in BASE; NaN where it has none", SAME_UNIT),
        replace(_VALUE, meaning="the value in OTHER; NaN where it has none"),
        TableColumn("difference", "float", "`value` less `base`", SAME_UNIT),
    ),
    "summary": (
        _OTHER, _YEAR, _MEASURE, _UNIT, _GROUP,
        TableColumn("base", "float", "mean over the replicates of BASE", SAME_UNIT),
        replace(_VALUE, meaning="mean over the replicates of OTHER"),
        TableColumn("difference", "float", "mean difference", SAME_UNIT),
        TableColumn(
            "standard_error", "float", "standard error of the mean difference; shrinks as replicates are added",
            SAME_UNIT,
        ),
        *(
            TableColumn(
                f"{end}_{level}", "float",
                f"percentile {percentile} of the difference between single simulated years; does not shrink", SAME_UNIT,
            )
            for end, level, percentile in (("low", 50, 25), ("high", 50, 75), ("low", 90, 5), ("high", 90, 95))
        ),
        TableColumn("rises", "float", "of replicates, those with a rise; ties counted half", "share"),
        TableColumn(
            "gain", "float",
            "variance of BASE plus variance of OTHER (the variance of a difference with independent seeds) over the "
            "variance of the paired difference; infinite where the difference never varies, NaN where nothing does or "
            "the worlds differ",
            "ratio",
        ),
        TableColumn(
            "n", "int64", "that have a difference; with fewer than 2, intervals, error and gain are NaN", "replicates"
        ),
        TableColumn(
            "smallest", "float", "the smallest difference that matters: the table's own, or that of `--matters`",
            SAME_UNIT,
        ),
        TableColumn(
            "verdict", "text",
            "`matters` (the 90% interval lies at or beyond `smallest`, on one side), `too small to matter` (within it "
            "on both), or `cannot tell`",
        ),
    ),
    "changes": (
        _OTHER, _REPLICATE, *_MILESTONE, TableColumn("families", "int64", "each counted once in a row", "families"),
    ),
    "families": (
        _OTHER, *_MILESTONE,
        TableColumn("families", "float", "mean over the replicates", "families"),
        TableColumn("low", "float", "percentile 5 of single years", "families"),
        TableColumn("high", "float", "percentile 95 of single years", "families"),
        TableColumn("n", "int64", "that are counted", "replicates"),
    ),
    "runs": (
        TableColumn("run", "text", "id of the run: what `referral-sim run PLAN --run ID` takes"),
        replace(_SCENARIO, meaning="name of the scenario without policies"),
        TableColumn("policies", "text", "names of the policies joined by `+`, or `none`"),
        TableColumn("point", "int64", "number of the point in the plan's design, from 0"),
        TableColumn("seed", "int64", "seed of the run"),
        replace(_REPLICATE, type="int64"),
        TableColumn(
            "status", "text",
            "`done`; `failed` (it raised), `timeout` or `memory` (over a limit), `lost` (its process died twice)",
        ),
        TableColumn("reason", "text", "one line; empty if done"),
        TableColumn("traceback", "text", "of a run that raised; else empty"),
        TableColumn(
            "seconds", "float",
            "how long it took, or until it was ended; the only column that differs when a run is made again",
            "seconds",
        ),
        TableColumn("versions", "text", "JSON: versions of referral-sim, Python, numpy, pandas, Mesa"),
    ),
    "outcomes": (
        TableColumn("run", "text", "id of the run"),
        replace(_YEAR, meaning="reporting year; a plan of several years has its rows in each"),
        _MEASURE,
        _GROUP,
        replace(_VALUE, meaning="the value; null where it would be a share or mean of nothing"),
        _UNIT,
    ),
}  # fmt: skip
"""Table -> its columns, in their order; "of a run" stand before those of each run's tables in a folder."""


def field_metadata(table: str) -> dict[str, dict[str, str]]:
    """What the fields of a table's Parquet schema say: column -> description and, of numbers, unit.

    That of ``measure`` also has the label and unit of each measure under its name.
    """
    found = {}
    for column in (*TABLES["of a run"], *TABLES[table]):
        unit = {"unit": column.unit.replace("`", "")} if column.unit else {}
        found[column.name] = {"description": column.meaning.replace("`", "")} | unit
        if column is _MEASURE:
            found[column.name] |= column_metadata()
    return found


def described_schema(schema: pa.Schema, said: Mapping[str, Mapping[str, str]]) -> pa.Schema:
    """A schema whose fields have metadata, by their name; a field that is not named stays as it is."""
    import pyarrow as pa

    return pa.schema([f.with_metadata(dict(said[f.name])) if f.name in said else f for f in schema], schema.metadata)
