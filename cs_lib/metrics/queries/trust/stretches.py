"""Parts of the intake of followed customers, about equal in customers, by which what changes over time is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.people import People

STRETCHES = 4


def starts_of(people: People) -> list[date]:
    """First days of stretches of the intake with about equally many customers."""
    by_day: dict[date, int] = {}
    for (_, day, _), (count, _) in sorted(people.number.items(), key=lambda item: item[0][1]):
        by_day[day] = by_day.get(day, 0) + count
    days, at = list(by_day), np.cumsum(list(by_day.values()))
    if not days:
        return []
    cuts = np.searchsorted(at, at[-1] * np.arange(STRETCHES) / STRETCHES, side="right")
    return list(dict.fromkeys(days[i] for i in cuts))


def stretch_of(people: People) -> str:
    """SQL of the number of the stretch that a customer was assigned in."""
    starts = starts_of(people)
    whens = " ".join(
        f"WHEN u.day < DATE {quote(start.isoformat())} THEN {i}"
        for i, start in enumerate(starts[1:])
    )
    last = max(len(starts) - 1, 0)
    return f"CASE {whens} ELSE {last} END" if whens else str(last)


def cells_of(people: People, rows: Sequence[Any]) -> tuple[tuple[str, date, int, int], ...]:
    """Rows of variant, number of a stretch and two counts, with the first day of the stretch."""
    starts = starts_of(people)
    return tuple((variant, starts[part], n, filled) for variant, part, n, filled in rows)
