"""The plan: every planted constant of the simulated service desk, in one place.

Shares and probabilities are 0..1, money is CNY, medians of durations are in hours unless the name
says otherwise. Dates are shares of the simulated period, so that they move with its length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cs_lib.data.simulate.causes.plan import CausesPlan
from cs_lib.data.simulate.journey.plan import JourneyPlan
from cs_lib.data.simulate.needs import NEEDS, Need
from cs_lib.data.simulate.scorecard.plan import ScorecardPlan

CHANNELS = ("phone", "chat", "email", "app", "web", "social", "store")
SEGMENTS = ("new", "regular", "vip")
REGIONS = ("east", "south", "north", "central", "southwest", "northwest")


@dataclass(frozen=True, slots=True)
class Product:
    """One product: share of orders, mean amount, list margin as a share of the amount."""

    product_id: str
    category: str
    order_share: float
    mean_amount: float
    margin_share: float


@dataclass(frozen=True, slots=True)
class Team:
    """One team: share of human-handled contacts and its effect on log durations."""

    team_id: str
    name: str
    tier: int
    calendar_id: str
    contact_share: float
    log_effect: float
    agents: int


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log with what it really does (factor 1 = nothing)."""

    change_id: str
    name: str
    kind: str
    live_share: float  # of the period
    ramp_days: int
    scope: str
    primary_metric: str
    expected_direction: Literal["up", "down"]
    owner: str
    comparison_scope: str | None = None
    teams: tuple[str, ...] = ()
    first_response_factor: float = 1.0
    resolution_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Perk:
    """One variant of the perk test; `order_rate_factor` acts for 60 days after assignment."""

    variant: str
    perk_kind: str
    order_rate_factor: float
    redeemer_share: float  # customers who would use the perk when they order within validity
    discount_rate: float  # of the amount of every order in validity; 0 = one fixed face value
    face_value: float
    unit_cost: float  # per delivered perk, without the discount itself
    csat_shift: float
    nps_shift: float


PRODUCTS = (
    Product("SKU-01", "kitchen", 0.11, 150.0, 0.36),
    Product("SKU-02", "kitchen", 0.09, 95.0, 0.34),
    Product("SKU-03", "kitchen", 0.12, 180.0, 0.36),
    Product("SKU-04", "home", 0.10, 80.0, 0.38),
    Product("SKU-05", "home", 0.09, 110.0, 0.36),
    Product("SKU-06", "home", 0.07, 160.0, 0.34),
    Product("SKU-07", "personal_care", 0.12, 60.0, 0.40),
    Product("SKU-08", "personal_care", 0.08, 85.0, 0.40),
    Product("SKU-09", "electronics", 0.07, 260.0, 0.28),
    Product("SKU-10", "electronics", 0.05, 190.0, 0.30),
    Product("SKU-11", "toys", 0.06, 90.0, 0.38),
    Product("SKU-12", "toys", 0.04, 70.0, 0.40),
)

TEAMS = (
    Team("T01", "Order desk east", 1, "round_the_clock", 0.11, 0.05, 9),
    Team("T02", "Order desk south", 1, "round_the_clock", 0.11, -0.10, 9),
    Team("T03", "Order desk north", 1, "round_the_clock", 0.10, 0.15, 8),
    Team("T04", "Order desk west", 1, "round_the_clock", 0.10, 0.00, 8),
    Team("T05", "General desk 1", 1, "round_the_clock", 0.10, -0.05, 8),
    Team("T06", "General desk 2", 1, "round_the_clock", 0.10, 0.10, 8),
    Team("T07", "General desk 3", 1, "round_the_clock", 0.09, -0.15, 7),
    Team("T08", "General desk 4", 1, "round_the_clock", 0.09, 0.05, 7),
    Team("T09", "Refunds and invoices", 2, "extended_day", 0.08, 0.25, 6),
    Team("T10", "Product specialists", 2, "extended_day", 0.08, 0.30, 6),
    Team("T11", "Complaint resolution", 3, "extended_day", 0.04, 0.40, 3),
    Team("T12", "Virtual assistant", 0, "round_the_clock", 0.00, 0.00, 1),
)

CHANGES = (
    Change(
        "F01", "Chat entry on the order page", "tool", 0.40, 0, "channel in (chat)",
        "contact_rate", "down", "digital",
    ),
    Change(
        "F02", "New greeting script", "script", 0.45, 0, "team_id in (T05, T06)",
        "first_response_minutes", "down", "service operations",
        "team_id in (T07, T08)", ("T05", "T06"),
    ),
    Change(
        "F03", "Rewritten manual for SKU-03", "product_fix", 0.50, 0,
        "need_code in (unclear_manual)", "repeat_contact_rate_30d", "down", "product",
    ),
    Change(
        "F04", "Skill-based routing", "routing", 0.60, 7, "team_id in (T01, T02, T03, T04)",
        "resolution_hours", "down", "service operations",
        "team_id in (T05, T06, T07, T08)", ("T01", "T02", "T03", "T04"), 0.70, 0.78,
    ),
)  # fmt: skip

PERKS = (
    Perk("control", "none", 1.00, 0.00, 0.00, 0.0, 0.0, 0.0, 0.0),
    Perk("coupon", "coupon", 1.40, 0.60, 0.00, 10.0, 0.5, 0.10, 0.2),
    Perk("discount", "discount", 1.10, 0.75, 0.10, 12.0, 0.5, 0.10, 0.1),
    Perk("custom_care", "custom_care", 1.12, 0.00, 0.00, 0.0, 35.0, 0.45, 0.9),
)


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """Who buys, and how often."""

    orders_per_year: float = 4.7  # while a customer; newcomers arrive evenly over the period
    rate_shape: float = 1.3  # gamma shape of the order rates
    newcomer_share: float = 0.30
    stay_days: float | None = None  # a customer for so long; then as many come every day as leave
    vip_share: float = 0.12  # of customers known before the period, by order rate
    referred_share: float = 0.12  # of newcomers; no perk changes it
    visit_share: float = 0.06  # customers active on an average day without ordering


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """Demand by day and what happens to an order."""

    rho: float = 0.5  # lag-one autocorrelation of the daily log demand factor
    daily_sd: float = 0.15
    weekday: tuple[float, ...] = (0.98, 0.95, 0.96, 0.98, 1.03, 1.08, 1.02)  # Monday first
    season: float = 0.08  # amplitude, highest in mid-December
    late_share: float = 0.08  # of delivered orders
    late_load: float = 0.8  # power of the demand factor in the chance of being late
    cancel_share: float = 0.025
    amount_sigma: float = 0.60


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """How contacts arrive and how they are worked."""

    channel_before: tuple[float, ...] = (0.24, 0.24, 0.14, 0.18, 0.10, 0.06, 0.04)
    channel_after: tuple[float, ...] = (0.19, 0.37, 0.10, 0.16, 0.09, 0.06, 0.03)
    response_minutes: tuple[float, ...] = (3.0, 6.0, 150.0, 25.0, 60.0, 45.0, 4.0)  # by channel
    bot_share: float = 0.16  # of chat, app and web: no human at all
    mixed_share: float = 0.16  # of chat, app and web: the assistant first, then a human
    response_sd: float = 0.9
    resolution_sd: float = 1.05
    shock_rho: float = 0.5
    shock_sd: float = 0.20  # of the daily log duration shock that all teams share
    load_effect: float = 0.35  # of the log demand factor on log durations
    weekday_effect: tuple[float, ...] = (0.15, 0.05, 0.0, 0.0, 0.0, -0.05, 0.05)
    transfer_share: float = 0.09
    misrouted_transfer_share: float = 0.75
    return_share: float = 0.2  # of transferred contacts: they return to the first team
    transfer_effect: float = 0.45  # on log resolution time
    reopen_effect: float = 1.1
    close_timer_hours: float = 168.0
    timer_share: float = 0.85
    repeat_mean_days: float = 7.0
    withdrawn_share: float = 0.012
    duplicate_share: float = 0.018
    spam_share: float = 0.012
    anonymous_share: float = 0.03  # of contacts not about an order
    follow_up_share: float = 0.45  # of resolved complaints
    internal_note_share: float = 0.10


@dataclass(frozen=True, slots=True)
class FixPlan:
    """The product fix: what one need does before and after it."""

    change_id: str = "F03"
    need_code: str = "unclear_manual"
    product_id: str = "SKU-03"
    incidence_before: float = 0.14  # first contacts per delivered order of the product
    incidence_after: float = 0.07
    repeat_30d_before: float = 0.32
    repeat_30d_after: float = 0.12


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """Satisfaction (latent, 1-5 before rounding) and who answers."""

    offered_share: float = 0.60
    offer_delay_hours: float = 24.0
    answer_median_hours: float = 24.0
    answer_sigma: float = 0.97
    base: float = 4.75
    noise_sd: float = 1.45
    log_resolution_slope: float = -0.30  # per log unit of resolution time over 10 hours
    repeat_shift: float = -0.8
    late_shift: float = -2.0
    reopen_shift: float = -0.5
    response_intercept: float = -0.9  # logit of answering at score 3
    response_slope: float = 0.30  # per score point
    nps_base: float = 7.4
    nps_sd: float = 2.3
    nps_delay_days: float = 14.0
    nps_response_slope: float = 0.15


@dataclass(frozen=True, slots=True)
class PerkPlan:
    """The two tests that randomised customers."""

    experiment_id: str = "perk_after_complaint"
    perks: tuple[Perk, ...] = PERKS
    start_day: int = 60
    follow_up_days: int = 90  # assignment stops this long before the cut
    effect_days: int = 60
    validity_days: int = 30
    asked_share: float = 1.0  # of contacts that could lead into a test; the others are left alone
    delivered_share: float = 0.97
    broken_experiment_id: str = "broken_split"
    broken_start_day: int = 30
    broken_follow_up_days: int = 30
    broken_stratum: str = "regular"
    broken_loss: float = 0.24  # treatment rows of that stratum lost by logging
    broken_redeemer_share: float = 0.35


@dataclass(frozen=True, slots=True)
class CarePlan:
    """The test in which agents were randomised: half of them follow up in person.

    Delivery, cost and days of effect are those of the perk test. It starts with the period, because
    most customers who write complain and are in that test instead.
    """

    experiment_id: str = "care_by_agent"
    perk_kind: str = "custom_care"
    order_rate_factor: float = 1.5  # of delivered care, on top of the agent's pull
    pull_spread: float = 0.9  # mean and standard deviation of an agent's pull less 1 (exponential)
    start_day: int = 0
    follow_up_days: int = 70


@dataclass(frozen=True, slots=True)
class AssistantPlan:
    """An assistant that answers first contacts in chat, app and web before a human can."""

    change_id: str
    deflected_share: float  # of those first contacts that a human alone would have taken
    abandoned_share: float  # of these, given up by the customer in the dialogue
    return_share: float  # of these, abandoned or not: the customer comes back and asks for a person
    return_mean_hours: float  # exponential, from the end of the dialogue
    csat_shift: float  # on the latent score of these


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything planted; `simulate` follows it and `truth` states its consequences."""

    customers: CustomerPlan = field(default_factory=CustomerPlan)
    orders: OrderPlan = field(default_factory=OrderPlan)
    contacts: ContactPlan = field(default_factory=ContactPlan)
    fix: FixPlan = field(default_factory=FixPlan)
    surveys: SurveyPlan = field(default_factory=SurveyPlan)
    perks: PerkPlan = field(default_factory=PerkPlan)
    care: CarePlan = field(default_factory=CarePlan)
    needs: tuple[Need, ...] = NEEDS
    products: tuple[Product, ...] = PRODUCTS
    teams: tuple[Team, ...] = TEAMS
    changes: tuple[Change, ...] = CHANGES
    mix_shift_change_id: str = "F01"
    assistant: AssistantPlan | None = None
    causes: CausesPlan | None = None
    journey: JourneyPlan | None = None
    scorecard: ScorecardPlan | None = None
    lead_days: int = 28  # simulated before the period and not shown

    def change(self, change_id: str) -> Change:
        """One entry of the change log."""
        return next(c for c in self.changes if c.change_id == change_id)
