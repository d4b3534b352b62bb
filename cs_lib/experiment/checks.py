"""Checks that studies of every kind share, and the decision when one of them blocks."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.language import later
from cs_lib.results import Check, Decision
from cs_lib.sentences import say

REPAIR_FIRST = later("Repair the cause, then run again; the effect is withheld until then.")


def blocked(checks: Sequence[Check]) -> Decision | None:
    """`invalid` when a check that blocks has failed; its findings are the reason."""
    broken = [check.found for check in checks if check.blocks_decision and check.passed is False]
    return (
        Decision("invalid", w.together(*broken), say(REPAIR_FIRST), "blocked") if broken else None
    )
