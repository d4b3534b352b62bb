"""Marks of pains, told apart by their shapes: clock, silent speech bubble, crossed telephone, triangle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_lib.report.drawing.journey_map.phases import Kind
from cs_lib.report.drawing.palette import BAD, INK, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOX = 20.0  # Marks are drawn in a square of so many units.
Points = list[tuple[float, float]]


def mark(axes: Axes, kind: Kind, x: float, y: float, *, filled: bool, pixels: float = 24.0) -> None:
    """A mark with its upper left corner at (x, y); hollow, or filled in the colour of what is bad."""
    scale = pixels / BOX
    pen = _Pen(axes, x, y, scale, BAD if filled else INK, PAPER if filled else INK, filled)
    {
        "long_wait": _clock,
        "left_in_the_dark": _silence,
        "missing_follow_up": _no_call,
        "other": _triangle,
    }[kind](pen)


class _Pen:
    """Strokes and shapes in the square of one mark."""

    def __init__(
        self, axes: Axes, x: float, y: float, scale: float, edge: str, inner: str, filled: bool
    ) -> None:
        self.axes, self.x, self.y, self.scale = axes, x, y, scale
        self.edge, self.inner, self.filled = edge, inner, filled

    def at(self, points: Points) -> Points:
        """Points of the square as places on the sheet."""
        return [(self.x + self.scale * a, self.y + self.scale * b) for a, b in points]

    def shape(self, points: Points, codes: list[int]) -> None:
        """A closed outline, filled when the mark is."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        self.axes.add_patch(
            PathPatch(
                Path(self.at(points), codes), facecolor=self.edge if self.filled else PAPER,
                edgecolor=self.edge, linewidth=1.7, joinstyle="round", zorder=7,
            )
        )  # fmt: skip

    def stroke(self, points: Points, colour: str, thick: float = 1.7) -> None:
        """A line with round ends."""
        xs, ys = zip(*self.at(points), strict=True)
        look: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round", "zorder": 8}
        self.axes.plot(xs, ys, color=colour, linewidth=thick, **look)


def _circle(x: float, y: float, radius: float) -> tuple[Points, list[int]]:
    """A circle as four curves."""
    handle = 0.5523 * radius
    points = [(x + radius, y)]
    for a, b in ((1, 0), (0, 1), (-1, 0), (0, -1)):  # Each quarter begins here and ends at (-b, a).
        points += [
            (x + a * radius - b * handle, y + b * radius + a * handle),
            (x - b * radius + a * handle, y + a * radius + b * handle),
            (x - b * radius, y + a * radius),
        ]
    return [*points, points[0]], [1, *[4] * 12, 79]


def _clock(pen: _Pen) -> None:
    pen.shape(*_circle(10, 10, 8.2))
    pen.stroke([(10, 5.2), (10, 10.2), (13.6, 12.4)], pen.inner)


def _silence(pen: _Pen) -> None:
    """A speech bubble struck through."""
    bubble: Points = [
        (4, 1.5), (16.5, 1.5), (19, 1.5), (19, 4), (19, 11.5), (19, 14), (16.5, 14), (8.8, 14), (3.4, 19),
        (3.8, 14), (3.5, 14), (1, 14), (1, 11.5), (1, 4), (1, 1.5), (4, 1.5), (4, 1.5),
    ]  # fmt: skip
    pen.shape(bubble, [1, 2, 3, 3, 2, 3, 3, 2, 2, 2, 2, 3, 3, 2, 3, 3, 79])
    across: Points = [(1.6, -0.6), (19.4, 17.6)]
    pen.stroke(across, PAPER, 5.4)
    pen.stroke(across, pen.edge, 2.2)


def _no_call(pen: _Pen) -> None:
    """The receiver of a telephone over a cross."""
    receiver: Points = [
        (0.8, 8.4), (0.8, 0.2), (19.2, 0.2), (19.2, 8.4), (19.2, 10.2), (18.6, 10.6), (17.4, 10.4),
        (14.6, 9.9), (13.4, 9.6), (13.3, 8.6), (13.3, 6.4), (11.4, 5.6), (8.6, 5.6), (6.7, 6.4),
        (6.7, 8.6), (6.6, 9.6), (5.4, 9.9), (2.6, 10.4), (1.4, 10.6), (0.8, 10.2), (0.8, 8.4), (0.8, 8.4),
    ]  # fmt: skip
    pen.shape(receiver, [1, 4, 4, 4, 4, 4, 4, 2, 3, 3, 2, 4, 4, 4, 2, 3, 3, 2, 4, 4, 4, 79])
    pen.stroke([(6.8, 12.4), (13.2, 18.8)], pen.edge, 2.4)
    pen.stroke([(13.2, 12.4), (6.8, 18.8)], pen.edge, 2.4)


def _triangle(pen: _Pen) -> None:
    pen.shape([(10, 2), (18.6, 17.4), (1.4, 17.4), (10, 2)], [1, 2, 2, 79])
