"""Painter of a plan: what a test can do the longer it runs, and where the plan stands on that line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.language import later, say
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import Floats
from cs_lib.report.drawing.palette import BAD, CONTROL, INK, PAPER, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


AXIS_LABEL = later("days from the first assignment to the result")
WIDE_HEIGHT, NARROW_HEIGHT = 340.0, 320.0
Point = tuple[float, float, str]  # time, value, what stands beside it


@dataclass(frozen=True, slots=True)
class Growth:
    """A line over weeks or days, the level it has to reach, the plan on it, and the last time allowed."""

    times: Floats
    values: Floats
    unit: str  # The unit of the values stands above the axis.
    wanted: tuple[float, str]
    planned: Point | None
    limit: tuple[float, str] | None
    tick: Callable[[float], str]
    top: float
    rising: bool  # Whether the line comes from below the wanted level.
    axis: str = AXIS_LABEL
    # Times and values that were not computed as the line was.
    points: tuple[tuple[float, float], ...] = ()


def growth(data: Growth, *, narrow: bool) -> Callable[[Axes], None]:
    """The line, the wanted level dashed, the plan as a point with its words."""

    def paint(axes: Axes) -> None:
        height, items = NARROW_HEIGHT if narrow else WIDE_HEIGHT, _items(data)
        left, across = (0.16, 0.8) if narrow else (0.08, 0.86)
        head = 46 + (key.height(items) if narrow else 0)
        axes.set_position((left, 56 / height, across, 1 - (56 + head) / height))
        last = float(data.times[-1])
        axes.set_xlim(0, last * 1.02)
        axes.set_ylim(0, data.top)
        axes.plot([0, last], [data.wanted[0]] * 2, color=CONTROL, linewidth=1.5, dashes=(4, 3))
        if narrow:
            key.paint(axes, items)
        else:
            axes.annotate(
                data.wanted[1], (0, data.wanted[0]), (4, 5 if data.rising else -6), textcoords="offset points",
                va="bottom" if data.rising else "top", fontsize=13, color=SOFT,
            )  # fmt: skip
        shown = np.isfinite(data.values) & (data.values <= data.top)
        axes.plot(data.times[shown], data.values[shown], color=TREATMENT, linewidth=2.4)
        for week, value in data.points:
            if week <= last and value <= data.top:
                axes.plot(
                    [week], [value], "o", color=PAPER, markersize=7, markeredgecolor=INK, zorder=3
                )
        if data.limit is not None and data.limit[0] <= last:
            _limit(axes, data, narrow=narrow)
        if data.planned is not None and data.planned[0] <= last:
            _plan(axes, data.planned, data, narrow=narrow)
        axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
        axes.tick_params(labelsize=13, length=4)
        axes.set_xlabel(say(data.axis), fontsize=13)
        labels.unit(axes, data.unit)

    return paint


def _items(data: Growth) -> list[key.Item]:
    return [key.Item(data.wanted[1], CONTROL, "dashed")]


def _limit(axes: Axes, data: Growth, *, narrow: bool) -> None:
    assert data.limit is not None
    week, words = data.limit
    axes.axvline(week, color=BAD, linewidth=1.2, linestyle=(0, (2, 2)))
    right = week > 0.6 * float(data.times[-1])
    axes.annotate(
        words, (week, data.top), (-5 if right else 5, 5), textcoords="offset points", fontsize=13, color=BAD,
        ha="right" if right else "left", annotation_clip=False,
    )  # fmt: skip


def _plan(axes: Axes, planned: Point, data: Growth, *, narrow: bool) -> None:
    week, value, words = planned
    axes.plot([week, week], [0, value], color=INK, linewidth=1)
    axes.plot([week], [value], "o", color=TREATMENT, markersize=11, markeredgecolor=PAPER, zorder=4)
    right = week > 0.55 * float(data.times[-1])
    axes.annotate(
        words, (week, 0), (-6 if right else 6, 10), textcoords="offset points", fontsize=13, fontweight="bold",
        color=INK, ha="right" if right else "left",
    )  # fmt: skip
