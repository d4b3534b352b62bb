"""What owners, causes and replies are called on a page of needs."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, NeedsResult
from cs_lib.language import later, say
from cs_lib.metrics.needs_and_causes import NeedsEvidence

OWNERS = {
    "agent": later("Agents"),
    "service_flow": later("Service flow"),
    "business_process": later("Business process"),
    "product": later("Product"),
    UNKNOWN: later("Not known"),
}
CAUSES = {
    "A1": later("knowledge gap"),
    "A2": later("wrong or incomplete information"),
    "A3": later("attitude"),
    "A4": later("promise not kept"),
    "A5": later("record incomplete"),
    "S1": later("sent to the wrong team"),
    "S2": later("queue or too few people"),
    "S3": later("passed from team to team"),
    "S4": later("no follow-up or status"),
    "S5": later("dead end of bot or menu"),
    "S6": later("front line may not decide"),
    "S7": later("needless step"),
    "B1": later("late or failed delivery"),
    "B2": later("order, payment or refund handling"),
    "B3": later("unclear rule or promotion"),
    "B4": later("supplier or partner"),
    "B5": later("stock"),
    "B6": later("billing or contract"),
    "P1": later("defect"),
    "P2": later("too complex"),
    "P3": later("manual or wording unclear"),
    "P4": later("function missing"),
    "P5": later("outage or too slow"),
}
REPLIES = {
    "remove": later("Remove the cause"),
    "simplify": later("Make it simpler"),
    "automate": later("Tell customers before they ask"),
    "keep": later("Keep: it is welcome"),
}


def owner(code: str) -> str:
    """An owner in words; a code of one's own as it is."""
    return say(OWNERS[code]) if code in OWNERS else w.capital(w.name(code))


def cause(code: str) -> str:
    """A root cause with its code: `defect (P1)`."""
    if code == UNKNOWN:
        return say("not known")
    return w.bracketed(say(CAUSES[code]), code) if code in CAUSES else w.name(code)


def need(code: str) -> str:
    """A need in words."""
    return say("Without a need") if code == UNKNOWN else w.capital(w.name(code))


def yearly(value: float, result: NeedsResult) -> str:
    """A size of a year in the unit of the order: `12,300 minutes`."""
    n = round(value)
    return w.counted(n, "minute") if result.unit == "minutes" else w.counted(n, "contact")


def span(low: float, high: float) -> str:
    """The ends of an interval of counts."""
    return say("{low} to {high}", low=w.count(round(low)), high=w.count(round(high)))


def places(low: int, high: int) -> str:
    """The range of places of a need."""
    if low == high:
        return say("place {place}", place=low)
    return say("places {low} to {high}", low=low, high=high)


def days(evidence: NeedsEvidence) -> str:
    """The days that are looked at."""
    return w.short_days(evidence.start, evidence.end)
