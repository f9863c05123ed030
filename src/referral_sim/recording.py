"""What the systems see of what happened (MODEL O1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .records.casebook import SOURCES, SSLP
from .scenario import Scenario

NOT_RECORDED = "not_recorded"
RECORDED_SOURCES: tuple[str, ...] = (*(str(s) for s in SOURCES), NOT_RECORDED)


def recorded_source(
    scenario: Scenario,
    source: NDArray[np.integer],
    u: NDArray[np.floating],
    profession: NDArray[np.floating] | None = None,
) -> NDArray[np.int64]:
    """The source that the system holds for each referral.

    Some sources are not recorded at all. A programme stands under its own name only where the system has a code
    for it; elsewhere it hides under "other" or under the worker's profession (Appendix B of the report).

    Args:
        scenario: gives the rules in ``recording``.
        source: true sources, shape (referrals,), as indices into :class:`~referral_sim.scenario.fields.Source`.
        u: uniform numbers, shape (referrals,).
        profession: uniform numbers of the programme workers who brought them, NaN elsewhere, shape (referrals,): one
            worker is always recorded under one profession. Made from ``u`` if not given.

    Returns:
        Indices into :data:`RECORDED_SOURCES`, shape (referrals,).
    """
    rules = scenario.recording
    recorded = source.astype(np.int64)
    missing = u < rules.not_recorded
    if not rules.sslp_identifier:
        rest = np.clip((u - rules.not_recorded) / max(1.0 - rules.not_recorded, 1e-12), 0.0, 1.0)
        if profession is not None:
            rest = np.where(np.isnan(profession), rest, profession)
        names = list(rules.sslp_recorded_as)
        steps = np.cumsum([rules.sslp_recorded_as[n] for n in names])[:-1]
        codes = np.array([SOURCES.index(n) for n in names])
        recorded = np.where(recorded == SSLP, codes[np.searchsorted(steps, rest, side="right")], recorded)
    return np.where(missing, len(SOURCES), recorded)
