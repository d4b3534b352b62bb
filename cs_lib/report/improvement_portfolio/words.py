"""What codes of a portfolio are called."""

from __future__ import annotations

from cs_lib.language import later, say

NAMES = {
    "randomised": later("randomised tests"),
    "before_after": later("before/after studies"),
    "by_team": later("roll-outs by team"),
    "holds": later("holds"),
    "faded": later("faded"),
    "not_shown": later("not shown"),
    "counted": later("in the sum"),
    "inside": later("counted with another study"),
    "outside": later("outside the period, or days or customers unknown"),
    "not_live": later("not in use"),
    "invalid": later("invalid, left out"),
    "unusable": later("no effect to read"),
    "unknown": later("nobody said which way is better"),
    "planned": later("planned"),
    "running": later("still running"),
    "failed": later("failed"),
    "later": later("results of later days only"),
}


def named(code: str) -> str:
    """A code in words."""
    return say(NAMES[code])
