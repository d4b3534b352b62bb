import numpy as np
import pytest

from cs_lib.aggregates import Histogram, Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.robust import (
    compare_quantiles,
    compare_winsorised,
    histogram_moments,
    influence,
    winsor_cap,
)
from cs_lib.methods.errors import CannotEstimate


def histogram(variant: str, rows: np.ndarray) -> Histogram:
    values, counts = np.unique(rows, return_counts=True)
    return Histogram(variant, values, counts)


def both(control: np.ndarray, treatment: np.ndarray) -> tuple[Histogram, Histogram]:
    return histogram("control", control), histogram("treatment", treatment)


def spend(rng: np.random.Generator, size: int) -> np.ndarray:
    """Money to the cent with a heavy tail; nine of ten customers spend nothing."""
    return np.round(rng.lognormal(3, 1.5, size), 2) * (rng.random(size) < 0.1)


def moments(variant: str, rows: np.ndarray) -> Moments:
    return Moments(
        variant, ("spend",), len(rows), np.array([rows.mean()]), np.array([[rows.var(ddof=1)]])
    )


def test_histogram_moments_are_those_of_the_rows():
    rows = spend(np.random.default_rng(1), 3_000)
    found = histogram_moments(histogram("control", rows), "spend")
    assert found.of("spend") == pytest.approx((3_000, rows.mean(), rows.var(ddof=1)), rel=1e-12)


def test_winsor_cap_is_the_pooled_99_percent_point_of_what_is_not_zero():
    rng = np.random.default_rng(2)
    control, treatment = spend(rng, 4_000), spend(rng, 2_500)
    pooled = np.concatenate([control, treatment])
    expected = np.quantile(pooled[pooled != 0], 0.99, method="inverted_cdf")
    assert winsor_cap(list(both(control, treatment)), "spend") == expected
    assert np.quantile(pooled, 0.89) == 0


def test_compare_winsorised_is_welch_on_clipped_rows():
    rng = np.random.default_rng(3)
    control, treatment = spend(rng, 4_000), spend(rng, 2_500)
    found = compare_winsorised(*both(control, treatment), "spend")
    cap = found.details["cap"]
    clipped = [moments("any", np.clip(rows, -cap, cap)) for rows in (control, treatment)]
    expected = compare_means(clipped[0], clipped[1], "spend")
    assert (found.effect, found.se, found.df) == pytest.approx(
        (expected.effect, expected.se, expected.df), rel=1e-9
    )
    assert found.details["capped"] == (np.concatenate([control, treatment]) > cap).sum()


def test_compare_winsorised_caps_losses_by_their_size():
    rng = np.random.default_rng(4)
    control, treatment = rng.normal(0, 1, 500).round(2), rng.normal(0, 1, 500).round(2)
    treatment[0] = -1_000.0
    found = compare_winsorised(*both(control, treatment), "net_value")
    assert abs(found.effect) < 0.3


def test_winsor_cap_is_refused_when_everything_is_zero():
    with pytest.raises(CannotEstimate, match="zero for every unit"):
        compare_winsorised(*both(np.zeros(50), np.zeros(50)), "spend")


def test_influence_is_the_largest_move_over_all_rows_left_out():
    rng = np.random.default_rng(5)
    control, treatment = spend(rng, 300), spend(rng, 200)
    plain = treatment.mean() - control.mean()
    moves = []
    for rows, other, sign in ((control, treatment, -1), (treatment, control, 1)):
        for i in range(len(rows)):
            rest = np.delete(rows, i)
            se = np.sqrt(rest.var(ddof=1) / len(rest) + other.var(ddof=1) / len(other))
            moves.append((abs(sign * (rest.mean() - other.mean()) - plain) / se, rows[i]))
    in_se, value = max(moves)
    found = influence(*both(control, treatment), "spend")
    assert found.move_in_se == pytest.approx(in_se, rel=1e-6)
    assert found.value == value


def test_influence_of_one_wild_value_is_many_standard_errors():
    rng = np.random.default_rng(6)
    control, treatment = rng.normal(10, 1, 500).round(2), rng.normal(10, 1, 500).round(2)
    treatment[0] = 10_000.0
    found = influence(*both(control, treatment), "spend")
    assert (found.variant, found.value) == ("treatment", 10_000.0)
    assert found.move == pytest.approx(-19.98, abs=0.02)
    assert found.move_in_se > 100


def test_influence_of_the_only_value_that_is_not_zero_is_infinite():
    treatment = np.zeros(1_000)
    treatment[0] = 50.0
    assert influence(*both(np.zeros(1_000), treatment), "spend").move_in_se == np.inf


def test_influence_needs_three_units_an_arm():
    with pytest.raises(CannotEstimate, match="fewer than three units"):
        influence(*both(np.arange(2.0), np.arange(9.0)), "spend")


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_quantile_resamples_have_the_exact_law_of_the_multinomial_bootstrap(share):
    """The law of a resample's quantile on few distinct values, by counting with the binomial."""
    from scipy import stats

    rng = np.random.default_rng(7)
    control, treatment = rng.integers(0, 6, 80) * 1.0, rng.integers(0, 7, 60) * 1.0
    found = compare_quantiles(
        *both(control, treatment), "score", share=share, seed=1, draws=400_000
    )
    laws = []
    for rows in (control, treatment):
        values = np.arange(7.0)
        reach = np.array([(rows <= v).mean() for v in values])
        need = int(np.ceil(len(rows) * share - 1e-9))
        laws.append(np.diff(stats.binom.sf(need - 1, len(rows), reach), prepend=0))
    values = np.arange(7.0)
    joint = np.outer(laws[1], laws[0])
    gap = values[:, None] - values[None, :]
    mean = (joint * gap).sum()
    sd = np.sqrt((joint * (gap - mean) ** 2).sum())
    assert found.se == pytest.approx(sd, rel=1e-2)
    below = joint[gap <= 0].sum()
    above = joint[gap >= 0].sum()
    assert found.pvalue == pytest.approx(min(2 * min(below, above), 1), abs=5e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_quantiles_are_those_of_the_rows(share):
    rng = np.random.default_rng(8)
    control, treatment = rng.lognormal(3, 1, 503).round(1), rng.lognormal(3.2, 1, 400).round(1)
    found = compare_quantiles(*both(control, treatment), "minutes", share=share, seed=1)
    assert found.control == np.quantile(control, share, method="inverted_cdf")
    assert found.treatment == np.quantile(treatment, share, method="inverted_cdf")


def test_quantiles_repeat_with_their_seed():
    rng = np.random.default_rng(9)
    pair = both(rng.lognormal(3, 1, 300).round(1), rng.lognormal(3, 1, 300).round(1))
    assert compare_quantiles(*pair, "minutes", seed=4) == compare_quantiles(
        *pair, "minutes", seed=4
    )


def test_quantile_interval_covers_the_planted_difference():
    rng = np.random.default_rng(10)
    covered = []
    for run in range(1_000):
        pair = both(rng.lognormal(3, 1, 400), rng.lognormal(3.2, 1, 400))
        found = compare_quantiles(*pair, "minutes", seed=run, draws=1_000)
        covered.append(found.effect_ci_low <= np.exp(3.2) - np.exp(3) <= found.effect_ci_high)
    assert 0.93 <= np.mean(covered) <= 0.97


def test_quantiles_refuse_when_most_units_share_the_value():
    rng = np.random.default_rng(11)
    with pytest.raises(CannotEstimate, match="one value that most units share"):
        compare_quantiles(*both(spend(rng, 500), spend(rng, 500)), "spend", seed=1)


def test_quantiles_refuse_too_few_units_beyond():
    with pytest.raises(CannotEstimate, match="too few units beyond the quantile"):
        compare_quantiles(*both(np.arange(40.0), np.arange(90.0)), "spend", share=0.9, seed=1)


def test_an_arm_without_values_is_refused():
    with pytest.raises(CannotEstimate, match="treatment has no values"):
        compare_winsorised(*both(np.arange(4.0), np.array([])), "spend")


def test_values_out_of_order_are_refused():
    wrong = Histogram("control", np.array([2.0, 1.0]), np.array([1, 1]))
    with pytest.raises(ValueError, match="values must rise"):
        histogram_moments(wrong, "spend")
