"""What each perk is worth in expectation, over the customers who entered the test."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from cs_lib.data.simulate.columns import DAY, MINUTE, Array, Columns
from cs_lib.data.simulate.plan import Perk, Plan
from cs_lib.data.simulate.truth import PerkTruth, VariantTruth
from cs_lib.data.simulate.world import World

WINDOWS = (30, 60, 90)
MEAN_DELIVERY_MINUTES = 30.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """Expected orders per customer without any perk, and money per order in CNY."""

    orders: dict[int, Array]  # by days after assignment
    lifted: dict[int, Array]  # the part of them that falls within the effect of a perk
    valid: Array  # between mean delivery and expiry
    kept: float  # share of orders not cancelled
    amount: float
    margin: float
    margin_squared: float


@dataclass(frozen=True, slots=True)
class Money:
    """CNY per assigned customer in 60 days; variance of margin minus discount per customer."""

    margin: float
    discount: float
    cost: float
    variance: float

    @property
    def value(self) -> float:
        """Margin left after discounts and costs."""
        return self.margin - self.discount - self.cost


def perk_truth(world: World, perks: Columns, customers: Columns) -> PerkTruth:
    """Expectations for every variant over all who entered, whatever they were given."""
    plan, base = world.plan, make_baseline(world, perks, customers)
    count = len(perks["variant"])
    variants = tuple(variant_truth(plan, base, perk, count) for perk in plan.perks.perks)
    return PerkTruth(plan.perks.experiment_id, count, variants)


def make_baseline(world: World, perks: Columns, customers: Columns) -> Baseline:
    """Expected orders from the planted rates and the demand clock."""
    plan, clock = world.plan, world.clock
    rate, start = customers["rate"][perks["customer"]] / 365, perks["assigned"]
    left = customers["left"][perks["customer"]]

    def expected(first: Array, days: float) -> Array:
        span = clock.elapsed(np.minimum(start + days * DAY, left)) - clock.elapsed(first)
        return np.asarray(rate * np.maximum(span, 0.0))

    means = [p.order_share * p.mean_amount for p in plan.products]
    margins = [p.order_share * p.mean_amount * p.margin_share for p in plan.products]
    # Second moment: lognormal amounts, margin share even within a fifth of its mean.
    spread = np.exp(plan.orders.amount_sigma**2) * (1 + 0.2**2 / 3)
    squares = [p.order_share * (p.mean_amount * p.margin_share) ** 2 for p in plan.products]
    return Baseline(
        orders={n: expected(start, n) for n in WINDOWS},
        lifted={n: expected(start, min(n, plan.perks.effect_days)) for n in WINDOWS},
        valid=expected(start + MEAN_DELIVERY_MINUTES * MINUTE, plan.perks.validity_days),
        kept=1 - plan.orders.cancel_share,
        amount=sum(means),
        margin=sum(margins),
        margin_squared=float(spread * sum(squares)),
    )


def variant_truth(plan: Plan, base: Baseline, perk: Perk, count: int) -> VariantTruth:
    """One variant against control."""
    control = plan.perks.perks[0]
    arm = count / len(plan.perks.perks)
    shares = {n: repurchase(plan, base, perk, n) for n in WINDOWS}
    plain = repurchase(plan, base, control, 60)
    own, other = money(plan, base, perk), money(plan, base, control)
    error = np.sqrt((shares[60] * (1 - shares[60]) + plain * (1 - plain)) / arm)
    net = own.value - other.value
    return VariantTruth(
        variant=perk.variant,
        perk_kind=perk.perk_kind,
        order_rate_factor=perk.order_rate_factor,
        delivered_share=delivered(plan, perk),
        repurchase_30d=shares[30],
        repurchase_60d=shares[60],
        repurchase_90d=shares[90],
        repurchase_60d_effect=shares[60] - plain,
        redemption_share=redemption(plan, base, perk),
        margin_60d=own.margin,
        extra_margin_60d=own.margin - other.margin,
        discount_60d=own.discount,
        perk_cost=own.cost,
        net_value_60d=net,
        csat_shift=perk.csat_shift,
        nps_shift=perk.nps_shift,
        repurchase_60d_expected_z=float((shares[60] - plain) / error),
        net_value_60d_expected_z=float(net / np.sqrt((own.variance + other.variance) / arm)),
    )


def delivered(plan: Plan, perk: Perk) -> float:
    """Share of assigned customers whom the perk reaches; control has nothing to deliver."""
    return 0.0 if perk.perk_kind == "none" else plan.perks.delivered_share


def repurchase(plan: Plan, base: Baseline, perk: Perk, days: int) -> float:
    """Expected share with at least one order within so many days."""
    extra = (perk.order_rate_factor - 1) * base.lifted[days]
    reached = 1 - np.exp(-base.orders[days] - extra)
    missed = 1 - np.exp(-base.orders[days])
    share = delivered(plan, perk)
    return float((share * reached + (1 - share) * missed).mean())


def redemption(plan: Plan, base: Baseline, perk: Perk) -> float:
    """Expected share that redeems: reached, willing, and with an order in validity."""
    buys = 1 - np.exp(-perk.order_rate_factor * base.kept * base.valid)
    return float(delivered(plan, perk) * perk.redeemer_share * buys.mean())


def money(plan: Plan, base: Baseline, perk: Perk) -> Money:
    """Margin, discounts and costs of one variant."""
    reached = delivered(plan, perk)
    extra = reached * (perk.order_rate_factor - 1) * base.lifted[60]
    orders = base.kept * (base.orders[60] + extra)
    valid = perk.order_rate_factor * base.kept * base.valid.mean()
    by_rate = reached * perk.redeemer_share * valid * perk.discount_rate * base.amount
    once = redemption(plan, base, perk) * fixed_value(plan, perk.face_value)
    # Mixed compound Poisson; the discount is a small part of the variance and left out.
    variance = orders.mean() * base.margin_squared + orders.var() * base.margin**2
    return Money(
        margin=float(orders.mean() * base.margin),
        discount=float(by_rate if perk.discount_rate > 0 else once),
        cost=reached * perk.unit_cost,
        variance=float(variance),
    )


def fixed_value(plan: Plan, face: float) -> float:
    """Mean discount of a fixed face value: no more than the order's amount (lognormal)."""
    if face == 0:
        return 0.0
    sigma, total = plan.orders.amount_sigma, 0.0
    for product in plan.products:
        distance = float(np.log(face / product.mean_amount)) / sigma
        below = product.mean_amount * NormalDist().cdf(distance - sigma / 2)
        above = face * (1 - NormalDist().cdf(distance + sigma / 2))
        total += product.order_share * (below + above)
    return total
