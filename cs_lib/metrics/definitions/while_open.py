"""Times of contacts counted while their team is open.

Opening hours come from settings, or from a source's calendars by leave of the settings, so these metrics are read
where a study has such settings and stand in no catalogue.
"""

from __future__ import annotations

from dataclasses import replace

from cs_lib.language import later
from cs_lib.metrics.definitions.contacts import FIRST_RESPONSE, HOUR, RESOLUTION

FIRST_RESPONSE_HOURS, RESOLUTION_HOURS = 24, 80  # up to which these times count


def _time(end: str, hours: int) -> str:
    """Open time up to a stamp, as SQL; where it is not there yet, or later, the longest that counts."""
    longest = hours * HOUR
    return f"CASE WHEN OPEN({end}) <= {longest} THEN OPEN({end}) ELSE {longest} END"


FIRST_RESPONSE_OPEN = replace(
    FIRST_RESPONSE,
    name="first_response_open_minutes",
    title=later("Minutes to first response while the team is open"),
    counted=later(
        "from opening to the first public reply of a person, time while the contact's team is open, up to 24 hours of"
        " it"
    ),
    censoring=later(
        "open contacts count with the full 24 hours; the newest days are left out until the team of every contact of"
        " theirs has been open for 24 hours since"
    ),
    source=later("restricted mean: Royston & Parmar 2013; opening hours and holidays of the team"),
    window_days=0,
    value=_time("c.first_response_at", FIRST_RESPONSE_HOURS),
    duration=None,
    open_for=FIRST_RESPONSE_HOURS * HOUR,
)

RESOLUTION_OPEN = replace(
    RESOLUTION,
    name="resolution_open_hours",
    title=later("Hours to resolution while the team is open"),
    counted=later(
        "from opening to the last resolution (not to automatic closing), time while the contact's team is open, up to"
        " 80 hours of it"
    ),
    censoring=later(
        "open contacts count with the full 80 hours; the newest days are left out until the team of every contact of"
        " theirs has been open for 80 hours since"
    ),
    source=later("restricted mean: Royston & Parmar 2013; opening hours and holidays of the team"),
    window_days=0,
    value=_time("c.resolved_at", RESOLUTION_HOURS),
    duration=None,
    open_for=RESOLUTION_HOURS * HOUR,
)

WHILE_OPEN = (FIRST_RESPONSE_OPEN, RESOLUTION_OPEN)
