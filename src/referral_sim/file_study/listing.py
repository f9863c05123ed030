"""The lists that an authority would have given the researchers, made from a finished run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..measures.counts import Flags, Rows
from ..measures.groups import Codes
from ..measures.year import studied_areas, study_rows, study_window
from ..model import ReferralModel
from ..recording import recorded_source
from ..records.casebook import SSLP
from ..records.stages import Stage
from ..world.streams import Chance
from .traces import NEVER, Scene, traced

Floats = NDArray[np.float64]
UNDER = 5.0


@dataclass(frozen=True)
class Listing:
    """What one run gives the study; small enough to be sent between processes.

    A *line* is a referral of a child under five from a studied area in the half year, in time order. A *file* is a
    family with a line; the file is drawn by its first one.

    Attributes:
        seed, replicate: of the run.
        referrals: of children under five in the half year, in the whole authority.
        any_age_inside, any_age: referrals of children of all ages, in the studied areas and in the whole authority.
        files_outside: families with a referral of a child under five outside the studied areas.
        recorded, identified: sources on record, and as they would be with a code for programmes, shape (lines,);
            indices into ``RECORDED_SOURCES``.
        source: true sources, shape (lines,); indices into ``Source``.
        need: need at referral in tiers, shape (lines,).
        formal: the programme brought it formally, shape (lines,). informal: it told social services informally.
        first_line: line by which each file is drawn, shape (files,).
        traces: what the files could show, shape (files, traces); see :func:`~referral_sim.file_study.traces.traced`.
    """

    seed: int
    replicate: int
    referrals: int
    any_age_inside: int
    any_age: int
    files_outside: int
    recorded: Codes
    identified: Codes
    source: Codes
    need: Floats
    formal: Flags
    informal: Flags
    first_line: Codes
    traces: Flags


def list_files(model: ReferralModel) -> Listing:
    """The lists of one finished run; a summary for :class:`~referral_sim.experiment.replicates.Job`."""
    state = model.state
    rows, book = Rows(state), state.cases
    first, after = study_window(state)
    referral = rows.of(Stage.REFERRAL) & (rows.day >= first) & (rows.day < after)
    young = referral & (state.concerns.child_age[rows.case] < UNDER)
    inside = studied_areas(state)[rows.groups.area]
    on_list = referral & study_rows(rows)
    line = np.flatnonzero(on_list)
    case, family = rows.case[line], rows.family[line]
    files, first_line = np.unique(family, return_index=True)
    listed = np.full(int(rows.family.max(initial=0)) + 1, NEVER, dtype=np.int64)
    listed[files] = rows.day[line][first_line]
    with_code = model.scenario.with_values(recording__sslp_identifier=True)
    draw = state.concerns.chances[Chance.RECORDED][case]
    source = book.source[case].astype(np.int64)
    return Listing(
        seed=model.seed,
        replicate=model.replicate,
        referrals=int(young.sum()),
        any_age_inside=int((referral & inside).sum()),
        any_age=int(referral.sum()),
        files_outside=len(np.unique(rows.family[young & ~inside])),
        recorded=rows.recorded()[line],
        identified=recorded_source(with_code, source, draw, book.profession[case]),
        source=source,
        need=rows.level[line],
        formal=(source == SSLP) & ~book.partial[case],
        informal=(source == SSLP) & book.partial[case],
        first_line=first_line.astype(np.int64),
        traces=traced(Scene(rows, first, after, on_list, listed), files),
    )
