"""What was logged beside a series: changes as numbered ticks, limits set anew as letters, and the key to both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.report.drawing import labels
from cs_lib.report.drawing.axes import width
from cs_lib.report.drawing.palette import INK, SOFT
from cs_lib.report.drawing.sheet import SMALL, lines, pitch, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Signs nearer to each other than so many pixels share a place.
LEAST_GAP = 3.0
KEY_LETTER, KEY_GAP, KEY_COLUMN = 26.0, 16.0, 260.0
TICK = 7.0


@dataclass(frozen=True, slots=True)
class Logged:
    """Something with a day: its sign in the drawing and what the key says of it."""

    day: np.datetime64
    sign: str
    words: str


def ticks(axes: Axes, logged: Sequence[Logged], *, signs: bool) -> None:
    """A tick at the top edge for each, its sign above it. Limits must be set."""
    for one in logged:
        upright(axes, one.day, 0.0, TICK, thick=1.2)
    if signs:
        for x, said in _together(axes, logged):
            _sign(axes, x, 1.0, TICK + 2, said)


def upright(axes: Axes, day: np.datetime64, low: float, high: float, *, thick: float) -> None:
    """A line over the top edge of a frame, from so many pixels above it to so many."""
    tall = axes.bbox.height
    axes.plot(
        [day, day], [1 + low / tall, 1 + high / tall], color=INK, linewidth=thick,
        transform=axes.get_xaxis_transform(), clip_on=False, solid_capstyle="butt",
    )  # fmt: skip


def breaks(axes: Axes, logged: Sequence[Logged], *, signs: bool) -> None:
    """A dashed line for each day on which limits were set anew, its letter at the foot."""
    for one in logged:
        axes.axvline(one.day, color=INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1)  # type: ignore[arg-type]
    if signs:
        for x, said in _together(axes, logged):
            _sign(axes, x + 4 + width(said, SMALL) / 2, 0.0, 4, said)


def _sign(axes: Axes, x: float, height: float, up: float, said: str) -> None:
    axes.annotate(
        said, (x, height), (0, up), xycoords=("figure pixels", "axes fraction"),
        textcoords="offset points", ha="center", fontsize=SMALL, color=INK, annotation_clip=False,
        zorder=6,
    )  # fmt: skip


def _together(axes: Axes, logged: Sequence[Logged]) -> Iterator[tuple[float, str]]:
    """Where signs stand, in pixels of the drawing; those that would touch are said together."""
    groups: list[list[tuple[float, str]]] = []
    for one in sorted(logged, key=lambda each: each.day):
        groups.append([(labels.pixel(axes, one.day), one.sign)])
        while len(groups) > 1 and _touch(groups[-2], groups[-1]):
            last = groups.pop()
            groups[-1] += last
    across = float(axes.figure.bbox.width)
    for group in groups:
        said, half = _said(group), width(_said(group), SMALL) / 2
        yield min(max(_middle(group), half + 1), across - half - 1), said


def _touch(one: Sequence[tuple[float, str]], other: Sequence[tuple[float, str]]) -> bool:
    long = (width(_said(one), SMALL) + width(_said(other), SMALL)) / 2
    return _middle(other) - _middle(one) < long + LEAST_GAP


def _middle(group: Sequence[tuple[float, str]]) -> float:
    return (group[0][0] + group[-1][0]) / 2


def _said(group: Sequence[tuple[float, str]]) -> str:
    """`1`, `1, 2` or `1–4`."""
    signs = [sign for _, sign in group]
    return ", ".join(signs) if len(signs) < 3 else f"{signs[0]}–{signs[-1]}"


def key_height(logged: Sequence[Logged], across: float) -> float:
    """Pixels that the key takes."""
    return sum(_tall(row) for row in _rows(logged, across))


def write_key(axes: Axes, logged: Sequence[Logged], top: float, across: float) -> None:
    """Signs and words in columns, read line by line, on a sheet from `top` on."""
    for row in _rows(logged, across):
        for i, (sign, said) in enumerate(row):
            x = i * (across + KEY_GAP) / _columns(across)
            write(axes, x, top, [sign], size=SMALL, colour=INK, bold=True)
            write(axes, x + KEY_LETTER, top, said, size=SMALL, colour=SOFT)
        top += _tall(row)


def _columns(across: float) -> int:
    return max(int((across + KEY_GAP) // (KEY_COLUMN + KEY_GAP)), 1)


def _rows(logged: Sequence[Logged], across: float) -> list[list[tuple[str, list[str]]]]:
    columns = _columns(across)
    room = (across + KEY_GAP) / columns - KEY_GAP - KEY_LETTER
    told = [(one.sign, lines(one.words, room, SMALL, most=3)) for one in logged]
    return [told[i : i + columns] for i in range(0, len(told), columns)]


def _tall(row: Sequence[tuple[str, list[str]]]) -> float:
    return max(len(said) for _, said in row) * pitch(SMALL) + 2
