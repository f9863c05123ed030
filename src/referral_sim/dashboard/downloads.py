"""What can be taken away from the page: tables as CSV and Excel, and the report."""

from __future__ import annotations

import io

import pandas as pd

from ..experiment.export import write_workbook
from ..folders.read_folder import Results
from .studies import Study

MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "yaml": "application/yaml",
}


def differences(found: Results) -> pd.DataFrame:
    """The differences of a study, all digits: scenario, base, and the columns of ``Pair.summary``."""
    return pd.concat(
        [
            pair.summary.assign(scenario=pair.scenario.name, base_scenario=comparison.base.name)
            for comparison in found.comparisons
            for pair in comparison.pairs
        ],
        ignore_index=True,
    )


def profiles(found: Results) -> pd.DataFrame:
    """Each scenario's measures beside published ones, all digits; a row a year, measure, group and published series."""
    rows = []
    for profile in found.profiles:
        for row in profile.rows.to_dict("records"):
            plain = {key: row[key] for key in ("year", "measure", "unit", "group", "mean", "low", "high", "n")}
            series = list(zip(row["series"], row["published"], strict=True)) or [("", float("nan"))]
            rows += [{"scenario": profile.scenario, **plain, "series": s, "published": v} for s, v in series]
    return pd.DataFrame(rows)


def csv(table: pd.DataFrame) -> bytes:
    """A table as CSV; numbers come back bit for bit."""
    return table.to_csv(index=False).encode()


def workbook(study: Study, found: Results) -> bytes:
    """What was asked, differences and profiles as sheets of an Excel file."""
    about = {
        "study": study.id,
        "alternative": study.title,
        "authority": study.request.authority,
        "policies": ", ".join(study.request.policies),
        **{f"lever {key}": value for key, value in study.request.levers.items()},
        "replicates asked for": study.request.replicates,
        "seed": study.request.seed,
        "made": study.created,
        "command": study.command,
        **{f"version of {name}": version for name, version in found.versions.items()},
        "for": "planning and research; not for decisions about individual children",
    }
    sheets = {"about": pd.DataFrame(about.items(), columns=["what", "value"])}
    sheets |= {"differences": differences(found), "profiles": profiles(found)}
    buffer = io.BytesIO()
    write_workbook(
        buffer, {name: (list(t.columns), t.itertuples(index=False, name=None)) for name, t in sheets.items()}
    )
    return buffer.getvalue()


def report(study: Study) -> str:
    """The report of a study as one HTML page."""
    from ..report.html import render

    return render([study.store])
