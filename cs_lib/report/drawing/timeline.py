"""Painters of what runs over time: waiting curves, placebo dates, weeks around a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.language import say
from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import Floats, width
from cs_lib.report.drawing.forest import Row
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, SOFT, TREATMENT
from cs_lib.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


CURVES_WIDE, CURVES_NARROW = 340.0, 300.0
# The names of the curves stand at the upper right unless a curve is above this share there.
HIGH = 0.55


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two curves of the share still waiting, before in grey and after in colour."""

    lines: Sequence[tuple[str, Floats, Floats]]
    medians: Sequence[float]
    unit: str
    end: float  # Nothing happens beyond it.
    step: float  # From tick to tick.


def curves(data: Waiting, *, narrow: bool) -> Callable[[Axes], None]:
    """Share still waiting over time, a dot where half are through, the names where no curve is."""

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import MultipleLocator

        height = CURVES_NARROW if narrow else CURVES_WIDE
        left, across = (0.15, 0.81) if narrow else (0.07, 0.9)
        axes.set_position((left, 56 / height, across, 1 - 76 / height))
        axes.plot([0, data.end], [0.5, 0.5], color=RULE, linewidth=1.2, zorder=0)
        for (_, time, share), half, colour in zip(
            data.lines, data.medians, (CONTROL, TREATMENT), strict=True
        ):
            ends = np.append(time, max(data.end, time[-1])), np.append(share, share[-1])
            axes.step(*ends, where="post", color=colour, linewidth=2)
            if half <= data.end:
                axes.plot(
                    [half], [0.5], "o", color=colour, markersize=8, markeredgecolor=PAPER, zorder=4
                )
        axes.set_xlim(0, data.end)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(lambda value, _: percent(value, places=0))
        axes.xaxis.set_major_locator(MultipleLocator(data.step))
        axes.tick_params(labelsize=13, length=4)
        axes.set_xlabel(data.unit, fontsize=13)
        _curve_names(axes, data)

    return paint


def _curve_names(axes: Axes, data: Waiting) -> None:
    """A sample and a name of each curve in the corner where no curve is."""
    late = [
        float(share[time >= 0.6 * data.end].max(initial=share[-1])) for _, time, share in data.lines
    ]
    top = 0.93 if max(late) < HIGH else 0.2
    across, line = axes.bbox.width, 22 / axes.bbox.height
    longest = max(width(name, 14, bold=True) for name, _, _ in data.lines)
    x = 1 - (longest + 12) / across
    for i, ((name, _, _), colour) in enumerate(zip(data.lines, (CONTROL, TREATMENT), strict=True)):
        y = top - i * line
        axes.plot(
            [x - 36 / across, x - 10 / across], [y, y], color=colour, linewidth=3, transform=axes.transAxes
        )  # fmt: skip
        axes.text(
            x, y, name, transform=axes.transAxes, va="center", fontsize=14, fontweight="bold",
            color=SOFT if colour == CONTROL else TREATMENT,
        )  # fmt: skip


PLACEBO_WIDE, PLACEBO_NARROW = 310.0, 280.0


def scatter_of_placebos(
    dates: NDArray[np.datetime64],
    rows: Sequence[Row],
    actual: Row,
    when: np.datetime64,
    *,
    unit: str,
    narrow: bool,
) -> Callable[[Axes], None]:
    """Effects at dates on which nothing was changed, and the one at the change."""

    def paint(axes: Axes) -> None:
        height = PLACEBO_NARROW if narrow else PLACEBO_WIDE
        left, across = (0.15, 0.81) if narrow else (0.07, 0.9)
        axes.set_position((left, 40 / height, across, 1 - 86 / height))
        axes.axhline(0, color=INK, linewidth=1.2)
        for date, row in zip(dates, rows, strict=True):
            axes.plot([date, date], [row.low, row.high], color=CONTROL, linewidth=1.5, alpha=0.7)
            axes.plot([date], [row.effect], "o", color=CONTROL, markersize=4)
        axes.plot(
            [when, when],
            [actual.low, actual.high],
            color=TREATMENT,
            linewidth=4,
            solid_capstyle="round",
        )
        axes.plot(
            [when], [actual.effect], "o", color=TREATMENT, markersize=9, markeredgecolor=PAPER
        )
        labels.unit(axes, unit, up=24)
        labels.above(axes, when, actual.label, colour=TREATMENT)
        axes.tick_params(labelsize=13, length=4)
        axes.spines["bottom"].set_color(RULE)
        time_axis.of_days(axes, narrow=narrow)

    return paint


@dataclass(frozen=True, slots=True)
class Around:
    """Effects by weeks from a change, in the units shown, and the one over all weeks after it."""

    week: Floats
    effect: Floats
    low: Floats
    high: Floats
    overall: float
    unit: str
    tick: Callable[[float], str]


AROUND_WIDE, AROUND_NARROW = 340.0, 320.0


def weeks_around(data: Around, *, narrow: bool) -> Callable[[Axes], None]:
    """One interval a week, grey before the change and coloured after it."""
    overall = say("over all weeks")
    items = [key.Item(overall, TREATMENT, "dashed")]

    def paint(axes: Axes) -> None:
        height = AROUND_NARROW if narrow else AROUND_WIDE
        left, across = (0.14, 0.83) if narrow else (0.07, 0.78)
        head = 46 + (key.height(items) if narrow else 0)
        axes.set_position((left, 56 / height, across, 1 - (56 + head) / height))
        axes.axhline(0, color=INK, linewidth=1.2)
        axes.axvline(-0.5, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        for after, colour in ((False, CONTROL), (True, TREATMENT)):
            _weeks(axes, data, (data.week >= 0) == after, colour, size=3.5 if narrow else 5)
        last = float(data.week.max())
        axes.plot(
            [-0.5, last], [data.overall] * 2, color=TREATMENT, linewidth=2, linestyle=(0, (5, 3))
        )
        axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
        axes.xaxis.set_major_formatter(lambda value, _: data.tick(value))
        axes.tick_params(labelsize=13, length=4)
        axes.set_xlabel(say("weeks from the change"), fontsize=13)
        labels.unit(axes, data.unit)
        labels.above(axes, -0.5, say("the change"))
        if narrow:
            key.paint(axes, items)
        else:
            edge = float(axes.get_xlim()[1])
            labels.beside(axes, [(data.overall, overall, TREATMENT)], x=edge, room=125)

    return paint


def _weeks(axes: Axes, data: Around, rows: NDArray[np.bool_], colour: str, *, size: float) -> None:
    axes.vlines(
        data.week[rows], data.low[rows], data.high[rows], color=colour, linewidth=1.6, alpha=0.7
    )
    axes.plot(data.week[rows], data.effect[rows], "o", color=colour, markersize=size)
