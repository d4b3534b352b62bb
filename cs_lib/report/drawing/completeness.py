"""Painter of a completeness map: columns by weeks, one tone from empty to filled, the ends in numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, Floats, cut, of_days, width
from cs_lib.report.drawing.palette import INK, PAPER, RULE, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 13.0
ROW, ROW_NARROW, HEAD, FOOT = 26.0, 42.0, 8.0, 36.0  # CSS pixels
NAME_ABOVE, BETWEEN = 19.0, 4.0  # Of a narrow row, pixels for its name and below its tones.
LEAST_TONE = 0.06  # So that a week without any value still looks like a week.


@dataclass(frozen=True, slots=True)
class Completeness:
    """Shares of rows with a value, 0 to 1; not a number where a week has no rows."""

    names: Sequence[str]
    starts: NDArray[np.datetime64]  # The first day of each week.
    shares: Floats  # Names by weeks.
    texts: Sequence[str]  # Of each name, what its numbers come to.

    @property
    def edges(self) -> NDArray[np.datetime64]:
        """Where weeks begin, and where the last one ends."""
        step = np.diff(self.starts).min() if len(self.starts) > 1 else np.timedelta64(7, "D")
        return np.append(self.starts, self.starts[-1] + step)


def height(data: Completeness, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return HEAD + FOOT + len(data.names) * (ROW_NARROW if narrow else ROW)


def tones(data: Completeness, *, narrow: bool) -> Callable[[Axes], None]:
    """A row of tones for each name; its numbers at the right edge, on a phone above it."""

    def paint(axes: Axes) -> None:
        left, across = _room(data, narrow=narrow)
        whole, figure = height(data, narrow=narrow), axes.figure
        axes.set_position((left, FOOT / whole, across, 1 - (HEAD + FOOT) / whole))
        if narrow:  # A name above each row, so each is a map of its own.
            for i, shares in enumerate(data.shares):
                bottom = 1 - (HEAD + (i + 1) * ROW_NARROW) / whole
                box = (left, bottom, across, (ROW_NARROW - NAME_ABOVE - BETWEEN) / whole)
                _heatmap(figure.add_axes(box), shares[None, :])
            axes.set_axis_off()
        else:
            _heatmap(axes, data.shares)
        _days_below(axes, data, narrow=narrow)
        _names(axes, data, narrow=narrow)

    return paint


def _room(data: Completeness, *, narrow: bool) -> tuple[float, float]:
    """Where the tones begin and how far they reach, as shares of the width."""
    if narrow:
        return 0.01, 0.98
    names = min(max(width(n, SIZE) for n in data.names) + 14, 0.32 * WIDE_PIXELS)
    texts = min(max(width(t, SIZE) for t in data.texts) + 14, 0.3 * WIDE_PIXELS)
    return names / WIDE_PIXELS, 1 - (names + texts) / WIDE_PIXELS


def _heatmap(axes: Axes, shares: Floats) -> None:
    """Seaborn's heat map in one tone that gets denser, so that dark mode can turn it."""
    import seaborn
    from matplotlib.colors import ListedColormap, to_rgb

    dense = np.linspace(LEAST_TONE, 1, 64)
    tone: Any = ListedColormap([(*to_rgb(TREATMENT), float(a)) for a in dense])
    seaborn.heatmap(
        shares, ax=axes, cmap=tone, vmin=0, vmax=1, cbar=False, linewidths=0.6, linecolor=PAPER,
        xticklabels=False, yticklabels=False,
    )  # fmt: skip
    for mesh in axes.collections:
        mesh.set_clip_on(False)


def _days_below(axes: Axes, data: Completeness, *, narrow: bool) -> None:
    """An axis of days under the weeks, which lie on it from edge to edge."""
    below = axes.figure.add_axes(axes.get_position().bounds, frameon=False)
    first, last = data.edges[[0, -1]]
    below.set_xlim(first, last)
    below.set_ylim(0, 1)
    below.yaxis.set_visible(False)
    below.tick_params(axis="x", labelsize=SIZE, length=4, color=RULE)
    of_days(below, narrow=narrow)


def _names(axes: Axes, data: Completeness, *, narrow: bool) -> None:
    """Name and numbers of each row: beside it, or above it and as far as there is room."""
    left, across = _room(data, narrow=narrow)
    row = 1 / len(data.names)
    for i, (name, text) in enumerate(zip(data.names, data.texts, strict=True)):
        if narrow:
            room = NARROW_PIXELS * across - width(text, SIZE) - 8
            y, shift, sides = 1 - i * row, -NAME_ABOVE / 2, ("left", "right")
            beside = 0.0
        else:
            room = left * WIDE_PIXELS - 10
            y, shift, sides = 1 - (i + 0.5) * row, 0.0, ("right", "left")
            beside = 8.0
        for x, words, side, colour in (
            (0, cut(name, room, SIZE), sides[0], INK),
            (1, text, sides[1], SOFT),
        ):
            axes.annotate(
                words, (x, y), (beside if x else -beside, shift), xycoords="axes fraction",
                textcoords="offset points", ha=side, va="center", fontsize=SIZE, color=colour,
                annotation_clip=False,
            )  # fmt: skip
