"""The difference of two stretches of weeks against generalised least squares, and its error rate."""

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.window_change import window_change


def wandering(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    found = np.empty(n)
    found[0] = rng.normal()
    for t in range(1, n):
        found[t] = rho * found[t - 1] + np.sqrt(1 - rho**2) * rng.normal()
    return found


def sides(n: int, size: int, before: int) -> tuple[np.ndarray, np.ndarray]:
    place = np.arange(n)
    return (place >= before) & (place < before + size), place >= n - size


def test_levels_and_error_are_those_of_generalised_least_squares() -> None:
    rng = np.random.default_rng(5)
    y = 50 + wandering(rng, 70, 0.4)
    earlier, later = sides(70, 13, 5)
    found = window_change(y, earlier, later)
    group = np.repeat([0, 1, 2, 3], [5, 13, 39, 13])
    design = (group[:, None] == np.arange(4)).astype(float)
    sigma = found.correlation ** np.abs(np.subtract.outer(np.arange(70), np.arange(70)))
    gls = sm.GLS(y, design, sigma=sigma).fit()
    change = gls.t_test([0, -1, 0, 1])
    assert found.change == pytest.approx(float(change.effect[0]), abs=1e-9)
    assert found.se == pytest.approx(float(change.sd.squeeze()), rel=1e-9)
    assert (found.earlier, found.later) == pytest.approx((gls.params[1], gls.params[3]))


def test_weeks_without_a_value_are_no_zero() -> None:
    rng = np.random.default_rng(6)
    y = 50 + rng.normal(size=60)
    y[[10, 11, 55]] = np.nan
    found = window_change(y, *sides(60, 13, 4))
    assert 49 < found.earlier < 51 and 49 < found.later < 51


def test_too_few_weeks_and_weeks_all_alike_are_refused() -> None:
    with pytest.raises(CannotEstimate, match="Fewer than 4 weeks"):
        window_change(np.arange(20.0), *sides(20, 3, 0))
    with pytest.raises(CannotEstimate):
        window_change(np.full(40, 2.0), *sides(40, 8, 0))


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_a_difference_that_is_none_is_seldom_seen(rho: float) -> None:
    rng = np.random.default_rng(7)
    outside = [
        not f.low <= 0 <= f.high
        for f in (window_change(wandering(rng, 65, rho), *sides(65, 13, 0)) for _ in range(200))
    ]
    assert np.mean(outside) <= 0.1
