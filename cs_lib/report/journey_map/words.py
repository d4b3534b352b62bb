"""What phases, holders and pains are called on a page, and how waits are said."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.decide import CAN_END
from cs_lib.diagnosis.journey_map.result import Gap
from cs_lib.language import later, say

PHASES = {
    "asks": later("Asks"),
    "answer": later("Waits for an answer"),
    "work": later("Is worked on"),
    "others": later("Waits on others"),
    "solved": later("Solved"),
    "after": later("Afterwards"),
    "again": later("Back again"),
}
HOLDERS = {
    "in_hand": later("in our hands"),
    "waiting_on_us": later("waiting on us"),
    "customer": later("waiting on the customer"),
    "third_party": later("waiting on a third party"),
}
# The same as heads of narrow columns.
HELD_BY = {
    "in_hand": later("With us"),
    "waiting_on_us": later("Waits on us"),
    "customer": later("Customer"),
    "third_party": later("Third party"),
}
PAINS = {
    "long_answer": later("long wait for an answer"),
    "long_work": later("long in work"),
    "long_third_party": later("long wait for a third party"),
    "long_again": later("long wait after coming back"),
    "chased": later("has to ask again"),
    "handed_on_twice": later("handed on twice or more"),
    "wrote_after_handoff": later("writes again after a handoff"),
    "reopened_soon": later("back within three days"),
    "promise_missed": later("promised call back missed"),
    "no_follow_up": later("complaint never followed up"),
    "asked_for_more": later("asked for more"),
}
TRAITS = {
    "need_code": later("need"),
    "channel": later("channel"),
    "team_id": later("team"),
    "priority": later("priority"),
    "product_id": later("product"),
    "step": later("step"),
}
HOURS_OF_A_DAY = 24
DAYS_FROM = 48  # hours from which a wait is said in days


def phase(code: str) -> str:
    """A phase in words."""
    return say(PHASES[code]) if code in PHASES else w.capital(w.name(code))


def holder(code: str) -> str:
    """Who holds a contact, in words."""
    return say(HOLDERS[code])


def held_by(code: str) -> str:
    """Who holds a contact, as the head of a column."""
    return say(HELD_BY[code])


def pain(code: str) -> str:
    """A pain in words."""
    return say(PAINS[code])


def owner(code: str) -> str:
    """Who can end it."""
    return say(CAN_END[code]) if code in CAN_END else w.name(code)


def trait(kind: str) -> str:
    """What kind of trait it is."""
    return say(TRAITS[kind]) if kind in TRAITS else w.name(kind)


def wait(hours: float | None) -> str:
    """A wait in minutes, hours or days, whichever is read most easily."""
    if hours is None or not isfinite(hours):
        return "–"
    if hours >= DAYS_FROM:
        days = hours / HOURS_OF_A_DAY
        return say("{n} days", n=w.plain(days, 1 if days < 10 else 0))
    if hours >= 1:
        return say("{n} h", n=w.plain(hours, 1 if hours < 10 else 0))
    return say("{n} min", n=w.plain(60 * hours, 0))


def points(gap: Gap | None) -> str:
    """A gap in points with its interval; a dash where there is none."""
    if gap is None:
        return "–"
    value, low, high = (w.plain(100 * x, 0, signed=True) for x in (gap.value, gap.low, gap.high))
    return w.bracketed(value, say("{low} to {high}", low=low, high=high))
