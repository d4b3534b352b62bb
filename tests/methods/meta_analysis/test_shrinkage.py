"""Shrinkage: against published analyses, quadrature and draws, in any order, and by simulated folders."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.shrinkage import Estimate, plain_total, shrink

# Rubin 1981: coaching in eight schools.
SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
# Colditz et al. 1994: tuberculosis with and without vaccine, sick and well of each.
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
])  # fmt: skip
# Efron and Morris 1975: batting averages of 45 at bats, and of the rest of the season.
BATTED = np.array([
    400, 378, 356, 333, 311, 311, 289, 267, 244, 244, 222, 222, 222, 222, 222, 200, 178, 156,
]) / 1000  # fmt: skip
SEASON = np.array([
    346, 298, 276, 222, 273, 270, 263, 210, 269, 230, 264, 256, 303, 264, 226, 285, 316, 200,
]) / 1000  # fmt: skip


def estimates(effect, se):
    return [
        Estimate(f"s{i:02}", float(y), float(s))
        for i, (y, s) in enumerate(zip(effect, se, strict=True))
    ]


def bcg():
    """Log risk ratios with their variances."""
    a, b, c, d = BCG.T
    return np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def pooled_at(tau2, effect, variance):
    """Mean and standard error at a spread."""
    weight = 1 / (variance + tau2)
    return float((weight * effect).sum() / weight.sum()), float(weight.sum() ** -0.5)


def dersimonian_laird(effect, variance):
    mean, _ = pooled_at(0, effect, variance)
    weight = 1 / variance
    q = (weight * (effect - mean) ** 2).sum()
    freed = weight.sum() - (weight**2).sum() / weight.sum()
    return max((q - (len(effect) - 1)) / freed, 0.0), q


def restricted_likelihood(tau2, effect, variance):
    mean, se = pooled_at(tau2, effect, variance)
    v = variance + tau2
    return (np.log(v) + (effect - mean) ** 2 / v).sum() / 2 - np.log(se)


def quadrature(effect, se, of, *, flat):
    """Posterior means of what `of` makes of spread and means, by adaptive quadrature over the spread.

    Nothing is conjugate here: given a spread the mean is summed over a fine line of points, its prior written out.
    """
    scale = float(np.median(se))
    means = effect.mean() + 30 * scale * np.linspace(-1, 1, 1201)

    def log_joint(tau):
        line = stats.norm.logpdf(effect[:, None], means, np.hypot(se, tau)[:, None]).sum(axis=0)
        if flat:
            return line
        apart = np.hypot(tau, 0.75 * scale)
        return line + stats.norm.logpdf(means, 0, apart) + stats.norm.logpdf(tau, 0, 2 * scale)

    highest = log_joint(scale).max()

    def integrand(tau):
        joint = np.exp(log_joint(tau) - highest)
        return np.array([(joint * one).sum() for one in (np.ones_like(means), *of(tau, means))])

    found, _ = integrate.quad_vec(
        integrand, 0, np.inf if flat else 20 * scale, epsabs=0, epsrel=1e-10
    )
    return found[1:] / found[0]


def test_eight_schools_come_out_as_published():
    """Gelman et al., Bayesian Data Analysis, chapter 5; the published effects are rounded from draws."""
    found = shrink(estimates(*SCHOOLS), mean_prior="flat", spread_prior="flat")
    assert (round(found.mean.mean, 2), round(found.mean.sd, 2)) == (7.93, 5.18)
    assert round(found.spread.mean, 2) == 6.58
    published = [11.40, 7.90, 6.13, 7.65, 5.13, 6.14, 10.67, 8.46]
    assert [one.mean for one in found.studies] == pytest.approx(published, abs=0.0065)
    middle = shrink(estimates(*SCHOOLS), alpha=1 - 1e-9, mean_prior="flat", spread_prior="flat")
    assert (round(middle.spread.low, 2), round(middle.spread.high, 2)) == (5.24, 5.24)


def test_statsmodels_gives_a_variance_below_nothing_where_none_is_right():
    effect, se = SCHOOLS
    assert combine_effects(effect, se**2, method_re="dl").tau2 == pytest.approx(-44.55, abs=0.005)
    assert dersimonian_laird(effect, se**2)[0] == 0
    assert pooled_at(0, effect, se**2) == pytest.approx((7.686, 4.072), abs=5e-4)


def test_bcg_trials_have_their_published_summaries_and_ours_lies_among_them():
    effect, variance = bcg()
    tau2, q = dersimonian_laird(effect, variance)
    assert (tau2, q) == pytest.approx((0.3087603, 152.2330), abs=5e-5)
    assert pooled_at(tau2, effect, variance) == pytest.approx((-0.7141172, 0.1787421), abs=1e-6)
    pm = combine_effects(effect, variance, method_re="iterated", atol=1e-12).tau2
    assert pm == pytest.approx(0.3180685, abs=1e-6)
    assert pooled_at(pm, effect, variance)[0] == pytest.approx(-0.7149682, abs=1e-6)
    reml = optimize.minimize_scalar(
        restricted_likelihood, (0.1, 0.5), args=(effect, variance), tol=1e-10
    ).x
    assert reml == pytest.approx(0.3132433, abs=1e-6)
    assert pooled_at(reml, effect, variance) == pytest.approx((-0.7145323, 0.1797815), abs=1e-6)
    ours = shrink(estimates(effect, np.sqrt(variance)), mean_prior="flat", spread_prior="flat")
    assert ours.mean.mean == pytest.approx(-0.7145, abs=0.01) and ours.mean.sd > 0.1798
    assert ours.next_effect.low < -2.0084 and ours.next_effect.high > 0.5793


@pytest.mark.parametrize(("data", "flat"), [("schools", False), ("bcg", True), ("bcg", False)])
def test_the_grid_agrees_with_quadrature(data, flat):
    effect, se = SCHOOLS if data == "schools" else (bcg()[0], np.sqrt(bcg()[1]))
    prior = ("flat", "flat") if flat else ("sceptical", "half_normal")
    found = shrink(estimates(effect, se), mean_prior=prior[0], spread_prior=prior[1])
    first = found.studies[0]

    def moments(tau, means):
        shrunk = (tau**2 * effect[0] + se[0] ** 2 * means) / (tau**2 + se[0] ** 2)
        own = tau**2 * se[0] ** 2 / (tau**2 + se[0] ** 2)
        below = stats.norm.cdf(first.low, shrunk, own**0.5)
        return means, means**2, tau, tau**2, shrunk, shrunk**2 + own, below

    mean, square, spread, spread_square, shrunk, shrunk_square, below = quadrature(
        effect, se, moments, flat=flat
    )
    assert found.mean.mean == pytest.approx(mean, rel=1e-6)
    assert found.mean.sd == pytest.approx((square - mean**2) ** 0.5, rel=1e-6)
    assert found.spread.mean == pytest.approx(spread, rel=1e-6)
    assert found.spread.sd == pytest.approx((spread_square - spread**2) ** 0.5, rel=1e-5)
    assert (found.next_effect.sd**2) == pytest.approx(square - mean**2 + spread_square, rel=1e-6)
    assert first.mean == pytest.approx(shrunk, rel=1e-6)
    assert first.sd == pytest.approx((shrunk_square - shrunk**2) ** 0.5, rel=1e-6)
    assert below == pytest.approx(0.025, rel=1e-3)  # near no spread the line of means is coarse


def test_baseball_is_shrunk_as_by_james_and_stein_and_lies_nearer_to_the_season():
    grand = BATTED.mean()
    variance = 0.2654 * (1 - 0.2654) / 45
    factor = 1 - (len(BATTED) - 3) * variance / ((BATTED - grand) ** 2).sum()
    stein = grand + factor * (BATTED - grand)
    assert factor == pytest.approx(0.2124, abs=2e-3) and stein[0] == pytest.approx(0.2940, abs=5e-4)
    assert ((BATTED - SEASON) ** 2).sum() == pytest.approx(0.0754, abs=1e-4)
    assert ((stein - SEASON) ** 2).sum() == pytest.approx(0.0213, abs=2e-4)
    se = np.full(18, variance**0.5)
    ours = shrink(estimates(BATTED, se), mean_prior="flat", spread_prior="flat").studies
    shrunk = np.array([one.mean for one in ours])
    assert ((shrunk - SEASON) ** 2).sum() < 0.025
    assert (shrunk[0] - grand) / (BATTED[0] - grand) == pytest.approx(factor, abs=0.15)


def test_a_sum_has_the_interval_of_joint_draws():
    effect, se = (
        np.array([0.8, 2.9, -0.4, 2.3, 1.1, 0.2, 3.4]),
        np.array([1.0, 1.2, 0.8, 1, 0.7, 1, 1.5]),
    )
    found = shrink(estimates(effect, se))
    total = found.total({"s01": 1.0, "s03": 2.0, "s06": 1.0})
    rng, scale = np.random.default_rng(3), float(np.median(se))
    taus = np.linspace(0, 12, 4001)[1:]
    wide = taus**2 + (0.75 * scale) ** 2
    logs = [
        stats.multivariate_normal.logpdf(effect, np.zeros(7), np.diag(se**2 + t**2) + v)
        - t**2 / (8 * scale**2)
        for t, v in zip(taus[::8], wide[::8], strict=True)
    ]
    chance = np.exp(np.array(logs) - max(logs))
    tau = rng.choice(taus[::8], 100_000, p=chance / chance.sum())[:, None]
    weight = 1 / (se**2 + tau**2)
    precision = weight.sum(axis=1) + 1 / (tau[:, 0] ** 2 + (0.75 * scale) ** 2)
    mean = (weight * effect).sum(axis=1) / precision
    mean = (mean + rng.standard_normal(len(mean)) / np.sqrt(precision))[:, None]
    kept = tau**2 * weight
    true = kept * effect + (1 - kept) * mean + se * np.sqrt(kept) * rng.standard_normal(kept.shape)
    drawn = true[:, 1] + 2 * true[:, 3] + true[:, 6]
    assert total.mean == pytest.approx(drawn.mean(), abs=0.03)
    assert total.sd == pytest.approx(drawn.std(), rel=0.01)
    assert (total.low, total.high) == pytest.approx(
        tuple(np.quantile(drawn, (0.025, 0.975))), abs=0.07
    )
    assert total.raw == pytest.approx(2.9 + 2 * 2.3 + 3.4) and total.n == 3
    apart = np.sqrt(
        sum(one.sd**2 * w**2 for one, w in zip(found.studies, (0, 1, 0, 2, 0, 0, 1), strict=True))
    )
    assert total.sd > apart  # what is not known of mean and spread is shared


def test_the_sum_of_one_study_is_that_study_and_a_predicted_estimate_is_wider():
    found = shrink(estimates(*SCHOOLS))
    one, total = found.studies[2], found.total({"s02": 1.0})
    assert (total.mean, total.sd) == pytest.approx((one.mean, one.sd))
    assert (total.low, total.high) == pytest.approx((one.low, one.high))
    again = found.follow_up("s02", 4.0)
    assert again.mean == pytest.approx(one.mean) and again.sd == pytest.approx(np.hypot(one.sd, 4))


def test_the_order_of_the_studies_changes_no_digit():
    given = estimates(*SCHOOLS)
    ids = {"s00": 1.0, "s05": 0.3}
    first = shrink(given)
    for seed in range(4):
        mixed = [given[i] for i in np.random.default_rng(seed).permutation(8)]
        again = shrink(mixed)
        assert repr(again) == repr(first)
        assert repr(again.total(dict(reversed(ids.items())))) == repr(first.total(ids))
        assert plain_total(mixed) == plain_total(given)


def test_the_unit_of_the_metric_does_not_matter_nor_which_direction_is_good():
    effect, se = SCHOOLS
    first, minutes = shrink(estimates(effect, se)), shrink(estimates(-60 * effect, 60 * se))
    assert minutes.mean.mean == pytest.approx(-60 * first.mean.mean)
    assert minutes.spread.high == pytest.approx(60 * first.spread.high)
    assert minutes.studies[0].low == pytest.approx(-60 * first.studies[0].high)


def test_studies_that_are_all_alike_and_studies_worlds_apart_are_both_carried():
    alike = shrink(estimates(np.full(6, 2.0), np.full(6, 1.0)))
    assert all(1 < one.mean < 2 for one in alike.studies) and alike.spread.low < 0.05
    apart = shrink(estimates(1e4 * np.arange(6), np.full(6, 1.0)))
    kept = [one.mean / one.effect for one in apart.studies[1:]]
    assert kept == pytest.approx([1] * 5, abs=1e-2)
    exact = shrink(estimates([1.0, 2, 3, 4, 5, 6], [1e-6, 1, 1, 1, 1, 1]))
    assert exact.studies[0].mean == pytest.approx(1, abs=1e-4)


def test_fewer_than_five_are_not_pooled_but_added_plainly():
    few = estimates([1.0, 2, 3, 4], [1.0, 1, 1, 1])
    with pytest.raises(CannotEstimate, match="Only 4 studies can be seen together"):
        shrink(few)
    plain = plain_total(few, {"s01": 1.0, "s02": 2.0})
    assert (plain.n, plain.mean, plain.raw) == (2, 8, 8)
    assert plain.high - plain.mean == pytest.approx(1.959964 * 5**0.5)
    assert plain_total(few).n == 4


def test_every_kind_of_fault_is_told_at_once():
    faulty = [
        *estimates(range(6), [1.0] * 6),
        Estimate("s01", 1.0, 1.0),
        Estimate("t", float("nan"), 1.0),
        Estimate("u", 1.0, 0.0),
        Estimate("v", 1.0, float("inf")),
    ]
    for added in (shrink, plain_total):
        with pytest.raises(CannotEstimate) as caught:
            added(faulty)
        told = str(caught.value)
        assert "A study stands twice: s01." in told and "No effect is known of: t." in told
        assert "No standard error above 0 is known of: u and v." in told
    with pytest.raises(CannotEstimate, match="no study to add up"):
        plain_total([])


def test_a_sum_asks_for_studies_that_are_there_and_weights_that_are_numbers():
    found = shrink(estimates(*SCHOOLS))
    with pytest.raises(KeyError, match="No study is called s99"):
        found.total({"s99": 1.0})
    with pytest.raises(ValueError, match="not a number"):
        found.total({"s01": float("nan")})
    with pytest.raises(KeyError, match="No study is called s99"):
        found.follow_up("s99", 1.0)
    with pytest.raises(ValueError, match="above 0"):
        found.follow_up("s01", 0.0)
    nothing = found.total({})
    assert (nothing.n, nothing.mean, nothing.sd, nothing.raw) == (0, 0, 0, 0)


def test_sums_of_winners_are_covered_and_no_longer_inflated():
    """250 folders of 12 studies, mean 0.5 and spread 1 in standard errors; the full table is in docs/bench."""
    rng = np.random.default_rng(11)
    held, shrunk, raw, truth = [], 0.0, 0.0, 0.0
    for _ in range(250):
        true = 0.5 + rng.standard_normal(12)
        effect = true + rng.standard_normal(12)
        won = {f"s{i:02}": 1.0 for i in np.flatnonzero(effect > 1.96)}
        if not won:
            continue
        total = shrink(estimates(effect, np.ones(12))).total(won)
        planted = float(true[effect > 1.96].sum())
        held.append(total.low <= planted <= total.high)
        shrunk, raw, truth = shrunk + total.mean, raw + total.raw, truth + planted
    assert 0.91 <= np.mean(held) <= 0.985
    assert shrunk / truth == pytest.approx(1, abs=0.12) and raw / truth > 1.5
