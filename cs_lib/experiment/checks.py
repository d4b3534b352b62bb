"""Checks that studies of every kind share: the decision when one of them blocks, and the doubt they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cs_lib import sentences as w
from cs_lib.language import later
from cs_lib.results import Check, Decision
from cs_lib.sentences import say

REPAIR_FIRST = later("Repair the cause, then run again; the effect is withheld until then.")
# More checks in doubt than these are counted, not named.
MOST_NAMED = 2


def blocked(checks: Sequence[Check]) -> Decision | None:
    """`invalid` when a check that blocks has failed; its findings are the reason."""
    broken = [check for check in checks if check.blocks_decision and check.passed is False]
    if not broken:
        return None
    headline = say("No answer: {faults}", faults=w.listed([w.small(c.called) for c in broken]))
    because = w.together(*(check.found for check in broken))
    return Decision("invalid", because, say(REPAIR_FIRST), "blocked", headline)


def with_doubt(decision: Decision, checks: Sequence[Check]) -> Decision:
    """The decision, with the checks that leave doubt by name."""
    doubts = [w.small(check.called) for check in checks if check.passed is False]
    if not doubts:
        return decision
    named, more = doubts[:MOST_NAMED], len(doubts) - MOST_NAMED
    doubt = (
        say(
            "In doubt: {named}, and {more}.",
            named=w.separated(named),
            more=w.counted(more, "more point"),
        )
        if more > 0
        else say("In doubt: {named}.", named=w.listed(named))
    )
    return replace(decision, reason=w.together(decision.reason, doubt))
