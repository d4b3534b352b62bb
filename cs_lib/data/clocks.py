"""Hours in which a zone moves its clocks: local stamps in them do not exist, or exist twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cs_lib.data.engines import zones


@dataclass(frozen=True, slots=True)
class Change:
    """One move of the clocks at a UTC `instant`; stamps from `first` to before `last` were left out or came twice."""

    instant: datetime
    first: datetime
    last: datetime

    @property
    def jump(self) -> timedelta:
        """By how much the clocks were moved."""
        return self.last - self.first


@lru_cache
def changes(zone: str, first: datetime, last: datetime) -> tuple[Change, ...]:
    """The moves of a zone's clocks between two UTC instants, none over more than 60 years."""
    if zone in zones.UTC_NAMES:
        return ()
    known = zones.offsets(zone, first, last)
    if known is None:
        return ()
    found, before = list[Change](), known.before
    for instant, after in known.changes:
        walls = sorted(instant + timedelta(seconds=ahead) for ahead in (before, after))
        if first < instant + timedelta(days=1) and last > instant - timedelta(days=1):
            found.append(Change(instant, walls[0], walls[1]))
        before = after
    return tuple(found)


def unclear(local: str, moves: Sequence[Change]) -> str:
    """SQL: whether a local stamp does not exist or exists twice."""
    return _inside(local, [(move.first, move.last) for move in moves])


def days(moves: Sequence[Change]) -> list[str]:
    """The local days of unclear hours, in both ways that a text may write them."""
    edges = {edge.date().isoformat() for move in moves for edge in (move.first, move.last)}
    return sorted(edges | {day.replace("-", "/") for day in edges})


def may_be_late(instant: str, moves: Sequence[Change]) -> str:
    """SQL: whether a UTC instant may come from an unclear local stamp, which is taken for the later of its readings."""
    return _inside(instant, [(move.instant, move.instant + move.jump) for move in moves])


def _inside(stamp: str, ranges: Sequence[tuple[datetime, datetime]]) -> str:
    tests = [f"({stamp} >= {zones.literal(a)} AND {stamp} < {zones.literal(b)})" for a, b in ranges]
    return f"({' OR '.join(tests)})" if tests else "false"
