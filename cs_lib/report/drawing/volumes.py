"""Painter of small multiples: how much came in, table under table on one axis of days, cut ends shaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, Floats, cut, of_days, width
from cs_lib.report.drawing.palette import BAD, BAND, CONTROL, INK, RULE, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 13.0
PANEL, PANEL_NARROW, FOOT, TITLE = 76.0, 84.0, 34.0, 22.0  # CSS pixels
DAY, FAINT = np.timedelta64(1, "D"), 0.3
AIR = 10.0  # Between a panel's foot and the next title.


@dataclass(frozen=True, slots=True)
class Panel:
    """One table: rows a day or week, what is unusual, and what its numbers come to."""

    name: str
    text: str
    days: NDArray[np.datetime64]
    counts: Floats
    silent: NDArray[np.datetime64]  # Days without a row though days around them have some.
    cut: Sequence[tuple[np.datetime64, np.datetime64]]  # First and last day of ends cut short.


@dataclass(frozen=True, slots=True)
class Volumes:
    """The panels, and what their marks are called."""

    panels: Sequence[Panel]
    cut_words: str
    silent_words: str
    named_words: str
    named: NDArray[np.datetime64]  # Holidays, in every panel.


def height(data: Volumes, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    panels = len(data.panels) * (PANEL_NARROW if narrow else PANEL)
    return panels + FOOT + _head(data, narrow=narrow)


def volumes(data: Volumes, *, narrow: bool) -> Callable[[Axes], None]:
    """A line for each table, in a panel of its own that starts at zero."""

    def paint(axes: Axes) -> None:
        figure: Any = axes.figure
        whole, each = height(data, narrow=narrow), PANEL_NARROW if narrow else PANEL
        first, last = _ends(data)
        limits: Any = (first, last)
        named = _runs(data.named[(data.named >= first) & (data.named <= last)])
        for i, panel in enumerate(data.panels):
            bottom = 1 - (_head(data, narrow=narrow) + (i + 1) * each - AIR) / whole
            box = (0.01, bottom, 0.98, (each - TITLE - AIR) / whole)
            here = axes if i == 0 else figure.add_axes(box)
            here.set_position(box)
            _panel(here, panel, named)
            here.set_xlim(*limits)
            here.set_ylim(0, None)
            _words(here, panel, NARROW_PIXELS if narrow else WIDE_PIXELS)
            of_days(here, narrow=narrow)
            lowest = i == len(data.panels) - 1
            here.tick_params(
                axis="x", labelsize=SIZE, length=4 if lowest else 0, labelbottom=lowest
            )
        if items := _items(data):
            key.paint(axes, items)

    return paint


def _ends(data: Volumes) -> tuple[np.datetime64, np.datetime64]:
    found = [p.days[[0, -1]] for p in data.panels if len(p.days)]
    return min(first for first, _ in found), max(last for _, last in found)


def _runs(days: NDArray[np.datetime64]) -> list[tuple[np.datetime64, np.datetime64]]:
    """Consecutive days together: where each run begins, and the day after its last."""
    if not len(days):
        return []
    days = np.sort(days)
    parts = np.split(days, np.flatnonzero(np.diff(days) > DAY) + 1)
    return [(part[0], part[-1] + DAY) for part in parts]


def _panel(axes: Axes, panel: Panel, named: Sequence[tuple[Any, Any]]) -> None:
    """Seaborn's line and rug in our own frame."""
    import seaborn

    for begin, after in named:
        axes.axvspan(begin, after, facecolor=CONTROL, edgecolor="none", alpha=FAINT, zorder=0)
    for start, end in panel.cut:
        axes.axvspan(start, end, facecolor=BAND, edgecolor="none", zorder=0)  # type: ignore[arg-type]
        edges: tuple[Any, Any] = (start, end)
        for edge in edges:
            axes.axvline(edge, color=BAD, linewidth=1.2, linestyle=(0, (4, 3)))
    seaborn.lineplot(
        x=panel.days, y=panel.counts, ax=axes, color=TREATMENT, linewidth=1.3, errorbar=None,
        estimator=None,
    )  # fmt: skip
    if len(panel.silent):
        seaborn.rugplot(x=panel.silent, ax=axes, color=INK, height=0.2, linewidth=1.6)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(RULE)


def _words(axes: Axes, panel: Panel, pixels: float) -> None:
    """The table's name and its numbers over its panel."""
    room = 0.98 * pixels
    taken = width(panel.name, SIZE, bold=True) + 12
    for words, at, weight, colour in (
        (panel.name, 0.0, "bold", INK),
        (cut(panel.text, room - taken, SIZE), taken, "normal", SOFT),
    ):
        axes.annotate(
            words, (0, 1), (at, 6), xycoords="axes fraction", textcoords="offset points",
            fontsize=SIZE, fontweight=weight, color=colour, annotation_clip=False,
        )  # fmt: skip


def _items(data: Volumes) -> list[key.Item]:
    shown = []
    if any(p.cut for p in data.panels):
        shown.append(key.Item(data.cut_words, BAND, "patch"))
    if any(len(p.silent) for p in data.panels):
        shown.append(key.Item(data.silent_words, INK))
    first, last = _ends(data)
    if any(first <= day <= last for day in data.named):
        shown.append(key.Item(data.named_words, CONTROL, "patch", FAINT))
    return shown


def _head(data: Volumes, *, narrow: bool) -> float:
    items = _items(data)
    return key.height(items, narrow=narrow) + 6 if items else 0.0
