"""Words beside what they name, kept apart from each other and inside the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.report.drawing.axes import cut, width, wrapped
from cs_lib.report.drawing.palette import INK, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, LINE = 13.0, 17.0
Named = tuple[float, str, str]  # level, words, colour


def beside(axes: Axes, named: Sequence[Named], *, x: float, room: float) -> None:
    """Names right of the ends of lines, in lines that fit the room, each as near to its level as others allow."""
    bottom, top = axes.get_ylim()
    pixel = (top - bottom) / axes.bbox.height
    ordered = sorted(named, key=lambda each: -each[0])
    words = [wrapped(text, room, SIZE) for _, text, _ in ordered]
    halves = [pixel * LINE * (text.count("\n") + 1) / 2 for text in words]
    levels = apart([level for level, _, _ in ordered], halves, bottom)
    for level, text, (_, _, colour) in zip(levels, words, ordered, strict=True):
        axes.annotate(
            text, (x, level), (10, 0), textcoords="offset points", va="center", fontsize=SIZE,
            color=colour, linespacing=1.1, annotation_clip=False,
        )  # fmt: skip


def apart(levels: Sequence[float], halves: Sequence[float], bottom: float) -> list[float]:
    """Descending levels moved so that none overlaps the next: half of every overlap up, half down."""
    moved = list(levels)
    for i in range(1, len(moved)):
        overlap = moved[i] + halves[i] - (moved[i - 1] - halves[i - 1])
        if overlap > 0:
            moved[i - 1] += overlap / 2
            moved[i] -= overlap / 2
    floor = bottom
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = max(moved[i], floor + halves[i])
        floor = moved[i] + halves[i]
    return moved


def above(axes: Axes, x: float | np.datetime64, text: str, *, colour: str = INK) -> None:
    """Words over the drawing, centred on a place as far as its edges allow, their end cut off when they are wider."""
    place, at = _place(axes, x)
    across = float(axes.figure.bbox.width)
    text = cut(text, across - 4, SIZE)
    half = width(text, SIZE) / 2 + 2
    shift = min(max(at, half), across - half) - at
    axes.annotate(
        text, (place, 1), (shift, 5), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="center", fontsize=SIZE, color=colour, annotation_clip=False,
    )  # fmt: skip


def pixel(axes: Axes, x: float | np.datetime64) -> float:
    """How far from the left edge of the drawing a place on the axis is."""
    return _place(axes, x)[1]


def _place(axes: Axes, x: float | np.datetime64) -> tuple[float, float]:
    from matplotlib.dates import date2num

    place = float(date2num(x)) if isinstance(x, np.datetime64) else float(x)  # type: ignore[no-untyped-call]
    axes.get_xlim()  # Limits not yet settled are settled now.
    return place, float(axes.transData.transform((place, 0.0))[0])


def unit(axes: Axes, text: str, *, up: float = 24) -> None:
    """The unit of the upright axis, above it."""
    axes.annotate(
        text, (0, 1), (0, up), xycoords="axes fraction", textcoords="offset points", fontsize=SIZE,
        color=SOFT, annotation_clip=False,
    )  # fmt: skip
