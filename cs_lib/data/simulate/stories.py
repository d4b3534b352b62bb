"""Other desks than the usual one: each plants one story, alone in its change log.

The truths of the perk tests are those of the usual desk; what a story does to them is not stated.
"""

from __future__ import annotations

from cs_lib.data.simulate.plan import TEAMS, AssistantPlan, Change, ContactPlan, Plan, Team

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

STORIES = {"usual": Plan(), "rollout_in_waves": ROLLOUT, "assistant_that_deflects": ASSISTANT}
