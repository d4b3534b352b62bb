"""Painter of a series by weeks with what it would have been without the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import WIDE_PIXELS, Floats, width
from cs_lib.report.drawing.interventions import HEAD_PIXELS, Happenings, paint_happenings
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE_HEIGHT, NARROW_HEIGHT = 380.0, 340.0
LEFT, ACROSS = 0.06, 0.77  # Of a wide drawing; the names of the lines stand right of it.
# What lies so many quartile ranges beyond the quartiles does not set the scale.
FAR_OUT = 3.0
OUTLIER_PIXELS = 8.0  # A triangle stands so far inside the edge that it lies beyond.


@dataclass(frozen=True, slots=True)
class Course:
    """A series by periods, in the units shown, with what it would have been."""

    middle: NDArray[np.datetime64]  # The middle of each period.
    observed: Floats
    fitted: Floats
    counterfactual: Floats
    used: NDArray[np.bool_]
    state: NDArray[np.int8]  # 1 with the change throughout, 0 without it, -1 switched within.
    holiday: NDArray[np.bool_]  # Lines pass straight through these periods.
    intervention: np.datetime64
    happenings: Happenings
    unit: str
    words: tuple[str, str, str]  # the change, with it, without it
    tick: Callable[[float], str]


def course(data: Course, *, narrow: bool) -> Callable[[Axes], None]:
    """Points observed, a line through them, and dashed what was to be expected without the change."""
    items = [key.Item(data.words[1], TREATMENT), key.Item(data.words[2], CONTROL, "dashed")]

    def paint(axes: Axes) -> None:
        height = NARROW_HEIGHT if narrow else WIDE_HEIGHT
        head = 46 + (key.height(items) if narrow else 0)
        left, across = (0.13, 0.84) if narrow else (LEFT, ACROSS)
        axes.set_position((left, 44 / height, across, 1 - (44 + head) / height))
        if narrow:
            key.paint(axes, items)
        low, high = _scale(axes, data)
        _points(axes, data, low, high, narrow=narrow)
        for part in _stretches(data):
            _lines(axes, data, part)
        axes.tick_params(labelsize=13, length=4)
        axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
        paint_happenings(axes, data.happenings)
        labels.unit(axes, data.unit)
        labels.above(axes, data.intervention, data.words[0])
        time_axis.of_days(axes, narrow=narrow)
        if not narrow:
            _names(axes, data)

    return paint


def _scale(axes: Axes, data: Course) -> tuple[float, float]:
    """The range of the axis, set by the bulk of the points and the lines; above it is room for numbers."""
    seen = data.observed[data.used & np.isfinite(data.observed)]
    first, last = np.quantile(seen, [0.25, 0.75])
    reach = FAR_OUT * (last - first)
    bulk = seen[(seen >= first - reach) & (seen <= last + reach)]
    lines = np.concatenate([data.fitted, data.counterfactual[data.state == 1]])
    every = np.concatenate([bulk, lines[np.isfinite(lines)]])
    low, high = float(every.min()), float(every.max())
    air = 0.06 * ((high - low) or 1.0)
    low = 0.0 if 0 <= low < 0.35 * high else low - air
    high += air
    free = HEAD_PIXELS / (axes.bbox.height - HEAD_PIXELS)
    axes.set_ylim(low, high + free * (high - low))
    air_days = np.timedelta64(5, "D")
    axes.set_xlim(data.middle[0] - air_days, data.middle[-1] + air_days)
    return low, high


def _points(axes: Axes, data: Course, low: float, high: float, *, narrow: bool) -> None:
    """A dot a period; one beyond the axis is a triangle at its edge with its number."""
    size = 4.5 if narrow else 6.0
    shown = data.used & np.isfinite(data.observed)
    out = shown & ((data.observed < low) | (data.observed > high))
    for state, colour in ((1, TREATMENT), (0, CONTROL), (-1, PAPER)):
        use = shown & ~out & (data.state == state)
        edge = {"markeredgecolor": CONTROL} if state < 0 else {"markeredgewidth": 0}
        axes.plot(
            data.middle[use], data.observed[use], "o", color=colour, markersize=size, alpha=0.85, zorder=3,
            clip_on=False, **edge
        )  # fmt: skip
    _outliers(axes, data, np.flatnonzero(out), (low, high))


def _outliers(axes: Axes, data: Course, out: NDArray[np.intp], edges: tuple[float, float]) -> None:
    """A triangle each at the edge it lies beyond, with its number where its neighbours leave room."""
    places = [labels.pixel(axes, data.middle[i]) for i in out]
    inside = OUTLIER_PIXELS * (edges[1] - edges[0]) / axes.bbox.height
    across, taken = float(axes.figure.bbox.width), -np.inf
    for i, at, after in zip(out, places, [*places, np.inf][1:], strict=True):
        above = data.observed[i] > edges[1]
        y = edges[1] - inside if above else edges[0] + inside
        axes.plot(
            [data.middle[i]], [y], "^" if above else "v",
            color=TREATMENT if data.state[i] == 1 else CONTROL, markersize=9, markeredgewidth=0, zorder=4,
        )  # fmt: skip
        words = data.tick(float(data.observed[i]))
        long = width(words, labels.SIZE) + 12
        right = at + long < min(after - 6, across)
        if not right and at - long < taken:
            taken = at + 6
            continue  # Its neighbours stand on both sides.
        axes.annotate(
            words, (data.middle[i], y), (8 if right else -8, 0), textcoords="offset points",
            ha="left" if right else "right", va="center", fontsize=labels.SIZE, color=INK,
            annotation_clip=False, zorder=5,
        )  # fmt: skip
        taken = at + (long if right else 6)


def _stretches(data: Course) -> Iterator[NDArray[np.intp]]:
    """Periods in a row in one state; a line breaks where this or another change in the model was switched."""
    days = np.array([mark.day for mark in data.happenings.marks if mark.fitted], "datetime64[h]")
    part = 2 * np.searchsorted(days, data.middle, side="right") + (data.state == 1)
    edges = np.flatnonzero(np.diff(part) | np.diff(data.state)) + 1
    for rows in np.split(np.arange(len(part)), edges):
        if data.state[rows[0]] >= 0:
            inside = data.holiday[rows] & (rows > rows[0]) & (rows < rows[-1])
            yield rows[~inside]


def _lines(axes: Axes, data: Course, part: NDArray[np.intp]) -> None:
    on = data.state[part[0]] == 1
    axes.plot(
        data.middle[part], data.fitted[part], color=TREATMENT if on else CONTROL,
        linewidth=2.4 if on else 2.0,
    )  # fmt: skip
    if on:
        axes.plot(
            data.middle[part], data.counterfactual[part], color=CONTROL, linewidth=2.0,
            linestyle=(0, (5, 3)),
        )  # fmt: skip


def _names(axes: Axes, data: Course) -> None:
    """The names of both lines right of the last stretch with the change."""
    on = np.flatnonzero(data.state == 1)
    if not len(on):
        return
    named = [
        (float(data.fitted[on[-1]]), data.words[1], TREATMENT),
        (float(data.counterfactual[on[-1]]), data.words[2], CONTROL),
    ]
    edge = float(axes.get_xlim()[1])
    labels.beside(axes, named, x=edge, room=(1 - LEFT - ACROSS) * WIDE_PIXELS - 14)
