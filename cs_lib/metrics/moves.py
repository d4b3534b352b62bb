"""What a reader says when a metric moves: `resolution takes 8.0 hours less`, by the metric's name without window.

`{size}` has the unit with it, `{number}` stands where the sentence names the unit itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from cs_lib import sentences as w
from cs_lib.language import later
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.definitions.customers import COMPLAIN_AGAIN
from cs_lib.results import Effect
from cs_lib.sentences import Text, say


@dataclass(frozen=True, slots=True)
class Move:
    """A clause for each direction, and the bad one without a number."""

    more: str
    less: str
    worse: str


MOVES = {
    "first_response_minutes": Move(
        later("the first response takes {size} longer"),
        later("the first response comes {size} sooner"),
        later("the first response takes longer"),
    ),
    "resolution_hours": Move(
        later("resolution takes {size} longer"),
        later("resolution takes {size} less"),
        later("resolution takes longer"),
    ),
    "repeat_contact_rate": Move(
        later("{size} more contacts come back within {days} days"),
        later("{size} fewer contacts come back within {days} days"),
        later("more contacts come back within {days} days"),
    ),
    "reopen_rate": Move(
        later("{size} more resolved contacts are reopened"),
        later("{size} fewer resolved contacts are reopened"),
        later("more resolved contacts are reopened"),
    ),
    "handoffs": Move(
        later("{number} more handoffs per contact"),
        later("{number} fewer handoffs per contact"),
        later("more handoffs between teams"),
    ),
    "contact_rate": Move(
        later("{number} more contacts per 1,000 orders"),
        later("{number} fewer contacts per 1,000 orders"),
        later("more contacts per 1,000 orders"),
    ),
    "csat": Move(
        later("{size} more answers are satisfied"),
        later("{size} fewer answers are satisfied"),
        later("fewer satisfied customers"),
    ),
    "csat_response_rate": Move(
        later("{size} more surveys are answered"),
        later("{size} fewer surveys are answered"),
        later("fewer surveys are answered"),
    ),
    "handle_minutes": Move(
        later("a contact takes {size} more of an agent's time"),
        later("a contact takes {size} less of an agent's time"),
        later("longer handling"),
    ),
    "cost_per_contact": Move(
        later("a contact costs {size} more"),
        later("a contact costs {size} less"),
        later("dearer contacts"),
    ),
    "deflection_rate": Move(
        later("{size} more bot contacts reach no person"),
        later("{size} fewer bot contacts stay with the bot"),
        later("fewer bot contacts stay with the bot"),
    ),
    "resolved_containment": Move(
        later("{size} more bot contacts stay solved without a person"),
        later("{size} fewer bot contacts stay solved without a person"),
        later("fewer bot contacts stay solved without a person"),
    ),
    "late_delivery_rate": Move(
        later("{size} more orders are delivered late"),
        later("{size} fewer orders are delivered late"),
        later("more late deliveries"),
    ),
    "orders_with_problem": Move(
        later("{number} more of 1,000 orders lead to a contact within {days} days"),
        later("{number} fewer of 1,000 orders lead to a contact within {days} days"),
        later("more orders with a problem"),
    ),
    "first_contact_resolution": Move(
        later("{size} more contacts are resolved at the first contact"),
        later("{size} fewer contacts are resolved at the first contact"),
        later("fewer contacts resolved at the first contact"),
    ),
    "followed_up": Move(
        later("{size} more resolved complaints are asked back about within {days} days"),
        later("{size} fewer resolved complaints are asked back about within {days} days"),
        later("fewer complaints that somebody asks back about"),
    ),
    "promises_kept": Move(
        later("{size} more promised follow-ups come"),
        later("{size} fewer promised follow-ups come"),
        later("fewer promises kept"),
    ),
    "repurchase_after_contact": Move(
        later("after {size} more contacts the customer buys again within {days} days"),
        later("after {size} fewer contacts the customer buys again within {days} days"),
        later("fewer customers who buy again after a contact"),
    ),
    "referral_rate": Move(
        later("{number} more new customers are referred per 1,000 orders"),
        later("{number} fewer new customers are referred per 1,000 orders"),
        later("fewer referrals per 1,000 orders"),
    ),
    "promoter_score": Move(
        later("the net promoter score is {size} higher"),
        later("the net promoter score is {size} lower"),
        later("fewer promoters"),
    ),
    "promoter_response_rate": Move(
        later("{size} more recommendation surveys are answered"),
        later("{size} fewer recommendation surveys are answered"),
        later("fewer recommendation surveys are answered"),
    ),
    "perk_redemption": Move(
        later("{size} more delivered perks are used in time"),
        later("{size} fewer delivered perks are used in time"),
        later("fewer perks used in time"),
    ),
    "repurchase": Move(
        later("{size} more customers buy again within {days} days"),
        later("{size} fewer customers buy again within {days} days"),
        later("fewer customers buy again"),
    ),
    "revenue": Move(
        later("revenue per customer in {days} days is {size} higher"),
        later("revenue per customer in {days} days is {size} lower"),
        later("less revenue per customer"),
    ),
    "net_value": Move(
        later("each customer offered it brings in {size} more than it costs"),
        later("each customer offered it costs {size} more than they bring in"),
        later("a loss per customer"),
    ),
    "margin": Move(
        later("margin per customer in {days} days is {size} higher"),
        later("margin per customer in {days} days is {size} lower"),
        later("less margin per customer"),
    ),
    "perk_cost": Move(
        later("perks cost {size} more per customer in {days} days"),
        later("perks cost {size} less per customer in {days} days"),
        later("dearer perks"),
    ),
    "discount": Move(
        later("customers redeem {size} more in discounts within {days} days"),
        later("customers redeem {size} less in discounts within {days} days"),
        later("more discounts redeemed"),
    ),
    "complaint_rate": Move(
        later("{size} more customers complain within {days} days"),
        later("{size} fewer customers complain within {days} days"),
        later("more customers complain"),
    ),
    "visit": Move(
        later("{size} more customers visit again within {days} days"),
        later("{size} fewer customers visit again within {days} days"),
        later("fewer customers visit again"),
    ),
    "orders": Move(
        later("{number} more orders per customer in {days} days"),
        later("{number} fewer orders per customer in {days} days"),
        later("fewer orders per customer"),
    ),
    "contacts": Move(
        later("{number} more contacts per customer in {days} days"),
        later("{number} fewer contacts per customer in {days} days"),
        later("more contacts per customer"),
    ),
    "repeat_complaint": Move(
        later("{size} more customers report the same problem again within {days} days"),
        later("{size} fewer customers report the same problem again within {days} days"),
        later("more customers report the same problem again"),
    ),
    "perks": Move(
        later("{number} more further perks per customer in {days} days"),
        later("{number} fewer further perks per customer in {days} days"),
        later("more further perks"),
    ),
    "redeemed": Move(
        later("{size} more customers use the perk within {days} days"),
        later("{size} fewer customers use the perk within {days} days"),
        later("fewer customers use the perk"),
    ),
    "referrals": Move(
        later("{number} more new customers referred per customer in {days} days"),
        later("{number} fewer new customers referred per customer in {days} days"),
        later("fewer referrals"),
    ),
    "order_value": Move(
        later("revenue per order in {days} days is {size} higher"),
        later("revenue per order in {days} days is {size} lower"),
        later("less revenue per order"),
    ),
    "contacts_per_1000_orders": Move(
        later("{number} more contacts per 1,000 orders in {days} days"),
        later("{number} fewer contacts per 1,000 orders in {days} days"),
        later("more contacts per 1,000 orders"),
    ),
    "csat_score": Move(
        later("satisfaction is {size} higher on the scale of {low} to {high}"),
        later("satisfaction is {size} lower on the scale of {low} to {high}"),
        later("less satisfied customers"),
    ),
    "recommend_score": Move(
        later("customers would recommend us {size} more on the scale of {low} to {high}"),
        later("customers would recommend us {size} less on the scale of {low} to {high}"),
        later("customers would recommend us less"),
    ),
}
COMPLAINS_AGAIN = Move(
    later("{size} more customers complain again within {days} days"),
    later("{size} fewer customers complain again within {days} days"),
    later("more customers complain again"),
)
# A metric that nobody has put into words is told by its label.
OTHERS = Move(
    later("“{label}” is {size} higher"),
    later("“{label}” is {size} lower"),
    later("a worse “{label}”"),
)


def move_of(metric: Metric) -> Move:
    """The clauses of a metric."""
    if metric.title == COMPLAIN_AGAIN:
        return COMPLAINS_AGAIN
    return MOVES.get(metric.name.removesuffix(f"_{metric.window_days}d"), OTHERS)


def moved(metric: Metric, value: float) -> Text:
    """A difference as a clause: `resolution takes 8.0 hours less`."""
    move = move_of(metric)
    return _filled(move.more if value > 0 else move.less, metric, value)


def worse(metric: Metric) -> Text:
    """The bad direction without a number: `more contacts come back within 7 days`."""
    return _filled(move_of(metric).worse, metric, 0.0)


def span(effect: Effect, metric: Metric) -> Text:
    """The interval in the direction of the sentence: signs only where it holds zero or has no end."""
    low, high = effect.effect_ci_low, effect.effect_ci_high
    if low < 0 < high or not (isfinite(low) and isfinite(high)):
        return w.interval(low, high, metric.quantity)
    ends = sorted((abs(low), abs(high)))
    return w.interval(ends[0], ends[1], metric.quantity, signed=False)


def around(effect: Effect, metric: Metric) -> Text:
    """The interval with its level: `95 % interval 2.7 to 13.4 hours`."""
    return say(
        "{level} interval {span}", level=w.confidence(effect.alpha), span=span(effect, metric)
    )


def opening(effect: Effect, metric: Metric) -> Text:
    """The clause as a sentence begins: `Resolution takes 8.0 hours less`."""
    return w.capital(moved(metric, effect.effect))


def headline(effect: Effect, metric: Metric) -> Text:
    """The clause with its interval: `Resolution takes 8.0 hours less (2.7 to 13.4 hours)`."""
    return say("{clause} ({span})", clause=opening(effect, metric), span=span(effect, metric))


def found(effect: Effect, metric: Metric, *, expected: bool = False) -> Text:
    """What an effect says, both values and the interval; no claim of a change when that holds zero.

    `expected` says that the value without the change was not measured but to be expected.
    """
    if effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        return say(
            "{label}: no clear difference ({around}).",
            label=metric.called,
            around=around(effect, metric),
        )
    return say(
        "{clause}: {instead} ({around}).",
        clause=opening(effect, metric),
        instead=w.instead_of(effect.treatment, effect.control, metric.quantity, expected=expected),
        around=around(effect, metric),
    )


def _filled(message: str, metric: Metric, value: float) -> Text:
    gaps: dict[str, object] = {
        "size": w.size(value, metric.quantity),
        "number": w.number(abs(value), metric.quantity),
        **metric.gaps,
        "label": metric.called,
    }
    return say(message, **{name: part for name, part in gaps.items() if f"{{{name}}}" in message})
