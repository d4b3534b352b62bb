"""Painters of what runs over time: waiting curves, placebo dates, weeks around a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.language import say
from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing.axes import Floats
from cs_lib.report.drawing.forest import Row
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, SOFT, TREATMENT
from cs_lib.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def curves(
    lines: Sequence[tuple[str, Floats, Floats]], *, unit: str, horizon: float, narrow: bool
) -> Callable[[Axes], None]:
    """Share still waiting over time, before in grey and after in colour."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 340
        axes.set_position(
            (0.13 if narrow else 0.06, 56 / height, 0.84 if narrow else 0.79, 1 - 80 / height)
        )
        for (label, time, share), colour in zip(lines, (CONTROL, TREATMENT), strict=True):
            axes.step(
                np.append(time, horizon),
                np.append(share, share[-1]),
                where="post",
                color=colour,
                linewidth=2,
            )
            x = horizon * (0.25 if colour == CONTROL else 0.12)
            y = float(share[max(int(np.searchsorted(time, x)) - 1, 0)])
            axes.annotate(
                label, (x, y), (8, 10 if colour == CONTROL else -16), textcoords="offset points", fontsize=13,
                color=SOFT if colour == CONTROL else TREATMENT, fontweight="bold",
            )  # fmt: skip
        axes.set_xlim(0, horizon)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(lambda value, _: percent(value, places=0))
        axes.tick_params(labelsize=13, length=4)
        axes.set_xlabel(unit, fontsize=13)

    return paint


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
        height = 260 if narrow else 300
        axes.set_position(
            (0.15 if narrow else 0.07, 40 / height, 0.82 if narrow else 0.78, 1 - 74 / height)
        )
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
        axes.annotate(
            actual.label, (when, actual.effect), (-10 if narrow else 10, 0), textcoords="offset points", va="center",
            ha="right" if narrow else "left", fontsize=13, color=TREATMENT, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
        axes.annotate(
            unit, (0, 1), (0, 14), xycoords="axes fraction", textcoords="offset points", fontsize=13, color=SOFT,
            annotation_clip=False,
        )  # fmt: skip
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


def weeks_around(data: Around, *, narrow: bool) -> Callable[[Axes], None]:
    """One interval a week, grey before the change and coloured after it."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 340
        left, width = (0.14, 0.83) if narrow else (0.07, 0.78)
        axes.set_position((left, 56 / height, width, 1 - 96 / height))
        axes.axhline(0, color=INK, linewidth=1.2)
        axes.axvline(-0.5, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        for after, colour in ((False, CONTROL), (True, TREATMENT)):
            rows = (data.week >= 0) == after
            axes.vlines(
                data.week[rows],
                data.low[rows],
                data.high[rows],
                color=colour,
                linewidth=1.6,
                alpha=0.7,
            )
            axes.plot(
                data.week[rows],
                data.effect[rows],
                "o",
                color=colour,
                markersize=3.5 if narrow else 5,
            )
        last = float(data.week.max())
        axes.plot(
            [-0.5, last], [data.overall] * 2, color=TREATMENT, linewidth=2, linestyle=(0, (5, 3))
        )
        if not narrow:
            axes.annotate(
                say("over all weeks"), (last, data.overall), (8, 0), textcoords="offset points", va="center",
                fontsize=13, color=TREATMENT, annotation_clip=False,
            )  # fmt: skip
        axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
        axes.xaxis.set_major_formatter(lambda value, _: data.tick(value))
        axes.tick_params(labelsize=13, length=4)
        axes.set_xlabel(say("weeks from the change"), fontsize=13)
        axes.annotate(
            data.unit, (0, 1), (0, 12), xycoords="axes fraction", textcoords="offset points",
            fontsize=13, color=SOFT, annotation_clip=False,
        )  # fmt: skip

    return paint
