"""Painter of small multiples: metrics beside and under each other by weeks, changes ticked at the top of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import width
from cs_lib.report.drawing.palette import BAND, CONTROL, SOFT, TREATMENT
from cs_lib.report.drawing.scorecard import logged as log
from cs_lib.report.drawing.scorecard.frames import (
    Day,
    dress,
    frame,
    limits,
    points,
    scale,
    shade,
)
from cs_lib.report.drawing.scorecard.weekly import Weekly
from cs_lib.report.drawing.sheet import SIZE, SMALL, lay, lines, pitch, pixels, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
COLUMNS, GAP = 3, 22.0
PANEL, FOOT, UNDER = 66.0, 26.0, 14.0  # CSS pixels of a frame, its dates, the air below a frame
SIGNS, TICKS = 22.0, 10.0
HOLIDAY = 0.25


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric: its name, what its numbers come to, its weeks, and how a place on its axis is said."""

    name: str
    text: str
    weekly: Weekly
    tick: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Multiples:
    """At most twelve metrics on one axis of days. Raises ValueError when there are none or more."""

    panels: Sequence[Panel]
    ends: tuple[Day, Day]  # The first day, and the day after the last.
    words: tuple[str, str]  # The centre, and the range between the limits.
    changes: Sequence[log.Logged] = ()
    holidays: Sequence[tuple[Day, Day]] = ()  # First day, and the day after the last.
    holiday_words: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.panels) <= MOST:
            raise ValueError(f"small multiples hold 1 to {MOST} metrics, not {len(self.panels)}")


def height(data: Multiples, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return _Plan(data, narrow).whole


def multiples(data: Multiples, *, narrow: bool) -> Callable[[Axes], None]:
    """Three frames side by side, on a phone one under the other; one axis of days, a scale for each metric."""
    plan = _Plan(data, narrow)

    def paint(axes: Axes) -> None:
        lay(axes, plan.whole, narrow=narrow)
        for i, panel in enumerate(data.panels):
            left, top = plan.corner(i)
            name, said = plan.words(panel)
            after = write(axes, left, top, name, bold=True)
            write(axes, left, after, said, size=SMALL, colour=SOFT)
            tops = plan.tops[i // plan.columns]
            box = (left + plan.margin, tops, plan.each - plan.margin, PANEL)
            here = frame(axes, box, plan.whole, narrow=narrow)
            scale(here, panel.weekly, data.ends)
            for begin, end in data.holidays:
                shade(here, begin, end, facecolor=CONTROL, alpha=HOLIDAY, zorder=0.5)
            limits(here, panel.weekly, band=True)
            _line(here, panel.weekly)
            points(here, panel.weekly, size=2.4)
            log.ticks(here, data.changes, signs=plan.signed(i))
            lowest = i + plan.columns >= len(data.panels)
            dress(here, panel.tick, narrow=True, lowest=lowest, most=3)
        log.write_key(axes, data.changes, plan.key, plan.across)
        key.paint(axes, plan.items)

    return paint


def _line(axes: Any, data: Weekly) -> None:
    """Seaborn's line through weeks in a row; it would bridge a gap, so each stretch is a unit of its own."""
    import seaborn

    if not data.pieces:
        return
    there = np.concatenate(data.pieces)
    stretch = np.repeat(np.arange(len(data.pieces)), [len(piece) for piece in data.pieces])
    seaborn.lineplot(
        x=data.middle[there], y=data.value[there], units=stretch, ax=axes, color=TREATMENT,
        linewidth=1.4, errorbar=None, estimator=None, zorder=2,
    )  # fmt: skip


class _Plan:
    """Where everything lies, in pixels from the upper left corner."""

    def __init__(self, data: Multiples, narrow: bool) -> None:
        self.data, self.narrow = data, narrow
        self.across = pixels(narrow=narrow)
        self.columns = 1 if narrow else min(COLUMNS, len(data.panels))
        self.each = (self.across - 8 - GAP * (self.columns - 1)) / self.columns
        self.items = _items(data)
        self.margin = max(
            width(panel.tick(end), SMALL) for panel in data.panels for end in panel.weekly.span()
        ) + 10  # fmt: skip
        self.tops: list[float] = []  # Of the frames of each row.
        top = key.height(self.items, narrow=narrow) + 8
        self.words_at: list[float] = []
        for row in range(0, len(data.panels), self.columns):
            self.words_at.append(top)
            said = [self._tall(p) for p in data.panels[row : row + self.columns]]
            signs = SIGNS if self.signed(row) else TICKS if data.changes else 4.0
            self.tops.append(top + max(said) + signs)
            top = self.tops[-1] + PANEL + UNDER
        self.key = top - UNDER + FOOT
        self.whole = self.key + log.key_height(data.changes, self.across) + 2

    def corner(self, i: int) -> tuple[float, float]:
        """Where the words of a panel begin: those of a row end on one line."""
        row, column = divmod(i, self.columns)
        inside = [self._tall(p) for p in self.data.panels[row * self.columns :][: self.columns]]
        top = self.words_at[row] + max(inside) - inside[column]
        return column * (self.each + GAP), top

    def words(self, panel: Panel) -> tuple[list[str], list[str]]:
        """Name and numbers in lines."""
        name = lines(panel.name, self.each, SIZE, bold=True, most=2)
        return name, lines(panel.text, self.each, SMALL, most=2)

    def signed(self, i: int) -> bool:
        """Whether the ticks of a frame carry their numbers."""
        return bool(self.data.changes) and (self.narrow or i < self.columns)

    def _tall(self, panel: Panel) -> float:
        name, said = self.words(panel)
        return len(name) * pitch(SIZE) + len(said) * pitch(SMALL)


def _items(data: Multiples) -> list[key.Item]:
    centre, between = data.words
    items = [key.Item(centre, CONTROL), key.Item(between, BAND, "patch")]
    return items + (
        [key.Item(data.holiday_words, CONTROL, "patch", HOLIDAY)] if data.holidays else []
    )
