"""A series of days as whole weeks, none of which straddles a switch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.its.level_change import LevelChange
from cs_lib.report.drawing.axes import Floats

WEEK = 7
# A week with fewer days in use has no dot.
LEAST_DAYS = 4


@dataclass(frozen=True, slots=True)
class Weeks:
    """What is drawn of a series: a row a week."""

    start: NDArray[np.datetime64]
    observed: Floats
    fitted: Floats
    counterfactual: Floats
    used: NDArray[np.bool_]

    def with_any(self, days: Iterable[date]) -> NDArray[np.bool_]:
        """Whether any of some days lies in each week."""
        wanted = np.array(list(days), dtype="datetime64[D]")
        place = (wanted[None, :] - self.start.astype("datetime64[D]")[:, None]).astype(int)
        inside: NDArray[np.bool_] = ((place >= 0) & (place < WEEK)).any(axis=1)
        return inside


def by_week(change: LevelChange, switches: Sequence[np.datetime64]) -> Weeks:
    """The weeks of a change as they are, or its days as means of whole weeks counted from each switch.

    A week that is cut off by a switch or by an end of the series is left out. A dot is the mean of
    the days that the model uses.
    """
    if change.unit == "week":
        return Weeks(
            change.start, change.observed, change.fitted, change.counterfactual, change.used
        )
    weeks = list(_whole_weeks(change.start, switches))
    seen = change.used & np.isfinite(change.observed)
    rows = [_mean(change, week, seen) for week in weeks]
    observed, fitted, counterfactual = np.array([row for row, _ in rows], dtype=float).T
    used = np.array([enough for _, enough in rows])
    return Weeks(change.start[[w[0] for w in weeks]], observed, fitted, counterfactual, used)


def _whole_weeks(
    days: NDArray[np.datetime64], switches: Sequence[np.datetime64]
) -> list[NDArray[np.intp]]:
    """The places of the days of each whole week, oldest first."""
    edges = np.sort(np.array(switches, dtype="datetime64[D]"))
    stretch = np.searchsorted(edges, days.astype("datetime64[D]"), side="right")
    anchor = edges[np.maximum(stretch - 1, 0)]
    week = np.floor_divide((days.astype("datetime64[D]") - anchor).astype(int), WEEK)
    starts = np.flatnonzero(np.diff(stretch) | np.diff(week)) + 1
    parts = np.split(np.arange(len(days)), starts)
    return [part for part in parts if len(part) == WEEK]


def _mean(
    change: LevelChange, week: NDArray[np.intp], seen: NDArray[np.bool_]
) -> tuple[tuple[float, float, float], bool]:
    """Observed, fitted and expected, over the same days; whether there are enough of them."""
    days = week[seen[week]]
    enough = len(days) >= LEAST_DAYS
    over = days if enough else week
    observed = float(change.observed[over].mean()) if enough else float("nan")
    return (
        observed,
        float(change.fitted[over].mean()),
        float(change.counterfactual[over].mean()),
    ), enough
