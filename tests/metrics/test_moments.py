"""Moments from the engine against the same from numpy, and where they are hard to compute."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.metrics.conftest import moments

NAMES = ("revenue_30d", "repurchase_30d", "net_value_30d")
SIZE = 400


def deliver(source, orders, *, size=SIZE):
    """`size` customers assigned at one moment, every second to the coupon."""
    customers = [f"A{i:04}" for i in range(size)]
    frame = pd.DataFrame(
        {"assignment_id": customers, "customer_id": customers, "experiment_id": "e"}
    )
    frame["variant"] = np.where(np.arange(size) % 2, "coupon", "control")
    frame["assigned_at"] = "2026-01-10"
    source.file("perk_assignments", frame.to_csv(index=False))
    source.file("orders", orders.to_csv(index=False, float_format="%.17g"))
    return frame.set_index("customer_id").variant


def orders_of(who, amounts):
    return pd.DataFrame(
        {
            "order_id": np.arange(len(who)),
            "customer_id": [f"A{i:04}" for i in who],
            "ordered_at": "2026-01-20",
            "amount": amounts,
        }
    )


def test_moments_equal_numpy(source, observed, study):
    rng = np.random.default_rng(5)
    orders = orders_of(rng.integers(0, SIZE, 700), rng.lognormal(4, 1.5, 700).round(2))
    variant = deliver(source, orders)
    spent = orders.groupby("customer_id").amount.sum().reindex(variant.index, fill_value=0.0)
    table = np.column_stack([spent, spent > 0, spent * 0.3])
    found = moments(observed(), study, NAMES)
    for arm in ("control", "coupon"):
        mine, rows = found["revenue_30d"][arm], table[variant == arm]
        assert (mine.variant, mine.names, mine.n) == (arm, NAMES, SIZE // 2)
        np.testing.assert_allclose(mine.mean, rows.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(mine.cov, np.cov(rows, rowvar=False, ddof=1), rtol=1e-12)


def test_variance_keeps_its_digits_at_a_large_mean(source, observed, study):
    noise = np.random.default_rng(6).normal(0, 1, SIZE)
    variant = deliver(source, orders_of(range(SIZE), 1e8 + noise))
    found = moments(observed(), study, ["revenue_30d"])["revenue_30d"]
    for arm in ("control", "coupon"):
        exact = (1e8 + noise[variant == arm]) - 1e8
        _, mean, variance = found[arm].of("revenue_30d")
        assert variance == pytest.approx(exact.var(ddof=1), rel=1e-6)
        assert mean - 1e8 == pytest.approx(exact.mean(), abs=1e-6)


def test_metrics_of_different_windows_have_their_own_customers(source, observed, study):
    deliver(source, orders_of([0], [10.0]))
    found = moments(observed("2026-02-15"), study, ["revenue_30d", "revenue_90d"])
    assert found["revenue_30d"]["control"].names == ("revenue_30d",)
    assert (found["revenue_30d"]["control"].n, found["revenue_90d"]) == (SIZE // 2, {})


def test_variance_of_a_single_customer_is_unknown(source, observed, study):
    deliver(source, orders_of([0], [10.0]), size=2)
    found = moments(observed(), study, ["revenue_30d"])["revenue_30d"]["control"]
    assert (found.n, found.mean[0]) == (1, 10) and np.isnan(found.cov[0, 0])


def test_variable_that_never_varies_has_no_variance(source, observed, study):
    deliver(source, orders_of(range(SIZE), [3.0] * SIZE))
    found = moments(observed(), study, ["revenue_30d"])["revenue_30d"]["coupon"]
    assert found.of("revenue_30d") == (SIZE // 2, 3.0, 0.0)
