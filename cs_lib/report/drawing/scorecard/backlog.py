"""Painter of what waits by age: a column a week, older contacts darker and on top, the last week in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import key, labels
from cs_lib.report.drawing.axes import Floats, width
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, SOFT, TREATMENT
from cs_lib.report.drawing.scorecard import logged as log
from cs_lib.report.drawing.scorecard.frames import DAY, dress, frame
from cs_lib.report.drawing.sheet import SIZE, SMALL, lay, lines, pitch, pixels, write
from cs_lib.wording import labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL, PANEL_NARROW, FOOT = 230.0, 200.0, 30.0  # CSS pixels
SIGNS, NAMES = 24.0, 210.0
PALEST, DENSEST = 0.18, 1.0
GAP_HATCH = "////"


@dataclass(frozen=True, slots=True)
class Age:
    """A band of ages: what it is called, and what it comes to in the last week."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at the end of each week, ages by weeks, youngest first; not a number where nothing is known.

    Raises ValueError when the counts do not fit the ages and weeks, or a week is missing.
    """

    start: NDArray[np.datetime64]  # The first day of each week.
    counts: Floats
    ages: Sequence[Age]
    text: str  # What waits in all, and on which day.
    tick: Callable[[float], str]
    unknown_words: str
    changes: Sequence[log.Logged] = ()

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.ages), len(self.start)) or not len(self.start):
            raise ValueError("counts have a row for each age and a column for each week")
        if (np.diff(self.start.astype("datetime64[D]")) != np.timedelta64(7, "D")).any():
            raise ValueError("a week is missing between others; it has a place and no count")
        if not np.isfinite(self.counts).any():
            raise ValueError("no week has a count")

    @property
    def known(self) -> NDArray[np.bool_]:
        """Weeks in which every age is known."""
        every: NDArray[np.bool_] = np.all(np.isfinite(self.counts), axis=0)
        return every


def height(data: Backlog, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return _Plan(data, narrow).whole


def backlog(data: Backlog, *, narrow: bool) -> Callable[[Axes], None]:
    """Stacked columns from zero; each age is named at the right, on a phone in the key."""
    plan = _Plan(data, narrow)

    def paint(axes: Axes) -> None:
        lay(axes, plan.whole, narrow=narrow)
        write(axes, 0, plan.head, plan.title, bold=True)
        here = frame(axes, plan.box, plan.whole, narrow=narrow)
        _columns(here, data)
        log.ticks(here, data.changes, signs=True)
        dress(here, data.tick, narrow=narrow, lowest=True)
        if not narrow:
            _names(here, data)
        if plan.items:
            key.paint(axes, plan.items)
        log.write_key(axes, data.changes, plan.key, plan.across)

    return paint


class _Plan:
    """Where everything lies, in pixels from the upper left corner."""

    def __init__(self, data: Backlog, narrow: bool) -> None:
        self.across = pixels(narrow=narrow)
        self.items = _items(data, narrow=narrow)
        self.head = key.height(self.items, narrow=narrow) + 4 if self.items else 0.0
        self.title = lines(data.text, self.across, SIZE, bold=True)
        left = width(data.tick(_most(data)), SMALL) + 14
        top = self.head + len(self.title) * pitch(SIZE) + 6 + (SIGNS if data.changes else 4)
        right = 8.0 if narrow else NAMES
        down = PANEL_NARROW if narrow else PANEL
        self.box = (left, top, self.across - left - right, down)
        self.key = top + down + FOOT
        self.whole = self.key + log.key_height(data.changes, self.across) + 2


def _most(data: Backlog) -> float:
    return float(np.nanmax(data.counts.sum(axis=0), initial=1.0))


def _strengths(many: int) -> list[float]:
    """The older the denser."""
    return [float(a) for a in np.linspace(PALEST, DENSEST, many)] if many > 1 else [DENSEST]


def _columns(axes: Axes, data: Backlog) -> None:
    from matplotlib.dates import date2num

    days = data.start.astype("datetime64[D]")
    edges = date2num(np.append(days, days[-1] + 7 * DAY))  # type: ignore[no-untyped-call]
    tops = np.vstack([np.zeros(len(days)), np.cumsum(data.counts, axis=0)])
    tops = np.where(data.known, tops, np.nan)
    for low, high, strength in zip(tops, tops[1:], _strengths(len(data.ages)), strict=False):
        axes.stairs(
            high, edges, baseline=low, fill=True, color=TREATMENT, alpha=strength, linewidth=0
        )
        axes.stairs(high, edges, baseline=None, color=PAPER, linewidth=0.8)
    for i in np.flatnonzero(~data.known):
        axes.axvspan(
            edges[i],
            edges[i + 1],
            facecolor="none",
            edgecolor=CONTROL,
            hatch=GAP_HATCH,
            linewidth=0,
        )
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.04 * _most(data))


def _names(axes: Axes, data: Backlog) -> None:
    """What each band is and comes to, right of the last week that is known."""
    last = int(np.flatnonzero(data.known)[-1]) if data.known.any() else 0
    tops = np.concatenate([[0.0], np.cumsum(np.nan_to_num(data.counts[:, last]))])
    named = [
        (float(low + high) / 2, said, INK if i == len(data.ages) - 1 else SOFT)
        for i, (low, high, said) in enumerate(
            zip(tops, tops[1:], map(_named, data.ages), strict=False)
        )
    ]
    labels.beside(axes, named, x=float(axes.get_xlim()[1]), room=NAMES - 14)


def _named(age: Age) -> str:
    return labelled(age.name, age.text)


def _items(data: Backlog, *, narrow: bool) -> list[key.Item]:
    """The ages, oldest first as they are stacked, and what is hatched."""
    shown = []
    if narrow:
        both = zip(data.ages, _strengths(len(data.ages)), strict=True)
        shown = [key.Item(_named(age), TREATMENT, "patch", a) for age, a in both][::-1]
    if not data.known.all():
        shown.append(key.Item(data.unknown_words, CONTROL, "patch", hatch=GAP_HATCH))
    return shown
