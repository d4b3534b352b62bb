"""Whether a clock closes contacts: times from resolution to closing that pile up on one length."""

from __future__ import annotations

from cs_lib.methods.monitoring.pile_ups import pile_ups
from cs_lib.metrics.queries.health.gaps import BINS_A_DAY
from cs_lib.metrics.queries.journey.log import Closings, Timer


def closing_timer(closings: Closings | None) -> Timer | None:
    """The length on which most closings pile up; None where none stands out, or nothing was closed."""
    if closings is None:
        return None
    found = pile_ups(closings.bins, closings.counts, closings.among, bins_a_day=BINS_A_DAY)
    if not found:
        return None
    return Timer(found[0].days, found[0].count, closings.among, closings.micros)
