"""Service levels: the share of contacts first answered, or resolved, within the target in force when they came.

Targets come from settings, so these metrics are made and stand in no catalogue. Each target says by which clock it
runs: calendar time, or time while the contact's team is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cs_lib.data.engines.base import quote
from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.definitions.contacts import FIRST_RESPONSE, MINUTE, RESOLUTION

MINUTES_A_DAY = 1440
Clock = Literal["calendar", "open"]
Promised = Literal["first_response", "resolution"]


@dataclass(frozen=True, slots=True)
class Target:
    """Minutes that are promised from a local day on: to everybody, or to contacts of a priority, a channel or both.

    It holds until a later line of the same priority and channel. Of several that fit a contact the one
    with both counts, then one of its priority, then one of its channel, then one for everybody.
    """

    since: date
    minutes: int
    priority: str = ""
    channel: str = ""
    clock: Clock = "calendar"

    @property
    def who(self) -> tuple[str, str]:
        """Whom it is promised to."""
        return self.priority, self.channel

    @property
    def fits(self) -> str:
        """Whether it is in force for a contact `c`, as SQL."""
        parts = [f"c.opened_at_day >= DATE {quote(self.since.isoformat())}"]
        parts += [f"c.priority = {quote(self.priority)}"] if self.priority else []
        parts += [f"c.channel = {quote(self.channel)}"] if self.channel else []
        return " AND ".join(parts)

    def met(self, end: str) -> str:
        """Whether a stamp of a contact lies within it, as SQL."""
        promised = self.minutes * MINUTE
        if self.clock == "open":
            return f"OPEN({end}) <= {promised}"
        return f"{end} <= c.opened_at + {promised}"


@dataclass(frozen=True, slots=True)
class _Words:
    name: str
    of: DailyMetric
    end: str
    titles: dict[str, str]  # by the clocks of its targets
    counted: str
    counted_open: str  # where some target runs while teams are open


BOTH = "both"
WORDS: dict[Promised, _Words] = {
    "first_response": _Words(
        "first_response_in_target",
        FIRST_RESPONSE,
        "c.first_response_at",
        {
            "calendar": later("First answered within the target (calendar time)"),
            "open": later("First answered within the target (time while the team is open)"),
            BOTH: later("First answered within the target (by the clock of each target)"),
        },
        later(
            "first public reply of a person at the latest when the target had run out that was in force on the day of"
            " opening, for the priority and the channel that the contact has today; no reply by then is a no"
        ),
        later(
            "first public reply of a person at the latest when the target had run out that was in force on the day of"
            " opening, for the priority and the channel that the contact has today; no reply by then is a no; where the"
            " target says so, its time runs only while the contact's team is open"
        ),
    ),
    "resolution": _Words(
        "resolution_in_target",
        RESOLUTION,
        "c.resolved_at",
        {
            "calendar": later("Resolved within the target (calendar time)"),
            "open": later("Resolved within the target (time while the team is open)"),
            BOTH: later("Resolved within the target (by the clock of each target)"),
        },
        later(
            "last resolution at the latest when the target had run out that was in force on the day of opening, for"
            " the priority and the channel that the contact has today; not resolved by then is a no"
        ),
        later(
            "last resolution at the latest when the target had run out that was in force on the day of opening, for"
            " the priority and the channel that the contact has today; not resolved by then is a no; where the target"
            " says so, its time runs only while the contact's team is open"
        ),
    ),
}
CENSORING = later(
    "contacts opened less than the longest target before the data cut are left out, so that every target has run out;"
    " contacts that no target was promised to are in no part"
)
SOURCE = later(
    "service level: met over met and missed, by the target in force when the contact came"
)


def service_level(of: Promised, targets: Sequence[Target]) -> DailyMetric:
    """The share of contacts that met the target in force when they were opened.

    Raises:
        ValueError: no target, one without a minute, or two for the same contacts from the same day.
    """
    _require(targets)
    words, ordered = WORDS[of], _in_order_of_force(targets)
    promised = (
        f"(CASE{''.join(f' WHEN {one.fits} THEN {one.minutes * MINUTE}' for one in ordered)} END)"
    )
    met = f"CASE{''.join(f' WHEN {one.fits} THEN {one.met(words.end)}' for one in ordered)} END"
    by_calendar, while_open = (
        max((one.minutes for one in targets if one.clock == clock), default=0)
        for clock in ("calendar", "open")
    )
    clocks = {one.clock for one in targets}
    return DailyMetric(
        name=words.name,
        title=words.titles[clocks.pop() if len(clocks) == 1 else BOTH],
        unit="share",
        good="up",
        population=words.of.population,
        counted=words.counted_open if while_open else words.counted,
        censoring=CENSORING,
        denominator=words.of.denominator,
        source=SOURCE,
        needs=("contacts",),
        window_days=-(-by_calendar // MINUTES_A_DAY),
        time="c.opened_at",
        where=f"{words.of.where} AND {promised} IS NOT NULL",
        value=f"CASE WHEN {met} THEN 1 ELSE 0 END",
        filled=words.of.filled,
        told=words.of.told,
        # A stamp while the team is closed may still meet a target that ran out as it closed.
        open_for=while_open * MINUTE + 1 if while_open else None,
    )


def _in_order_of_force(targets: Sequence[Target]) -> list[Target]:
    """Those that come first that count when several fit: the narrower, then the newer."""
    return sorted(
        targets, key=lambda one: (not one.priority, not one.channel, -one.since.toordinal())
    )


def _require(targets: Sequence[Target]) -> None:
    if not targets:
        raise ValueError("a service level needs a target")
    short = [one for one in targets if one.minutes <= 0]
    if short:
        raise ValueError(f"a target of {short[0].minutes} minutes cannot be met")
    counts = Counter((one.since, one.who) for one in targets)
    twice = [since for (since, _), n in counts.items() if n > 1]
    if twice:
        raise ValueError(f"two targets for the same contacts from {twice[0].isoformat()} on")
