"""What is unfinished when the run ends, written down as rows like every other fate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .events import Rows
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel


def log_waiting(model: ReferralModel) -> None:
    """Add a row ``waiting`` for every case that is somewhere on its way on the last day."""
    agenda, book = model.agenda, model.cases
    _log(model, Outcome.HELD, agenda.waiting("held_back"))
    _log(model, Outcome.BEFORE_PANEL, agenda.waiting("panel"))
    _log(model, Outcome.AT_DESK, agenda.waiting("desk"))
    _log(model, Outcome.IN_SCREENING, _in_lanes(model, "screening"))
    initial = [_in_lanes(model, "urgent"), _in_lanes(model, "initial"), agenda.waiting("initial")]
    _log(model, Outcome.IN_INITIAL_ASSESSMENT, np.concatenate(initial))
    _log(model, Outcome.IN_CORE_ASSESSMENT, np.concatenate([_in_lanes(model, "core"), agenda.waiting("core")]))
    _log(model, Outcome.IN_ENQUIRY, np.concatenate([_in_lanes(model, "enquiry"), agenda.waiting("enquiry")]))
    conference = [_in_lanes(model, "conference"), agenda.waiting("conference")]
    _log(model, Outcome.AWAITING_CONFERENCE, np.concatenate(conference))
    _log(model, Outcome.ON_REGISTER, book.register_case[book.register_case >= 0])
    _log(model, Outcome.ON_PLAN, book.plan_case[book.plan_case >= 0])


def _in_lanes(model: ReferralModel, lane: str) -> Rows:
    parts = [team.queue.lanes[lane].waiting() for team in model.teams]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _log(model: ReferralModel, where: Outcome, cases: Rows) -> None:
    model.log.add(Stage.WAITING, np.sort(cases), int(where))
