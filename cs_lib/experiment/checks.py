"""Checks that studies of every kind share: the decision when one of them blocks, and the doubt they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cs_lib import sentences as w
from cs_lib.language import later
from cs_lib.results import Check, Decision
from cs_lib.sentences import say

REPAIR_FIRST = later("Put this right and run again: {faults}. The effect is withheld until then.")
# More checks in doubt than these are counted, not named.
MOST_NAMED = 2


def blocked(checks: Sequence[Check]) -> Decision | None:
    """`invalid` when a check that blocks has failed; its findings are the reason."""
    broken = [check for check in checks if check.blocks_decision and check.passed is False]
    if not broken:
        return None
    faults = w.listed([w.small(check.called) for check in broken])
    headline = say("No answer: {faults}", faults=faults)
    because = w.together(*(check.found for check in broken))
    return Decision("invalid", because, say(REPAIR_FIRST, faults=faults), "blocked", headline)


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
