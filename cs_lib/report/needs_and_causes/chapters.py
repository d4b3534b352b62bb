"""Sections of a page on needs and causes: from what is said to who can end it; details folded."""

from __future__ import annotations

from cs_lib.diagnosis.needs_and_causes.result import NeedsResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, never
from cs_lib.report.needs_and_causes.coded import agreement, rules, teams
from cs_lib.report.needs_and_causes.figures import (
    coming_back,
    needs_by_size,
    over_the_weeks,
    owners,
)
from cs_lib.report.needs_and_causes.tables import (
    by_owner,
    details,
    products,
    rising,
    tree,
    uncoded,
    words_that_rose,
)

SIZES = Chapter(
    later("What do customers need, and how much work is it?"), "", (needs_by_size, tree, details)
)
OWNERS = Chapter(later("Who can end the causes?"), "", (owners, rules, agreement, teams))
BACK = Chapter(later("Who comes back?"), "", (coming_back, by_owner), opens=never)
NEW = Chapter(later("What is new?"), "", (over_the_weeks, rising, words_that_rose), opens=never)
UNCODED = Chapter(
    later("What are contacts without a need about?"),
    later("Words that go together in their texts: a map to read by, no proof."),
    (uncoded,),
    opens=never,
)
PRODUCTS = Chapter(later("Which products bring the most contacts?"), "", (products,), opens=never)


def story(result: NeedsResult) -> Chapters:
    """Every figure and table, each under its question."""
    return chapters("needs_and_causes", (SIZES, OWNERS, BACK, NEW, UNCODED, PRODUCTS), result)
