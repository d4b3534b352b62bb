"""Painter of levels with intervals, each beside what it is compared with, on one axis from zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, cut, width
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, NOTE_SIZE = 14.0, 13.0
ROW, ROW_NARROW, FOOT = 34.0, 54.0, 34.0  # CSS pixels


@dataclass(frozen=True, slots=True)
class Level:
    """One level with its interval (not a number where there is none), and another one to compare it with."""

    label: str
    value: float
    low: float
    high: float
    beside: float
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels, in order, what the two marks are called, and how a place on the axis is said."""

    levels: Sequence[Level]
    value_words: str
    beside_words: str
    tick: Callable[[float], str]

    @property
    def most(self) -> float:
        """The farthest that a mark reaches."""
        ends = [x for one in self.levels for x in (one.value, one.high, one.beside)]
        return max((x for x in ends if isfinite(x)), default=1.0)


def height(data: Levels, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return (
        key.height(_items(data), narrow=narrow)
        + len(data.levels) * (ROW_NARROW if narrow else ROW)
        + FOOT
    )


def levels(data: Levels, *, narrow: bool) -> Callable[[Axes], None]:
    """Names at the left and numbers at the right; on a phone both above the marks."""

    def paint(axes: Axes) -> None:
        head, whole = key.height(_items(data), narrow=narrow), height(data, narrow=narrow)
        left, across = (0.02, 0.96) if narrow else _room(data)
        row = ROW_NARROW if narrow else ROW
        axes.set_position((left, FOOT / whole, across, 1 - (head + FOOT) / whole))
        axes.set_xlim(0, data.most * 1.05)
        axes.set_ylim(len(data.levels) * row, 0)
        _axis(axes, data, narrow=narrow)
        for i, one in enumerate(data.levels):
            middle = i * row + (row - 14 if narrow else row / 2)
            _mark(axes, one, middle)
            (_narrow_words if narrow else _wide_words)(axes, one, i, left, across)
        key.paint(axes, _items(data))

    return paint


def _items(data: Levels) -> list[key.Item]:
    items = [key.Item(data.value_words, TREATMENT)]
    if any(isfinite(one.beside) for one in data.levels):
        items.append(key.Item(data.beside_words, CONTROL))
    return items


def _axis(axes: Axes, data: Levels, *, narrow: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.xaxis.set_major_locator(MaxNLocator(4 if narrow else 6))
    axes.xaxis.set_major_formatter(lambda value, _: data.tick(value))
    axes.tick_params(axis="x", length=4, labelsize=NOTE_SIZE, color=RULE)
    axes.axvline(0, color=INK, linewidth=1)


def _room(data: Levels) -> tuple[float, float]:
    names = max(width(one.label, SIZE, bold=one.strong) for one in data.levels) + 22
    texts = max(width(one.text, SIZE) for one in data.levels) + 18
    names, texts = min(names, 0.36 * WIDE_PIXELS), min(texts, 0.36 * WIDE_PIXELS)
    return names / WIDE_PIXELS, 1 - (names + texts) / WIDE_PIXELS


def _mark(axes: Axes, one: Level, middle: float) -> None:
    if isfinite(one.low) and isfinite(one.high):
        axes.plot(
            [one.low, one.high],
            [middle, middle],
            color=TREATMENT,
            linewidth=4,
            solid_capstyle="round",
            zorder=2,
        )
    axes.plot([one.value], [middle], "o", markersize=10, color=TREATMENT, markeredgecolor=PAPER, markeredgewidth=1.5,
              zorder=3, clip_on=False)  # fmt: skip
    if isfinite(one.beside):
        axes.plot([one.beside], [middle], "D", markersize=8, markerfacecolor=PAPER, markeredgecolor=CONTROL,
                  markeredgewidth=1.8, zorder=4, clip_on=False)  # fmt: skip


def _wide_words(axes: Axes, one: Level, i: int, left: float, across: float) -> None:
    middle, pixels, beside = (i + 0.5) * ROW, across * WIDE_PIXELS, axes.get_yaxis_transform()
    weight = "bold" if one.strong else "normal"
    label = cut(one.label, left * WIDE_PIXELS - 16, SIZE, bold=one.strong)
    axes.text(
        -left * WIDE_PIXELS / pixels, middle, label, transform=beside, va="center", fontsize=SIZE, color=INK,
        fontweight=weight,
    )  # fmt: skip
    axes.text(
        1 + (1 - left - across) / across, middle, one.text, transform=beside, ha="right", va="center", fontsize=SIZE,
        color=INK, fontweight=weight,
    )  # fmt: skip


def _narrow_words(axes: Axes, one: Level, i: int, left: float, across: float) -> None:
    top, beside, room = i * ROW_NARROW + 16, axes.get_yaxis_transform(), across * NARROW_PIXELS
    text = cut(one.text, 0.64 * room, NOTE_SIZE)
    label = cut(one.label, room - width(text, NOTE_SIZE) - 10, SIZE, bold=one.strong)
    axes.text(
        0, top, label, transform=beside, va="center", fontsize=SIZE, color=INK,
        fontweight="bold" if one.strong else "normal",
    )  # fmt: skip
    axes.text(
        1, top, text, transform=beside, ha="right", va="center", fontsize=NOTE_SIZE, color=INK
    )
