"""What can be taken away from the page: tables as CSV and Excel, and the report."""

from __future__ import annotations

import io
import zipfile
from html import escape

import pandas as pd

from ..experiment.export import frame_without_formulas, write_workbook
from ..folders.read_folder import Results
from .answer import readings
from .request import plan_file, study_files, title_of
from .studies import Study
from .worker import PLAN

MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "zip": "application/zip",
}


def differences(found: Results, partial: str = "") -> pd.DataFrame:
    """The differences of a study, all digits: the columns of ``Pair.summary``, scenario, title, base and ``complete``.

    Args:
        found: the results.
        partial: what to say in ``complete`` of results that are not whole.
    """
    return pd.concat(
        [
            pair.summary.assign(
                scenario=pair.scenario.name,
                title=pair.scenario.title,
                base_scenario=comparison.base.name,
                complete=partial or "yes",
            )
            for comparison in found.comparisons
            for pair in comparison.pairs
        ],
        ignore_index=True,
    )


def profiles(found: Results, partial: str = "") -> pd.DataFrame:
    """Each scenario's measures beside published ones, all digits; a row a year, measure, group and published series.

    Args:
        found: the results.
        partial: what to say in the column ``complete`` of results that are not whole.
    """
    rows = []
    for profile in found.profiles:
        for row in profile.rows.to_dict("records"):
            plain = {key: row[key] for key in ("year", "measure", "unit", "group", "mean", "low", "high", "n")}
            series = list(zip(row["series"], row["published"], strict=True)) or [("", float("nan"))]
            rows += [{"scenario": profile.scenario, **plain, "series": s, "published": v} for s, v in series]
    return pd.DataFrame(rows).assign(complete=partial or "yes")


def csv(table: pd.DataFrame) -> bytes:
    """A table as CSV, in which text is never a formula; numbers come back bit for bit."""
    return frame_without_formulas(table).to_csv(index=False).encode()


def workbook(study: Study, found: Results, partial: str = "") -> bytes:
    """What was asked, differences and profiles as sheets of an Excel file."""
    request = study.request
    about: dict[str, object] = {"study": study.id, "title": study.title, "note": study.note}
    about |= {"complete": partial or "yes", "baseline": request.authority}
    for number, one in enumerate(request.alternatives, 1):
        about[f"alternative {number}"] = title_of(request, number - 1)
        about[f"policies of {number}"] = ", ".join(one.policies)
        about |= {f"lever {key} of {number}": value for key, value in one.levers.items()}
    about |= {
        "replicates asked for": request.replicates,
        "seed": request.seed,
        "draws of parameters": found.draws or "none",
        "made": study.created,
        "command": study.command,
        **{f"version of {name}": version for name, version in found.versions.items()},
        "reading": " ".join(readings(found)),
    }
    sheets = {"about": pd.DataFrame(about.items(), columns=["what", "value"])}
    sheets |= {"differences": differences(found, partial), "profiles": profiles(found, partial)}
    buffer = io.BytesIO()
    write_workbook(
        buffer, {name: (list(t.columns), t.itertuples(index=False, name=None)) for name, t in sheets.items()}
    )
    return buffer.getvalue()


def report(study: Study, partial: str = "") -> str:
    """The report of a study as one HTML page."""
    from ..report.html import render

    said = f'<body>\n<p class="aim"><strong>{escape(partial)}.</strong></p>' if partial else "<body>"
    return render([study.store]).replace("<body>", said, 1)


def scenario_files(study: Study) -> bytes:
    """The scenario files and the plan of a study, as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in {**study_files(study.request), PLAN: plan_file(study.request)}.items():
            file.writestr(name, text)
    return buffer.getvalue()
