"""The neural posterior, where its library is installed (extra ``neural``)."""

from __future__ import annotations

import numpy as np
import pytest

from calibrations import calibration_files

pytest.importorskip("sbi")

from referral_sim.calibration.calibration_file import Space, load_calibration
from referral_sim.calibration.emulator import Emulator, Emulators
from referral_sim.calibration.matching import whole_cube
from referral_sim.calibration.posterior import neural_posterior, published_figures, sample


@pytest.mark.filterwarnings("default")
def test_it_agrees_with_the_emulators_answer(tmp_path):
    calibration = load_calibration(calibration_files(tmp_path))
    space = Space(calibration.parameters, calibration.scenarios)
    rng = np.random.default_rng(1)
    shares = rng.random((600, space.size))
    raw, found, targets = {}, {}, {}
    for scenario in calibration.scenarios:
        targets[scenario] = [t for t in calibration.targets if t.scenario == scenario]
        own = shares[:, space.columns(scenario)]
        slopes = np.array([[20.0, -30.0], [28.0, 0.0], [0.0, 0.0]])[: len(targets[scenario])]
        middle = np.array([t.point for t in targets[scenario]]) - slopes @ np.array([0.5, 0.4])
        y = middle + own @ slopes.T + 0.6 * rng.standard_normal((600, len(slopes)))
        found[scenario] = Emulator(own, y)
        raw[scenario] = y**2
    emulators = Emulators(space, targets, found)
    one = sample(emulators, published_figures(calibration, emulators), whole_cube(space), 1, 400, 3000).shares
    two = neural_posterior(calibration, emulators, whole_cube(space), [(shares, raw)])
    assert two.shape == (calibration.size.draws, space.size)
    assert two.mean(axis=0) == pytest.approx(one.mean(axis=0), abs=0.12)
    assert two.std(axis=0) == pytest.approx(one.std(axis=0), rel=0.7)
    again = neural_posterior(calibration, emulators, whole_cube(space), [(shares, raw)])
    assert (two == again).all()
