"""The map: every phase with what happens, how many, how long, how satisfied, where it hurts, who can end it."""

from __future__ import annotations

from math import isfinite

import pandas as pd

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.result import JourneyResult, PainFinding, in_hours
from cs_lib.language import say
from cs_lib.metrics.queries.journey.durations import PhaseTime
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.journey_map.journey import height, journey
from cs_lib.report.drawing.journey_map.phases import (
    Journey,
    Kind,
    Pain,
    Phase,
    Satisfaction,
    Stay,
    Words,
)
from cs_lib.report.journey_map.words import owner, pain, phase, wait
from cs_lib.report.note import Note

MOST_STEPS, MOST_PAINS = 2, 1  # the table below the map has the other pains
SORTS: dict[str, Kind] = {
    "long_wait": "long_wait",
    "in_the_dark": "left_in_the_dark",
    "no_follow_up": "missing_follow_up",
    "effort": "other",
}


def journey_of_contacts(result: JourneyResult) -> Figure | Note:
    """The way from asking to solved in one picture."""
    times = result.evidence.phases
    if not times:
        return Note(say("There are no steps to draw."))
    data = Journey(
        [_phase(one, result) for one in times], _words(), lambda x: w.percent(x, places=0)
    )
    title = _title(result)
    return figure(
        "the-map",
        title=title,
        caption=say(
            "Bars: median hours in a phase. Satisfaction: of those who answered and came to the phase."
        )
        if result.satisfied
        else say("Bars: median hours in a phase."),
        alt=f"{title}. " + " ".join(_said(one) for one in data.phases),
        data=_data(result),
        wide=journey(data, narrow=False),
        narrow=journey(data, narrow=True),
        height=height(data, narrow=False),
        narrow_height=height(data, narrow=True),
        more=say(
            "A contact waits for an answer until somebody answers it or begins with it. What follows a reopening is"
            " back again. Later phases hold only contacts that got there, so satisfaction differs in who is asked,"
            " too. A mark stands for the customers hit, its filled form for the worst pain."
        ),
    )


def _title(result: JourneyResult) -> str:
    if not result.found:
        return say("The way from asking to solved")
    worst = result.found[0]
    return say("It hurts most here: {pain}", pain=pain(worst.pain))


def _words() -> Words:
    return Words(
        happens=say("What happens"),
        many=say("How many"),
        long=say("How long"),
        satisfied=say("Satisfied"),
        hurts=say("Where it hurts"),
        owner=say("Who can end it"),
        ours=say("with us"),
        customer=say("the customer's own time"),
        third=say("a third party's time"),
        slow=say("up to what the slowest tenth exceeds"),
        worst=say("the worst pain"),
    )


def _phase(one: PhaseTime, result: JourneyResult) -> Phase:
    asked = result.evidence.phases[0].cases
    here = [p for p in result.found if p.phase == one.phase]
    share = one.cases / asked if asked else float("nan")
    return Phase(
        name=phase(one.phase),
        happens=_happens(one.phase, result),
        share=share,
        count=w.count(one.cases),
        share_text=w.percent(share, places=0) if isfinite(share) else "",
        stay=_stay(one),
        satisfaction=_satisfaction(one, result),
        pains=[_mark(p, result) for p in here[:MOST_PAINS]],
        owner=w.capital(owner(here[0].owner)) if here else "",
    )


def _happens(code: str, result: JourneyResult) -> list[str]:
    """The commonest steps of a phase, by their names in the log."""
    steps = [one for one in result.evidence.ways.steps if one.phase == code]
    least = result.study.rule.smallest_cell
    return [w.capital(w.name(one.name)) for one in steps if one.cases >= least][:MOST_STEPS]


def _stay(one: PhaseTime) -> Stay | str:
    median, slow = in_hours(one.median), in_hours(one.p90)
    if median is None or slow is None:
        return ""
    whole = one.all_micros or 1
    customer, third = one.customer_micros / whole, one.third_micros / whole
    return Stay(
        ours=median * (1 - customer - third),
        customer=median * customer,
        third=median * third,
        slow=slow,
        text=wait(median),
        slow_text=say("1 in 10: over {wait}", wait=wait(slow)),
    )


def _satisfaction(one: PhaseTime, result: JourneyResult) -> Satisfaction | str:
    if not result.satisfied:
        return ""
    if not one.offered:
        return say("not asked")
    if one.answered < result.study.rule.smallest_cell:
        return say("too few answers")
    found = result.satisfied[one.phase]
    return Satisfaction(
        found.value,
        found.low,
        found.high,
        w.percent(found.value, places=0),
        say("{rate} answered", rate=w.percent(one.answered / one.offered, places=0)),
    )


def _mark(one: PainFinding, result: JourneyResult) -> Pain:
    return Pain(
        SORTS[one.sort],
        pain(one.pain),
        say("{n} a month", n=w.count(round(one.customers))),
        worst=one is result.found[0],
    )


def _said(one: Phase) -> str:
    """A phase in words, for whoever cannot see the map."""
    parts = [one.name, f"{one.count} ({one.share_text})" if one.share_text else one.count]
    if isinstance(one.stay, Stay):
        parts.append(one.stay.text)
    if isinstance(one.satisfaction, Satisfaction):
        parts.append(say("{share} satisfied", share=one.satisfaction.text))
    parts += [w.spaced(p.words, p.hit) for p in one.pains]
    return w.separated(parts) + "."


def _data(result: JourneyResult) -> pd.DataFrame:
    rows = [
        {
            "phase": one.phase,
            "contacts": one.cases,
            "customers": one.customers,
            "median_hours": in_hours(one.median),
            "p90_hours": in_hours(one.p90),
            "hours": in_hours(one.all_micros),
            "customer_hours": in_hours(one.customer_micros),
            "third_party_hours": in_hours(one.third_micros),
            "offered": one.offered,
            "answered": one.answered,
            "satisfied": one.satisfied,
        }
        for one in result.evidence.phases
    ]
    return pd.DataFrame(rows)
