"""One authority's arrangement put into the others, under draws of the posterior and of the prior."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .bank import EFFECTS, Bank
from .calibration_file import Calibration
from .space import Floats


def transplant(calibration: Calibration, bank: Bank, posterior: Floats, prior: Floats) -> pd.DataFrame:
    """Paired differences with and without the policy.

    Args:
        calibration: names the policy, and the scenario that it comes from and is not put into.
        bank: makes the runs.
        posterior: draws, shape (draws, coordinates).
        prior: the same of the prior.

    Returns:
        One row a scenario, measure and distribution (prior or posterior): scenario, measure, distribution, draws,
        low, mid, high (90% interval of the difference of single years), rises (share of pairs above 0), falls,
        parameter_correlation and parameter: the coordinate with the largest rank correlation with the difference.
    """
    assert calibration.transplant is not None
    policy, origin = calibration.transplant
    rows = []
    for scenario in calibration.scenarios:
        if scenario == origin or scenario == "england-average":
            continue
        shares = np.concatenate([posterior, prior])
        found = bank.effects("transplant", scenario, policy, shares)
        columns = bank.space.columns(scenario)
        for measure in EFFECTS:
            difference = found[measure][1] - found[measure][0]
            for distribution, part in (
                ("posterior", slice(0, len(posterior))),
                ("prior", slice(len(posterior), None)),
            ):
                known = np.isfinite(difference[part])
                y = difference[part][known]
                if len(y) < 3:
                    continue
                frame = pd.DataFrame(shares[part][known][:, columns]).corrwith(pd.Series(y), method="spearman")
                most = int(frame.abs().fillna(0.0).to_numpy().argmax())
                low, mid, high = np.quantile(y, [0.05, 0.5, 0.95])
                rows.append(
                    (
                        scenario, measure, distribution, len(y), low, mid, high, (y > 0).mean(), (y < 0).mean(),
                        bank.space.coordinates[columns[most]].name, float(frame.iloc[most]),
                    )
                )  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=[
            "scenario", "measure", "distribution", "draws", "low", "mid", "high", "rises", "falls",
            "parameter", "parameter_correlation",
        ],
    )  # fmt: skip
