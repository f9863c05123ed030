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
    CONCERNS = 3
    CHANCES = 4
    INTAKE_POST = 5
    SSLP_POST = 6
    LIAISON_POST = 7
    MOVES = 10
    FILE_SAMPLE = 20


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
    """The uniform numbers that each potential concern carries with it: one for each decision on it. Append only."""

    OCCURS = 0
    NOTICED = 1
    SOURCE = 2
    SSLP_NOTICES = 3
    SSLP_WORKER = 4
    SSLP_JUDGEMENT = 5
    CONSULTS = 6
    ADVICE = 7
    SHARES = 8
    TELLS = 9
    COMES_BACK = 10
    COMES_BACK_WHEN = 11
    DESK = 12
    SCREENING = 13
    RECORDED = 14
    ONWARD = 15
    TAKE_UP = 16
    ACCOMPANIED = 17
    FEEDBACK = 18
    JOINT_VISIT = 19
    INITIAL_TIME = 20
    INITIAL_FINDING = 21
    HARM = 22
    ROUTED = 23
    ENQUIRY = 24
    SUBSTANTIATED = 25
    CORE_TIME = 26
    REGISTERED = 27
    REVIEW = 28
    PLAN_OFFERED = 29
    PLAN_REVIEW = 30
    COMES_BACK_SOURCE = 31
    OTHER_OFFICE = 32
    TO_PANEL = 33
    PANEL_JUDGEMENT = 34
    COMMON_ASSESSMENT = 35
    CONSENT = 36
    KNOWS_OPEN_CASE = 37
    TO_LIAISON = 38


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
