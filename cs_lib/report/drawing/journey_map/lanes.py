"""Lanes and columns of the map on a desk: where they lie, and how texts are stacked in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.report.drawing.axes import WIDE_PIXELS, width
from cs_lib.report.drawing.journey_map.phases import Journey
from cs_lib.report.drawing.palette import INK
from cs_lib.report.drawing.sheet import SIZE, SMALL, lines, pitch, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, MOST_GUTTER = 12.0, 92.0  # Between columns; for the names of lanes.


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the map: its name, the pixels of its contents, and what draws them from a top edge on."""

    name: str
    tall: float
    paint: Callable[[Axes, float], None]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where columns lie."""

    data: Journey

    @property
    def gutter(self) -> float:
        """Pixels for the names of the lanes."""
        w = self.data.words
        names = (w.happens, w.many, w.long, w.satisfied, w.hurts, w.owner)
        return min(max(width(name, SMALL) for name in names) + 4, MOST_GUTTER) + GAP

    @property
    def step(self) -> float:
        """From one column to the next."""
        return (WIDE_PIXELS - 3 - self.gutter) / len(self.data.phases)

    @property
    def room(self) -> float:
        """Pixels for what stands in a column."""
        return self.step - 2 * GAP / 2 - 4

    def left(self, i: int) -> float:
        """Where the words of a column begin."""
        return self.gutter + i * self.step + GAP / 2 + 2

    def named(self, name: str) -> list[str]:
        """The lines of a lane's name."""
        return lines(name, self.gutter - GAP, SMALL)

    def wrapped(
        self, text: str, size: float = SIZE, *, bold: bool = False, most: int = 3
    ) -> list[str]:
        """The lines of a text in a column."""
        return lines(text, self.room, size, bold=bold, most=most)


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one look in a column."""

    lines: Sequence[str]
    size: float = SIZE
    colour: str = INK
    bold: bool = False
    before: float = 0.0  # Pixels above them.

    @property
    def tall(self) -> float:
        """Pixels that they take; no lines take none."""
        return self.before + len(self.lines) * pitch(self.size) if self.lines else 0.0


def depth(texts: Sequence[Text]) -> float:
    """Pixels of texts under each other."""
    return sum(text.tall for text in texts)


def put(axes: Axes, x: float, top: float, texts: Sequence[Text]) -> None:
    """Texts under each other from a top edge on."""
    for text in texts:
        write(
            axes,
            x,
            top + text.before,
            text.lines,
            size=text.size,
            colour=text.colour,
            bold=text.bold,
        )
        top += text.tall


def stack(grid: Grid, name: str, columns: Sequence[Sequence[Text]], *, below: float = 0.0) -> Lane:
    """A lane of texts, `below` pixels under its top; without any text it takes no pixels."""

    def draw(axes: Axes, top: float) -> None:
        for i, texts in enumerate(columns):
            put(axes, grid.left(i), top + below, texts)

    most = max(depth(texts) for texts in columns)
    return Lane(name, below + most if most else 0.0, draw)


def over(lane: Lane, draw: Callable[[Axes, float], None]) -> Lane:
    """A lane with more ink in the pixels above its words."""

    def both(axes: Axes, top: float) -> None:
        draw(axes, top)
        lane.paint(axes, top)

    return Lane(lane.name, lane.tall, both)
