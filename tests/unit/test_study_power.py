"""Power of studies: by hand, by simulation, and by the literature's formula."""

import math

import numpy as np
import pytest

from referral_sim.answers.study_power import (
    DESIGNS,
    BeforeAndAfter,
    CrossSection,
    Noise,
    SteppedWedge,
    authorities_needed,
    found_and_wrong,
    power_of,
    study_table,
)

NOISE = Noise(within=9.0, between=20.0)


def simulated(design, noise: Noise, effect: float, studies: int = 4000) -> np.ndarray:
    """Estimates of the effect from simulated statistics, by least squares as each design says."""
    random = np.random.default_rng(1)
    n, years = design.authorities, design.years
    own = noise.between * random.standard_normal((studies, n, 1))
    with_policy = np.arange(n) % 2 == 0
    if isinstance(design, BeforeAndAfter):
        noises = noise.within * random.standard_normal((2, studies, n, years))
        after = own + noises[1] + effect * with_policy[:, None]
        change = (after - own - noises[0]).mean(axis=2)
    else:
        change = (
            own + noise.within * random.standard_normal((studies, n, years)) + effect * with_policy[:, None]
        ).mean(axis=2)
    return change[:, with_policy].mean(axis=1) - change[:, ~with_policy].mean(axis=1)


@pytest.mark.parametrize("kind", [CrossSection, BeforeAndAfter])
def test_the_standard_error_is_that_of_simulated_studies(kind):
    design = kind(20, 3)
    found = simulated(design, NOISE, 5.0)
    assert found.mean() == pytest.approx(5.0, abs=4.0 * design.standard_error(NOISE) / math.sqrt(len(found)))
    assert found.std() == pytest.approx(design.standard_error(NOISE), rel=0.05)


def test_a_stepped_wedge_has_the_error_of_generalised_least_squares():
    """The formula of Hussey and Hughes is the variance of the effect in V = sigma^2 I + tau^2 J, years being fixed."""
    design = SteppedWedge(8, 5)
    x, years = design.treated(), design.years
    assert x.sum(axis=0).tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    inverse = np.linalg.inv(81.0 * np.eye(years) + 400.0 * np.ones((years, years)))
    information = np.zeros((years + 1, years + 1))
    for row in x:
        z = np.column_stack([np.eye(years), row])
        information += z.T @ inverse @ z
    assert design.standard_error(NOISE) == pytest.approx(math.sqrt(np.linalg.inv(information)[-1, -1]))


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_authorities_needed_are_the_fewest(kind):
    needed = int(authorities_needed(6.0, NOISE, kind, 4))
    assert power_of(6.0, kind(needed, 4).standard_error(NOISE)) >= 0.8
    assert power_of(6.0, kind(needed - 1, 4).standard_error(NOISE)) < 0.8


def test_nothing_is_found_as_often_as_the_test_is_wrong():
    assert power_of(0.0, 3.0) == pytest.approx(0.05)
    assert authorities_needed(0.0, NOISE, CrossSection, 3) == math.inf


def test_a_weak_study_exaggerates_what_it_finds():
    """Of 200,000 estimates with mean 1 and standard error 2, by simulation."""
    estimates = 1.0 + 2.0 * np.random.default_rng(2).standard_normal(200_000)
    told = estimates[np.abs(estimates) > 1.959964 * 2.0]
    found = found_and_wrong(1.0, 2.0)
    assert found["wrong_sign"] == pytest.approx((told < 0.0).mean(), abs=0.01)
    assert found["times_too_large"] == pytest.approx(np.abs(told).mean(), rel=0.02)
    assert found_and_wrong(100.0, 2.0) == pytest.approx({"wrong_sign": 0.0, "times_too_large": 1.0})


def test_what_is_not_known_of_an_effect_lowers_the_chance_of_a_strong_study():
    design = [BeforeAndAfter(60, 3)]
    sure, unsure = (study_table(e, NOISE, design) for e in (np.full(2, 8.0), np.array([2.0, 14.0])))
    assert unsure["chance"][0] < sure["chance"][0]
    assert unsure["low"][0] < 0.5 < unsure["high"][0]
    assert unsure["needed"][0] == sure["needed"][0]


@pytest.mark.parametrize(
    ("effects", "noise", "design", "said"),
    [
        ([], NOISE, CrossSection(4, 1), "one or more finite"),
        ([1.0], Noise(0.0), CrossSection(4, 1), "above 0"),
        ([1.0], NOISE, CrossSection(1, 1), "too few"),
        ([1.0], NOISE, SteppedWedge(4, 2), "too few"),
    ],
)
def test_studies_that_cannot_be_are_refused(effects, noise, design, said):
    with pytest.raises(ValueError, match=said):
        study_table(np.array(effects), noise, [design])
