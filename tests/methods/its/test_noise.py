"""Errors of a history: planted ones are found, and the likelihood is that of a dense matrix."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.experiment import CannotEstimate
from cs_lib.methods.its.noise import Noise, _Search, fit_noise

N = 182
TIMES = np.arange(N)
DESIGN = np.column_stack(
    [np.ones(N), TIMES / N, *((day == TIMES % 7).astype(float) for day in range(1, 7))]
)


def spread(seed: int = 0) -> np.ndarray:
    few = 1 / (1.0 + np.random.default_rng(seed).poisson(6, N))
    return few / few.mean()


@pytest.mark.parametrize(
    ("rho", "share", "variance"), [(0.0, 1.0, 1.0), (0.5, 1.0, 4.0), (0.7, 0.5, 1.0), (0.9, 0.4, 0.01)]
)  # fmt: skip
def test_planted_errors_are_found(rho, share, variance):
    truth, rng = Noise(rho, share, variance, N), np.random.default_rng(3)
    found = [fit_noise(truth.draw(spread(), 1, rng), DESIGN, TIMES, spread()) for _ in range(24)]
    assert np.median([f.variance for f in found]) == pytest.approx(variance, rel=0.15)
    near = [f.share * f.rho for f in found]
    assert np.median(near) == pytest.approx(share * rho, abs=0.1)
    assert np.mean([f.share < 1 for f in found]) == pytest.approx(float(share < 1), abs=0.3)


def test_likelihood_is_that_of_the_dense_matrix():
    rng = np.random.default_rng(1)
    keep = np.sort(rng.choice(N, 90, replace=False))
    times, x, h = TIMES[keep], DESIGN[keep], spread()[keep]
    y = rng.normal(size=(90, 2))
    search = _Search(y, x, times, h)

    def dense(rho: float, share: float) -> tuple[float, float]:
        v = Noise(rho, share, 1.0, 1).covariance(times, h)
        inverse = np.linalg.inv(v)
        cross = x.T @ inverse @ x
        rest = y - x @ np.linalg.solve(cross, x.T @ inverse @ y)
        df = y.size - 2 * x.shape[1]
        variance = float(np.einsum("im,ij,jm->", rest, inverse, rest)) / df
        volume = np.linalg.slogdet(v)[1] + np.linalg.slogdet(cross)[1]
        return -(df * np.log(variance) + 2 * volume) / 2, variance

    for rho, share in ((0.3, 0.6), (0.9, 0.2), (0.6, 1.0)):
        level, _, _, variance = search.best(np.array([rho]), np.array([share]))
        assert (level, variance) == pytest.approx(dense(rho, share), rel=1e-9)


def test_draws_have_the_covariance_that_is_stated():
    noise, h = Noise(0.6, 0.7, 2.0, 1), np.array([0.5, 1.0, 2.0, 1.0, 0.5])
    drawn = noise.draw(h, 200_000, np.random.default_rng(0))
    assert np.cov(drawn) == pytest.approx(noise.covariance(np.arange(5), h), abs=0.03)


def test_several_series_share_their_errors():
    truth, rng = Noise(0.5, 1.0, 9.0, 1), np.random.default_rng(5)
    drawn = truth.draw(np.ones(40), 12, rng)
    found = fit_noise(drawn, np.ones((40, 1)), np.arange(40), np.ones(40))
    assert found.share * found.rho == pytest.approx(0.5, abs=0.12)
    assert found.variance == pytest.approx(9.0, rel=0.25)


def test_what_never_varies_or_is_too_short_is_refused():
    with pytest.raises(CannotEstimate, match="does not vary"):
        fit_noise(np.ones(N), DESIGN, TIMES, np.ones(N))
    with pytest.raises(CannotEstimate, match="Too few periods"):
        fit_noise(np.arange(8.0), DESIGN[:8], TIMES[:8], np.ones(8))
