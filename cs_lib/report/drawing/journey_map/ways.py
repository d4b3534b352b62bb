"""Painter of the usual path and the detours from it: across on a desk, downwards on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cs_lib.report.drawing.journey_map import ways_across, ways_down
from cs_lib.report.drawing.journey_map.steps import Ways

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def height(data: Ways, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return ways_down.height(data) if narrow else ways_across.height(data)


def ways(data: Ways, *, narrow: bool) -> Callable[[Axes], None]:
    """Steps in a line; loops on one side, what is passed over on the other; lines as thick as their share."""

    def paint(axes: Axes) -> None:
        (ways_down.paint if narrow else ways_across.paint)(axes, data)

    return paint
