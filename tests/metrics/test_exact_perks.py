"""Evidence of a perk test is the same to the last bit however the work is shared out, and equal to pandas."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from cs_lib import metrics
from cs_lib.data.engines.base import EngineError
from cs_lib.data.engines.duckdb import DuckDB, usual_threads
from cs_lib.data.exact import scale_for, scale_of
from cs_lib.metrics.queries import people, per_customer
from cs_lib.metrics.queries.people import _stage
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.conftest import measured_of, moments, perk_study, rows_of
from tests.metrics.numbers import digest
from tests.perk_pages import plan

SIZE = 20_000
LOOKS = {"dates": ["2026-02-20", "2026-03-02"]}
RNG = np.random.default_rng


def at(rng, size, start, days):
    return pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, days * 86_400_000_000, size), "us")


def sold(rng, customer, steps):
    """Three orders a customer, half of them with a margin, some cancelled."""
    m = 3 * len(customer)
    orders = pd.DataFrame(
        {
            "order_id": [f"O{i}" for i in range(m)],
            "customer_id": rng.choice(customer, m),
            "ordered_at": at(rng, m, "2025-09-01", 200),
            "amount": rng.lognormal(3, 1.2, m).round(steps),
        }
    )
    orders["margin"] = (orders.amount * 0.4).round(steps).where(rng.random(m) < 0.5)
    orders["cancelled_at"] = (orders.ordered_at + pd.Timedelta(days=1)).where(rng.random(m) < 0.05)
    return orders


def tables(*, steps=2):
    """A test of two perks with everything that is summed: margins here and there, uses, costs, past, other tests."""
    rng, n = RNG(11), SIZE
    customer = [f"C{i}" for i in range(n)]
    variant = np.array(["control", "coupon", "discount"])[rng.integers(0, 3, n)]
    assigned = at(rng, n, "2026-01-01", 31)
    given = (variant != "control") & (rng.random(n) < 0.9)
    people = pd.DataFrame(
        {
            "assignment_id": [f"P{i}" for i in range(n)],
            "experiment_id": "e",
            "customer_id": customer,
            "contact_id": [f"K{i}" for i in range(n)],
            "variant": variant,
            "perk_kind": np.where(variant == "control", "none", variant),
            "assigned_at": assigned,
            "delivered_at": pd.Series(assigned + pd.Timedelta(hours=1)).where(given),
            "unit_cost": np.where(given, 0.35, np.nan),
            "face_value": rng.integers(100, 2000, n) / 100,
        }
    )
    other = people[rng.random(n) < 0.1].assign(
        experiment_id="f", assignment_id=lambda f: "Q" + f.assignment_id, perk_kind="coupon"
    )
    other["assigned_at"] = other.assigned_at + pd.Timedelta(days=5)
    other["delivered_at"] = other.assigned_at
    orders = sold(rng, customer, steps)
    used = people[given & (rng.random(n) < 0.3)]
    redemptions = pd.DataFrame(
        {
            "assignment_id": used.assignment_id,
            "redeemed_at": used.assigned_at + pd.Timedelta(days=3),
            "order_id": rng.choice(orders.order_id, len(used)),
            "discount_amount": rng.integers(50, 900, len(used)) / 100,
        }
    )
    contacts = pd.DataFrame(
        {
            "contact_id": [f"K{i}" for i in range(2 * n)],
            "customer_id": [*customer, *rng.choice(customer, n)],
            "opened_at": [*(assigned - pd.Timedelta(hours=3)), *at(rng, n, "2026-01-05", 50)],
            "status": "resolved",
            "is_complaint": True,
            "need_code": rng.choice(["late", "broken", "refund"], 2 * n),
            "product_id": [f"product {i}" for i in rng.integers(0, 5000, 2 * n)],
            "agent_id": [f"G{i}" for i in rng.integers(0, 40, 2 * n)],
        }
    )
    return {
        "perk_assignments": pd.concat([people, other]),
        "orders": orders,
        "perk_redemptions": redemptions,
        "contacts": contacts,
    }


def deliver(source, frames, *, order=None):
    for name, frame in frames.items():
        mixed = frame if order is None else frame.sample(frac=1, random_state=order)
        path = source.home / f"{name}.parquet"
        mixed.to_parquet(path, index=False, row_group_size=4096)
        source.settings["tables"][name] = {"file": path.name}


def study(**changes):
    return plan(
        design__arms=["coupon", "discount"],
        design__split={"control": 0.34, "coupon": 0.33, "discount": 0.33},
        measure__covariates=["spent_before_90d", "orders_before_30d"],
        measure__segments=["need_code", "product_id"],
        measure__secondary=["revenue_13d", "order_value_30d", "orders_90d"],
        **changes,
    )


def evidence(source, of):
    source.settings["observed_until"] = "2026-06-01T00:00:00"
    return metrics.gather(source.desk("2026-06-01"), of)


@pytest.mark.parametrize("steps", [2, 12], ids=["cents", "true floating numbers"])
def test_one_digest_for_any_threads_memory_and_order_of_rows(source, steps, monkeypatch):
    frames, found = tables(steps=steps), set()
    for threads, memory, order in ((1, 2.0, None), (2, 2.0, None), (3, 0.2, 5), (2, 2.0, 6)):
        # Texts of few values are codes or not: nothing but room depends on it.
        monkeypatch.setattr(people, "MOST_CODES", 0 if order == 6 else 1_000)
        deliver(source, frames, order=order)
        source.settings |= {"memory_limit_gb": memory, "threads": threads}
        for of in (study(looks=LOOKS), study(design__cluster="agent_id")):
            looked = evidence(source, of)
            assert bool(looked.looks) == (of.looks is not None)
            assert looked.moments["net_value_30d"]["coupon"].cov[1, 1] > 0 and looked.unused
            found.add((of.design.cluster, digest(looked)))
    assert len(found) == 2


def test_orders_without_any_margin_are_summed_once(source):
    frames, sums = tables(), []
    source.settings["observed_until"] = "2026-06-01T00:00:00"
    for orders in (frames["orders"], frames["orders"].assign(margin=float("nan"))):
        deliver(source, {**frames, "orders": orders})
        found = measured_of(source.desk("2026-06-01"), study(), ["margin_30d", "revenue_30d"])
        sums.append(len(found.values.bases))
    assert sums == [3, 1]


def by_customer(frames, rate=0.3, days=30):
    """Net value and the like of every customer, by pandas."""
    people = frames["perk_assignments"].query("experiment_id == 'e'").set_index("assignment_id")
    window = timedelta(days=days)

    def near(table, stamp, key):
        both = frames[table].merge(
            people.reset_index()[["assignment_id", "customer_id", "assigned_at"]],
            on=key,
            suffixes=("", "_u"),
        )
        wait = both[stamp] - both["assigned_at"]
        return both.assign(wait=wait)

    orders = near("orders", "ordered_at", "customer_id").query("cancelled_at.isna()")
    orders["worth"] = orders.margin.fillna(orders.amount * rate)
    after = orders[(orders.wait > timedelta(0)) & (orders.wait <= window)].groupby("assignment_id")
    past = orders[(orders.wait > -timedelta(days=90)) & (orders.wait <= timedelta(0))]
    cancelled = frames["orders"].dropna(subset="cancelled_at").order_id
    uses = near("perk_redemptions", "redeemed_at", "assignment_id")
    uses = uses[~uses.order_id.isin(cancelled) & (uses.wait > timedelta(0)) & (uses.wait <= window)]
    discount = (
        uses.groupby("assignment_id").discount_amount.sum().reindex(people.index, fill_value=0)
    )
    cost = people.unit_cost.where(people.delivered_at.notna(), 0).fillna(0)
    return pd.DataFrame(
        {
            "variant": people.variant,
            "repurchase_30d": after.size().reindex(people.index, fill_value=0).gt(0).astype(float),
            "net_value_30d": after.worth.sum().reindex(people.index, fill_value=0)
            - discount
            - cost,
            "perk_cost_30d": discount + cost,
            "spent_before_90d": past.groupby("assignment_id")
            .amount.sum()
            .reindex(people.index, fill_value=0),
        }
    )


def test_moments_equal_pandas_on_the_rows(source):
    frames = tables()
    deliver(source, frames)
    found, rows = evidence(source, study()).moments["net_value_30d"], by_customer(frames)
    names = [n for n in rows.columns if n != "variant"]
    for arm, part in rows.groupby("variant"):
        at_ = [found[arm].names.index(n) for n in names]
        assert found[arm].n == len(part)
        np.testing.assert_allclose(found[arm].mean[at_], part[names].mean(), rtol=1e-11)
        np.testing.assert_allclose(
            found[arm].cov[np.ix_(at_, at_)],
            np.cov(part[names].to_numpy().T),
            rtol=1e-9,
            atol=1e-12,
        )


def test_a_column_of_thousands_of_products_makes_few_cells(source):
    deliver(source, tables())
    of = study()
    found = evidence(source, of)
    assert len(found.segments["product_id"]) == per_customer.MOST_PARTS
    assert len(found.split_by["product_id"]) > 4000
    sizes = {p: sum(by.values()) for p, by in found.split_by["product_id"].items()}
    largest = sorted(sizes, key=lambda p: (-sizes[p], p))[: per_customer.MOST_PARTS - 1]
    assert {*largest, per_customer.OTHERS} == set(found.segments["product_id"])


def test_variants_that_are_no_arms_are_refused_before_any_cell_is_made(source, monkeypatch):
    monkeypatch.setattr(people, "MOST_VARIANTS", 2)
    deliver(source, tables())
    with pytest.raises(NotAvailable, match="more than 2 variants"):
        evidence(source, study())


@pytest.mark.parametrize(
    ("share", "cents"),
    [(0.005, 1), (0.015, 2), (-0.005, 0), (-0.015, -1), (0.0049, 0), (-0.0051, -1)],
)
def test_half_cents_go_up_whatever_their_sign(source, observed, share, cents):
    """Exactly, where a floating sum would be decided by its last bit."""
    rows = ["assignment_id experiment_id customer_id variant assigned_at"]
    source.table("perk_assignments", "\n".join([*rows, "P1 e A control 2026-01-10"]))
    head = "order_id customer_id ordered_at amount margin"
    source.table("orders", f"{head}\nO1 A 2026-01-12 1 {share}")
    measured = measured_of(observed(), perk_study(), ["margin_30d"])
    assert per_customer.histograms(measured, "margin_30d")["control"].values.tolist() == [
        cents / 100
    ]
    assert rows_of(measured, 30)[0]["margin_30d"] == share


def test_a_sum_too_large_for_its_place_raises_and_never_wraps(source, observed):
    rows = ["assignment_id experiment_id customer_id variant assigned_at"]
    source.table("perk_assignments", "\n".join([*rows, "P1 e A control 2026-01-10"]))
    huge = "\n".join(f"O{i} A 2026-01-12 4e15" for i in range(1000))
    source.table("orders", f"order_id customer_id ordered_at amount\n{huge}")
    assert measured_of(observed(), perk_study(), ["revenue_30d"]).values.most[0] > 2**52
    huge = "\n".join(f"O{i} A 2026-01-12 9e18" for i in range(3))
    source.table("orders", f"order_id customer_id ordered_at amount\n{huge}")
    with pytest.raises(EngineError):
        measured_of(observed(), perk_study(), ["revenue_30d"])


def test_products_of_large_sums_are_exact(source, observed):
    amounts = [3_000_000_000.07, 9_000_000_000.03, 1.01]
    rows = [f"P{i} e C{i} control 2026-01-10" for i in range(3)]
    head = "assignment_id experiment_id customer_id variant assigned_at"
    source.table("perk_assignments", "\n".join([head, *rows]))
    sold = [f"O{i} C{i} 2026-01-12 {amount:.2f}" for i, amount in enumerate(amounts)]
    source.table("orders", "\n".join(["order_id customer_id ordered_at amount", *sold]))
    exact = [Fraction(f"{amount:.2f}") for amount in amounts]
    mean = sum(exact) / 3
    variance = sum((x - mean) ** 2 for x in exact) / 2
    found = moments(observed(), perk_study(), ["revenue_30d"])["revenue_30d"]["control"]
    assert found.of("revenue_30d") == (3, float(mean), float(variance))


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ("1.25 3 0", 100), ("1.255 2", 10_000), ("0.000125 1", 1_000_000), ("0.1 1e-9", 2**47),
        ("0.123456789 3.5", 2**42), ("1e13 0.5", 100), ("5e17 0.3", 1), ("", 100),
    ],
)  # fmt: skip
def test_the_steps_of_a_column(values, steps):
    engine = DuckDB()
    listed = ", ".join(f"({v})" for v in values.split()) or "(NULL)"
    engine.run(f"CREATE TABLE t AS SELECT CAST(v AS DOUBLE) AS v FROM (VALUES {listed}) x(v)")
    found = scale_of(engine, "t", "v")
    engine.close()
    assert found.steps == steps


def test_true_floating_numbers_keep_twelve_digits_of_their_variance():
    rng = RNG(3)
    for x in (rng.random(20_000), rng.lognormal(0, 2.5, 20_000), rng.pareto(1.1, 20_000)):
        steps = scale_for(float(abs(x).max()), [1, 1, 1]).steps
        whole = [int(np.floor(v * steps + 0.5)) for v in x]
        n, total, squares = len(x), sum(whole), sum(v * v for v in whole)
        ours = (n * squares - total * total) / (n * (n - 1) * steps * steps)
        exact = [Fraction(float(v)) for v in x]
        mean = sum(exact) / n
        assert ours == pytest.approx(
            float(sum((v - mean) ** 2 for v in exact) / (n - 1)), rel=1e-12
        )


def test_stages_are_counted_as_a_sorted_list_would():
    engine, thresholds = DuckDB(), tuple(range(10, 2000, 37))
    rows = engine.rows(f"SELECT v, {_stage('v', thresholds)} FROM range(0, 2100) t(v)")
    engine.close()
    assert rows == [(v, int(np.searchsorted(thresholds, v, side="left"))) for v in range(2100)]


def test_threads_are_the_cores_as_long_as_each_has_room():
    assert usual_threads(0.1) == 1 and usual_threads(0.5) <= 2 and usual_threads(1e6) >= 1
    engine = DuckDB(threads=3)
    assert engine.rows("SELECT current_setting('threads')") == [(3,)]
    engine.close()
