"""Frames of weekly points inside a drawing: where they lie, their limits, their marks, their axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cs_lib.report.drawing import labels
from cs_lib.report.drawing.axes import of_days
from cs_lib.report.drawing.palette import BAND, CONTROL, INK, PAPER, RULE, SOFT, TREATMENT
from cs_lib.report.drawing.scorecard.weekly import Weekly
from cs_lib.report.drawing.sheet import SMALL, pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Day = np.datetime64
Box = tuple[float, float, float, float]  # Left, top, across and down in pixels of the sheet.
DASHES, THICK = (0, (5, 3)), 3.6
DAY = np.timedelta64(1, "D")


def frame(axes: Axes, box: Box, height: float, *, narrow: bool) -> Any:
    """Axes of their own over a sheet that is so high."""
    from matplotlib.ticker import NullLocator

    figure: Any = axes.figure
    left, top, across, down = box
    wide = pixels(narrow=narrow)
    here = figure.add_axes((left / wide, 1 - (top + down) / height, across / wide, down / height))
    here.set_zorder(2)
    for axis in (here.xaxis, here.yaxis):  # What is drawn first would place ticks in vain.
        axis.set_major_locator(NullLocator())
    return here


def scale(axes: Axes, data: Weekly, ends: tuple[Day, Day]) -> None:
    """Limits of both axes, with air where the drawing does not begin at zero."""
    low, high = data.span()
    air = 0.08 * (high - low)
    axes.set_ylim(low if low == 0 else low - air, high + air)
    first, last = (day.astype("datetime64[D]") for day in ends)
    axes.set_xlim(first - DAY, last + DAY)


def limits(axes: Axes, data: Weekly, *, band: bool) -> None:
    """Centre and limits of each stretch, broken where they were set anew; as a band or as dashed lines."""
    days = data.start.astype("datetime64[D]")
    for part in data.held:
        edges = np.append(days[part.first : part.after], days[part.after - 1] + 7 * DAY)
        inside = (edges[0] + DAY, edges[-1] - DAY)
        axes.plot(inside, [part.centre] * 2, color=CONTROL, linewidth=1.3, zorder=1)
        shown = edges.astype("datetime64[h]")
        shown[0], shown[-1] = inside
        both = np.isfinite(part.lower) & np.isfinite(part.upper)
        if band and both.any():
            axes.fill_between(
                shown, np.append(part.lower, part.lower[-1]), np.append(part.upper, part.upper[-1]),
                step="post", color=BAND, linewidth=0, zorder=0,
            )  # fmt: skip
        for line in () if band else (part.upper, part.lower):
            axes.step(
                shown, np.append(line, line[-1]), where="post", color=CONTROL, linewidth=1.4,
                linestyle=DASHES, zorder=1,
            )  # fmt: skip


def points(axes: Axes, data: Weekly, *, size: float) -> None:
    """A dot for each week on the line through them, which is thick along a long run; a diamond outside."""
    middle, there = data.middle, data.there
    for run in data.runs:
        axes.plot(middle[run], data.value[run], color=TREATMENT, linewidth=THICK, zorder=2)
    rows = there & ~data.outside
    axes.plot(
        middle[rows], data.value[rows], "o", color=TREATMENT, markersize=size, markeredgewidth=0,
        zorder=3,
    )  # fmt: skip
    out = there & data.outside
    axes.plot(
        middle[out], data.value[out], "D", color=INK, markersize=1.6 * size, markeredgecolor=PAPER,
        markeredgewidth=1, zorder=4, clip_on=False,
    )  # fmt: skip


def dress(
    axes: Axes, tick: Callable[[float], str], *, narrow: bool, lowest: bool, most: int = 4
) -> None:
    """Few round numbers at the left, dates at the foot of the lowest frame."""
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="", ylabel="")
    axes.yaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: tick(value))
    axes.spines["bottom"].set_color(RULE)
    axes.spines["left"].set_visible(False)
    of_days(axes, narrow=narrow)
    axes.tick_params(axis="y", labelsize=SMALL, length=0, pad=4)
    axes.tick_params(
        axis="x", labelsize=SMALL, length=4 if lowest else 0, labelbottom=lowest, color=RULE
    )
    axes.xaxis.get_offset_text().set_visible(False)


def shade(axes: Axes, first: Day, after: Day, **look: Any) -> None:
    """A stretch of days from top to bottom."""
    begin, end = (day.astype("datetime64[D]") for day in (first, after))
    axes.axvspan(begin, end, **{"edgecolor": "none", "linewidth": 0, "zorder": 0, **look})


def named(axes: Axes, data: Weekly, words: Sequence[str], room: float) -> None:
    """Names right of the newest limits: upper limit, centre, lower limit."""
    if not data.held:
        return
    part = data.held[-1]
    levels = (float(part.upper[-1]), part.centre, float(part.lower[-1]))
    bottom = axes.get_ylim()[0]
    shown = [
        (level, text, SOFT)
        for level, text in zip(levels, words, strict=True)
        if np.isfinite(level) and level >= bottom
    ]
    labels.beside(axes, shown, x=float(axes.get_xlim()[1]), room=room)
