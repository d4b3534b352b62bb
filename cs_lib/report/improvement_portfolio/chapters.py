"""Sections of a portfolio beside its ledger: sums, months, the headline, what holds, forecasts, days, the drawer."""

from __future__ import annotations

from cs_lib.experiment.improvement_portfolio.result import PortfolioResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, never
from cs_lib.report.improvement_portfolio.figures import by_month, top_down
from cs_lib.report.improvement_portfolio.tables import (
    days,
    drawer,
    forecasts,
    held_up,
    sums,
    unmatched,
)

SUMS = Chapter(later("What does each kind of study add up to?"), "", (sums, by_month), opens=never)
HEADLINE = Chapter(
    later("Did the headline move as much as is claimed?"), "", (top_down,), opens=never
)
HOLDS = Chapter(later("What still holds?"), "", (held_up,), opens=never)
FORECASTS = Chapter(later("How good were plans and forecasts?"), "", (forecasts,), opens=never)
DAYS = Chapter(later("How long did it take?"), "", (days,), opens=never)
DRAWER = Chapter(
    later("What is not in the ledger, and what does not fit?"), "", (drawer, unmatched), opens=never
)


def story(result: PortfolioResult) -> Chapters:
    """Every figure and table, each under its question."""
    return chapters(
        "improvement_portfolio", (SUMS, HEADLINE, HOLDS, FORECASTS, DAYS, DRAWER), result
    )
