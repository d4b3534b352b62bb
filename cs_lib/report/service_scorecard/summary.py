"""The first screen of a scorecard: the headline, one basic, one delight, and what machines read."""

from __future__ import annotations

from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.decide import HEADLINES
from cs_lib.diagnosis.service_scorecard.result import Row, ScorecardResult, Signal
from cs_lib.language import say
from cs_lib.report.diagnosis_facts import RowFacts, SignalFacts
from cs_lib.report.fact_cards import card
from cs_lib.report.facts import DesignFacts, headline_facts
from cs_lib.report.service_scorecard.the_grid import short

# One card a band: the first of these rows that is there.
CARDS = (
    HEADLINES,
    ("first_response_in_target", "resolution_hours", "first_contact_resolution_7d", "csat"),
    ("csat", "promoter_score", "repurchase_after_contact_30d", "referral_rate"),
)


def who(result: ScorecardResult) -> str:
    """How many rows, over which weeks."""
    return say(
        "{rows}, {days}",
        rows=w.counted(len(result.rows), "metric"),
        days=w.short_days(result.evidence.start, result.evidence.end),
    )


def cards(result: ScorecardResult) -> list[str]:
    """The headline, one row of the basics, one of delight."""
    told, seen = list[str](), set[str]()
    for names in CARDS:
        name = next((n for n in names if n in result.rows and n not in seen), None)
        if name is not None:
            seen.add(name)
            told.append(_card(result.rows[name], result))
    return told


def _card(row: Row, result: ScorecardResult) -> str:
    of, found = row.metric.quantity, row.change
    if found is None:
        return card(row.metric.label, "–", str(row.why_not))
    under = (
        w.ends(found.recent.low, found.recent.high, of, signed=False)
        if isfinite(found.recent.low)
        else ""
    )
    moved = ""
    if isfinite(found.low):
        moved = say(
            "{change} against the period before", change=short(found.change, of, signed=True)
        )
    return card(
        row.metric.label, short(found.recent.value, of), "; ".join(filter(None, (under, moved)))
    )


def further(result: ScorecardResult) -> dict[str, Any]:
    """Facts of a scorecard for machines."""
    period = (result.evidence.start.isoformat(), result.evidence.end.isoformat())
    return {
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("source", {}, period),
        "planned": None,
        "effects": (),
        "rows": {name: _row(row) for name, row in result.rows.items()},
        "signals": tuple(map(_signal, result.signals)),
    }


def _row(row: Row) -> RowFacts:
    found = row.change
    return RowFacts(
        band=row.band,
        unit=row.metric.unit,
        until=row.until.isoformat(),
        value=found.recent.value if found else None,
        value_ci_low=found.recent.low if found else None,
        value_ci_high=found.recent.high if found else None,
        change=found.change if found else None,
        change_ci_low=found.low if found else None,
        change_ci_high=found.high if found else None,
        variation=row.mark.variation if row.mark else None,
        target=row.target,
        assurance=row.assurance,
        watched=row.alarm is not None,
    )


def _signal(one: Signal) -> SignalFacts:
    return SignalFacts(
        metric=one.metric,
        kind=one.kind,
        since=one.since.isoformat(),
        flagged=one.flagged.isoformat(),
        direction=one.direction,
        better=one.better,
        scale=one.scale,
        size=one.size,
        size_ci_low=one.low,
        size_ci_high=one.high,
        false_alarms_per_year=one.false_alarms_per_year,
        explained_by=one.explained_by,
        next=one.next,
    )
