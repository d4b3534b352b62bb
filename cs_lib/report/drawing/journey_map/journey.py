"""Painter of the map of a journey: phases as columns on a desk, as blocks on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cs_lib.report.drawing.journey_map import blocks, columns
from cs_lib.report.drawing.journey_map.phases import Journey

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def height(data: Journey, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return blocks.height(data) if narrow else columns.height(data)


def journey(data: Journey, *, narrow: bool) -> Callable[[Axes], None]:
    """What happens, how many, how long, how satisfied, where it hurts, who can end it."""

    def paint(axes: Axes) -> None:
        (blocks.paint if narrow else columns.paint)(axes, data)

    return paint
