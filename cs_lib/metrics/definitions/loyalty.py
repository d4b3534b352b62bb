"""Whether customers stay and tell others: what they buy, whom they bring, what they say, which perks they use."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.definitions.contacts import EMPTY, REAL

NPS = "c.kind = 'nps'"
ANSWERED = "c.answered_at <= c.offered_at + 7 * DAY"
# Cut points go with the scale (lowest, highest): detractors up to, promoters from.
CUT_POINTS = {(0, 10): (6, 9), (1, 10): (6, 9), (1, 5): (3, 5)}
# What stays valid for years would keep every later day from being counted.
USABLE = (
    "coalesce(c.perk_kind, 'coupon') NOT IN ('none', 'custom_care') AND c.delivered_at IS NOT NULL"
    " AND c.expires_at >= c.delivered_at AND c.expires_at <= c.delivered_at + 365 * DAY"
)


def _scale(low: float, high: float, table: str = "c.") -> str:
    return f"({table}scale_min = {low} AND {table}scale_max = {high})"


def _bought_again(days: int) -> DailyMetric:
    soon = f"c.next_order <= c.resolved_at + {days} * DAY"
    return DailyMetric(
        name=f"repurchase_after_contact_{days}d",
        title="Contacts whose customer buys again within {days} days",
        unit="share",
        good="up",
        population="resolved contacts with a known customer; merged, spam and cancelled left out",
        counted=f"at least one order of the same customer, not cancelled, within {days} days after the last resolution",
        censoring=f"contacts resolved less than {days} days before the data cut are left out",
        denominator="contacts resolved that day",
        source="repurchase rate from the resolution on; it describes, since who writes and who buys are no chance",
        needs=("contacts", "orders"),
        window_days=days,
        time="c.resolved_at",
        where=f"{REAL} AND c.resolved_at IS NOT NULL AND c.customer_id IS NOT NULL",
        value=f"CASE WHEN {soon} THEN 1 ELSE 0 END",
        filled=(
            ("contacts", "customer_id IS NOT NULL", EMPTY["customer_id"]),
            ("contacts", "resolved_at IS NOT NULL", EMPTY["resolved_at"]),
            (
                "contacts c JOIN orders o ON o.customer_id = c.customer_id",
                "TRUE",
                later("no customer_id of a contact is found among the orders"),
            ),
        ),
        told=(soon, later("an order of the customer of a contact")),
    )


REFERRALS = DailyMetric(
    name="referral_rate",
    title="New customers who were referred, per 1,000 orders",
    unit="per_1000",
    good="up",
    population="customers first seen that day",
    counted="new customers who name another as their referrer, over orders placed that day, times 1,000",
    censoring="none needed",
    denominator=(
        "orders placed that day (cancelled ones included): they stand for the customers who were there to tell others"
    ),
    source="referred new customers per 1,000 who could refer; a lower bound of word of mouth",
    needs=("customers", "orders"),
    window_days=0,
    cases="customers",
    time="c.first_seen_at",
    where="c.first_seen_at IS NOT NULL",
    value="CASE WHEN c.referred_by IS NOT NULL THEN 1000 ELSE 0 END",
    filled=(
        (
            "customers",
            "first_seen_at IS NOT NULL",
            later("first_seen_at is empty in every customer"),
        ),
        ("customers", "referred_by IS NOT NULL", later("referred_by is empty in every customer")),
    ),
    told=("c.referred_by IS NOT NULL", "referred_by"),
    per=("orders", "ordered_at"),
    scoped_by=(),
)

_POINTS = " ".join(
    f"WHEN {_scale(*scale)} AND c.score >= {promoter} THEN 100"
    f" WHEN {_scale(*scale)} AND c.score <= {detractor} THEN -100"
    for scale, (detractor, promoter) in CUT_POINTS.items()
)
_KNOWN = " OR ".join(_scale(*scale, table="") for scale in CUT_POINTS)

PROMOTER_SCORE = DailyMetric(
    name="promoter_score",
    title="Net promoter score",
    unit="score",
    good="up",
    population="nps surveys answered within 7 days; who does not answer is unknown",
    counted=(
        "percent of answers from promoters minus percent from detractors, -100 to 100: 9 and 10 against 0 to 6 on a"
        " scale to 10, 5 against 1 to 3 on a scale of 1 to 5"
    ),
    censoring="surveys offered less than 7 days before the data cut are left out",
    denominator="answers to surveys offered that day; the response rate stands beside it",
    source="net promoter score (Reichheld 2003); cut points go with the scale",
    needs=("contacts", "surveys"),
    window_days=7,
    cases="surveys",
    time="c.offered_at",
    where=f"{NPS} AND {ANSWERED}",
    value=f"CASE {_POINTS} ELSE 0 END",
    filled=(
        (
            "surveys",
            "kind = 'nps' AND answered_at IS NOT NULL",
            later("no survey of kind nps has an answer"),
        ),
    ),
    barred=(
        (
            "surveys",
            f"kind = 'nps' AND score IS NOT NULL AND NOT coalesce({_KNOWN}, FALSE)",
            later(
                "an nps survey was answered on a scale without known cut points: 0 to 10, 1 to 10 and 1 to 5 have them"
            ),
        ),
    ),
)

PROMOTER_RESPONSE = DailyMetric(
    name="promoter_response_rate",
    title="Recommendation surveys answered",
    unit="share",
    good="up",
    population="nps surveys offered",
    counted="answered within 7 days",
    censoring="surveys offered less than 7 days before the data cut are left out",
    denominator="surveys offered that day",
    source="response rate",
    needs=("contacts", "surveys"),
    window_days=7,
    cases="surveys",
    time="c.offered_at",
    where=NPS,
    value=f"CASE WHEN {ANSWERED} THEN 1 ELSE 0 END",
    filled=(("surveys", "kind = 'nps'", later("no survey is of kind nps")),),
    told=("c.answered_at IS NOT NULL", "answered_at"),
)

PERK_REDEMPTION = DailyMetric(
    name="perk_redemption",
    title="Delivered perks that were used in time",
    unit="share",
    good="up",
    population="coupons and discounts delivered, with an end of validity at most 365 days later",
    counted="used at least once up to the end of validity",
    censoring="days on which a perk was delivered that is valid beyond the data cut are left out, and all after them",
    denominator="perks delivered that day",
    source="redemption rate within validity; it describes and never decides, as only who was given one can use it",
    needs=("perk_assignments", "perk_redemptions"),
    window_days=0,
    cases="perk_assignments",
    time="c.delivered_at",
    until="c.expires_at",
    where=USABLE,
    value="CASE WHEN c.first_redeemed <= c.expires_at THEN 1 ELSE 0 END",
    filled=(
        (
            "perk_assignments",
            "delivered_at IS NOT NULL AND expires_at IS NOT NULL",
            later("no perk has both a delivery and an end of validity"),
        ),
        (
            "perk_assignments a JOIN perk_redemptions r ON r.assignment_id = a.assignment_id",
            "TRUE",
            later("no assignment_id of perk_redemptions is found among the perk_assignments"),
        ),
    ),
    told=("c.first_redeemed IS NOT NULL", "redeemed_at"),
    scoped_by=(),
)

LOYALTY = (
    _bought_again(30),
    _bought_again(90),
    REFERRALS,
    PROMOTER_SCORE,
    PROMOTER_RESPONSE,
    PERK_REDEMPTION,
)
