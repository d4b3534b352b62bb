"""Bits of the map that both of its forms draw: the bar of a stay, a level with its interval, the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.journey_map.phases import Journey, Stay
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, TREATMENT
from cs_lib.report.drawing.sheet import box, rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CUSTOMER, THIRD = "///", "\\\\\\"
BAR = 12.0


def items(data: Journey) -> list[key.Item]:
    """What the bars of stays need explained."""
    stays, words = data.stays, data.words
    shown = [key.Item(words.ours, TREATMENT, "patch")] if stays else []
    if any(s.customer > 0 for s in stays):
        shown.append(key.Item(words.customer, CONTROL, "patch", hatch=CUSTOMER))
    if any(s.third > 0 for s in stays):
        shown.append(key.Item(words.third, CONTROL, "patch", hatch=THIRD))
    if any(s.slow > s.median for s in stays):
        shown.append(key.Item(words.slow, INK))
    return shown


def stay(axes: Axes, one: Stay, x: float, y: float, pixel: float) -> None:
    """Parts one behind the other from (x, y), then a line to what the slowest tenth exceeds; so many pixels a unit."""
    middle, at = y + BAR / 2, x
    for part, look in (
        (one.ours, {"facecolor": TREATMENT}),
        (one.customer, hatched(CUSTOMER)),
        (one.third, hatched(THIRD)),
    ):
        if part > 0:
            box(axes, at, y, part * pixel, BAR, **look)
            at += part * pixel
    if one.slow > one.median:
        end = x + one.slow * pixel
        rule(axes, (at, end), (middle, middle), colour=INK, thick=1.4)
        rule(axes, (end, end), (y + 1, y + BAR - 1), colour=INK, thick=1.4)


def hatched(hatch: str) -> dict[str, object]:
    """The look of hours that somebody else holds."""
    return {"facecolor": PAPER, "edgecolor": CONTROL, "hatch": hatch, "linewidth": 0.8}


def dot(axes: Axes, x: float, y: float) -> None:
    """The mark of a level."""
    axes.plot(
        [x], [y], "o", color=TREATMENT, markersize=8, markeredgecolor=PAPER, markeredgewidth=1.5, zorder=5
    )  # fmt: skip
