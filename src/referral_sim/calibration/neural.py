"""A second, independent answer: a neural posterior estimate on the same runs (extra ``neural``)."""

from __future__ import annotations

import numpy as np

from .calibration_file import Calibration
from .emulator import Emulators
from .matching import Box
from .space import Floats
from .targets import scaled


def neural_posterior(
    calibration: Calibration, emulators: Emulators, box: Box, runs: list[tuple[Floats, dict[str, Floats]]]
) -> Floats:
    """Draws from a neural posterior estimate (Greenberg et al. 2019; masked autoregressive flow).

    Each run becomes a set of published figures: chance that the published count has beyond the run's own, and the
    discrepancy, are added to it.

    Args:
        calibration: what is asked.
        emulators: only for the order of targets and the size of a run's chance.
        box: support of the prior, from which the runs' points were drawn.
        runs: points and outcomes on the measures' own scale.

    Returns:
        Points of the cube, shape (draws, coordinates).
    """
    import torch
    from sbi.inference import NPE
    from sbi.utils import BoxUniform

    rng = np.random.default_rng(np.random.SeedSequence([calibration.seed, 13]))
    with torch.random.fork_rng():
        torch.manual_seed(calibration.seed)
        shares = np.concatenate([x for x, _ in runs])
        figures, wanted = [], []
        for scenario in calibration.scenarios:
            raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
            for j, target in enumerate(emulators.targets[scenario]):
                if target.role != "fit":
                    continue
                y = scaled(raw[:, j], target.scale)
                y = np.where(np.isfinite(y), y, np.nanmean(y))
                noise = float(emulators.by_scenario[scenario].noise[j])
                more = max(target.variance() - noise, 0.0)
                figures.append(y + np.sqrt(more) * rng.standard_normal(len(y)))
                wanted.append(target.point)
        prior = BoxUniform(torch.tensor(box.low, dtype=torch.float32), torch.tensor(box.high, dtype=torch.float32))
        inference = NPE(prior, density_estimator="maf", show_progress_bars=False)
        inference.append_simulations(
            torch.tensor(shares, dtype=torch.float32), torch.tensor(np.stack(figures, axis=1), dtype=torch.float32)
        )
        inference.train(max_num_epochs=300)
        posterior = inference.build_posterior()
        drawn = posterior.sample(
            (calibration.size.draws,), x=torch.tensor(wanted, dtype=torch.float32), show_progress_bars=False
        )
    return np.asarray(drawn.numpy(), dtype=float)
