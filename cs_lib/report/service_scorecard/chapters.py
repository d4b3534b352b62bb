"""Sections of a scorecard beside its grid: the headline, what waits, what drives it, all rows, the watch."""

from __future__ import annotations

from cs_lib.diagnosis.service_scorecard.result import ScorecardResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, never
from cs_lib.report.service_scorecard.figures import backlog, drivers, headline, side_by_side
from cs_lib.report.service_scorecard.tables import (
    definitions,
    not_measured,
    opening,
    rebases,
    signals,
    watched,
)

HEADLINE = Chapter(later("Do fewer orders have a problem?"), "", (headline,), opens=never)
DRIVERS = Chapter(later("What is behind the change?"), "", (drivers,), opens=never)
OPEN = Chapter(later("What waits, and for how long?"), "", (backlog,), opens=never)
ROWS = Chapter(later("Every row by week"), "", (side_by_side,), opens=never)
WATCH = Chapter(
    later("What stands out, and how the watch works"), "", (signals, watched, rebases), opens=never
)
MEANING = Chapter(
    later("What each row counts"), "", (definitions, opening, not_measured), opens=never
)


def story(result: ScorecardResult) -> Chapters:
    """Every figure and table, each under its question."""
    return chapters("service_scorecard", (HEADLINE, DRIVERS, OPEN, ROWS, WATCH, MEANING), result)
