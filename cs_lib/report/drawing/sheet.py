"""A drawing laid out like a sheet: places in CSS pixels from its upper left corner, text in measured lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, wrapped
from cs_lib.report.drawing.palette import INK, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEAD, SIZE, SMALL = 15.0, 13.0, 12.0
Side = Literal["left", "center", "right"]


def pixels(*, narrow: bool) -> float:
    """How wide the sheet is."""
    return NARROW_PIXELS if narrow else WIDE_PIXELS


def lay(axes: Axes, height: float, *, narrow: bool) -> None:
    """The axes become the sheet."""
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, pixels(narrow=narrow))
    axes.set_ylim(height, 0)
    axes.set_axis_off()


def pitch(size: float) -> float:
    """From one line of text to the next."""
    return round(1.3 * size)


def lines(text: str, room: float, size: float, *, bold: bool = False, most: int = 3) -> list[str]:
    """The lines of a text in so many pixels; none for an empty text."""
    return wrapped(text, room, size, bold=bold, most=most).split("\n") if text else []


def write(
    axes: Axes, x: float, top: float, text: Sequence[str], *, size: float = SIZE, colour: str = INK,
    bold: bool = False, side: Side = "left",
) -> float:  # fmt: skip
    """Lines of text under each other, the first right below `top`; where the next one would begin."""
    for i, line in enumerate(text):
        axes.text(
            x, top + i * pitch(size) + size, line, ha=side, va="baseline", fontsize=size, color=colour,
            fontweight="bold" if bold else "normal", zorder=6,
        )  # fmt: skip
    return top + len(text) * pitch(size)


def box(axes: Axes, x: float, y: float, across: float, down: float, **look: Any) -> None:
    """A rectangle whose upper left corner is at (x, y)."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), across, down, **{"linewidth": 0, **look}))


def rule(
    axes: Axes, xs: tuple[float, float], ys: tuple[float, float], *, colour: str = RULE, thick: float = 1.0,
    **look: Any,
) -> None:  # fmt: skip
    """A straight line."""
    path(axes, xs, ys, colour=colour, thick=thick, **{"solid_capstyle": "butt", **look})


def path(
    axes: Axes, xs: Sequence[float], ys: Sequence[float], *, colour: str, thick: float, **look: Any
) -> None:  # fmt: skip
    """A line through points; unlike `plot` it leaves the limits of the sheet alone."""
    from matplotlib.lines import Line2D

    axes.add_line(Line2D(xs, ys, color=colour, linewidth=thick, **look))
