"""How the study was made in each authority, what it printed, and what must be assumed of it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..evidence import authorities, table
from ..measures.year import STUDY_FROM, STUDY_TO
from ..scenario import Scenario
from ..scenario.errors import clipped, did_you_mean
from ..scenario.fields import Section, number, proportion

ARBITRARY = ("southshire",)
"""Where the authority picked the files and the researchers could not aim the sample (Ch. 3, on Table 6.4)."""


class NotStudiedError(ValueError):
    """A scenario that the study cannot be made on; the message is one line."""


@dataclass(frozen=True)
class StudyDesign:
    """The study in one authority.

    Attributes:
        authority: its id.
        files: files read in the studied areas (Table 6.6; Table 6.2 differs for Southshire).
        files_outside: files read outside them; None where there was no such sample.
        purposive: drawn by recorded source, with "other" and health visitors over-represented.
        list_6_1: Table 6.1: referrals "inside", in "total", and the "share"; NaN where missing.
        sources: Table 6.3: source -> listed referrals; NaN where the row is suppressed. Empty where missing.
        sources_total: printed total of Table 6.3, the divisor of its percentages; NaN where missing.
        without_source: listed referrals that had no source at all, by the note to Table 6.3.
        sslp_in_files: Table 6.4: sampled files that came from a programme (the percentage times the files).
        involvement: Table 6.6: "any", "from_programme", "to_programme", "joint_work" -> files.
    """

    authority: str
    files: int
    files_outside: int | None
    purposive: bool
    list_6_1: dict[str, float]
    sources: dict[str, float]
    sources_total: float
    without_source: float
    sslp_in_files: float
    involvement: dict[str, float]


def design_of(authority: str | None) -> StudyDesign:
    """The study as it was made in an authority.

    Raises:
        NotStudiedError: if the report has no file study of it.
    """
    there = tuple(authorities())
    if authority not in there:
        what = "no authority" if authority is None else f"authority {authority!r}"
        raise NotStudiedError(f"the scenario has {what}; the report studied files in {', '.join(there)}")
    totals = _row("table_6_3_totals", authority)
    lists, involved = _row("table_6_1_referrals", authority), _row("table_6_6_involvement", authority)
    rows = table("table_6_3_sources").query("authority == @authority").to_dict("records")
    in_files = table("table_6_4_sources_in_files").query("authority == @authority and source == 'sslp'")
    files, outside = int(involved["files_studied"]), involved["files_outside"]
    without = totals.get("without_source", math.nan)
    return StudyDesign(
        authority=authority,
        files=files,
        files_outside=None if math.isnan(outside) else int(outside),
        purposive=authority not in ARBITRARY,
        list_6_1={
            "inside": lists["inside"],
            "total": lists["total"],
            "share": lists["inside"] / lists["total"],
        },
        sources={str(row["source"]): float(row["referrals"]) for row in rows},
        sources_total=totals.get("printed_total", math.nan),
        without_source=0.0 if math.isnan(without) else without,
        sslp_in_files=float(round(in_files["percent"].tolist()[0] / 100.0 * files)),
        involvement={
            "any": involved["any_involvement"],
            "from_programme": involved["sslp_to_social_services"],
            "to_programme": involved["social_services_to_sslp"],
            "joint_work": involved["ongoing_work_only"],
        },
    )


def _row(name: str, authority: str) -> dict[str, float]:
    """An authority's figures in a published table; empty if it has no row there."""
    frame = table(name)
    rows: list[dict[Any, Any]] = frame[frame["authority"] == authority].to_dict("records")
    return {str(k): float(v) for row in rows for k, v in row.items() if isinstance(v, (int, float))}


def check_scenario(scenario: Scenario) -> StudyDesign:
    """The design for a scenario, if the study can be made on it.

    Raises:
        NotStudiedError: if its authority was not studied, no programme is marked ``studied``, or its reporting period
            does not hold October to March.
    """
    design = design_of(scenario.authority)
    if not any(p.studied for p in scenario.programmes.values()):
        raise NotStudiedError("no programme of the scenario is marked `studied: true`, so there is no area to list")
    first = dt.date(scenario.time.reporting_year_start.year, *STUDY_FROM)
    last = dt.date(first.year + 1, *STUDY_TO)
    begins, ends = scenario.time.reporting_year_start, scenario.time.end - dt.timedelta(days=1)
    if begins > first or ends < last:
        raise NotStudiedError(
            f"the reporting period, {begins} to {ends}, does not hold the study's half year, {first} to {last}"
        )
    return design


class AssumptionError(ValueError):
    """An assumption that does not exist or has a value that is not allowed; the message is one line."""


class Assumptions(Section):
    """What nobody can know of the study: how strongly the sample was aimed, and what was on paper.

    Parameters of the study, not of the world.

    Attributes:
        purposive_weight: how many times likelier a listed file recorded under "other" or "health visitor" (or under
            the programme, where it has a code) was to be drawn than another; 1 is a simple random sample. The report
            says that these were over-represented, not by how much. Tables 6.3 and 6.4 together suggest about 6 in
            City Borough (some 10 of 11 such files drawn, and 7 of the other 43) and no more than 2 in Midtown and
            East Borough; the default lies between. Not used where the sample was not aimed (Southshire).
        profession_tells: share of the formal referrals that a programme's worker brought without a liaison worker whose
            file says that they came from the programme. The others stand there by the worker's profession: a health
            visitor of a programme is a health visitor (Appendix B). Size assumed; what is seen of the programmes'
            referrals where no post carries them rests on it.
        informal_noted: share of the referrals that began with an informal word from the programme whose file says so.
            By its meaning such a word is not written down, hence 0.
        consultation_noted: share of the consultations with a liaison post about a family that its file records.
        package_noted: share of the files of families with a running support package that mention it.
        use_noted: share of the files of assessed families who use the programme that mention it. Chosen so that the
            last column of Table 6.6 (9 of 89 files) is of the right size: that column is no test of the model.
    """

    purposive_weight: float = number(
        3.0, "ratio", 1.0, 100.0, "weight of files recorded under other or health visitor in the draw",
        "Appendix B; size assumed",
    )  # fmt: skip
    profession_tells: float = proportion(
        0.3, "referrals of programme workers whose file says that they came from the programme", "Appendix B"
    )
    informal_noted: float = proportion(0.0, "informal words from a programme that stand in the file")
    consultation_noted: float = proportion(0.5, "consultations with a liaison post that stand in the file")
    package_noted: float = proportion(0.5, "support packages that the file of a referred family mentions")
    use_noted: float = proportion(
        0.2, "use of the programme that the file of an assessed family mentions", "Table 6.6, last column"
    )

    @classmethod
    def read(cls, texts: Sequence[str]) -> Assumptions:
        """Assumptions from texts ``NAME=VALUE``; what is not named keeps its default.

        Raises:
            AssumptionError: if a text cannot be read.
        """
        names = list(cls.model_fields)
        found: dict[str, float] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            name = name.strip()
            if not equals:
                raise AssumptionError(f"write NAME=VALUE, not {clipped(text)!r}")
            if name not in names:
                hint = did_you_mean(name, names)
                raise AssumptionError(f"there is no {clipped(name)!r}{hint}; there are {', '.join(names)}")
            try:
                found[name] = float(value)
            except ValueError:
                raise AssumptionError(f"{name}: must be a number, not {clipped(value.strip())!r}") from None
        try:
            return cls(**found)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            low, high = cls.model_fields[name].metadata
            raise AssumptionError(f"{name}: must be from {low.ge:g} to {high.le:g}, not {found[name]:g}") from None
