"""The study repeated many times: what it would have printed, how likely the printed figures are, what it would miss."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..measures.event_rows import Flags
from ..recording import NOT_RECORDED, RECORDED_SOURCES
from ..records.casebook import SOURCES, SSLP
from ..world.streams import Stream, generator
from .listing import TRACES, Involvement, Listing
from .sampling import chance_of_none, inclusion, samples, weights
from .study_design import Assumptions, StudyDesign

Floats = NDArray[np.float64]
SAME = 1e-9
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class StudyFigure:
    """One figure of one table.

    Attributes:
        table: "6.1", "6.1 all ages", "6.2", "6.3", "6.4" or "6.6".
        row: what it counts, or a source.
        unit: "referrals", "files" or "share"; shares in Table 6.3 are of referrals with a source, as printed there.
        published: as printed; None where missing or suppressed.
        median, low, high: of the simulated studies, 50th, 5th and 95th percentile.
        at_most, at_least: share of the simulated studies that came to the published figure or less, and to it or more.
        exactly: share of them that came to it.
        error: Monte Carlo standard error of ``at_most`` and ``at_least``, the larger; ``1 / studies`` where a chance
            came out as 0 or 1. Studies of one run are not taken for independent.
        studies: simulated studies behind it: runs for what is counted in lists, samples for what is read in files.
        truth: what truly happened in the listed cases, median of the runs, in the unit; None where the list says it.
        truth_share: the same as a share of the list.
    """

    table: str
    row: str
    unit: str
    published: float | None
    median: float | None
    low: float | None
    high: float | None
    at_most: float | None
    at_least: float | None
    exactly: float | None
    error: float | None
    studies: int
    truth: float | None = None
    truth_share: float | None = None


@dataclass(frozen=True)
class MissedReferrals:
    """How often the study would have seen no referral from a programme. Shares of runs, or of studies of such runs.

    Attributes:
        truth_none: runs in whose list there was none.
        missed: of the studies where there was one or more, those that saw none. missed_error: its standard error.
        missed_at_random: the same for a simple random sample of the same size, computed (hypergeometric).
        missed_with_code: the same for counting the list itself, if the record had a code for programmes.
        formal, informal: listed referrals that a programme brought, median of the runs; 5th and 95th percentile.
    """

    truth_none: float
    missed: float | None
    missed_error: float | None
    missed_at_random: float | None
    missed_with_code: float | None
    formal: tuple[float, float, float]
    informal: tuple[float, float, float]


@dataclass(frozen=True)
class FileStudy:
    """All that was found; ``runs`` and ``samples`` are those it rests on."""

    design: StudyDesign
    assumptions: Assumptions
    runs: int
    samples: int
    cells: tuple[StudyFigure, ...]
    missed_referrals: MissedReferrals


def file_study(listings: Sequence[Listing], design: StudyDesign, assumptions: Assumptions, number: int) -> FileStudy:
    """Make the study again and again on simulated lists.

    Args:
        listings: one a run; their order does not matter.
        design: how the study was made.
        assumptions: what nobody knows of it.
        number: samples in all, spread evenly over the runs.

    Raises:
        ValueError: if there is no listing, or there are fewer samples than listings.
    """
    if not listings or number < len(listings):
        raise ValueError(f"{number} samples cannot be spread over {len(listings)} runs")
    ordered = sorted(listings, key=lambda x: (x.seed, x.replicate))
    counts = [number // len(ordered) + (i < number % len(ordered)) for i in range(len(ordered))]
    read = [_read(x, design, assumptions, n) for x, n in zip(ordered, counts, strict=True)]
    cells = (*_lists(ordered, design), *_sources(ordered, design), *_files(ordered, read, design))
    return FileStudy(design, assumptions, len(ordered), number, cells, _missed(ordered, read, design))


# -- reading -----------------------------------------------------------------------------------------------------------

FILE_ROWS = ("files", "any", *(str(s) for s in Involvement), "sslp_source")


def _read(listing: Listing, design: StudyDesign, assumptions: Assumptions, number: int) -> dict[str, Floats]:
    """What each of a run's samples shows: row -> files, shape (samples,)."""
    stratum = listing.recorded[listing.first_line]
    weight = weights(stratum, assumptions.purposive_weight if design.purposive else 1.0)
    drawn = samples(listing.seed, listing.replicate, number, stratum, inclusion(weight, design.files))
    shown = shown_by_files(listing, assumptions)
    return {row: (drawn & shown[row]).sum(axis=1).astype(float) for row in FILE_ROWS}


def chances_to_see(listing: Listing, design: StudyDesign, number: int = 100) -> dict[str, float]:
    """Share of some samples of one run whose files show a referral from a programme, and one to a programme.

    Args:
        listing: the run's list.
        design: how the study was made.
        number: samples.
    """
    read = _read(listing, design, Assumptions(), number)
    return {
        str(way): float((read[str(way)] > 0).mean()) for way in (Involvement.FROM_PROGRAMME, Involvement.TO_PROGRAMME)
    }


def shown_by_files(listing: Listing, assumptions: Assumptions) -> dict[str, Flags]:
    """What each file of a list shows, by row of Tables 6.6 and 6.4; each of shape (files,).

    A trace is in a file for good: all samples that draw the file find it or do not.
    """
    u = generator(listing.seed, listing.replicate, Stream.FILE_SAMPLE, "paper").random(listing.traces.shape)
    return _shown(listing, u, assumptions)


def _shown(listing: Listing, u: Floats, assumptions: Assumptions) -> dict[str, Flags]:
    chances = [1.0 if t.noted is None else float(getattr(assumptions, t.noted)) for t in TRACES]
    noted = listing.traces & (u < np.array(chances))
    by_kind = {str(s): _any(noted[:, [t.involvement == s for t in TRACES]]) for s in Involvement}
    referred = by_kind[Involvement.FROM_PROGRAMME] | by_kind[Involvement.TO_PROGRAMME]
    return {
        "files": np.ones(len(noted), dtype=bool),
        "any": _any(noted),
        **by_kind,
        str(Involvement.JOINT_WORK): by_kind[Involvement.JOINT_WORK] & ~referred,
        "sslp_source": listing.formal[listing.first_line] & by_kind[Involvement.FROM_PROGRAMME],
    }


def _any(found: Flags) -> Flags:
    return np.asarray(found.any(axis=1))


def _true(listing: Listing) -> dict[str, Flags]:
    """What the files would show if all had been written down but informal words, which are no referrals."""
    everything = Assumptions(
        profession_tells=1.0, informal_noted=0.0, consultation_noted=1.0, package_noted=1.0, use_noted=1.0
    )
    return _shown(listing, np.zeros(listing.traces.shape), everything)


# -- figures -----------------------------------------------------------------------------------------------------------


def _figure(
    table: str,
    row: str,
    unit: str,
    published: float | None,
    by_run: Sequence[Floats],
    truth: Sequence[float] = (),
    truth_share: Sequence[float] = (),
) -> StudyFigure:
    """A figure from the values that simulated studies give it, an array for each run."""
    values = np.concatenate([v[np.isfinite(v)] for v in by_run])
    low, median, high = _quantiles(values)
    printed = None if published is None or math.isnan(published) else float(published)
    below = above = same = error = None
    if printed is not None and len(values):
        runs = [v[np.isfinite(v)] for v in by_run]
        below, one = share_of([v <= printed + SAME for v in runs])
        above, other = share_of([v >= printed - SAME for v in runs])
        same, _ = share_of([np.abs(v - printed) <= SAME for v in runs])
        error = None if one is None or other is None else max(one, other)
    return StudyFigure(
        table, row, unit, printed, median, low, high, below, above, same, error, len(values),
        _median(truth), _median(truth_share),
    )  # fmt: skip


def share_of(by_run: Sequence[NDArray[np.bool_]]) -> tuple[float, float | None]:
    """The share of studies with some property, and its Monte Carlo standard error.

    Args:
        by_run: whether each study has it, an array for each run, not all empty.

    Returns:
        The share, and the error from the spread between runs; ``1 / studies`` if no study has it or all have; None
        with a single run, whose studies say nothing of other runs.
    """
    runs = [v for v in by_run if len(v)]
    studies = np.concatenate(runs)
    share = float(studies.mean())
    if len(runs) < 2:
        return share, None
    if share in (0.0, 1.0):
        return share, 1.0 / len(studies)
    sizes = np.array([len(v) for v in runs], dtype=float)
    off = np.array([v.sum() for v in runs]) - share * sizes
    return share, float(np.sqrt((off**2).sum() * len(runs) / (len(runs) - 1)) / sizes.sum())


def _quantiles(values: Floats) -> tuple[float | None, float | None, float | None]:
    if not len(values):
        return None, None, None
    low, median, high = np.quantile(values, [LOW, 0.5, HIGH])
    return float(low), float(median), float(high)


def _median(values: Sequence[float]) -> float | None:
    known = [v for v in values if math.isfinite(v)]
    return float(np.median(known)) if known else None


def _each(values: Sequence[float]) -> list[Floats]:
    return [np.array([v], dtype=float) for v in values]


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.nan


def _lists(listings: Sequence[Listing], design: StudyDesign) -> Iterator[StudyFigure]:
    """Table 6.1, for children under five as Appendix B has it, and for all ages, which its totals fit better."""
    young = [(len(x.recorded), x.referrals) for x in listings]
    grown = [(x.any_age_inside, x.any_age) for x in listings]
    for table, pairs in (("6.1", young), ("6.1 all ages", grown)):
        printed = design.list_6_1
        yield _figure(table, "inside", "referrals", printed["inside"], _each([float(i) for i, _ in pairs]))
        yield _figure(table, "total", "referrals", printed["total"], _each([float(t) for _, t in pairs]))
        yield _figure(table, "share", "share", printed["share"], _each([_ratio(i, t) for i, t in pairs]))
    outside = None if design.files_outside is None else float(design.files_outside)
    there = [float(min(x.files_outside, design.files_outside or 0)) for x in listings]
    inside = [float(min(len(x.first_line), design.files)) for x in listings]
    lists = [float(len(x.first_line)) for x in listings]
    yield _figure("6.2", "files_inside", "files", float(design.files), _each(inside), lists)
    if outside is not None:
        yield _figure(
            "6.2", "files_outside", "files", outside, _each(there), [float(x.files_outside) for x in listings]
        )


def _sources(listings: Sequence[Listing], design: StudyDesign) -> Iterator[StudyFigure]:
    """Table 6.3 as shares of the referrals with a source and as counts; not recorded, as a share of all."""
    size = len(RECORDED_SOURCES)
    recorded = [np.bincount(x.recorded, minlength=size).astype(float) for x in listings]
    true = [np.bincount(x.source, minlength=size).astype(float) for x in listings]
    for code, name in enumerate(RECORDED_SOURCES):
        printed = design.sources.get(name, math.nan)
        lines = [float(len(x.recorded)) for x in listings]
        known = [n - float(c[-1]) for n, c in zip(lines, recorded, strict=True)]
        divisor = design.sources_total
        if name == NOT_RECORDED:
            printed, divisor, known = printed + design.without_source, divisor + design.without_source, lines
        count = [float(c[code]) for c in recorded]
        shares = [_ratio(c, k) for c, k in zip(count, known, strict=True)]
        truly = [float(t[code]) for t in true] if code < len(SOURCES) else []
        truly_share = [_ratio(t, n) for t, n in zip(truly, lines, strict=False)]
        yield _figure("6.3", name, "share", printed / divisor, _each(shares), truly_share, truly_share)
        yield _figure("6.3", name, "referrals", printed, _each(count), truly, truly_share)


def _files(
    listings: Sequence[Listing], read: Sequence[Mapping[str, Floats]], design: StudyDesign
) -> Iterator[StudyFigure]:
    """Tables 6.4 (row SSLP) and 6.6."""
    true = [_true(x) for x in listings]
    printed = {"files": float(design.files), "sslp_source": design.sslp_in_files, **design.involvement}
    for row in FILE_ROWS:
        truth = [float(t[row].sum()) for t in true]
        share = [_ratio(float(t[row].sum()), len(t[row])) for t in true]
        table = "6.4" if row == "sslp_source" else "6.6"
        yield _figure(table, row, "files", printed[row], [r[row] for r in read], truth, share)


def _missed(listings: Sequence[Listing], read: Sequence[Mapping[str, Floats]], design: StudyDesign) -> MissedReferrals:
    some = [i for i, x in enumerate(listings) if _formal_files(x).any()]
    missed = [read[i][Involvement.FROM_PROGRAMME] == 0 for i in some]
    share, error = share_of(missed) if some else (None, None)
    at_random = [
        chance_of_none(len(x.first_line), int(_formal_files(x).sum()), design.files)
        for x in (listings[i] for i in some)
    ]
    coded = [not (x.formal & (x.identified == SSLP)).any() for x in (listings[i] for i in some)]
    return MissedReferrals(
        truth_none=1.0 - len(some) / len(listings),
        missed=share,
        missed_error=error,
        missed_at_random=float(np.mean(at_random)) if some else None,
        missed_with_code=float(np.mean(coded)) if some else None,
        formal=_spread([float(x.formal.sum()) for x in listings]),
        informal=_spread([float(x.informal.sum()) for x in listings]),
    )


def _formal_files(listing: Listing) -> Flags:
    """Files of families with a listed referral that a programme brought formally, shape (files,)."""
    return _true(listing)[Involvement.FROM_PROGRAMME]


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    low, median, high = np.quantile(np.array(values), [LOW, 0.5, HIGH])
    return float(median), float(low), float(high)


def to_json(study: FileStudy, asked: Mapping[str, Any], notes: Sequence[str]) -> str:
    """The study as JSON text, one object; a number that is not known is null.

    Args:
        study: what was found.
        asked: what stands first: scenario, seed and the like.
        notes: what is wrong with the published figures.
    """
    found = {
        **asked,
        "authority": study.design.authority,
        "runs": study.runs,
        "samples": study.samples,
        "files": study.design.files,
        "purposive": study.design.purposive,
        "assumptions": study.assumptions.model_dump(),
        "cells": [asdict(c) for c in study.cells],
        "blindness": asdict(study.missed_referrals),
        "notes": list(notes),
    }
    return json.dumps(found, indent=2, allow_nan=False)
