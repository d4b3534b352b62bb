"""The planted truths as records. Expectations follow from planted rates, not from draws."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from cs_lib.data.simulate.causes.truth import CausesTruth
from cs_lib.data.simulate.journey.truth import JourneyTruth
from cs_lib.data.simulate.plan import Plan
from cs_lib.data.simulate.scorecard.truth import ScorecardTruth


@dataclass(frozen=True, slots=True)
class OrderTruth:
    """Orders: shares of delivered (late) and placed (cancelled) orders, means in CNY per order."""

    expected_orders: float  # without those that perks and agents cause
    late_share: float
    cancel_share: float
    mean_amount: float
    mean_margin: float  # list margin of an order that is not cancelled
    demand_rho: float


@dataclass(frozen=True, slots=True)
class NeedTruth:
    """One need: first contacts per order or customer year, and the chance of a repeat contact.

    Repeats are those that refer to the contact as parent, after a resolution by anyone.
    """

    need_code: str | None
    issue: str
    owner: str
    root_cause: str | None
    per_order_in_time: float
    per_order_late: float
    per_customer_year: float
    repeat_7d: float
    repeat_30d: float


@dataclass(frozen=True, slots=True)
class FixTruth:
    """The product fix: incidence by opening date, repeats by resolution date of the contact.

    `chance_repeat_30d_*` is the chance of an unrelated second contact of the same customer on the
    same need within 30 days, from buying the product again; it comes on top of the planted repeats.
    """

    change_id: str
    need_code: str
    product_id: str
    live_at: pd.Timestamp
    incidence_before: float  # first contacts per delivered order of the product
    incidence_after: float
    repeat_7d_before: float
    repeat_7d_after: float
    repeat_30d_before: float
    repeat_30d_after: float
    chance_repeat_30d_before: float
    chance_repeat_30d_after: float
    contacts_per_1000_before: float  # of all orders but those that agents add; withdrawn left out
    contacts_per_1000_after: float


@dataclass(frozen=True, slots=True)
class ChangeTruth:
    """One change of the log and its true factors on both durations (1 = nothing).

    Factors act on contacts opened from `live_at` whose `team_id` is in `teams`, calendar clock;
    during the ramp the log factor grows in proportion to elapsed time.
    """

    change_id: str
    kind: str
    live_at: pd.Timestamp
    ramp_days: int
    teams: tuple[str, ...]
    first_response_factor: float
    resolution_factor: float
    is_null: bool  # moves no duration and no rate; F01 moves the channel mix only

    def resolution_factor_after(self, days: float) -> float:
        """The factor on the time to resolution of a contact opened so many days after going live."""
        grown = min(max(days, 0.0) / self.ramp_days, 1.0) if self.ramp_days else float(days >= 0)
        return float(self.resolution_factor**grown)


@dataclass(frozen=True, slots=True)
class MixTruth:
    """The step in the channel mix of all contacts: shares before and after."""

    change_id: str
    live_at: pd.Timestamp
    before: dict[str, float]
    after: dict[str, float]


@dataclass(frozen=True, slots=True)
class SurveyTruth:
    """Who answers a csat survey: logit = intercept + slope x (score - 3); offers are random."""

    offered_share: float
    response_intercept: float
    response_slope: float
    response_by_score: tuple[float, ...]  # scores 1 to 5
    latent_shifts: dict[str, float]  # points on the 1-5 scale before rounding


@dataclass(frozen=True, slots=True)
class VariantTruth:
    """One variant over everyone who entered the test: what to expect had all been given it.

    Shares count placed orders, cancelled or not, in (assigned_at, assigned_at + N days]. Money is
    CNY per assigned customer in 60 days, difference to control: net value = extra list margin
    - redeemed discounts - unit cost of delivered perks. Expected z = true effect over its standard
    error with equal arms.
    """

    variant: str
    perk_kind: str
    order_rate_factor: float
    delivered_share: float
    repurchase_30d: float
    repurchase_60d: float
    repurchase_90d: float
    repurchase_60d_effect: float
    redemption_share: float  # assigned customers with at least one redemption
    margin_60d: float  # not a difference: list margin earned per assigned customer
    extra_margin_60d: float
    discount_60d: float
    perk_cost: float
    net_value_60d: float
    csat_shift: float
    nps_shift: float
    repurchase_60d_expected_z: float
    net_value_60d_expected_z: float


@dataclass(frozen=True, slots=True)
class PerkTruth:
    """The perk test; referrals are not moved by any perk."""

    experiment_id: str
    customers: int
    variants: tuple[VariantTruth, ...]

    def variant(self, name: str) -> VariantTruth:
        """One variant by name."""
        return next(v for v in self.variants if v.variant == name)


@dataclass(frozen=True, slots=True)
class SplitTruth:
    """The test whose logging loses treatment rows of one stratum; the perk does nothing."""

    experiment_id: str
    planned_treatment_share: float
    lost_stratum: str
    lost_share: float
    expected_treatment_share: float
    effect: float


@dataclass(frozen=True, slots=True)
class ClusterTruth:
    """The test that randomised agents: what to expect of its customers, whoever served them.

    Shares and money as in `VariantTruth`, over everyone in the test given the pulls of the agents,
    had all been given the variant. Nobody with a complaint that led to the perk test is in it.
    """

    experiment_id: str
    customers: int
    agents: dict[str, int]  # by variant
    order_rate_factor: float  # of delivered care, times the agent's pull
    pull_spread: float  # standard deviation of the agents' factors on the order rate
    delivered_share: float
    repurchase_60d: dict[str, float]  # by variant
    repurchase_60d_effect: float
    margin_60d: dict[str, float]  # by variant; not a difference
    extra_margin_60d: float
    perk_cost: float
    net_value_60d: float


@dataclass(frozen=True, slots=True)
class AssistantTruth:
    """The assistant that answers first: contacts by opening date, before and well after its change.

    Contacts per 1,000 orders leave out merged, spam and cancelled ones, and orders that agents add
    (these bring no contacts). Deflection and containment
    are shares of contacts that a bot started: no person worked on it; and resolved, with no repeat
    within 72 hours. Buying again and asking the same by chance comes on top and is not stated.
    """

    change_id: str
    contacts_per_1000_before: float
    contacts_per_1000_after: float
    deflection_before: float
    deflection_after: float
    containment_before: float
    containment_after: float


@dataclass(frozen=True, slots=True)
class Truth:
    """All planted truths of one simulated desk."""

    plan: Plan
    holidays: tuple[dt.date, ...]
    orders: OrderTruth
    needs: tuple[NeedTruth, ...]
    fix: FixTruth
    changes: tuple[ChangeTruth, ...]
    mix_shift: MixTruth
    surveys: SurveyTruth
    perks: PerkTruth
    broken_split: SplitTruth
    care_by_agent: ClusterTruth
    assistant: AssistantTruth | None
    needs_and_causes: CausesTruth | None
    journey: JourneyTruth | None
    scorecard: ScorecardTruth | None

    def change(self, change_id: str) -> ChangeTruth:
        """One change by id."""
        return next(c for c in self.changes if c.change_id == change_id)

    def need(self, need_code: str) -> NeedTruth:
        """One need by code."""
        return next(n for n in self.needs if n.need_code == need_code)
