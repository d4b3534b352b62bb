"""Painters of what runs over time: a series and its counterfactual, waiting curves, placebo dates."""

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
from cs_lib.report.drawing.interventions import Happenings, paint_happenings
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, SOFT, TREATMENT
from cs_lib.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Course:
    """A series with what it would have been."""

    start: NDArray[np.datetime64]
    observed: Floats
    fitted: Floats
    counterfactual: Floats
    used: NDArray[np.bool_]
    intervention: np.datetime64
    happenings: Happenings
    days: int  # A period has so many days.
    unit: str
    words: tuple[str, str, str]  # the change, with it, without it


def course(data: Course, *, narrow: bool) -> Callable[[Axes], None]:
    """Points observed, a line through them, and dashed what was to be expected without the change."""

    def paint(axes: Axes) -> None:
        height = 300 if narrow else 380
        axes.set_position(
            (0.13 if narrow else 0.06, 44 / height, 0.84 if narrow else 0.79, 1 - 92 / height)
        )
        after = data.start >= data.intervention
        _course_lines(axes, data, data.happenings.state(data.start, data.days), narrow=narrow)
        paint_happenings(axes, data.happenings)
        top = axes.get_ylim()[1]
        late = np.mean(after) < 0.5
        axes.annotate(
            data.words[0], (data.intervention, top), (-6 if late else 6, 4), textcoords="offset points",
            ha="right" if late else "left", fontsize=13, color=INK, annotation_clip=False,
        )  # fmt: skip
        time_axis.of_days(axes, narrow=narrow)
        if not narrow:
            _course_labels(axes, data, after)

    return paint


def _course_lines(axes: Axes, data: Course, state: NDArray[np.int8], *, narrow: bool) -> None:
    small, on = len(data.start) > 120, state == 1
    for side, colour in ((~on, CONTROL), (on, TREATMENT)):
        use = side & data.used
        axes.plot(
            data.start[use], data.observed[use], "o", color=colour, markersize=2.5 if small or narrow else 4.5,
            alpha=0.55 if small else 0.85, markeredgewidth=0,
        )  # fmt: skip
    smooth_fit, smooth_without = _weekly(data.fitted, small), _weekly(data.counterfactual, small)
    for side, line, colour, width, style in (
        (state == 0, smooth_fit, CONTROL, 2.0, "-"),
        (on, smooth_fit, TREATMENT, 2.4, "-"),
        (on, smooth_without, CONTROL, 2.0, (0, (5, 3))),
    ):
        shown = np.where(side, line, np.nan)
        axes.plot(data.start, shown, color=colour, linewidth=width, linestyle=style)
    seen = data.observed[data.used]
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
    air = 0.06 * ((high - low) or 1.0)
    axes.set_ylim(0 if 0 <= low < 0.35 * high else low - air, high + 2 * air)
    axes.tick_params(labelsize=13, length=4)
    axes.set_ylabel("")
    axes.annotate(
        data.unit, (0, 1), (0, 26 if narrow else 20), xycoords="axes fraction", textcoords="offset points",
        fontsize=13, color=SOFT, annotation_clip=False,
    )  # fmt: skip


def _weekly(values: Floats, daily: bool) -> Floats:
    """The line without its weekday teeth, when points are days."""
    if not daily or len(values) < 14:
        return values
    kernel = np.ones(7) / 7
    padded = np.concatenate([values[:3][::-1], values, values[-3:][::-1]])
    smooth: Floats = np.convolve(padded, kernel, mode="valid")
    return smooth


def _course_labels(axes: Axes, data: Course, after: NDArray[np.bool_]) -> None:
    """Names at the right end of the lines, kept apart."""
    daily = len(data.start) > 120
    ends = [float(_weekly(line, daily)[after][-1]) for line in (data.fitted, data.counterfactual)]
    bottom, top = axes.get_ylim()
    gap = 0.075 * (top - bottom)
    if abs(ends[0] - ends[1]) < gap:
        middle, sign = (ends[0] + ends[1]) / 2, 1 if ends[0] >= ends[1] else -1
        ends = [middle + sign * gap / 2, middle - sign * gap / 2]
    for y, text, colour in zip(ends, data.words[1:], (TREATMENT, SOFT), strict=True):
        axes.annotate(
            text, (data.start[-1], y), (8, 0), textcoords="offset points", va="center", fontsize=13, color=colour,
            annotation_clip=False,
        )  # fmt: skip


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
