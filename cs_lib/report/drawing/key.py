"""A key above a drawing: what each line or patch is, where there is no room beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, cut, width
from cs_lib.report.drawing.palette import PAPER, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, LINE_HEIGHT = 13.0, 19.0
SAMPLE, GAP, BETWEEN, EDGE = 22.0, 6.0, 16.0, 6.0


@dataclass(frozen=True, slots=True)
class Item:
    """A line or a patch of the drawing with its name."""

    text: str
    colour: str
    style: Literal["line", "dashed", "patch"] = "line"
    strength: float = 1.0
    hatch: str = ""  # Of a patch; then its ground is the paper.


def height(items: Sequence[Item], *, narrow: bool = True) -> float:
    """Pixels that the key takes from the top of the drawing."""
    return LINE_HEIGHT * len(_rows(items, NARROW_PIXELS if narrow else WIDE_PIXELS))


def _rows(items: Sequence[Item], across: float) -> list[list[tuple[float, Item]]]:
    """The items in lines that fit, each with its place."""
    rows: list[list[tuple[float, Item]]] = [[]]
    at = EDGE
    for item in items:
        wide = SAMPLE + GAP + width(item.text, SIZE)
        if rows[-1] and at + wide > across - EDGE:
            rows.append([])
            at = EDGE
        rows[-1].append((at, item))
        at += wide + BETWEEN
    return rows


def paint(axes: Axes, items: Sequence[Item]) -> None:
    """The key in the upper left corner of a drawing, in lines as wide as it is."""
    from matplotlib.transforms import IdentityTransform

    figure: Any = axes.figure
    here, across, top = IdentityTransform(), float(figure.bbox.width), float(figure.bbox.height)
    for i, row in enumerate(_rows(items, across)):
        y = top - LINE_HEIGHT * (i + 0.5)
        for x, item in row:
            figure.add_artist(_sample(item, x, y, here))
            room = across - EDGE - x - SAMPLE - GAP
            figure.text(
                x + SAMPLE + GAP, y, cut(item.text, room, SIZE), transform=here, va="center",
                fontsize=SIZE, color=SOFT,
            )  # fmt: skip


def _sample(item: Item, x: float, y: float, here: Any) -> Any:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    if item.style == "patch" and item.hatch:
        return Rectangle(
            (x, y - 6), SAMPLE, 12, facecolor=PAPER, edgecolor=item.colour, hatch=item.hatch,
            linewidth=0.8, transform=here,
        )  # fmt: skip
    if item.style == "patch":
        return Rectangle(
            (x, y - 6), SAMPLE, 12, facecolor=item.colour, edgecolor="none",
            alpha=item.strength, transform=here,
        )  # fmt: skip
    line = Line2D([x, x + SAMPLE], [y, y], color=item.colour, linewidth=2.2, transform=here)
    if item.style == "dashed":
        line.set_dashes((4, 2.4))
    return line
