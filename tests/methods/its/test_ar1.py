"""The fast fit against a dense one that shares no code with it."""

from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its import ar1
from cs_lib.methods.its.ar1 import fit_ar1, gls_at

STEP = np.array([1.0, 0.0, 0.0, 0.0])


def errors(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    e = rng.normal(size=n)
    for i in range(1, n):
        e[i] = rho * e[i - 1] + np.sqrt(1 - rho**2) * e[i]
    return e


@pytest.fixture(params=[(40, 0.0), (60, 0.3), (90, 0.7), (200, 0.5)], ids=str)
def problem(request) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, design and times; a fifth of the times are missing."""
    n, rho = request.param
    rng = np.random.default_rng([n, 7])
    t = np.sort(rng.choice(n, n * 4 // 5, replace=False))
    design = np.column_stack([t >= n // 2, np.ones(len(t)), t / n, t % 7 == 5]).astype(float)
    return 20 + errors(rng, n, rho)[t], design, t


def dense(y: np.ndarray, x: np.ndarray, t: np.ndarray) -> Callable[[float, float], float]:
    """Minus the restricted log-likelihood of (sigma2, rho), from the full covariance matrix."""
    gaps = np.abs(np.subtract.outer(t, t))

    def minus_loglik(sigma2: float, rho: float) -> float:
        v = sigma2 * rho**gaps if rho else sigma2 * np.eye(len(t))
        vi = np.linalg.inv(v)
        xvx = x.T @ vi @ x
        resid = y - x @ np.linalg.solve(xvx, x.T @ vi @ y)
        logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1]
        return 0.5 * ((len(y) - x.shape[1]) * np.log(2 * np.pi) + logs + resid @ vi @ resid)

    return minus_loglik


def best(minus_loglik: Callable[[float, float], float], start: np.ndarray) -> np.ndarray:
    """sigma2 and rho by Nelder-Mead from a crude start."""
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000, "maxfev": 4000}
    found = optimize.minimize(
        lambda p: minus_loglik(np.exp(p[0]), np.tanh(p[1])),
        start,
        method="Nelder-Mead",
        options=options,
    )
    return np.array([np.exp(found.x[0]), np.tanh(found.x[1])])


def test_fit_ar1_finds_the_dense_optimum(problem):
    fit, minus_loglik = fit_ar1(*problem), dense(*problem)
    sigma2, rho = best(minus_loglik, np.array([0.0, 0.2]))
    assert float(fit.rho) == pytest.approx(rho, abs=1e-6)
    assert float(fit.sigma2) == pytest.approx(sigma2, rel=1e-6)
    assert float(fit.loglik) == pytest.approx(-minus_loglik(sigma2, rho), rel=1e-10)


def test_fit_ar1_matches_statsmodels_gls_at_its_rho(problem):
    y, x, t = problem
    fit = fit_ar1(y, x, t)
    v = float(fit.rho) ** np.abs(np.subtract.outer(t, t))
    expected = sm.GLS(y, x, sigma=v).fit()
    assert fit.beta == pytest.approx(expected.params, rel=1e-8)
    assert fit.cov == pytest.approx(expected.cov_params(), rel=1e-8)
    assert float(fit.sigma2) == pytest.approx(expected.scale, rel=1e-8)


def test_contrast_df_matches_numerical_derivatives_of_the_dense_likelihood(problem):
    y, x, t = problem
    fit, minus_loglik = fit_ar1(y, x, t), dense(y, x, t)
    gaps = np.abs(np.subtract.outer(t, t))

    def variance(p: np.ndarray) -> float:
        return np.linalg.inv(x.T @ np.linalg.inv(p[0] * p[1] ** gaps) @ x)[0, 0]

    at = np.array([float(fit.sigma2), float(fit.rho)])
    gradient = optimize.approx_fprime(at, variance, 1e-6)
    information = hessian(lambda p: minus_loglik(*p), at)
    df = 2 * variance(at) ** 2 / (gradient @ np.linalg.solve(information, gradient))
    assert float(fit.contrast(STEP)[1]) == pytest.approx(np.sqrt(variance(at)), rel=1e-8)
    assert float(fit.contrast(STEP)[2]) == pytest.approx(df, rel=1e-3)


def hessian(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    h = 1e-3
    steps = h * np.eye(2)
    corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    total = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            terms = [s * function(at + a * steps[i] + b * steps[j]) for a, b, s in corners]
            total[i, j] = sum(terms) / (4 * h * h)
    return total


def test_fit_ar1_of_many_series_equals_one_by_one():
    rng = np.random.default_rng(5)
    t = np.arange(80)
    x = np.column_stack([t >= 40, np.ones(80), t / 80, t % 7 == 5]).astype(float)
    many = np.column_stack([errors(rng, 80, rho) for rho in (-0.6, 0.0, 0.5, 0.95, 0.999)])
    together = fit_ar1(many, x, t)
    for i, y in enumerate(many.T):
        alone = fit_ar1(y, x, t)
        assert together.rho[i] == pytest.approx(float(alone.rho), abs=1e-9)
        assert together.contrast(STEP)[2][i] == pytest.approx(float(alone.contrast(STEP)[2]))
        assert together.whitened[i] == pytest.approx(alone.whitened, abs=1e-7)


def test_fit_ar1_of_a_series_settles_at_once_whoever_is_in_the_batch(monkeypatch):
    """A series that has settled is not sent on its way again by one that has not: a few steps do for 300."""
    t, rng, asked = np.arange(90), np.random.default_rng(2), []
    x = np.column_stack([t >= 40, np.ones(90), t / 90, t % 7 == 5]).astype(float)
    many = np.column_stack([errors(rng, 90, 0.4) for _ in range(300)])
    at = ar1._Problem.at
    monkeypatch.setattr(
        ar1._Problem, "at", lambda problem, rho: asked.append(rho) or at(problem, rho)
    )
    together = fit_ar1(many, x, t)
    assert len(asked) <= 12
    alone = [float(fit_ar1(y, x, t).rho) for y in many.T[:20]]
    assert together.rho[:20] == pytest.approx(alone, abs=1e-12)


def test_fit_ar1_stops_at_its_bounds_with_finite_df():
    t = np.arange(60)
    x = np.column_stack([np.ones(60), t >= 30]).astype(float)
    fit = fit_ar1((-1.0) ** t + 0.1 * np.random.default_rng(1).normal(size=60), x, t)
    assert float(fit.rho) == -0.3
    assert 1 < float(fit.contrast([0, 1])[2]) <= 58


def test_fit_ar1_whitens_to_independent_noise(problem):
    fit = fit_ar1(*problem)
    assert (fit.whitened**2).sum() == pytest.approx(fit.df_resid, rel=1e-9)


def test_fit_ar1_is_unmoved_by_a_level_of_100_million(problem):
    y, x, t = problem
    near, far = fit_ar1(y, x, t), fit_ar1(y + 1e8, x, t)
    assert float(far.rho) == pytest.approx(float(near.rho), abs=1e-5)
    assert float(far.beta[0]) == pytest.approx(float(near.beta[0]), abs=1e-5)


def test_gls_at_zero_is_ordinary_least_squares(problem):
    y, x, t = problem
    expected = sm.OLS(y, x).fit()
    step, se, df = gls_at(y, x, t, 0.0).contrast(STEP)
    assert (float(step), float(se)) == pytest.approx((expected.params[0], expected.bse[0]))
    assert float(df) == expected.df_resid


def test_fit_ar1_refuses_terms_that_cannot_be_told_apart():
    t = np.arange(30)
    with pytest.raises(CannotEstimate, match="cannot be told apart"):
        fit_ar1(np.sin(t), np.column_stack([np.ones(30), t, 2 * t]), t)


def test_fit_ar1_refuses_a_series_that_never_varies():
    with pytest.raises(CannotEstimate, match="does not vary"):
        fit_ar1(np.full(30, 3.0), np.ones((30, 1)), np.arange(30))


def test_fit_ar1_refuses_more_terms_than_periods_allow():
    with pytest.raises(CannotEstimate, match="Too few periods"):
        fit_ar1([1.0, 2.0, 4.0], np.eye(3)[:, :2], [0, 1, 2])
