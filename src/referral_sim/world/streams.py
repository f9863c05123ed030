"""Randomness by name.

Every random number of a run comes from a stream that is found by (seed, replicate, stream, entity) and by nothing
else, least of all by the scenario. Two scenarios with one seed therefore meet the same chances (MODEL W4).
"""

from __future__ import annotations

import math
import zlib
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]


class Stream(IntEnum):
    """The streams. Append only: a number, once given, keeps its meaning."""

    FAMILIES = 1
    NEED = 2
    SIGNS = 3
    CHANCES = 4
    INTAKE_POST = 5
    SSLP_POST = 6
    LIAISON_POST = 7
    MOVES = 10
    TROUBLES = 11
    NEWCOMERS = 12
    FILE_SAMPLE = 20
    AUTHORITIES = 30


def whole_number(value: object, name: str) -> int:
    """A seed or replicate as an integer.

    Raises:
        TypeError, ValueError: if it is not a whole number of 0 or more; ``name`` is what the message calls it.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number of 0 or more, not {value!r}")
    if value < 0:
        raise ValueError(f"{name} must be 0 or more, not {value}")
    return int(value)


def generator(seed: int, replicate: int, stream: Stream, entity: str = "") -> np.random.Generator:
    """The generator of one stream.

    Args:
        seed: the run's seed, 0 or greater (0 is a seed like any other).
        replicate: the replicate, 0 or greater.
        stream: what the numbers are for.
        entity: name of the post or person that the numbers belong to, where a stream has one for each; adding
            an entity leaves the numbers of all others as they are.
    """
    key: tuple[int, ...] = (replicate, int(stream))
    if entity:
        key += (zlib.crc32(entity.encode()),)
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=key)))


class Chance(IntEnum):
    """The uniform numbers that each potential sign carries with it: one for each decision on it. Append only."""

    NOTICED = 0
    SOURCE = 1
    SSLP_NOTICES = 2
    SSLP_WORKER = 3
    SSLP_JUDGEMENT = 4
    CONSULTS = 5
    ADVICE = 6
    SHARES = 7
    TELLS = 8
    DESK = 9
    SCREENING = 10
    RECORDED = 11
    ONWARD = 12
    TAKE_UP = 13
    ACCOMPANIED = 14
    FEEDBACK = 15
    JOINT_VISIT = 16
    INITIAL_TIME = 17
    INITIAL_FINDING = 18
    ENQUIRY = 19
    SUBSTANTIATED = 20
    CORE_TIME = 21
    REGISTERED = 22
    REVIEW = 23
    PLAN_OFFERED = 24
    PLAN_REVIEW = 25
    OTHER_OFFICE = 26
    TO_PANEL = 27
    PANEL_JUDGEMENT = 28
    COMMON_ASSESSMENT = 29
    CONSENT = 30
    KNOWS_OPEN_CASE = 31
    TO_LIAISON = 32
    ACCEPTS = 33
    PROCEEDINGS = 34


def logistic_noise(u: Numbers) -> NDArray[np.float64]:
    """Uniform numbers as logistic deviates of mean 0 and standard deviation 1, cut off near 4.

    The quantile of the logistic law, ln(u/(1-u)) sqrt(3)/pi: one number in, one out, so that a decision keeps its
    chance under every scenario.
    """
    p = np.clip(u, 7e-4, 1 - 7e-4)
    return np.asarray(np.log(p / (1.0 - p)) * 0.5513288954217921)


def logistic_one(u: float) -> float:
    """:func:`logistic_noise` of one number."""
    p = min(max(u, 7e-4), 1 - 7e-4)
    return math.log(p / (1.0 - p)) * 0.5513288954217921


def rotated(u: Numbers, k: NDArray[np.integer[Any]] | int) -> NDArray[np.float64]:
    """The k-th uniform number made from one, by steps of the golden ratio: for decisions that repeat (reviews)."""
    return np.asarray((u + 0.6180339887498949 * k) % 1.0)
