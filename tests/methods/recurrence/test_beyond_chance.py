"""Coming back beyond chance: by hand, against jackknifed customers, and true on customers of many kinds."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.aggregates import Returns
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.recurrence.beyond_chance import beyond_chance


def returns(rows, days=30, windows=2):
    """One row a customer: followed, came back, followed 90 days, later windows hit."""
    rows = np.asarray(rows)
    return Returns("late", days, windows, len(rows), rows.sum(axis=0), rows.T @ rows)


def test_by_hand():
    rows = [[1, 1, 1, 0]] * 20 + [[1, 0, 1, 1]] * 10 + [[1, 0, 1, 0]] * 50 + [[1, 0, 0, 0]] * 20
    found = beyond_chance(returns(rows))
    assert (found.followed, found.customers, found.rate) == (100, 100, 0.2)
    assert found.chance == 10 / (2 * 80) and found.beyond == pytest.approx(0.2 - 0.0625)
    assert found.part == pytest.approx(1 - 0.0625 / 0.2)
    se = np.sqrt(0.2 * 0.8 / 99)  # one contact each: the usual error of a share
    assert found.rate_high - found.rate == pytest.approx(1.959964 * se)


def test_the_errors_are_those_of_the_jackknife_over_customers():
    rng = np.random.default_rng(2)
    contacts = 1 + rng.poisson(0.4, 800)
    old = rng.binomial(contacts, 0.6)
    keen = rng.beta(1, 9, 800)
    rows = np.column_stack(
        [contacts, rng.binomial(contacts, keen + 0.1), old, rng.binomial(2 * old, keen / 2)]
    )
    found = beyond_chance(returns(rows))
    left = rows.sum(axis=0) - rows
    rate, chance = left[:, 1] / left[:, 0], left[:, 3] / (2 * left[:, 2])
    for values, width in (
        (rate, found.rate_high - found.rate),
        (chance, found.chance_high - found.chance),
        (rate - chance, found.beyond_high - found.beyond),
        (1 - chance / rate, 1.959964 * found.part_se),
    ):
        se = np.sqrt(799 / 800 * ((values - values.mean()) ** 2).sum())
        assert width / 1.959964 == pytest.approx(se, rel=0.01)


def test_the_interval_holds_what_is_beyond_chance():
    """Customers who come by chance at rates of their own, and back in a share of .15: 300 desks."""
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        contacts = 1 + rng.poisson(0.3, 600)
        by_chance = 1 - np.exp(-rng.gamma(0.5, 0.2, 600))
        back = 1 - (1 - by_chance) * (1 - 0.15)
        old = rng.binomial(contacts, 0.7)
        rows = np.column_stack(
            [contacts, rng.binomial(contacts, back), old, rng.binomial(2 * old, by_chance)]
        )
        # Given who wrote: what chance does differs by customer, and so does what the repeats add to it.
        truth = 0.15 * (1 - (by_chance * contacts).sum() / contacts.sum())
        found = beyond_chance(returns(rows))
        held += found.beyond_low <= truth <= found.beyond_high
    assert 0.91 <= held / 300 <= 0.985


def test_those_who_come_by_chance_alone_are_not_beyond_it():
    rng = np.random.default_rng(4)
    rows = np.column_stack(
        [np.ones(5_000), rng.random(5_000) < 0.1, np.ones(5_000), rng.binomial(2, 0.1, 5_000)]
    ).astype(int)
    found = beyond_chance(returns(rows))
    assert found.beyond_low < 0 < found.beyond_high and abs(found.beyond) < 0.02


def test_nobody_who_came_back_has_no_part():
    found = beyond_chance(returns([[1, 0, 1, 0]] * 50))
    assert (found.rate, found.beyond) == (0, 0) and np.isnan(found.part)


def test_too_few_are_said():
    with pytest.raises(CannotEstimate, match="Only 29 contacts of 29 customers"):
        beyond_chance(returns([[1, 0, 1, 0]] * 29))
    with pytest.raises(CannotEstimate, match="of 9 customers"):
        beyond_chance(returns([[5, 0, 1, 0]] * 9))
    with pytest.raises(CannotEstimate, match="Only 0 contacts can be followed for 90 days"):
        beyond_chance(returns([[1, 0, 0, 0]] * 50))
