"""Painter of a control chart: weekly points, their limits frozen before the change, and what lies outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import WIDE_PIXELS, Floats
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
MOST_DATES_NAMED, MOST_DATES_NAMED_NARROW = 4, 1
WIDE_HEIGHT, NARROW_HEIGHT = 360.0, 340.0
NAMES = 0.18 * WIDE_PIXELS - 14  # Pixels for the names of the lines in a wide drawing.


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
        height, items = (NARROW_HEIGHT if narrow else WIDE_HEIGHT), _items(data)
        left, across = (0.13, 0.84) if narrow else (0.06, 0.76)
        head = 48 + (key.height(items) if narrow else 0)
        axes.set_position((left, 44 / height, across, 1 - (44 + head) / height))
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
        if narrow:
            key.paint(axes, items)
        else:
            edge = float(axes.get_xlim()[1])
            labels.beside(axes, [named for named, _ in _named(data)], x=edge, room=NAMES)

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
    labels.unit(axes, data.unit)
    labels.above(axes, data.intervention, data.words[0])
    time_axis.of_days(axes, narrow=narrow)


def _outside(axes: Axes, data: Steady, *, narrow: bool) -> None:
    at = np.flatnonzero(data.outside)
    for i in at:
        axes.plot(
            [data.middle[i]], [data.value[i]], "D", color=GOOD if data.better[i] else BAD,
            markersize=7 if narrow else 9, markeredgecolor=PAPER, markeredgewidth=1, zorder=4,
        )  # fmt: skip
    if len(at) > (MOST_DATES_NAMED_NARROW if narrow else MOST_DATES_NAMED):
        return
    middle = len(data.middle) / 2
    for i in at:
        right = i > middle
        axes.annotate(
            data.dates[i], (data.middle[i], data.value[i]), (-9 if right else 9, 0),
            textcoords="offset points", ha="right" if right else "left", va="center", fontsize=13,
            color=INK, zorder=5,
        )  # fmt: skip


def _named(data: Steady) -> list[tuple[labels.Named, Literal["line", "dashed"]]]:
    """The lines that are drawn: where each ends, its name, and how it is drawn."""
    lines: tuple[tuple[float, str, Literal["line", "dashed"]], ...] = (
        (float(data.upper[-1]), data.words[1], "dashed"),
        (data.centre, data.words[2], "line"),
        (float(data.lower[-1]), data.words[3], "dashed"),
    )
    return [
        ((level, words, SOFT), style)
        for level, words, style in lines
        if np.isfinite(level) and level > data.floor
    ]


def _items(data: Steady) -> list[key.Item]:
    return [key.Item(words, CONTROL, style) for (_, words, _), style in _named(data)]
