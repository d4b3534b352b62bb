"""Orders of size: against the plain bootstrap over customers, held in simulation, and honest about real products."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.ranking.rank_ranges import rank_ranges


def customers(rng, count, rates):
    """Contacts by customer and need; who writes once writes more."""
    keen = rng.gamma(0.5, 2.0, (count, 1))
    return rng.poisson(keen * np.asarray(rates))


def ranking(rows, **how):
    names = [f"n{i}" for i in range(rows.shape[1])]
    return rank_ranges(names, rows.sum(axis=0), rows.T @ rows, **how)


def test_it_is_the_bootstrap_over_customers():
    """3,000 customers with Poisson weights, 2,000 times: spreads, and how often the order and the group come again."""
    rng = np.random.default_rng(1)
    rows = customers(rng, 3_000, [0.20, 0.13, 0.125, 0.10, 0.06])
    rows = rows[:, np.argsort(-rows.sum(axis=0))]
    found = ranking(rows)
    totals = rng.poisson(1, (2_000, 3_000)) @ rows
    assert [one.se for one in found.totals] == pytest.approx(totals.std(axis=0), rel=0.06)
    places = np.argsort(-totals, axis=1, kind="stable")
    for m in range(1, 6):
        order = (places[:, :m] == np.arange(m)).all(axis=1).mean()
        group = (np.sort(places[:, :m], axis=1) == np.arange(m)).all(axis=1).mean()
        assert found.order_held[m - 1] == pytest.approx(order, abs=0.04)
        assert found.group_held[m - 1] == pytest.approx(group, abs=0.04)
    shares = totals / totals.sum(axis=1, keepdims=True)
    width = [(one.share_high - one.share) / 1.959964 for one in found.totals]
    assert width == pytest.approx(shares.std(axis=0), rel=0.06)


def test_the_ranges_hold_the_true_place_where_percentiles_of_places_do_not():
    """Ten needs of nearly one size, 200 desks."""
    rates = 0.10 * 1.015 ** np.arange(10)[::-1]
    true, held, plain = np.arange(1, 11), np.zeros(10), np.zeros(10)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rows = customers(rng, 1_500, rates)
        found = ranking(rows, draws=500)
        for one in found.totals:
            i = int(one.name[1:])
            held[i] += one.rank_low <= true[i] <= one.rank_high
        noise = rng.multivariate_normal(rows.sum(axis=0), rows.T @ rows, 300)
        places = 1 + np.argsort(np.argsort(-noise, axis=1), axis=1)
        low, high = np.percentile(places, [2.5, 97.5], axis=0)
        plain += (low <= true) & (true <= high)
    assert held.min() / 200 >= 0.93
    assert plain.min() / 200 < 0.90


def test_what_stands_apart_is_ranked_and_what_is_close_is_not():
    found = rank_ranges("abcd", [100, 1000, 104, 20], np.diag([100, 1000, 104, 20]))
    assert [one.name for one in found.totals] == ["b", "c", "a", "d"]
    assert [(one.rank_low, one.rank_high) for one in found.totals] == [
        (1, 1),
        (2, 3),
        (2, 3),
        (4, 4),
    ]
    assert found.ranked == 1 and found.apart == (1, 3)
    assert found.totals[0].share == pytest.approx(1000 / 1224)


def test_customers_who_write_much_make_the_order_less_sure():
    once = rank_ranges("ab", [300, 220], np.diag([300, 220]))
    often = rank_ranges("ab", [300, 220], np.diag([300, 220]) * 20)
    assert once.order_held[0] > 0.99 > 0.85 > often.order_held[0]
    assert once.ranked == 2 and often.ranked == 0


def test_needs_of_the_same_customers_move_together():
    """A customer who writes about one always writes about the other: their order is sure."""
    apart = rank_ranges("ab", [300, 290], [[300.0, 0], [0, 290]])
    together = rank_ranges("ab", [300, 290], [[300.0, 290], [290, 290]])
    assert apart.ranked == 0 and together.ranked == 2


def test_the_same_seed_gives_the_same_and_a_need_without_contacts_is_last():
    rows = customers(np.random.default_rng(5), 500, [0.2, 0.2, 0.0])
    assert ranking(rows) == ranking(rows)
    last = ranking(rows).totals[-1]
    assert (last.total, last.low, last.high, last.rank_low, last.rank_high) == (0, 0, 0, 3, 3)


def test_nothing_to_order_is_said():
    with pytest.raises(CannotEstimate, match="nothing to put in order"):
        rank_ranges("ab", [0, 0], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="one entry for each name"):
        rank_ranges("ab", [1, 2], np.eye(3))


def test_of_337_real_products_hardly_any_can_be_put_in_order(real_data):
    events = pd.read_csv(real_data / "bpi2013_closed_problems_events.csv.gz")
    counts = events.groupby("case_id")["product"].first().value_counts()
    assert len(events["product"].unique()) == 337 and counts.sum() == 1_487
    found = rank_ranges(list(counts.index), counts, np.diag(counts), draws=400)
    assert found.ranked <= 3
    tail = [one for one in found.totals if one.total <= 5]
    assert len(tail) > 200 and min(one.rank_high - one.rank_low for one in tail) > 150
