"""Painter of bars in order of size, each in two parts, with its numbers; what has no name is hatched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, cut, width
from cs_lib.report.drawing.palette import CONTROL, INK, PAPER, RULE, SOFT, TREATMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, NOTE_SIZE = 14.0, 13.0
ROW, ROW_NARROW, FOOT = 34.0, 56.0, 8.0  # CSS pixels
BAR, BAR_NARROW = 18.0, 16.0
PALE = 0.45  # of the second part
HATCH = "////"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, a note beside it, the two parts of its length, its numbers in words."""

    label: str
    note: str
    first: float
    second: float
    text: str
    low: float = 0.0  # Ends of the interval of the whole; equal where there is none.
    high: float = 0.0
    hatched: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars, longest first, and what their parts are called."""

    bars: Sequence[Bar]
    first_words: str
    second_words: str
    hatched_words: str

    @property
    def longest(self) -> float:
        """The farthest that anything reaches."""
        return max(max(b.first + b.second, b.high) for b in self.bars)


def height(data: Bars, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return (
        key.height(_items(data), narrow=narrow)
        + len(data.bars) * (ROW_NARROW if narrow else ROW)
        + FOOT
    )


def bars(data: Bars, *, narrow: bool) -> Callable[[Axes], None]:
    """Names at the left and numbers at the right of the bars; on a phone both above them."""

    def paint(axes: Axes) -> None:
        head, whole = key.height(_items(data), narrow=narrow), height(data, narrow=narrow)
        left, across = (0.01, 0.98) if narrow else _room(data)
        axes.set_position((left, FOOT / whole, across, 1 - (head + FOOT) / whole))
        axes.set_xlim(0, data.longest * 1.02)
        axes.set_ylim(len(data.bars) * (ROW_NARROW if narrow else ROW), 0)
        axes.set_axis_off()
        for i, bar in enumerate(data.bars):
            (_narrow_bar if narrow else _wide_bar)(axes, bar, i, left, across)
        key.paint(axes, _items(data))

    return paint


def _items(data: Bars) -> list[key.Item]:
    items = [
        key.Item(data.first_words, TREATMENT, "patch"),
        key.Item(data.second_words, TREATMENT, "patch", PALE),
    ]
    if any(bar.hatched for bar in data.bars):
        items.append(key.Item(data.hatched_words, CONTROL, "patch", PALE))
    return items


def _room(data: Bars) -> tuple[float, float]:
    """Where wide bars begin and how far they reach, as shares of the width."""
    names = max(
        width(b.label, SIZE, bold=b.strong) + width(b.note, NOTE_SIZE) + 30 for b in data.bars
    )
    texts = max(width(b.text, SIZE) for b in data.bars) + 18
    names, texts = min(names, 0.44 * WIDE_PIXELS), min(texts, 0.3 * WIDE_PIXELS)
    return names / WIDE_PIXELS, 1 - (names + texts) / WIDE_PIXELS


def _wide_bar(axes: Axes, bar: Bar, i: int, left: float, across: float) -> None:
    middle, pixels = (i + 0.5) * ROW, across * WIDE_PIXELS
    _parts(axes, bar, middle, BAR)
    beside = axes.get_yaxis_transform()
    room = left * WIDE_PIXELS - width(bar.note, NOTE_SIZE) - 26
    for x, words, size, side, colour, weight in (
        (
            -left * WIDE_PIXELS / pixels,
            cut(bar.label, room, SIZE, bold=bar.strong),
            SIZE,
            "left",
            INK,
            bar.strong,
        ),
        (-12 / pixels, bar.note, NOTE_SIZE, "right", SOFT, False),
        (1 + (1 - left - across) / across, bar.text, SIZE, "right", INK, bar.strong),
    ):
        axes.text(
            x, middle, words, transform=beside, ha=side, va="center", fontsize=size, color=colour,
            fontweight="bold" if weight else "normal",
        )  # fmt: skip


def _narrow_bar(axes: Axes, bar: Bar, i: int, left: float, across: float) -> None:
    top, beside = i * ROW_NARROW, axes.get_yaxis_transform()
    _parts(axes, bar, top + ROW_NARROW - BAR_NARROW / 2 - 10, BAR_NARROW)
    room = across * NARROW_PIXELS
    text = cut(bar.text, 0.6 * room, NOTE_SIZE)
    label = cut(bar.label, room - width(text, NOTE_SIZE) - 10, SIZE, bold=bar.strong)
    axes.text(
        0, top + 18, label, transform=beside, va="center", fontsize=SIZE, color=INK,
        fontweight="bold" if bar.strong else "normal",
    )  # fmt: skip
    axes.text(
        1, top + 18, text, transform=beside, ha="right", va="center", fontsize=NOTE_SIZE, color=SOFT
    )


def _parts(axes: Axes, bar: Bar, middle: float, thick: float) -> None:
    """Both parts, then the interval of the whole."""
    if bar.hatched:
        axes.barh(
            middle,
            bar.first + bar.second,
            height=thick,
            color=PAPER,
            edgecolor=CONTROL,
            hatch=HATCH,
            linewidth=0.8,
        )
        return
    axes.barh(middle, bar.first, height=thick, color=TREATMENT, linewidth=0)
    axes.barh(
        middle, bar.second, height=thick, left=bar.first, color=TREATMENT, alpha=PALE, linewidth=0
    )
    if bar.high > bar.low:
        axes.plot(
            [bar.low, bar.high], [middle, middle], color=INK, linewidth=1.4, solid_capstyle="butt"
        )
        for end in (bar.low, bar.high):
            axes.plot([end, end], [middle - 4, middle + 4], color=INK, linewidth=1.4)
    axes.axvline(0, color=RULE, linewidth=1)
