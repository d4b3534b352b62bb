"""What happened when, on the chart of a series: stretches left out or without the change, and other changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.language import say
from cs_lib.report.drawing.palette import BAND, INK, RULE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Stretch = tuple[np.datetime64, np.datetime64]  # first day, first day after

# Two marks nearer to each other than this share a label.
SHARED_LABEL_PIXELS = 18.0
# The numbers of the marks stand in so many pixels at the top of the drawing, above their lines.
HEAD_PIXELS = 20.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Another change: a thin line with a number; solid when it is in the model, dotted when not."""

    day: np.datetime64
    key: str
    fitted: bool


@dataclass(frozen=True, slots=True)
class Happenings:
    """All that is marked along the time axis, and the words that explain the numbers."""

    switches: tuple[np.datetime64, ...]  # The switches of the studied change.
    on: tuple[Stretch, ...]
    off: tuple[Stretch, ...]
    left_out: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    names: tuple[str, ...]  # What the numbers stand for, in order.
    key: str  # The same with days, in one text.

    def state(self, start: NDArray[np.datetime64], days: int) -> NDArray[np.int8]:
        """Per period of so many days: 1 with the studied change throughout, 0 without, -1 switched within."""
        ends = [self._is_on(start), self._is_on(start + (days - 1))]
        return np.where(ends[0] == ends[1], ends[0], -1).astype(np.int8)

    def _is_on(self, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        on: NDArray[np.bool_] = np.zeros(len(days), dtype=bool)
        for first, after in self.on:
            on |= (days >= first) & (days < after)
        return on


def paint_happenings(axes: Axes, data: Happenings) -> None:
    """Shades, dashed lines at the switches, thin numbered lines at other changes. Limits must be set."""
    for stretches, colour, strength in ((data.off, RULE, 0.6), (data.left_out, BAND, 1.0)):
        for first, after in stretches:
            axes.axvspan(
                _day(first),
                _day(after),
                facecolor=colour,
                edgecolor="none",
                alpha=strength,
                zorder=0,
            )
    for day in data.switches:
        axes.axvline(_day(day), color=INK, linewidth=1, linestyle=(0, (4, 3)))
    for mark in data.marks:
        style = "-" if mark.fitted else (0, (1, 2))
        top = 1 - HEAD_PIXELS / axes.bbox.height
        axes.axvline(_day(mark.day), ymax=top, color=SOFT, linewidth=1, linestyle=style, zorder=1)
    for first, after in data.off:
        middle = (_day(first) + min(_day(after), axes.get_xlim()[1])) / 2
        _label(axes, middle, 0.0, say("off"))
    for place, text in _labels(axes, data.marks):
        _label(axes, place, 1.0, text)


def _label(axes: Axes, place: float, height: float, text: str) -> None:
    """A short word at the lower (0) or upper (1) end of the drawing."""
    axes.annotate(
        text, (place, height), (0, 8 if height == 0 else -HEAD_PIXELS / 2),
        xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="center",
        fontsize=13, color=SOFT, zorder=5,
    )  # fmt: skip


def _labels(axes: Axes, marks: Sequence[Mark]) -> Iterator[tuple[float, str]]:
    """Place and words of the numbers; lines that lie close share one label."""
    group: list[tuple[float, str]] = []
    for mark in marks:
        place = _day(mark.day)
        if group and _pixels(axes, place) - _pixels(axes, group[-1][0]) > SHARED_LABEL_PIXELS:
            yield _joined(group)
            group = []
        group.append((place, mark.key))
    if group:
        yield _joined(group)


def _joined(group: Sequence[tuple[float, str]]) -> tuple[float, str]:
    return float(np.mean([place for place, _ in group])), ", ".join(key for _, key in group)


def _pixels(axes: Axes, place: float) -> float:
    return float(axes.transData.transform((place, 0.0))[0])


def _day(instant: np.datetime64) -> float:
    from matplotlib.dates import date2num

    return float(date2num(instant))  # type: ignore[no-untyped-call]
