import numpy as np
import pytest
from scipy import stats

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.sequential.spending import (
    Boundaries,
    Side,
    boundaries,
    crossing,
    required_drift,
    sequential_power,
    sides,
    stagewise_tails,
)

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
UNEVEN = (0.13, 0.31, 0.55, 0.58, 1.07)


def inside(bounds: Boundaries, drift: float = 0.0) -> float:
    """Probability of crossing nothing, from the multivariate normal distribution of all z."""
    root = np.sqrt(bounds.fractions)
    corr = np.minimum.outer(root, root) / np.maximum.outer(root, root)
    shift = drift * root
    joint = stats.multivariate_normal(
        np.zeros(len(root)), corr, maxpts=1_000_000, abseps=1e-7, releps=1e-7, seed=1
    )
    return float(joint.cdf(bounds.upper - shift, lower_limit=bounds.lower - shift))


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        ("obrien_fleming", [4.877, 3.357, 2.680, 2.290, 2.031]),
        ("pocock", [2.438, 2.427, 2.410, 2.397, 2.386]),
    ],
)
def test_boundaries_match_the_published_table(kind, published):
    bounds = boundaries(FIVE, kind=kind)
    assert bounds.upper == pytest.approx(published, abs=1e-3)
    assert np.array_equal(bounds.lower, -bounds.upper)


def test_boundaries_match_the_published_one_sided_table():
    above = boundaries([0.25, 0.5, 0.75, 1.0], alpha=0.1).upper
    assert above == pytest.approx([3.74955, 2.53993, 2.01604, 1.72014], abs=1e-3)


@pytest.mark.parametrize(("kind", "last"), [("obrien_fleming", 2.10), ("pocock", 2.50)])
def test_boundaries_price_14_daily_looks_as_known(kind, last):
    bounds = boundaries(np.arange(1, 15) / 14, kind=kind)
    assert bounds.upper[-1] == pytest.approx(last, abs=0.005)


@pytest.mark.parametrize("kind", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("drift", [0.0, 2.5])
def test_crossing_matches_the_multivariate_normal_at_uneven_looks(kind, drift):
    bounds = boundaries(UNEVEN, kind=kind)
    above, below = crossing(bounds, drift)
    assert 1 - above.sum() - below.sum() == pytest.approx(inside(bounds, drift), abs=1e-5)


@pytest.mark.parametrize("kind", ["obrien_fleming", "pocock"])
def test_each_look_spends_what_the_spending_function_allows(kind):
    above, below = crossing(boundaries(UNEVEN, kind=kind))
    allowed = [Side(kind, 0.025).spent(t) for t in UNEVEN]
    assert np.cumsum(above) == pytest.approx(allowed, abs=1e-10)
    assert np.cumsum(below) == pytest.approx(allowed, abs=1e-10)


def test_the_whole_level_is_spent_over_200_looks_and_no_more():
    above, below = crossing(boundaries(np.arange(1, 201) / 200))
    assert above.sum() + below.sum() == pytest.approx(0.05, abs=1e-9)


def test_later_looks_never_change_earlier_boundaries():
    whole = boundaries(UNEVEN)
    for count in range(1, len(UNEVEN)):
        assert np.array_equal(boundaries(UNEVEN[:count]).upper, whole.upper[:count])


def test_boundaries_follow_the_information_used_not_the_plan():
    moved = boundaries((0.2, 0.5, 0.6, 0.8, 1.0))
    planned = boundaries(FIVE)
    assert moved.upper[0] == planned.upper[0]
    assert moved.upper[1] < planned.upper[1] and moved.upper[2] > planned.upper[2]


@pytest.mark.parametrize(("last", "ended"), [(1.0, False), (1.3, False), (0.9, True)])
def test_the_last_look_spends_the_rest_when_information_overshoots_or_falls_short(last, ended):
    above, below = crossing(boundaries((0.3, 0.7, last), ended=ended))
    assert above.sum() + below.sum() == pytest.approx(0.05, abs=1e-10)


def test_one_look_is_the_fixed_test():
    assert boundaries([1.0]).upper[0] == pytest.approx(stats.norm.ppf(0.975), abs=1e-12)


def test_a_boundary_for_harm_spends_its_own_level():
    bounds = boundaries(FIVE, harm=Side("pocock", 0.01))
    above, below = crossing(bounds)
    assert above.sum() == pytest.approx(0.025, abs=1e-10)
    assert below.sum() == pytest.approx(0.01, abs=1e-10)
    assert bounds.lower[0] > -bounds.upper[0]
    assert 1 - above.sum() - below.sum() == pytest.approx(inside(bounds), abs=1e-5)


def test_a_very_early_look_has_a_finite_boundary():
    bounds = boundaries((0.0002, 0.01, 0.5, 1.0))
    assert np.all(np.isfinite(bounds.upper)) and bounds.upper[0] > 100
    assert bounds.upper[2:] == pytest.approx(boundaries((0.5, 1.0)).upper, abs=1e-8)


def test_stagewise_tails_of_the_only_look_are_the_normal_ones():
    above, below = stagewise_tails(boundaries([1.0]), 0, 1.7)
    assert (above, below) == pytest.approx((stats.norm.sf(1.7), stats.norm.cdf(1.7)), abs=1e-12)


def test_stagewise_tails_reach_the_level_exactly_at_the_last_boundary():
    bounds = boundaries(UNEVEN)
    above, below = stagewise_tails(bounds, 4, bounds.upper[4])
    assert above == pytest.approx(0.025, abs=1e-10)
    assert above + below == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(("power", "published"), [(0.8, 1.229), (0.9, 1.207)])
def test_power_of_pococks_constant_boundary_matches_the_published_inflation(power, published):
    constant = Boundaries(np.array(FIVE), np.full(5, 2.413), np.full(5, -2.413))
    drift = required_drift(power) * np.sqrt(published)
    above, below = crossing(constant, drift)
    assert above.sum() + below.sum() == pytest.approx(power, abs=1e-3)


@pytest.mark.parametrize(("power", "published"), [(0.8, 1.028), (0.9, 1.026)])
def test_power_of_obrien_and_flemings_boundary_matches_the_published_inflation(power, published):
    upper = 2.040 / np.sqrt(FIVE)
    above, below = crossing(
        Boundaries(np.array(FIVE), upper, -upper), required_drift(power) * np.sqrt(published)
    )
    assert above.sum() + below.sum() == pytest.approx(power, abs=1e-3)


def test_sequential_power_stays_a_probability_at_any_drift():
    assert sequential_power(0.0, looks=FIVE) == pytest.approx(0.05, abs=1e-10)
    assert sequential_power(1e6, looks=FIVE) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("fractions", "sentence"),
    [
        ([], "above zero"),
        ([0.0, 1.0], "above zero"),
        ([float("nan")], "above zero"),
        ([0.5, 0.4], "must increase"),
        ([0.5, 0.5], "must increase"),
        ([0.5, 1.0, 1.1], "after the planned information"),
    ],
)
def test_boundaries_refuse_impossible_looks(fractions, sentence):
    with pytest.raises(ValueError, match=sentence):
        boundaries(fractions)


def test_boundaries_refuse_a_look_that_adds_almost_nothing():
    with pytest.raises(CannotEstimate, match="adds almost no information"):
        boundaries([0.5, 0.5001])


@pytest.mark.parametrize(
    ("alpha", "kind", "harm", "sentence"),
    [
        (1.0, "pocock", None, "between 0 and 1"),
        (0.05, "haybittle", None, "either obrien_fleming or pocock"),
        (0.05, "pocock", Side("pocock", 0.04), "at most half of alpha"),
    ],
)
def test_sides_refuse_what_cannot_be_spent(alpha, kind, harm, sentence):
    with pytest.raises(ValueError, match=sentence):
        sides(alpha, kind, harm)
