"""Sections of a page on the journey beside its map: pains in full, hours, ways, handoffs, weeks; details folded."""

from __future__ import annotations

from cs_lib.diagnosis.journey_map.result import JourneyResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, never
from cs_lib.report.journey_map.actions import action_names
from cs_lib.report.journey_map.figures import handoffs, hours_held, over_the_weeks, ways
from cs_lib.report.journey_map.tables import (
    by_owner,
    details,
    hours,
    returning,
    shifts,
    slow_and_fast,
    steps,
    variants,
    worked,
)

HOURS = Chapter(later("Where do the hours go?"), "", (hours_held, hours, by_owner))
PAINS = Chapter(later("What is known of each pain?"), "", (details, action_names), opens=never)
WAYS = Chapter(
    later("Which ways do contacts take?"), "", (ways, variants, steps, worked), opens=never
)
HANDS = Chapter(later("Who hands on to whom?"), "", (handoffs, returning), opens=never)
WEEKS = Chapter(later("Did a wait change?"), "", (over_the_weeks, shifts), opens=never)
SLOW = Chapter(later("What do slow contacts have?"), "", (slow_and_fast,), opens=never)


def story(result: JourneyResult) -> Chapters:
    """Every figure and table, each under its question."""
    return chapters("journey_map", (HOURS, PAINS, WAYS, HANDS, WEEKS, SLOW), result)
