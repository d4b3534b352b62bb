"""Where the hours go: by phase and by who holds the contact meanwhile."""

from __future__ import annotations

from collections import defaultdict

from cs_lib.diagnosis.journey_map.result import MICROS_AN_HOUR, Held, Timers
from cs_lib.methods.monitoring.pile_ups import pile_ups
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.metrics.queries.health.gaps import BINS_A_DAY
from cs_lib.metrics.queries.journey.phases import HOLDERS, PHASES

COUNTED = tuple(holder for holder in HOLDERS if holder != "nobody")


def held(evidence: JourneyEvidence) -> tuple[Held, ...]:
    """Hours of every phase in which somebody held contacts, in the order of the way.

    What lies between the last resolution and the closing is held by nobody and left out.
    """
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for span in evidence.spans:
        if span.holder != "nobody":
            sums[span.phase][span.holder] += span.micros
    return tuple(
        Held(
            phase,
            {h: sums[phase][h] / MICROS_AN_HOUR for h in COUNTED if sums[phase].get(h)},
        )
        for phase in PHASES
        if sum(sums[phase].values())
    )


def owners(evidence: JourneyEvidence) -> dict[str, dict[str, float]]:
    """Hours by who owns the cause of the contacts, and by who held them."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for span in evidence.spans:
        if span.holder != "nobody":
            sums[span.owner][span.holder] += span.micros / MICROS_AN_HOUR
    return {owner: dict(parts) for owner, parts in sums.items()}


def timers(evidence: JourneyEvidence) -> Timers | None:
    """The lengths of time after which a clock closes contacts; None where closings lie on none."""
    found = evidence.closings
    if found is None:
        return None
    piles = pile_ups(found.bins, found.counts, found.among, bins_a_day=BINS_A_DAY)
    if not piles:
        return None
    return Timers(
        tuple(one.days for one in piles),
        sum(one.count for one in piles),
        found.among,
        found.micros / MICROS_AN_HOUR,
    )
