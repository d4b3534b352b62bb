"""Painter of a control chart: weekly points, their limits frozen before the change, and what lies outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing.axes import Floats
from cs_lib.report.drawing.palette import (
    BAD,
    BAND,
    CONTROL,
    GOOD,
    INK,
    PAPER,
    RULE,
    SOFT,
    TREATMENT,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Flags = NDArray[np.bool_]
# More dates of points outside the limits would cover each other in the drawing.
MOST_DATES_NAMED = 4


@dataclass(frozen=True, slots=True)
class Steady:
    """Weekly points in the units shown, with their limits."""

    middle: NDArray[np.datetime64]  # The middle of each week.
    value: Floats
    centre: float
    lower: Floats
    upper: Floats
    before: Flags
    after: Flags
    outside: Flags
    better: Flags  # Whether a point outside is on the good side.
    dates: tuple[str, ...]  # One date per point.
    intervention: np.datetime64
    washout_end: np.datetime64
    unit: str
    words: tuple[str, str, str, str]  # the change, upper limit, centre, lower limit
    floor: float  # no limit is drawn at or below it


def steady(data: Steady, *, narrow: bool) -> Callable[[Axes], None]:
    """Points on their line; limits dashed; outside as diamonds with the week beside them."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 360
        left, width = (0.13, 0.84) if narrow else (0.06, 0.76)
        axes.set_position((left, 44 / height, width, 1 - 92 / height))
        _limits(axes, data)
        _change(axes, data)
        axes.plot(data.middle, data.value, color=RULE, linewidth=1.4, zorder=2)
        for side, colour in ((data.before, CONTROL), (data.after, TREATMENT)):
            use = side & ~data.outside
            axes.plot(
                data.middle[use], data.value[use], "o", color=colour, markersize=4 if narrow else 6,
                markeredgewidth=0, zorder=3,
            )  # fmt: skip
        washed = ~(data.before | data.after)
        axes.plot(
            data.middle[washed], data.value[washed], "o", markersize=4 if narrow else 6,
            markerfacecolor=PAPER, markeredgecolor=CONTROL, zorder=3,
        )  # fmt: skip
        _scale(axes, data, narrow=narrow)
        _outside(axes, data, narrow=narrow)
        _names(axes, data, narrow=narrow)

    return paint


def _limits(axes: Axes, data: Steady) -> None:
    axes.plot(data.middle[[0, -1]], [data.centre] * 2, color=CONTROL, linewidth=1.3, zorder=1)
    for line in (data.upper, data.lower):
        shown = np.where(np.isfinite(line) & (line > data.floor), line, np.nan)
        if np.isfinite(shown).any():
            axes.step(
                data.middle, shown, where="mid", color=CONTROL, linewidth=1.5,
                linestyle=(0, (5, 3)), zorder=1,
            )  # fmt: skip


def _change(axes: Axes, data: Steady) -> None:
    from matplotlib.dates import date2num

    day, end = (float(date2num(d)) for d in (data.intervention, data.washout_end))  # type: ignore[no-untyped-call]
    axes.axvline(day, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    if end > day:
        axes.axvspan(day, end, facecolor=BAND, edgecolor="none", zorder=0)


def _scale(axes: Axes, data: Steady, *, narrow: bool) -> None:
    bounds = [data.value, *(v[np.isfinite(v)] for v in (data.lower, data.upper))]
    low = float(min(np.nanmin(b) for b in bounds if len(b)))
    high = float(max(np.nanmax(b) for b in bounds if len(b)))
    air = 0.08 * ((high - low) or 1.0)
    axes.set_ylim(low if low <= data.floor else low - air, high + 1.6 * air)
    axes.tick_params(labelsize=13, length=4)
    axes.annotate(
        data.unit, (0, 1), (0, 26 if narrow else 20), xycoords="axes fraction", textcoords="offset points",
        fontsize=13, color=SOFT, annotation_clip=False,
    )  # fmt: skip
    late = float(np.mean(data.middle >= data.intervention)) < 0.5
    axes.annotate(
        data.words[0], (data.intervention, axes.get_ylim()[1]), (-6 if late else 6, 4),
        textcoords="offset points", ha="right" if late else "left", fontsize=13, color=INK,
        annotation_clip=False,
    )  # fmt: skip
    time_axis.of_days(axes, narrow=narrow)


def _outside(axes: Axes, data: Steady, *, narrow: bool) -> None:
    at = np.flatnonzero(data.outside)
    for i in at:
        axes.plot(
            [data.middle[i]], [data.value[i]], "D", color=GOOD if data.better[i] else BAD,
            markersize=7 if narrow else 9, markeredgecolor=PAPER, markeredgewidth=1, zorder=4,
        )  # fmt: skip
    if len(at) > MOST_DATES_NAMED or narrow:
        return
    middle = len(data.middle) / 2
    for i in at:
        right = i > middle
        axes.annotate(
            data.dates[i], (data.middle[i], data.value[i]), (-9 if right else 9, 0),
            textcoords="offset points", ha="right" if right else "left", va="center", fontsize=13,
            color=INK, zorder=5,
        )  # fmt: skip


def _names(axes: Axes, data: Steady, *, narrow: bool) -> None:
    """Names of the lines at their right end, kept apart; on a phone the caption names them."""
    if narrow:
        return
    bottom, top = axes.get_ylim()
    gap, above = 0.075 * (top - bottom), np.inf
    for level, text in zip(
        (data.upper[-1], data.centre, data.lower[-1]), data.words[1:], strict=True
    ):
        if not np.isfinite(level) or level <= data.floor:
            continue
        level = min(float(level), above - gap)
        above = level
        axes.annotate(
            text, (data.middle[-1], level), (10, 0), textcoords="offset points", va="center",
            fontsize=13, color=SOFT, annotation_clip=False,
        )  # fmt: skip
