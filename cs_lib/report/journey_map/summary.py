"""The first screen of a journey map: the map, how many come, how long they wait, how satisfied they are, what hurts."""

from __future__ import annotations

from typing import Any

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.result import JourneyResult, PainFinding, in_hours
from cs_lib.language import say
from cs_lib.report.diagnosis_facts import ActionFacts, PainFacts
from cs_lib.report.fact_cards import card
from cs_lib.report.facts import DesignFacts, headline_facts, predicate
from cs_lib.report.journey_map.actions import FILE, as_rows
from cs_lib.report.journey_map.words import pain, points, wait


def who(result: JourneyResult) -> str:
    """How many contacts, when, and how many of them have steps."""
    log = result.evidence.log
    return say(
        "{contacts}, {days}",
        contacts=w.counted(log.contacts, "contact"),
        days=w.short_days(result.evidence.start, result.evidence.end),
    )


def cards(result: JourneyResult) -> list[str]:
    """How long until an answer, how long with us in all, how satisfied, and the worst pain."""
    return [_answer(result), _satisfied(result), _worst(result)]


def _answer(result: JourneyResult) -> str:
    title = say("Wait for an answer")
    found = next((one for one in result.evidence.phases if one.phase == "answer"), None)
    if found is None or found.median is None:
        return card(title, "–", say("Not available: no step tells when somebody answered."))
    slow = wait(in_hours(found.p90))
    return card(
        title,
        wait(in_hours(found.median)),
        say("median; the slowest tenth waits longer than {wait}", wait=slow),
    )


def _satisfied(result: JourneyResult) -> str:
    title = say("Satisfied")
    found = result.satisfied.get("asks")
    if found is None:
        return card(title, "–", say("Not available: no answered survey."))
    first = next(one for one in result.evidence.phases if one.phase == "asks")
    return card(
        title,
        w.percent(found.value, places=0),
        say(
            "{low} to {high}; {rate} of surveys answered",
            low=w.percent(found.low, places=0),
            high=w.percent(found.high, places=0),
            rate=w.percent(first.answered / first.offered, places=0),
        ),
    )


def _worst(result: JourneyResult) -> str:
    if not result.found:
        tested = sum(one.within is not None for one in result.pains)
        if not tested:
            why = say("Not available: too few answered surveys.")
            return card(say("Pains found"), "–", why)
        return card(say("Pains found"), w.count(0), say("of {n} tested", n=w.count(tested)))
    worst = result.found[0]
    return card(
        w.capital(pain(worst.pain)),
        w.count(round(worst.customers)),
        say(
            "customers a month; satisfaction in points: {points}",
            points=points(worst.within),
        ),
    )


def further(result: JourneyResult) -> dict[str, Any]:
    """Facts of a journey for machines."""
    first, last = (day.isoformat() for day in (result.evidence.start, result.evidence.end))
    return {
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("source", predicate(result.study.design.scope), (first, last)),
        "planned": None,
        "effects": (),
        "pains": tuple(_pain(one) for one in result.pains if one.hit),
        "actions": tuple(
            ActionFacts(
                id=one.id, owner=one.owner, metric=one.metric, scope=one.scope, contacts=one.contacts,
                pain=one.pain,
            )
            for one in result.actions
        ),
        "files": {FILE: as_rows(result)} if result.actions else {},
    }  # fmt: skip


def _pain(one: PainFinding) -> PainFacts:
    return PainFacts(
        pain=one.pain,
        stage=one.phase,
        kind=one.sort,
        found=one.found,
        contacts=one.hit,
        share=one.share,
        customers_per_month=one.customers,
        median_severity=one.severity,
        severity_unit="handoffs" if one.pain == "handed_on_twice" else "hours",
        response_rate=one.answered / one.offered if one.offered else None,
        gap=one.raw.value if one.raw else None,
        gap_ci_low=one.raw.low if one.raw else None,
        gap_ci_high=one.raw.high if one.raw else None,
        gap_within=one.within.value if one.within else None,
        gap_within_ci_low=one.within.low if one.within else None,
        gap_within_ci_high=one.within.high if one.within else None,
        compared=one.covered if one.within else None,
        owner=one.owner,
        suggested_metric=one.metric,
    )
