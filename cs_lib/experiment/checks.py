"""Checks that studies of every kind share, and the decision when one of them blocks."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.language import later, say
from cs_lib.results import Check, Decision

REPAIR = later("Repair the cause, then run again; the effect is withheld until then.")


def blocked(checks: Sequence[Check]) -> Decision | None:
    """`invalid` when a check that blocks has failed; its findings are the reason."""
    broken = [check.finding for check in checks if check.blocks_decision and check.passed is False]
    return Decision("invalid", " ".join(broken), say(REPAIR)) if broken else None
