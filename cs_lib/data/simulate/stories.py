"""Other desks than the usual one: each plants one story, alone in its change log.

The truths of the perk tests are those of the usual desk; what a story does to them is not stated.
"""

from __future__ import annotations

from dataclasses import replace

from cs_lib.data.simulate.causes.plan import CausesPlan, ChancePlan, Surge
from cs_lib.data.simulate.journey.plan import JourneyPlan
from cs_lib.data.simulate.needs import NEEDS, Need
from cs_lib.data.simulate.plan import (
    CHANGES,
    PERKS,
    TEAMS,
    AssistantPlan,
    CarePlan,
    Change,
    ContactPlan,
    CustomerPlan,
    FixPlan,
    PerkPlan,
    Plan,
    SurveyPlan,
    Team,
)
from cs_lib.data.simulate.scorecard.plan import DAYS as TWO_YEARS
from cs_lib.data.simulate.scorecard.plan import Bottleneck, ScorecardPlan

DAYS = 365.0
ALIKE = (0.06, -0.08, 0.03, -0.02, 0.09, -0.05, 0.00, 0.05, -0.04, 0.02, -0.07, 0.04)

WAVES = (84, 119, 154, 189, 224)  # days into the period; two teams each, the last two never
GROWTH_DAYS = 168
GROWN_FACTOR = 0.45


def _floor() -> tuple[Team, ...]:
    """Twelve teams that do the same work, and the assistant."""
    desks = tuple(
        Team(f"T{i:02d}", f"General desk {i}", 1, "round_the_clock", 1 / 12, effect, 8)
        for i, effect in enumerate(ALIKE, start=1)
    )
    return (*desks, Team("T13", "Virtual assistant", 0, "round_the_clock", 0.0, 0.0, 1))


def _wave(number: int, day: int) -> Change:
    """One wave: from its day on, both durations shrink for weeks as people learn."""
    teams = (f"T{2 * number - 1:02d}", f"T{2 * number:02d}")
    return Change(
        f"R{number:02d}", f"Shared answer library, wave {number}", "tool", day / DAYS, GROWTH_DAYS,
        f"team_id in ({', '.join(teams)})", "resolution_hours", "down", "service operations",
        None, teams, GROWN_FACTOR, GROWN_FACTOR,
    )  # fmt: skip


ROLLOUT = Plan(
    contacts=ContactPlan(resolution_sd=0.8),  # like teams, like work
    teams=_floor(),
    changes=tuple(_wave(i, d) for i, d in enumerate(WAVES, start=1)),
)

ASSISTANT = Plan(
    changes=(
        Change(
            "A01", "Assistant answers first", "bot", 182 / DAYS, 0, "channel in (chat, app, web)",
            "first_response_minutes", "down", "digital", None,
            tuple(t.team_id for t in TEAMS if t.tier), 0.70,
        ),
    ),
    assistant=AssistantPlan("A01", 0.75, 0.12, 0.70, 30.0, -2.4),
)  # fmt: skip

RISING = "damaged_in_transit"
THEME = Need(
    code=None, issue="other", owner="unknown", root_cause=None, per_order=0.005, per_late_order=0.005,
    per_customer_year=0.0, when="delivered", complaint_share=0.70, repeat_30d=0.10, reopen_share=0.02,
    resolution_hours=12, handle_seconds=360, subjects=("", ""),
)  # fmt: skip


def _told(need: Need) -> Need:
    """A need of these stories: one comes back by chance only, one is frequent enough for four weeks to show it."""
    if need.code == ChancePlan().need_code:
        return replace(need, repeat_30d=0.0)
    if need.code == RISING:
        return replace(need, per_order=0.014, per_late_order=0.021)
    return need


def _needs(*theme: Need) -> tuple[Need, ...]:
    """All needs, the theme before what is not coded."""
    return (*map(_told, NEEDS[:-1]), *theme, NEEDS[-1])


STEADY_NEEDS = Plan(needs=_needs(), changes=CHANGES[:2], causes=CausesPlan())

EMERGING_NEEDS = Plan(
    needs=_needs(THEME),
    changes=CHANGES[:2],
    causes=CausesPlan(
        surges=(
            Surge("rising", RISING, 1.6, 28),
            Surge("holiday", "promotion_rule_unclear", 4.0, 7),
            Surge("share", "too_complex", 1.0, 28),
        ),
        others_factor=0.65,
        theme_days=56,
    ),
)

JOURNEY = Plan(
    contacts=ContactPlan(response_minutes=(10.0, 20.0, 240.0, 60.0, 120.0, 90.0, 10.0)),
    surveys=SurveyPlan(offered_share=0.90, offer_delay_hours=96.0, response_intercept=-0.4),
    changes=(CHANGES[1],),
    journey=JourneyPlan(),
)


def _quiet(plan: JourneyPlan) -> JourneyPlan:
    """The same steps; nobody is less satisfied for them, and no queue grows."""
    return replace(
        plan,
        chases=replace(plan.chases, shift=0.0),
        handoffs=replace(plan.handoffs, shift=0.0),
        promises=replace(plan.promises, shift=0.0),
        queue=replace(plan.queue, factor=1.0),
    )


def _idle(perks: PerkPlan) -> PerkPlan:
    """Perks handed out to some from the first day to the last, and used; they bring no order and please nobody."""
    return replace(
        perks,
        perks=tuple(
            replace(p, order_rate_factor=1.0, csat_shift=0.0, nps_shift=0.0) for p in PERKS
        ),
        asked_share=0.15,
        start_day=0,
        follow_up_days=0,
        broken_start_day=0,
        broken_follow_up_days=0,
    )


SCORECARD_QUIET = Plan(
    customers=CustomerPlan(stay_days=730),
    surveys=SurveyPlan(offered_share=0.90, response_intercept=-0.4),
    fix=FixPlan(incidence_before=0.30, incidence_after=0.06),
    perks=_idle(PerkPlan()),
    care=CarePlan(order_rate_factor=1.0, pull_spread=0.0, follow_up_days=0),
    changes=(CHANGES[1],),
    journey=_quiet(JourneyPlan()),
    scorecard=ScorecardPlan(),
)

FIX_DAY, SLOW_DAY = 413, 637  # of two years, both Mondays
SCORECARD = replace(
    SCORECARD_QUIET,
    changes=(CHANGES[1], replace(CHANGES[2], live_share=FIX_DAY / TWO_YEARS)),
    scorecard=ScorecardPlan(bottleneck=Bottleneck("T02", SLOW_DAY / TWO_YEARS, 4.0)),
)

STORIES = {
    "usual": Plan(),
    "rollout_in_waves": ROLLOUT,
    "assistant_that_deflects": ASSISTANT,
    "steady_needs": STEADY_NEEDS,
    "emerging_needs": EMERGING_NEEDS,
    "journey": JOURNEY,
    "journey_quiet": replace(JOURNEY, journey=_quiet(JourneyPlan())),
    "scorecard": SCORECARD,
    "scorecard_quiet": SCORECARD_QUIET,
}
