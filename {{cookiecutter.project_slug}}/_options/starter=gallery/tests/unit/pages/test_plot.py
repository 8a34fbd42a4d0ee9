import numpy as np
import pytest

from pages.plot import normal_curve


def test_a_curve_is_the_normal_density_over_three_sigma_to_either_side() -> None:
    x, density = normal_curve(5, 2)
    assert (x[0], x[-1]) == (-1, 11)
    # Ordinates of the standard normal distribution, as tables print them (for instance
    # Abramowitz and Stegun, table 26.1), over sigma.
    assert density[[150, 175, 200, 225]] * 2 == pytest.approx(
        [0.398942280401433, 0.352065326764300, 0.241970724519143, 0.129517595665892], abs=1e-15
    )
    assert density == pytest.approx(density[::-1])
    # Nearly all of it is there.
    assert np.sum(density) * (x[1] - x[0]) == pytest.approx(0.9973, abs=2e-4)


@pytest.mark.parametrize("sigma", [0, -1, float("nan")])
def test_a_sigma_that_is_not_positive_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="Sigma must be greater than 0"):
        normal_curve(0, sigma)


@pytest.mark.parametrize(("mu", "sigma"), [(1e9, 1e-9), (0, 1e-320), (1e308, 1e308)])
def test_numbers_that_floats_cannot_tell_apart_are_refused(mu: float, sigma: float) -> None:
    with pytest.raises(ValueError, match="too small beside"):
        normal_curve(mu, sigma)
