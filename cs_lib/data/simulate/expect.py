"""From the plan to the truth records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from cs_lib.data.simulate.causes.expect import Told, causes_truth
from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.contacts import repeats_within_7_days
from cs_lib.data.simulate.demand import public_holidays
from cs_lib.data.simulate.expect_assistant import assistant_truth
from cs_lib.data.simulate.expect_care import cluster_truth
from cs_lib.data.simulate.expect_perks import perk_truth
from cs_lib.data.simulate.journey.expect import journey_truth
from cs_lib.data.simulate.market import late_chance
from cs_lib.data.simulate.plan import CHANNELS, SEGMENTS, Plan
from cs_lib.data.simulate.scorecard.expect import scorecard_truth
from cs_lib.data.simulate.truth import (
    ChangeTruth,
    FixTruth,
    MixTruth,
    NeedTruth,
    OrderTruth,
    SplitTruth,
    SurveyTruth,
    Truth,
)
from cs_lib.data.simulate.work import kept_share
from cs_lib.data.simulate.world import World


@dataclass(frozen=True, slots=True)
class Facts:
    """The population that expectations are taken over: who buys at which rate, who entered."""

    customers: Columns
    orders: Columns
    contacts: Columns
    perks: Columns
    care: Columns
    told: Told | None
    broken_strata: tuple[float, ...]  # shares of the segments before rows were lost
    midnight: pd.Timestamp  # first local midnight of the lead-in as naive UTC


def make_truth(world: World, facts: Facts) -> Truth:
    """All planted truths."""
    clock, orders = world.clock, order_truth(world, facts)
    return Truth(
        plan=world.plan,
        holidays=public_holidays(
            clock.first + dt.timedelta(days=clock.lead), clock.days - clock.lead
        ),
        orders=orders,
        needs=need_truths(world.plan),
        fix=fix_truth(world, facts),
        changes=change_truths(world, facts),
        mix_shift=mix_truth(world, facts),
        surveys=survey_truth(world.plan),
        perks=perk_truth(world, facts.perks, facts.customers),
        broken_split=split_truth(world.plan, facts.broken_strata),
        care_by_agent=cluster_truth(world, facts.care, facts.customers),
        assistant=assistant_truth(
            world, facts.customers, orders=orders.expected_orders, late=orders.late_share
        ),
        needs_and_causes=causes_truth(
            world, (facts.customers, facts.contacts), facts.told, facts.midnight
        ),
        journey=journey_truth(world, facts.contacts, facts.perks, facts.midnight),
        scorecard=scorecard_truth(world, facts.orders, facts.contacts, facts.midnight),
    )


def live_at(world: World, facts: Facts, change_id: str) -> pd.Timestamp:
    """When a change went live, naive UTC; not a time when the log has no such change."""
    live = world.live(change_id)
    if not np.isfinite(live):
        return cast("pd.Timestamp", pd.NaT)
    return facts.midnight + pd.Timedelta(seconds=live)


def order_truth(world: World, facts: Facts) -> OrderTruth:
    """Orders in expectation, given the customers' rates and the demand clock."""
    plan, daily = world.plan, daily_orders(world, facts.customers)
    late = late_chance(plan.orders, world.clock)[world.clock.lead :]
    return OrderTruth(
        expected_orders=float(daily.sum()),
        late_share=float((daily * late).sum() / daily.sum()),
        cancel_share=plan.orders.cancel_share,
        mean_amount=sum(p.order_share * p.mean_amount for p in plan.products),
        mean_margin=sum(p.order_share * p.mean_amount * p.margin_share for p in plan.products),
        demand_rho=plan.orders.rho,
    )


def daily_orders(world: World, customers: Columns) -> Array:
    """Expected orders of each day of the period, from those who are customers at its noon."""
    clock = world.clock
    noon = (np.arange(clock.lead, clock.days) + 0.5) * DAY
    known, gone = (np.searchsorted(customers[name], noon) for name in ("seen", "left"))
    rates = np.concatenate([[0.0], np.cumsum(customers["rate"])])
    return np.asarray((rates[known] - rates[gone]) / 365 * clock.factors[clock.lead :])


def need_truths(plan: Plan) -> tuple[NeedTruth, ...]:
    """Every need; the fixed need with its values before the fix, per order of its product."""
    early, fix = repeats_within_7_days(plan), plan.fix
    rows = []
    for need in plan.needs:
        fixed = need.code == fix.need_code
        repeat = fix.repeat_30d_before if fixed else need.repeat_30d
        incidence = (fix.incidence_before,) * 2 if fixed else (need.per_order, need.per_late_order)
        surface = (need.code, need.issue, need.owner, need.root_cause)
        rows.append(NeedTruth(*surface, *incidence, need.per_customer_year, early * repeat, repeat))
    return tuple(rows)


def fix_truth(world: World, facts: Facts) -> FixTruth:
    """The product fix before and after."""
    fix, early = world.plan.fix, repeats_within_7_days(world.plan)
    return FixTruth(
        change_id=fix.change_id,
        need_code=fix.need_code,
        product_id=fix.product_id,
        live_at=live_at(world, facts, fix.change_id),
        incidence_before=fix.incidence_before,
        incidence_after=fix.incidence_after,
        repeat_7d_before=early * fix.repeat_30d_before,
        repeat_7d_after=early * fix.repeat_30d_after,
        repeat_30d_before=fix.repeat_30d_before,
        repeat_30d_after=fix.repeat_30d_after,
        chance_repeat_30d_before=chance_repeat(world, facts, fix.incidence_before),
        chance_repeat_30d_after=chance_repeat(world, facts, fix.incidence_after),
        contacts_per_1000_before=fix_contacts(
            world.plan, fix.incidence_before, fix.repeat_30d_before
        ),
        contacts_per_1000_after=fix_contacts(world.plan, fix.incidence_after, fix.repeat_30d_after),
    )


def fix_contacts(plan: Plan, incidence: float, repeat: float) -> float:
    """Contacts on the fixed need per 1,000 orders placed, with all that come back."""
    share = next(p.order_share for p in plan.products if p.product_id == plan.fix.product_id)
    stays = kept_share(plan)
    roots = 1_000 * (1 - plan.orders.cancel_share) * share * incidence
    return roots * stays / (1 - stays * repeat)


def chance_repeat(world: World, facts: Facts, incidence: float) -> float:
    """Chance that a customer with one such contact has an unrelated one in the next 30 days.

    Averaged over customers in proportion to their order rate, because contacts follow orders.
    """
    fix, rate = world.plan.fix, facts.customers["rate"]
    share = next(p.order_share for p in world.plan.products if p.product_id == fix.product_id)
    kept = 1 - world.plan.orders.cancel_share
    chance = 1 - np.exp(-rate * 30 / 365 * share * kept * incidence)
    return float(np.average(chance, weights=rate))


def change_truths(world: World, facts: Facts) -> tuple[ChangeTruth, ...]:
    """Every change with its true factors."""
    return tuple(
        ChangeTruth(
            change_id=c.change_id,
            kind=c.kind,
            live_at=live_at(world, facts, c.change_id),
            ramp_days=c.ramp_days,
            teams=c.teams,
            first_response_factor=c.first_response_factor,
            resolution_factor=c.resolution_factor,
            is_null=c.first_response_factor == c.resolution_factor == 1.0
            and c.change_id not in (world.plan.fix.change_id, world.plan.mix_shift_change_id),
        )
        for c in world.plan.changes
    )


def mix_truth(world: World, facts: Facts) -> MixTruth:
    """Channel shares before and after the step."""
    plan = world.plan.contacts
    return MixTruth(
        change_id=world.plan.mix_shift_change_id,
        live_at=live_at(world, facts, world.plan.mix_shift_change_id),
        before=dict(zip(CHANNELS, plan.channel_before, strict=True)),
        after=dict(zip(CHANNELS, plan.channel_after, strict=True)),
    )


def survey_truth(plan: Plan) -> SurveyTruth:
    """The response model and what moves satisfaction."""
    s = plan.surveys
    logits = [s.response_intercept + s.response_slope * (score - 3) for score in range(1, 6)]
    shifts = {"late": s.late_shift, "repeat": s.repeat_shift, "reopened": s.reopen_shift,
              "log_resolution_hours": s.log_resolution_slope}  # fmt: skip
    return SurveyTruth(
        offered_share=s.offered_share,
        response_intercept=s.response_intercept,
        response_slope=s.response_slope,
        response_by_score=tuple(float(1 / (1 + np.exp(-logit))) for logit in logits),
        latent_shifts=shifts,
    )


def split_truth(plan: Plan, strata: tuple[float, ...]) -> SplitTruth:
    """The treatment share to expect in the log after the loss."""
    lost = strata[SEGMENTS.index(plan.perks.broken_stratum)] * plan.perks.broken_loss
    return SplitTruth(
        experiment_id=plan.perks.broken_experiment_id,
        planned_treatment_share=0.5,
        lost_stratum=plan.perks.broken_stratum,
        lost_share=plan.perks.broken_loss,
        expected_treatment_share=(1 - lost) / (2 - lost),
        effect=0.0,
    )
