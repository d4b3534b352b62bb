"""What was assigned, in words: customers, or whole clusters of them."""

from __future__ import annotations

from cs_lib import sentences as w
from cs_lib.language import later
from cs_lib.sentences import Text, say

SINGULAR = {
    "customer": later("customer"),
    "agent": later("agent"),
    "team": later("team"),
    "region": later("region"),
    "stratum": later("stratum"),
    "cluster": later("cluster"),
}
PLURAL = {
    "customer": later("customers"),
    "agent": later("agents"),
    "team": later("teams"),
    "region": later("regions"),
    "stratum": later("strata"),
    "cluster": later("clusters"),
}


def one(unit: str) -> Text:
    """The word for one of them: `agent`."""
    return say(SINGULAR[unit])


def many(unit: str) -> Text:
    """The word for several: `strata`."""
    return say(PLURAL[unit])


def number_of(number: int, unit: str) -> Text:
    """A number of them: `12 agents`."""
    numbers = {
        "customer": w.counted(number, "customer"),
        "agent": w.counted(number, "agent"),
        "team": w.counted(number, "team"),
        "region": w.counted(number, "region"),
        "stratum": w.counted(number, "stratum", "strata"),
        "cluster": w.counted(number, "cluster"),
    }
    return numbers[unit]
