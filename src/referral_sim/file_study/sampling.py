"""Drawing files: by recorded source, each source's share random within it, some sources over-represented."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..measures.event_rows import Flags
from ..measures.groups import Codes
from ..recording import RECORDED_SOURCES
from ..scenario.fields import Source
from ..world.streams import Stream, generator

Floats = NDArray[np.float64]
AIMED_AT = tuple(RECORDED_SOURCES.index(str(s)) for s in (Source.OTHER, Source.HEALTH_VISITOR, Source.SSLP))
STRATA = len(RECORDED_SOURCES)


def inclusion(weight: Floats, size: int) -> Floats:
    """Chance of each file to be drawn: in proportion to its weight, at most 1.

    Args:
        weight: above 0, shape (files,).
        size: files to draw; all if there are fewer.

    Returns:
        Shape (files,); adds to ``min(size, files)``.
    """
    chance = np.ones(len(weight))
    if size >= len(weight):
        return chance
    free = np.ones(len(weight), dtype=bool)
    while True:
        left = size - int((~free).sum())
        chance[free] = left * weight[free] / weight[free].sum()
        over = free & (chance >= 1.0)
        if not over.any():
            return chance
        free &= ~over
        chance[over] = 1.0


def draw(stratum: Codes, chance: Floats, u: Floats) -> Flags:
    """Draw samples, stratified: the strata in random order, the files of each in random order, then every k-th.

    Each file is drawn with its chance; each stratum gets the sum of its files' chances, rounded up or down; within a
    stratum the draw is simple random.

    Args:
        stratum: shape (files,), below :data:`STRATA`.
        chance: the same for all files of a stratum, shape (files,); adds to a whole number.
        u: uniform numbers, shape (samples, 1 + STRATA + files).

    Returns:
        Whether a file is in a sample, shape (samples, files).
    """
    start, files = u[:, :1], u[:, 1 + STRATA :]
    rank = np.argsort(np.argsort(u[:, 1 : 1 + STRATA], axis=1), axis=1)
    order = np.argsort(rank[:, stratum] + files, axis=1)
    ends = np.cumsum(chance[order], axis=1)
    if ends.shape[1]:
        ends[:, -1] = np.round(ends[:, -1])
    marks = np.ceil(ends - start)  # how many of the marks start, start + 1, ... lie below each end
    hit = np.diff(marks, axis=1, prepend=0.0) > 0
    drawn = np.zeros(hit.shape, dtype=bool)
    np.put_along_axis(drawn, order, hit, axis=1)
    return drawn


def samples(seed: int, replicate: int, count: int, stratum: Codes, chance: Floats) -> Flags:
    """Samples 0, 1, ... of one run, each from numbers of its own; shape (samples, files)."""
    width = 1 + STRATA + len(stratum)
    u = np.empty((count, width))
    for number in range(count):
        u[number] = generator(seed, replicate, Stream.FILE_SAMPLE, f"sample {number}").random(width)
    return draw(stratum, chance, u)


def weights(stratum: Codes, purposive_weight: float) -> Floats:
    """Weight of each file in the draw, by its recorded source; shape (files,)."""
    return np.where(np.isin(stratum, AIMED_AT), purposive_weight, 1.0)


def chance_of_none(files: int, marked: int, size: int) -> float:
    """Chance that a simple random sample of ``size`` of ``files`` has none of the ``marked`` ones (hypergeometric)."""
    size = min(size, files)
    if size > files - marked:
        return 0.0
    k = np.arange(marked)
    return float(np.prod((files - size - k) / (files - k)))
