"""What a stage returns: which cases go on to which step, at once and in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..records.casebook import Rows

Flags = NDArray[np.bool_]
NO_COLUMNS: Mapping[str, NDArray[Any]] = {}


class Step(StrEnum):
    """Where cases can be sent on to. The model's routes say who takes them there."""

    ARRIVE = "arrive at social services"
    SCREEN = "are put to the screening of their team"
    ANSWER = "are answered to the programme that brought them"
    OPEN_CASE = "concern a family with an open case"
    REFER = "become referrals"
    ASSESS = "begin an initial assessment"
    OPEN_FILE = "have a file opened on their family"
    JUDGE = "show the team whether the programme was right"
    CORE = "begin a core assessment"
    CLOSE = "are closed"
    DISCUSS = "are discussed for protection"
    ENQUIRE = "begin a section 47 enquiry"
    REGISTER = "are put on the register"
    OFFER_PLAN = "are offered a plan"
    BEGIN_PLAN = "begin a plan"
    STEP_UP = "leave their plan for the register"
    CONSIDER_PROGRAMME = "may be referred on to the programme"
    SEND_ON = "are referred on to the programme"
    TO_PANEL = "are put before a panel"


def worked(lane: str) -> str:
    """The step of cases whose work in a team's lane was finished today."""
    return f"worked: {lane}"


def due(business: str) -> str:
    """The step of cases that are on today's agenda."""
    return f"due: {business}"


class Next(NamedTuple):
    """Cases that go on to a step.

    Attributes:
        step: a :class:`Step`, or one of :func:`worked` or :func:`due`.
        cases: their numbers, shape (cases,).
        columns: what the step needs to know of them besides, by name of its argument, each of shape (cases,).
    """

    step: str
    cases: Rows
    columns: Mapping[str, NDArray[Any]] = NO_COLUMNS


Moves = list[Next]
StageMethod = Callable[..., Moves | None]
