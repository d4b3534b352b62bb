"""Local time by plain arithmetic: a zone's changes as thresholds, where they agree with the engine's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MARGIN = 1  # years on both sides of the data's range: a window after the last stamp is inside too
MOST_YEARS = 60  # data of a longer range than that have a stamp that is none
STEP = timedelta(days=1)
UTC_NAMES = {"UTC", "Etc/UTC"}  # zones that were never anything else


@dataclass(frozen=True, slots=True)
class Offsets:
    """Seconds a zone is ahead of UTC from `first` to before `last` (UTC): `before` until the first change.

    Each change is the UTC instant from which on its seconds hold.
    """

    first: datetime
    last: datetime
    before: int
    changes: tuple[tuple[datetime, int], ...] = ()

    @property
    def after(self) -> int:
        """Seconds ahead at the end."""
        return self.changes[-1][1] if self.changes else self.before

    def local_changes(self) -> tuple[tuple[datetime, int], ...]:
        """The changes by local stamps.

        A stamp that a zone leaves out counts with the offset before the gap, one that it has twice with the offset
        after the overlap: both boundaries are the wall time that clocks are set to.
        """
        return tuple((instant + timedelta(seconds=after), after) for instant, after in self.changes)

    def local_range(self) -> tuple[datetime, datetime]:
        """`first` and `last` as local stamps."""
        return (
            self.first + timedelta(seconds=self.before),
            self.last + timedelta(seconds=self.after),
        )


def offsets(zone: str, first: datetime, last: datetime) -> Offsets | None:
    """The offsets of a zone around a range of UTC stamps, none for a range of more than 60 years."""
    if (
        last.year - first.year > MOST_YEARS
        or first.year <= 1 + MARGIN
        or last.year >= 9999 - MARGIN
    ):
        return None
    return _over(zone, first.year - MARGIN, last.year + MARGIN)


@lru_cache
def _over(zone: str, first: int, last: int) -> Offsets:
    """The offsets of a zone over whole years, worked out once."""
    start, end = datetime(first, 1, 1), datetime(last + 1, 1, 1)
    known, changes, here = ZoneInfo(zone), list[tuple[datetime, int]](), start
    while here < end:
        following = min(here + STEP, end)
        if _ahead(known, here) != _ahead(known, following):
            changes.append(_change(known, here, following))
        here = following
    return Offsets(start, end, _ahead(known, start), tuple(c for c in changes if c[0] < end))


def _ahead(zone: ZoneInfo, instant: datetime) -> int:
    ahead = instant.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    assert ahead is not None
    return round(ahead.total_seconds())


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> tuple[datetime, int]:
    """The second in which a zone leaves the offset it has at `before`, and the new offset."""
    old = _ahead(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _ahead(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after, _ahead(zone, after)


def stepwise(stamp: str, before: int, changes: Sequence[tuple[datetime, int]]) -> str:
    """SQL of the seconds that hold at a stamp, by halving: few comparisons a row however many changes there are."""
    if not changes:
        return f"{before}"
    middle = len(changes) // 2
    instant, after = changes[middle]
    early, late = (
        stepwise(stamp, before, changes[:middle]),
        stepwise(stamp, after, changes[middle + 1 :]),
    )
    return f"CASE WHEN {stamp} < {literal(instant)} THEN {early} ELSE {late} END"


def literal(stamp: datetime) -> str:
    """A stamp without zone as an SQL literal."""
    return f"TIMESTAMP '{stamp.isoformat(sep=' ')}'"


def probes(known: Offsets) -> list[datetime]:
    """Stamps in and beside every gap and overlap, in UTC and in local time alike."""
    tick, found = timedelta(microseconds=1), list[datetime]()
    before = known.before
    for instant, after in known.changes:
        edges = (instant + timedelta(seconds=ahead) for ahead in (0, before, after))
        found += [edge + beside for edge in edges for beside in (-tick, 0 * tick, tick)]
        before = after
    return found
