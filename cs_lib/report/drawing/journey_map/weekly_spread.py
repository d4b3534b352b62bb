"""Painter of a duration by weeks: half of the contacts are below one line, nine of ten below the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import axes as time_axis
from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import WIDE_PIXELS, Floats
from cs_lib.report.drawing.interventions import HEAD_PIXELS, Happenings, paint_happenings
from cs_lib.report.drawing.palette import CONTROL, INK, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE_HEIGHT, NARROW_HEIGHT = 340.0, 320.0
LEFT, ACROSS = 0.06, 0.76  # Of a wide drawing; the names of the lines stand right of it.
BETWEEN = 0.12  # The tone between the lines.
DASHES = (0, (5, 2.5))


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and ninth decile of each week, in the units shown; not a number breaks a line."""

    middle: NDArray[np.datetime64]  # The middle of each week.
    median: Floats
    slow: Floats
    happenings: Happenings  # A found date is a switch; logged changes are its marks.
    unit: str
    words: tuple[str, str]  # the median, the ninth decile
    tick: Callable[[float], str]
    found: np.datetime64 | None = None
    found_words: str = ""


def height(data: Spread, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return (NARROW_HEIGHT + key.height(_items(data))) if narrow else WIDE_HEIGHT


def weekly_spread(data: Spread, *, narrow: bool) -> Callable[[Axes], None]:
    """A solid and a dashed line from zero on, pale between them, lines upright at dates."""

    def paint(axes: Axes) -> None:
        whole = height(data, narrow=narrow)
        left, across = (0.13, 0.84) if narrow else (LEFT, ACROSS)
        head = 46 + (key.height(_items(data)) if narrow else 0)
        axes.set_position((left, 40 / whole, across, 1 - (40 + head) / whole))
        _scale(axes, data)
        both = np.isfinite(data.median) & np.isfinite(data.slow)
        axes.fill_between(
            data.middle, data.median, data.slow, where=both.tolist(), color=TREATMENT,
            alpha=BETWEEN, linewidth=0,
        )  # fmt: skip
        axes.plot(data.middle, data.slow, color=CONTROL, linewidth=2.0, linestyle=DASHES)
        axes.plot(data.middle, data.median, color=TREATMENT, linewidth=2.6)
        axes.tick_params(labelsize=labels.SIZE, length=4)
        axes.yaxis.set_major_formatter(lambda value, _: data.tick(value))
        paint_happenings(axes, data.happenings)
        labels.unit(axes, data.unit)
        if data.found is not None:
            axes.axvline(data.found, color=INK, linewidth=1.6, linestyle=(0, (4, 3)))  # type: ignore[arg-type]
            labels.above(axes, data.found, data.found_words)
        time_axis.of_days(axes, narrow=narrow)
        if narrow:
            key.paint(axes, _items(data))
        else:
            _names(axes, data)

    return paint


def _items(data: Spread) -> list[key.Item]:
    return [key.Item(data.words[1], CONTROL, "dashed"), key.Item(data.words[0], TREATMENT)]


def _scale(axes: Axes, data: Spread) -> None:
    """From zero to the highest point; above it is room for the numbers of the changes."""
    every = np.concatenate([data.median, data.slow])
    high = 1.06 * (float(every[np.isfinite(every)].max(initial=0.0)) or 1.0)
    free = HEAD_PIXELS / (axes.bbox.height - HEAD_PIXELS)
    axes.set_ylim(0, high * (1 + (free if data.happenings.marks else 0.0)))
    air = np.timedelta64(4, "D")
    axes.set_xlim(data.middle[0] - air, data.middle[-1] + air)


def _names(axes: Axes, data: Spread) -> None:
    """What each line is, right of its last point."""
    named = [
        (float(line[np.isfinite(line)][-1]), words, colour)
        for line, words, colour in (
            (data.slow, data.words[1], CONTROL),
            (data.median, data.words[0], TREATMENT),
        )
        if np.isfinite(line).any()
    ]
    room = (1 - LEFT - ACROSS) * WIDE_PIXELS - 14
    labels.beside(axes, named, x=float(axes.get_xlim()[1]), room=room)
